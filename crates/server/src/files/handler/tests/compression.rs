//! Compressing on the fly: what, when, once, and what is said of it.

use std::fs;
use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::super::super::{Disk, Memory};
use super::site::{Seen, Site, modified};
use settings::Limits;
use testkit::noise;

const ALL: &str = "Accept-Encoding: gzip, deflate, br, zstd";
const BR: &str = "Accept-Encoding: br";
const GZIP: &str = "Accept-Encoding: gzip";

/// The tag of the file of [`site`], without its quotes.
fn tag() -> String {
    format!("800-{:x}", 784_111_777_000_000_000_u64)
}

/// Text of that length which is like no other of another seed.
fn text(len: usize, seed: u32) -> String {
    let mut state = seed;
    let mut text = String::new();
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text += ["server ", "answers ", "with ", "files "][(state >> 30) as usize];
        text += &(state >> 20).to_string();
    }
    text.truncate(len);
    text
}

fn tree(path: &str, content: impl Into<bytes::Bytes>) -> Memory {
    [(path, content.into(), modified())].into_iter().collect()
}

/// A file of 2 KiB.
fn site() -> Site<Memory> {
    Site::new(tree("a.js", text(2048, 1))).with_compression()
}

/// What the client has after decoding.
fn decoded(seen: &Seen) -> String {
    let mut text = String::new();
    let coded = seen.content.as_slice();
    match seen.field("Content-Encoding") {
        "br" => brotli::Decompressor::new(coded, 4096).read_to_string(&mut text),
        "zstd" => zstd::Decoder::new(coded).unwrap().read_to_string(&mut text),
        "gzip" => flate2::read::GzDecoder::new(coded).read_to_string(&mut text),
        _ => return seen.body.clone(),
    }
    .unwrap();
    text
}

#[track_caller]
fn check(seen: &Seen, coding: &str, text: &str) {
    assert_eq!((seen.status(), seen.field("Content-Encoding")), (200, coding), "{}", seen.head);
    assert_eq!(seen.field("Vary"), "Accept-Encoding", "{}", seen.head);
    assert_eq!(seen.field("Content-Length"), seen.content.len().to_string());
    assert_eq!(decoded(seen), text);
}

#[test]
fn who_comes_first_gets_the_file_and_who_comes_later_less() {
    let site = site();
    check(&site.ask("GET /a.js", &[BR]), "", &text(2048, 1));
    let seen = site.ask("GET /a.js", &[BR]);
    check(&seen, "br", &text(2048, 1));
    assert!(seen.content.len() < 1024);
    let expected = "HTTP/1.1 200 OK\n\
                    Server: Avocet\n\
                    Date: DDDDDDDDDDDDDDDDDDDDDDDDDDDDD\n\
                    Content-Type: text/javascript; charset=utf-8\n\
                    X-Content-Type-Options: nosniff\n\
                    Content-Encoding: br\n\
                    ETag: W/\"TAG+b\"\n\
                    Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n\
                    Vary: Accept-Encoding\n\
                    Content-Length: LEN\n\
                    \n"
    .replace("TAG", &tag())
    .replace("LEN", &seen.content.len().to_string());
    assert_eq!(seen.head, expected);
    assert_eq!(site.ask("HEAD /a.js", &[BR]).head, expected);
}

#[test]
fn each_client_gets_what_it_takes() {
    for (fields, coding) in [
        (&[ALL][..], "br"),
        (&[BR], "br"),
        (&["Accept-Encoding: zstd"], "zstd"),
        (&[GZIP], "gzip"),
        (&["Accept-Encoding: x-gzip;q=0.5, br;q=0.1"], "gzip"),
        (&["Accept-Encoding: gzip", "Accept-Encoding: zstd"], "zstd"),
        (&["Accept-Encoding: identity;q=0, gzip"], "gzip"),
        (&["Accept-Encoding: *"], "br"),
        (&[], ""),
        (&["Accept-Encoding:"], ""),
        (&["Accept-Encoding: identity"], ""),
        (&["Accept-Encoding: deflate"], ""),
        (&["Accept-Encoding: br;q=0.1, identity"], ""),
        // As of a file that is not compressed: it is not known what there will be.
        (&["Accept-Encoding: identity;q=0"], ""),
        (&["Accept-Encoding: *;q=0"], ""),
    ] {
        let site = site();
        check(&site.ask("GET /a.js", fields), "", &text(2048, 1));
        check(&site.ask("GET /a.js", fields), coding, &text(2048, 1));
        assert_eq!(site.jobs() > 0, !coding.is_empty(), "{fields:?}");
    }
}

#[test]
fn what_is_there_is_sent_until_better_is() {
    let site = site();
    site.ask("GET /a.js", &[GZIP]);
    site.pool.is_slow.store(true, Ordering::Relaxed);
    check(&site.ask("GET /a.js", &[ALL]), "gzip", &text(2048, 1));
    assert!(site.pool.run_one());
    check(&site.ask("GET /a.js", &[ALL]), "br", &text(2048, 1));
    check(&site.ask("GET /a.js", &[GZIP]), "gzip", &text(2048, 1));
}

#[test]
fn the_best_level_follows_the_fast_one_under_the_same_tag() {
    let site = Site::new(tree("a.js", text(60_000, 1))).with_compression();
    site.pool.is_slow.store(true, Ordering::Relaxed);
    check(&site.ask("GET /a.js", &[BR]), "", &text(60_000, 1));
    assert!(site.pool.run_one());
    let fast = site.ask("GET /a.js", &[BR]);
    assert!(site.pool.run_one());
    let best = site.ask("GET /a.js", &[BR]);
    check(&fast, "br", &text(60_000, 1));
    check(&best, "br", &text(60_000, 1));
    assert!(best.content.len() < fast.content.len());
    assert_eq!(best.field("ETag"), fast.field("ETag"));
    assert!(site.pool.run_one(), "the runner looks for more");
    assert!(!site.pool.run_one(), "and goes");
}

#[test]
fn it_is_done_once_however_many_ask() {
    let site = site();
    site.pool.is_slow.store(true, Ordering::Relaxed);
    for _ in 0..50 {
        check(&site.ask("GET /a.js", &[BR]), "", &text(2048, 1));
    }
    assert_eq!(site.jobs(), 1);
    while site.pool.run_one() {
        site.ask("GET /a.js", &[BR]);
    }
    assert_eq!(site.jobs(), 2, "the best level, and a look for more");
    for _ in 0..50 {
        check(&site.ask("GET /a.js", &[BR]), "br", &text(2048, 1));
    }
    assert_eq!(site.jobs(), 0);
}

#[test]
fn a_large_file_takes_a_job_for_each_piece() {
    let content = text(200_000, 1);
    let site = Site::new(tree("a.js", content.clone())).with_compression();
    site.pool.is_slow.store(true, Ordering::Relaxed);
    site.ask("GET /a.js", &[GZIP]);
    for piece in 1..=4 {
        check(&site.ask("GET /a.js", &[GZIP]), "", &content);
        assert_eq!(site.jobs(), 1, "{piece}");
        assert!(site.pool.run_one());
    }
    check(&site.ask("GET /a.js", &[GZIP]), "gzip", &content);
}

#[test]
fn sizes_under_at_and_over_the_limits() {
    let mut limits = Limits::default();
    (limits.compress_size_min, limits.compress_size_max) = (1000, 4000);
    for (len, is_compressed) in
        [(999, false), (1000, true), (1001, true), (3999, true), (4000, true), (4001, false)]
    {
        let tree = tree("a.js", text(len, 1));
        let site = Site::with_limits(tree, limits.clone()).with_compression();
        site.ask("GET /a.js", &[BR]);
        let seen = site.ask("GET /a.js", &[BR]);
        assert_eq!(!seen.field("Content-Encoding").is_empty(), is_compressed, "{len}");
        assert_eq!(!seen.field("Vary").is_empty(), is_compressed, "{len}");
        assert_eq!(site.jobs() > 0, is_compressed, "{len}");
    }
}

#[test]
fn what_is_not_worth_it_is_not_tried_or_tried_once() {
    for (name, content, vary, jobs) in [
        ("a.png", text(2048, 1).into_bytes(), "", 0),
        ("LICENSE", text(2048, 1).into_bytes(), "", 0),
        ("a.txt", noise(2048), "Accept-Encoding", 2),
    ] {
        let site = Site::new(tree(name, content)).with_compression();
        for _ in 0..5 {
            let seen = site.ask(&format!("GET /{name}"), &[BR]);
            assert_eq!((seen.field("Content-Encoding"), seen.field("Vary")), ("", vary), "{name}");
        }
        assert_eq!(site.jobs(), jobs, "{name}");
    }
}

#[test]
fn it_is_off_unless_asked_for_and_without_a_cache() {
    let off = Site::new(tree("a.js", text(2048, 1)));
    let mut limits = Limits::default();
    limits.cache_size = 0;
    let uncached = Site::with_limits(tree("a.js", text(2048, 1)), limits).with_compression();
    for site in [off, uncached] {
        for _ in 0..3 {
            let seen = site.ask("GET /a.js", &[BR]);
            assert_eq!((seen.field("Content-Encoding"), seen.field("Vary")), ("", ""));
        }
        assert_eq!(site.jobs(), 0);
    }
}

#[test]
fn a_file_with_a_sibling_is_left_to_who_made_that() {
    let tree = tree("a.js", text(2048, 1));
    tree.insert("a.js.gz", "a.js.gz", modified());
    let site = Site::new(tree).with_compression();
    for (accepted, coding, body) in [(BR, "", text(2048, 1)), (GZIP, "gzip", "a.js.gz".to_owned())]
    {
        let seen = site.ask("GET /a.js", &[accepted]);
        assert_eq!((seen.field("Content-Encoding"), seen.body.clone()), (coding, body));
    }
    assert_eq!(site.jobs(), 0);
    let seen = site.ask("GET /a.js", &["Accept-Encoding: br, identity;q=0"]);
    assert_eq!(seen.status(), 406);
}

#[test]
fn a_young_file_is_compressed_when_it_has_settled() {
    let now = modified() + Duration::from_secs(3600);
    let tree: Memory = [("a.js", text(2048, 1), now)].into_iter().collect();
    let mut site = Site::new(tree).with_compression();
    for millis in [0, 1000, 1999] {
        for _ in 0..2 {
            check(&site.at(millis).ask("GET /a.js", &[BR]), "", &text(2048, 1));
        }
    }
    assert_eq!(site.jobs(), 0);
    check(&site.at(3100).ask("GET /a.js", &[BR]), "", &text(2048, 1));
    check(&site.at(3100).ask("GET /a.js", &[BR]), "br", &text(2048, 1));
}

#[test]
fn a_file_that_changes_is_not_answered_by_what_was_made_of_it() {
    let mut site = site();
    site.ask("GET /a.js", &[BR]);
    check(&site.ask("GET /a.js", &[BR]), "br", &text(2048, 1));
    site.tree.insert("a.js", text(2048, 2), modified() + Duration::from_secs(1));
    check(&site.at(1001).ask("GET /a.js", &[BR]), "", &text(2048, 2));
    check(&site.ask("GET /a.js", &[BR]), "br", &text(2048, 2));
}

#[test]
fn what_is_made_of_a_file_that_changes_meanwhile_is_not_kept() {
    let (old, new) = (text(100_000, 1), text(100_000, 2));
    // Before it is begun, within it, and when it has been read.
    for steps in 0..=2 {
        let mut site = Site::new(tree("a.js", old.clone())).with_compression();
        site.pool.is_slow.store(true, Ordering::Relaxed);
        site.ask("GET /a.js", &[BR]);
        (0..steps).for_each(|_| assert!(site.pool.run_one()));
        site.tree.insert("a.js", new.clone(), modified() + Duration::from_secs(1));
        check(&site.at(1001).ask("GET /a.js", &[BR]), "", &new);
        let mut codings = Vec::new();
        while site.pool.run_one() {
            let seen = site.ask("GET /a.js", &[BR]);
            assert!(decoded(&seen) == new, "{steps}");
            codings.push(seen.field("Content-Encoding").to_owned());
        }
        assert_eq!(codings.last().map(String::as_str), Some("br"), "the new one is compressed");
    }
}

#[test]
fn what_is_made_lives_on_when_the_file_is_looked_at_again() {
    let mut site = site();
    site.ask("GET /a.js", &[BR]);
    site.jobs();
    for second in 1..5 {
        check(&site.at(second * 1001).ask("GET /a.js", &[BR]), "br", &text(2048, 1));
    }
    assert_eq!(site.jobs(), 0);
}

#[test]
fn a_pool_that_is_full_costs_nobody_anything() {
    let site = site();
    site.pool.is_full.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        check(&site.ask("GET /a.js", &[BR]), "", &text(2048, 1));
    }
    site.pool.is_full.store(false, Ordering::Relaxed);
    check(&site.ask("GET /a.js", &[BR]), "", &text(2048, 1));
    check(&site.ask("GET /a.js", &[BR]), "br", &text(2048, 1));
}

#[test]
fn a_pool_that_fills_up_half_way_loses_the_half() {
    let content = text(200_000, 1);
    let site = Site::new(tree("a.js", content.clone())).with_compression();
    site.pool.is_slow.store(true, Ordering::Relaxed);
    site.ask("GET /a.js", &[GZIP]);
    site.pool.is_full.store(true, Ordering::Relaxed);
    assert!(site.pool.run_one());
    assert!(!site.pool.run_one());
    site.pool.is_full.store(false, Ordering::Relaxed);
    site.pool.is_slow.store(false, Ordering::Relaxed);
    check(&site.ask("GET /a.js", &[GZIP]), "", &content);
    check(&site.ask("GET /a.js", &[GZIP]), "gzip", &content);
}

#[test]
fn conditions_are_about_what_the_client_has() {
    let (file, br, gzip) =
        (format!("\"{}\"", tag()), format!("W/\"{}+b\"", tag()), format!("W/\"{}+g\"", tag()));
    let made = site();
    made.ask("GET /a.js", &[BR]);
    made.pool.is_full.store(true, Ordering::Relaxed);
    let unmade = site();
    unmade.pool.is_full.store(true, Ordering::Relaxed);
    let since = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT";
    let before = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT";
    // Codings taken, conditions; what is answered where br was made, and where nothing was.
    for (accepted, conditions, with_made, with_none) in [
        (BR, vec![format!("If-None-Match: {br}")], (304, &br), (304, &br)),
        (BR, vec![format!("If-None-Match: {file}")], (304, &file), (304, &file)),
        (BR, vec![format!("If-None-Match: {gzip}")], (200, &br), (200, &file)),
        (ALL, vec![format!("If-None-Match: {gzip}")], (304, &gzip), (304, &gzip)),
        (GZIP, vec![format!("If-None-Match: {br}")], (200, &file), (200, &file)),
        ("", vec![format!("If-None-Match: {br}")], (200, &file), (200, &file)),
        ("", vec![format!("If-None-Match: {file}")], (304, &file), (304, &file)),
        (BR, vec!["If-None-Match: *".to_owned()], (304, &br), (304, &file)),
        (BR, vec!["If-None-Match: \"x\"".to_owned()], (200, &br), (200, &file)),
        (BR, vec![since.to_owned()], (304, &br), (304, &file)),
        (BR, vec![format!("If-None-Match: \"x\", {br}, {file}")], (304, &br), (304, &file)),
        (BR, vec![format!("If-Match: {br}")], (412, &file), (412, &file)),
        (BR, vec![format!("If-Match: {file}")], (200, &file), (200, &file)),
        (BR, vec!["If-Match: *".to_owned()], (200, &file), (200, &file)),
        (BR, vec![before.to_owned(), format!("If-None-Match: {br}")], (412, &br), (412, &br)),
    ] {
        for (site, (status, etag)) in [(&made, with_made), (&unmade, with_none)] {
            let mut fields: Vec<_> = conditions.iter().map(String::as_str).collect();
            fields.extend((!accepted.is_empty()).then_some(accepted));
            for method in ["GET", "HEAD"] {
                let seen = site.ask(&format!("{method} /a.js"), &fields);
                assert_eq!(seen.status(), status, "{method} {fields:?}\n{}", seen.head);
                let vary = seen.field("Vary");
                if status == 412 {
                    assert_eq!(vary, "Accept, Accept-Encoding", "{fields:?}");
                } else {
                    assert_eq!(
                        (seen.field("ETag"), vary),
                        (&**etag, "Accept-Encoding"),
                        "{fields:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_part_is_of_the_file_itself() {
    let (file, br) = (format!("\"{}\"", tag()), format!("W/\"{}+b\"", tag()));
    let site = site();
    site.ask("GET /a.js", &[BR]);
    let content = text(2048, 1);
    for (fields, status, len) in [
        (vec!["Range: bytes=0-9".to_owned()], 206, 10),
        (vec!["Range: bytes=0-9".to_owned(), format!("If-Range: {file}")], 206, 10),
        (vec!["Range: bytes=0-9".to_owned(), format!("If-Range: {br}")], 200, 2048),
        (vec!["Range: bytes=x".to_owned()], 200, 2048),
        (vec!["Range: bytes=5000-".to_owned()], 416, 0),
    ] {
        let mut fields: Vec<_> = fields.iter().map(String::as_str).collect();
        fields.push(BR);
        let seen = site.ask("GET /a.js", &fields);
        assert_eq!((seen.status(), seen.field("Content-Encoding")), (status, ""), "{fields:?}");
        assert!(seen.field("Vary").ends_with("Accept-Encoding"), "{fields:?}");
        if status != 416 {
            assert_eq!(seen.body, content[..len], "{fields:?}");
            // One that has a part already knows the tag as well.
            assert_eq!(seen.field("ETag"), file, "{fields:?}");
        }
    }
    let several = site.ask("GET /a.js", &["Range: bytes=0-9,20-29", BR]);
    assert_eq!((several.status(), several.field("Content-Encoding")), (206, ""));
    assert!(several.body.contains(&content[20..30]));
    // HEAD has no parts: it is about what GET would send whole.
    let head = site.ask("HEAD /a.js", &["Range: bytes=0-9", BR]);
    assert_eq!((head.status(), head.field("ETag")), (200, br.as_str()));
}

#[test]
fn what_is_made_counts_in_the_budget() {
    let mut limits = Limits::default();
    limits.cache_size = 128 << 10;
    let files = (0..30).map(|index| (format!("{index}.js"), text(8192, index), modified()));
    let site = Site::with_limits(files.collect::<Memory>(), limits.clone()).with_compression();
    for index in 0..30 {
        let before = site.memory_taken();
        site.ask(&format!("GET /{index}.js"), &[ALL]);
        let seen = site.ask(&format!("GET /{index}.js"), &[ALL]);
        check(&seen, "br", &text(8192, index));
        assert!(site.memory_taken() <= limits.cache_size, "{index}");
        if index == 0 {
            assert!(site.memory_taken() > before + 8192 + seen.content.len());
        }
    }
}

#[test]
fn embedded_files_and_the_page_of_an_application_are_compressed_too() {
    let tree: Memory = [("app.html", text(2048, 1), SystemTime::UNIX_EPOCH)].into_iter().collect();
    let site = Site::new(tree).with_fallback("app.html").with_compression();
    for _ in 0..2 {
        site.ask("GET /some/page", &[BR]);
    }
    let page = site.ask("GET /some/page", &[BR]);
    check(&page, "br", &text(2048, 1));
    let etag = page.field("ETag");
    assert!(etag.starts_with("W/\"800-") && etag.ends_with("+b\""), "{etag}");
    assert_eq!(site.ask("GET /app.html", &[BR]).field("ETag"), etag);
}

#[test]
fn a_file_on_disk_is_read_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let content = text(200_000, 1);
    let path = folder.path().join("a.js");
    fs::write(&path, &content).unwrap();
    fs::File::open(&path).unwrap().set_modified(modified()).unwrap();
    let site = Site::new(Disk::open(folder.path()).unwrap()).with_compression();
    let first = site.ask("GET /a.js", &[GZIP]);
    assert_eq!(first.kind, "slice of a file");
    check(&first, "", &content);
    check(&site.ask("GET /a.js", &[GZIP]), "gzip", &content);
}

#[test]
fn a_file_that_is_written_to_while_it_is_read_is_not_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.js");
    for (change, is_kept) in [(None, true), (Some(200_000), false), (Some(1000), false)] {
        fs::write(&path, text(200_000, 1)).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(modified()).unwrap();
        let site = Site::new(Disk::open(folder.path()).unwrap()).with_compression();
        site.ask("GET /a.js", &[]);
        site.pool.is_slow.store(true, Ordering::Relaxed);
        site.ask("GET /a.js", &[GZIP]);
        assert!(site.pool.run_one());
        if let Some(len) = change {
            // In place: it is the same file.
            fs::write(&path, text(len, 2)).unwrap();
        }
        while site.pool.run_one() {}
        let seen = site.ask("GET /a.js", &[GZIP]);
        assert_eq!(seen.field("Content-Encoding") == "gzip", is_kept, "{change:?}");
    }
}

#[test]
fn large_files_in_rotation_are_compressed_once() {
    let folder = tempfile::tempdir().unwrap();
    let content = |index| text(66_000, index);
    for index in 0..10 {
        let path = folder.path().join(format!("{index}.js"));
        fs::write(&path, content(index)).unwrap();
        fs::File::open(&path).unwrap().set_modified(modified()).unwrap();
    }
    // As many as may be kept open, far fewer, none.
    for open_files_max in [10, 2, 0] {
        let mut limits = Limits::default();
        limits.open_files_max = open_files_max;
        let disk = Disk::open(folder.path()).unwrap();
        let mut site = Site::with_limits(disk, limits).with_compression();
        for round in 0..4 {
            site.at(500 * round);
            for index in 0..10 {
                let seen = site.ask(&format!("GET /{index}.js"), &[GZIP]);
                if round > 0 {
                    check(&seen, "gzip", &content(index));
                }
            }
        }
        assert_eq!(site.compressions(), 2 * 10, "{open_files_max}: once fast, once well");
        let plain = site.get("/7.js");
        assert_eq!((plain.kind, plain.body), ("slice of a file", content(7)));
    }
}
