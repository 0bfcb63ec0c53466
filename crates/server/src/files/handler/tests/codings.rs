//! Precompressed siblings: which are found, which is chosen, and what is said of the choice.

use std::os::unix::fs::symlink;
use std::time::Duration;

use super::super::super::{Disk, Memory};
use super::site::{Seen, Site, modified};
use super::{HTML, tree};
use settings::Limits;

const ALL: [&str; 4] = ["a.js", "a.js.br", "a.js.zst", "a.js.gz"];

/// Checks what was answered: the body, which is the name of what was opened, and the coding.
#[track_caller]
fn check(seen: &Seen, body: &str, coding: &str, vary: &str) {
    let found = (seen.body.as_str(), seen.field("Content-Encoding"), seen.field("Vary"));
    assert_eq!(found, (body, coding, vary), "{}", seen.head);
}

const VARY: &str = "Accept-Encoding";

/// What an error says that might have been none in another coding.
const ERROR_VARY: &str = "Accept, Accept-Encoding";

#[test]
fn a_coded_file_and_its_head() {
    let site = Site::new(tree(&ALL));
    let seen = site.ask("GET /a.js", &["Accept-Encoding: br"]);
    let expected = "HTTP/1.1 200 OK\n\
                    Server: Avocet\n\
                    Date: DDDDDDDDDDDDDDDDDDDDDDDDDDDDD\n\
                    Content-Type: text/javascript; charset=utf-8\n\
                    X-Content-Type-Options: nosniff\n\
                    Content-Encoding: br\n\
                    Accept-Ranges: bytes\n\
                    ETag: \"7-TIME-b\"\n\
                    Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n\
                    Vary: Accept-Encoding\n\
                    Content-Length: 7\n\
                    \n"
    .replace("TIME", &format!("{:x}", 784_111_777_000_000_000_u64));
    assert_eq!((seen.head.as_str(), seen.body.as_str()), (expected.as_str(), "a.js.br"));
    assert_eq!(site.ask("HEAD /a.js", &["Accept-Encoding: br"]).head, expected);
}

#[test]
fn what_is_chosen() {
    // Each holds its own path, so that the longer name has more bytes.
    let site = Site::new(tree(&ALL));
    for (fields, body, coding) in [
        (&[][..], "a.js", ""),
        (&["Accept-Encoding:"], "a.js", ""),
        (&["Accept-Encoding: br"], "a.js.br", "br"),
        (&["Accept-Encoding: zstd"], "a.js.zst", "zstd"),
        (&["Accept-Encoding: gzip"], "a.js.gz", "gzip"),
        (&["Accept-Encoding: x-gzip"], "a.js.gz", "gzip"),
        (&["Accept-Encoding: GZIP, Br;Q=0.5"], "a.js.gz", "gzip"),
        (&["Accept-Encoding: gzip, deflate, br, zstd"], "a.js.br", "br"),
        (&["Accept-Encoding: gzip;q=0.9", "Accept-Encoding: zstd;q=1"], "a.js.zst", "zstd"),
        (&["Accept-Encoding: br;q=0, gzip;q=0.001"], "a.js.gz", "gzip"),
        (&["Accept-Encoding: deflate, compress"], "a.js", ""),
        (&["Accept-Encoding: br;q=0"], "a.js", ""),
        (&["Accept-Encoding: identity"], "a.js", ""),
        (&["Accept-Encoding: identity, br;q=0.9"], "a.js", ""),
        (&["Accept-Encoding: identity;q=0, gzip;q=0.1"], "a.js.gz", "gzip"),
        (&["Accept-Encoding: *;q=0, zstd"], "a.js.zst", "zstd"),
        (&["Accept-Encoding: identity;q=0"], NOTHING_TAKEN, ""),
    ] {
        for method in ["GET", "HEAD"] {
            let seen = site.ask(&format!("{method} /a.js"), fields);
            let is_refused = body == NOTHING_TAKEN;
            assert_eq!(seen.status() == 406, is_refused, "{fields:?}");
            check(&seen, body, coding, if is_refused { ERROR_VARY } else { VARY });
        }
    }
    let seen = site.ask("GET /a.js", &["Accept-Encoding: *;q=0", HTML]);
    assert_eq!((seen.status(), seen.field("Content-Type")), (406, "text/html; charset=utf-8"));
}

const NOTHING_TAKEN: &str = "406 Not Acceptable: the file is there as br, zstd, gzip, identity; \
                             the request takes none\n";

#[test]
fn a_file_alone_is_sent_whatever_is_accepted() {
    let site = Site::new(tree(&["a.js", "b.tar.gz", "c.gz.br", "d.br/x", "e"]));
    for (path, body) in [("/a.js", "a.js"), ("/b.tar.gz", "b.tar.gz"), ("/e", "e")] {
        for accepted in ["br, gzip", "identity;q=0", "*;q=0"] {
            let seen = site.ask(&format!("GET {path}"), &[&format!("Accept-Encoding: {accepted}")]);
            assert_eq!(seen.status(), 200, "{path} {accepted}");
            check(&seen, body, "", "");
        }
    }
    assert_eq!(site.get("/b.tar.gz").field("Content-Type"), "application/gzip");
    assert_eq!(
        site.ask("GET /c.gz", &["Accept-Encoding: br"]).status(),
        404,
        "no file, no sibling"
    );
    assert_eq!(site.ask("GET /d", &["Accept-Encoding: br"]).status(), 404);
}

#[test]
fn a_sibling_is_a_file_too() {
    let site = Site::new(tree(&["x.tar", "x.tar.gz"]));
    check(&site.ask("GET /x.tar", &["Accept-Encoding: gzip"]), "x.tar.gz", "gzip", VARY);
    let seen = site.ask("GET /x.tar.gz", &["Accept-Encoding: gzip"]);
    check(&seen, "x.tar.gz", "", "");
    assert_eq!(seen.field("Content-Type"), "application/gzip");
}

#[test]
fn conditions_are_about_what_is_chosen() {
    let site = Site::new(tree(&["a.js", "a.js.br"]));
    let br = site.ask("GET /a.js", &["Accept-Encoding: br"]).field("ETag").to_owned();
    let identity = site.get("/a.js").field("ETag").to_owned();
    assert_ne!(br, identity);
    for (accepted, condition, status, etag) in [
        ("br", format!("If-None-Match: {br}"), 304, &br),
        ("br", format!("If-None-Match: {identity}"), 200, &br),
        ("identity", format!("If-None-Match: {identity}"), 304, &identity),
        ("identity", format!("If-None-Match: {br}"), 200, &identity),
        ("br", format!("If-None-Match: {identity}, {br}"), 304, &br),
        ("br", format!("If-Match: {br}"), 200, &br),
        ("br", format!("If-Match: {identity}"), 412, &String::new()),
        ("br;q=0, identity;q=0", format!("If-None-Match: {br}"), 406, &String::new()),
    ] {
        for method in ["GET", "HEAD"] {
            let accepted = format!("Accept-Encoding: {accepted}");
            let seen = site.ask(&format!("{method} /a.js"), &[&accepted, &condition]);
            let found = (seen.status(), seen.field("ETag"), seen.field("Vary"));
            let vary = if status < 400 { VARY } else { ERROR_VARY };
            assert_eq!(found, (status, etag.as_str(), vary), "{accepted} {condition}");
        }
    }
}

#[test]
fn parts_are_parts_of_what_is_chosen() {
    let site = Site::new(tree(&["a.js", "a.js.br"]));
    let br = site.ask("GET /a.js", &["Accept-Encoding: br"]).field("ETag").to_owned();
    let identity = site.get("/a.js").field("ETag").to_owned();
    let ask = |range: &str, more: &str| {
        site.ask("GET /a.js", &["Accept-Encoding: br", &format!("Range: bytes={range}"), more])
    };
    let seen = ask("5-", &format!("If-Range: {br}"));
    assert_eq!((seen.status(), seen.field("Content-Range")), (206, "bytes 5-6/7"));
    check(&seen, "br", "", VARY);
    assert_eq!(seen.field("ETag"), br);
    for name in ["Content-Type", "Last-Modified"] {
        assert_eq!(seen.field(name), "", "who has a part has {name}");
    }
    let seen = ask("5-", &format!("If-Range: {identity}"));
    assert_eq!((seen.status(), seen.body.as_str()), (200, "a.js.br"), "of another coding");
    let seen = ask("7-", "X: y");
    assert_eq!((seen.status(), seen.field("Content-Range")), (416, "bytes */7"));
    assert_eq!(seen.field("Vary"), ERROR_VARY);
    // A client that decodes what it gets does not take parts apart before.
    let seen = ask("0-0,5-6", "X: y");
    assert_eq!((seen.status(), seen.field("Content-Range")), (200, ""));
    check(&seen, "a.js.br", "br", VARY);
    let seen = site.ask("GET /a.js", &["Range: bytes=0-0,2-3"]);
    assert_eq!((seen.status(), seen.field("Vary")), (206, VARY));
    assert!(seen.body.contains("Content-Range: bytes 2-3/4"), "{}", seen.body);
    let condition = format!("If-Range: {identity}");
    let seen = site.ask("GET /a.js", &["Range: bytes=0-0,2-3", &condition]);
    assert_eq!((seen.status(), seen.field("Last-Modified")), (206, ""));
    assert!(seen.field("Content-Type").starts_with("multipart/byteranges; boundary="));
    let seen = site.ask("GET /a.js", &["Range: bytes=9-"]);
    let found = (seen.status(), seen.field("Vary"));
    assert_eq!(found, (416, ERROR_VARY), "the coded file might have it");
}

#[test]
fn a_sibling_is_not_older_than_its_file() {
    for (age, is_used) in [(0, true), (1, false), (3600, false)] {
        let tree = tree(&["a", "b"]);
        tree.insert("a.br", "coded", modified() - Duration::from_nanos(age));
        tree.insert("b.br", "coded", modified() + Duration::from_nanos(age));
        let site = Site::new(tree);
        let seen = site.ask("GET /a", &["Accept-Encoding: br"]);
        let vary = if is_used { VARY } else { "" };
        let (body, coding) = if is_used { ("coded", "br") } else { ("a", "") };
        check(&seen, body, coding, vary);
        check(&site.ask("GET /b", &["Accept-Encoding: br"]), "coded", "br", VARY);
    }
}

#[test]
fn an_empty_sibling_is_not_written_yet() {
    let tree = tree(&["a", "a.gz"]);
    tree.insert("a.br", "", modified());
    let site = Site::new(tree);
    check(&site.ask("GET /a", &["Accept-Encoding: br, gzip"]), "a.gz", "gzip", VARY);
    check(&site.ask("GET /a", &["Accept-Encoding: br"]), "a", "", VARY);
}

#[test]
fn changes_of_siblings_are_seen_within_a_second() {
    let mut site = Site::new(tree(&["a"]));
    let accepted = ["Accept-Encoding: br"];
    check(&site.ask("GET /a", &accepted), "a", "", "");
    site.tree.insert("a.br", "new", modified());
    check(&site.at(999).ask("GET /a", &accepted), "a", "", "");
    let first = site.at(1000).ask("GET /a", &accepted);
    check(&first, "new", "br", VARY);
    site.tree.insert("a.br", "newer", modified());
    check(&site.at(2000).ask("GET /a", &accepted), "newer", "br", VARY);
    assert_eq!(site.at(3000).get("/a").field("Vary"), VARY, "nothing has changed");
    site.tree.remove("a.br");
    check(&site.at(4000).ask("GET /a", &accepted), "a", "", "");
    let condition = format!("If-None-Match: {}", first.field("ETag"));
    assert_eq!(site.ask("GET /a", &[accepted[0], &condition]).status(), 200);
    site.tree.insert("a.br", "old", modified());
    site.tree.insert("a", "newest", modified() + Duration::from_secs(1));
    check(&site.at(5000).ask("GET /a", &accepted), "newest", "", "");
}

#[test]
fn siblings_are_kept_as_long_as_their_file() {
    let mut site = Site::new(tree(&ALL));
    for (millis, openings) in [(0, 4), (999, 0), (1000, 4), (1999, 0)] {
        site.at(millis);
        for coding in ["br", "zstd", "gzip", "identity"] {
            site.ask("GET /a.js", &[&format!("Accept-Encoding: {coding}")]);
        }
        assert_eq!(site.openings(), openings, "at {millis}");
    }
}

#[test]
fn what_is_no_regular_file_within_is_no_sibling() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    std::fs::create_dir_all(root.join("a.br")).unwrap();
    std::fs::write(place.path().join("secret"), "secret").unwrap();
    std::fs::write(root.join("a"), "plain").unwrap();
    symlink("../secret", root.join("a.zst")).unwrap();
    symlink("nowhere", root.join("a.gz")).unwrap();
    let accepted = ["Accept-Encoding: br, zstd, gzip"];
    let mut site = Site::new(Disk::open(&root).unwrap());
    check(&site.ask("GET /a", &accepted), "plain", "", "");
    std::fs::remove_file(root.join("a.gz")).unwrap();
    std::fs::write(root.join("coded"), "coded").unwrap();
    symlink("coded", root.join("a.gz")).unwrap();
    check(&site.at(1000).ask("GET /a", &accepted), "coded", "gzip", VARY);
}

#[test]
fn large_files_and_siblings_are_held_open_together() {
    let place = tempfile::tempdir().unwrap();
    for (name, size) in [("a", 300), ("a.br", 200), ("a.gz", 100)] {
        std::fs::write(place.path().join(name), vec![b'x'; size]).unwrap();
    }
    for (read_size_max, kinds) in [
        (50, ["slice of a file"; 3]),
        (100, ["slice of a file", "slice of a file", "bytes"]),
        (250, ["slice of a file", "bytes", "bytes"]),
        (300, ["bytes"; 3]),
    ] {
        let mut limits = Limits::default();
        limits.cached_file_size_max = read_size_max;
        let site = Site::with_limits(Disk::open(place.path()).unwrap(), limits);
        site.get("/a");
        site.openings();
        for (coding, kind) in ["identity", "br", "gzip"].into_iter().zip(kinds) {
            let seen = site.ask("GET /a", &[&format!("Accept-Encoding: {coding}")]);
            assert_eq!(seen.kind, kind, "{coding} with {read_size_max}");
        }
        assert_eq!(site.openings(), 0, "found once, kept in one place");
    }
}

#[test]
fn cold_siblings_are_loaded_on_the_pool_with_their_file() {
    let cold = tree(&ALL).with_cold(|path| path == b"a.js.gz");
    let site = Site::new(cold);
    let seen = site.ask("GET /a.js", &["Accept-Encoding: br", "Accept-Encoding: gzip;q=0.1"]);
    check(&seen, "a.js.br", "br", VARY);
    assert_eq!((seen.was_later, site.jobs()), (true, 1), "all of it, by one job");
    let seen = site.ask("GET /a.js", &["Accept-Encoding: gzip"]);
    check(&seen, "a.js.gz", "gzip", VARY);
    assert_eq!((seen.was_later, site.jobs()), (false, 0));
}

#[test]
fn indexes_and_fallbacks_have_siblings_and_the_page_for_404_is_plain() {
    let paths =
        ["index.html", "index.html.br", "app.html", "app.html.gz", "404.html", "404.html.br"];
    let site = Site::new(tree(&paths)).with_fallback("app.html");
    let accepted = ["Accept-Encoding: br, gzip", HTML];
    check(&site.ask("GET /", &accepted), "index.html.br", "br", VARY);
    let seen = site.ask("GET /users/7", &accepted);
    check(&seen, "app.html.gz", "gzip", VARY);
    let condition = format!("If-None-Match: {}", seen.field("ETag"));
    let seen = site.ask("GET /users/8", &[accepted[0], &condition]);
    assert_eq!((seen.status(), seen.field("Vary")), (304, VARY));
    assert_eq!(site.ask("GET /users/8", &["Accept-Encoding: *;q=0"]).status(), 406);
    let seen = site.ask("GET /none.css", &accepted);
    assert_eq!(seen.status(), 404);
    check(&seen, "404.html", "", "Accept");
    check(&site.ask("GET /404.html", &accepted), "404.html.br", "br", VARY);
}

#[test]
fn embedded_files_have_tags_of_their_contents_and_codings() {
    let none = std::time::UNIX_EPOCH;
    let files = [("a", "same", none), ("a.br", "same", none), ("a.gz", "same", none)];
    let site = Site::new(files.into_iter().collect::<Memory>());
    let mut etags: Vec<_> = ["identity", "br", "gzip"]
        .map(|coding| {
            let accepted = format!("Accept-Encoding: identity;q=0.1, {coding}");
            let seen = site.ask("GET /a", &[&accepted]);
            let expected = if coding == "identity" { "" } else { coding };
            assert_eq!(seen.field("Content-Encoding"), expected);
            assert_eq!(seen.field("Last-Modified"), "");
            seen.field("ETag").to_owned()
        })
        .into();
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 3, "{etags:?}");
}
