//! Precompressed siblings, and the choice among codings (RFC 9110 §12.5.3).

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use reactor::clock;
use testkit::noise;
use testkit::raw::{Answer, Client};

use crate::site::{Site, make_old, replace, set_modified};

/// How stale an answer may be.
const STALE_MAX: Duration = Duration::from_secs(1);

/// Lets that much time pass on an idle connection.
#[track_caller]
fn pass(client: &mut Client, time: Duration) {
    assert!(client.is_silent_for(time));
}

/// A page with a sibling in each coding: the body tells which one it is.
fn page() -> Site {
    Site::new(&[
        ("page.html", b"plain, and the longest of all"),
        ("page.html.br", b"brotli"),
        ("page.html.zst", b"zstandard"),
        ("page.html.gz", b"gzip, really"),
    ])
}

#[track_caller]
fn check(answer: &Answer, status: u16, coding: Option<&str>, body: &str) {
    let found = (answer.status, answer.field("Content-Encoding"), answer.text());
    assert_eq!(found, (status, coding, body.into()), "{answer:?}");
}

/// What an error says that might have been none in another coding.
const ERROR_VARY: &str = "Accept, Accept-Encoding";

#[test]
fn a_client_gets_the_coding_that_it_likes_best() {
    let site = page();
    let mut client = site.client();
    let plain = (None, "plain, and the longest of all");
    let [br, zstd, gzip] =
        [(Some("br"), "brotli"), (Some("zstd"), "zstandard"), (Some("gzip"), "gzip, really")];
    for (fields, (coding, body)) in [
        (&[][..], plain),
        (&["Accept-Encoding:"], plain),
        (&["Accept-Encoding: gzip, deflate, br, zstd"], br),
        (&["Accept-Encoding: gzip, zstd"], zstd),
        (&["Accept-Encoding: gzip"], gzip),
        (&["Accept-Encoding: X-GZIP"], gzip),
        (&["ACCEPT-ENCODING: GZIP;Q=1, BR;q=0.999"], gzip),
        (&["Accept-Encoding: gzip;q=0.2", "Accept-Encoding: br;q=0.1, zstd;q=0.3"], zstd),
        (&["Accept-Encoding: *"], br),
        (&["Accept-Encoding: *;q=0.1, br;q=0"], zstd),
        (&["Accept-Encoding: br;q=0, gzip;q=0, zstd;q=0"], plain),
        (&["Accept-Encoding: identity, gzip;q=0.5"], plain),
        (&["Accept-Encoding: identity;q=0, gzip;q=0.5"], gzip),
        (&["Accept-Encoding: compress, bzip2"], plain),
    ] {
        let answer = client.ask("GET", "/page.html", fields);
        check(&answer, 200, coding, body);
        assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{fields:?}");
        assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"), "{fields:?}");
        let head = client.ask("HEAD", "/page.html", fields);
        for field in ["Content-Encoding", "Vary", "ETag", "Content-Length", "Last-Modified"] {
            assert_eq!(head.field(field), answer.field(field), "{fields:?}");
        }
    }
}

#[test]
fn what_is_not_taken_is_refused() {
    let site = page();
    let mut client = site.client();
    for accepted in ["identity;q=0", "*;q=0", "identity;q=0, br;q=0, *;q=0"] {
        let answer = client.ask("GET", "/page.html", &[&format!("Accept-Encoding: {accepted}")]);
        assert_eq!((answer.status, answer.field("Vary")), (406, Some(ERROR_VARY)));
        let answer = client.ask("GET", "/", &[&format!("Accept-Encoding: {accepted}")]);
        assert_eq!((answer.status, answer.field("Vary")), (200, None), "there is no choice");
    }
}

#[test]
fn each_coding_has_a_tag_by_which_it_is_revalidated() {
    let site = page();
    let mut client = site.client();
    let codings = ["identity", "br", "zstd", "gzip"];
    let accepted = codings.map(|coding| format!("Accept-Encoding: {coding}"));
    let etags = accepted.each_ref().map(|accepted| {
        client.ask("GET", "/page.html", &[accepted]).field("ETag").unwrap().to_owned()
    });
    for (asked, accepted) in accepted.iter().enumerate() {
        for (known, etag) in etags.iter().enumerate() {
            let condition = format!("If-None-Match: {etag}");
            let answer = client.ask("GET", "/page.html", &[accepted, &condition]);
            let status = if asked == known { 304 } else { 200 };
            assert_eq!(answer.status, status, "{accepted}, {condition}");
            let found = (answer.field("ETag"), answer.field("Vary"));
            assert_eq!(found, (Some(etags[asked].as_str()), Some("Accept-Encoding")));
            let condition = format!("If-Match: {etag}");
            let answer = client.ask("GET", "/page.html", &[accepted, &condition]);
            let status = if asked == known { 200 } else { 412 };
            let found = (answer.status, answer.field("Vary"));
            let vary = if status == 412 { ERROR_VARY } else { "Accept-Encoding" };
            assert_eq!(found, (status, Some(vary)), "{accepted}, {condition}");
        }
    }
}

#[test]
fn ranges_of_a_coded_file_are_ranges_of_its_coded_bytes() {
    let site = page();
    let mut client = site.client();
    let br = "Accept-Encoding: br";
    let etag = client.ask("GET", "/page.html", &[br]).field("ETag").unwrap().to_owned();
    let plain = client.get("/page.html").field("ETag").unwrap().to_owned();
    let if_range = |etag: &str| format!("If-Range: {etag}");
    for (range, condition, status, coding, body) in [
        // Whoever has a part knows its coding.
        ("bytes=1-3", if_range(&etag), 206, None, "rot"),
        ("bytes=1-3", if_range(&plain), 200, Some("br"), "brotli"),
        ("bytes=1-3", "X: y".to_owned(), 206, Some("br"), "rot"),
    ] {
        let answer = client.ask("GET", "/page.html", &[br, &format!("Range: {range}"), &condition]);
        check(&answer, status, coding, body);
        let found = (answer.field("ETag"), answer.field("Vary"));
        assert_eq!(found, (Some(etag.as_str()), Some("Accept-Encoding")), "{condition}");
    }
    let answer = client.ask("GET", "/page.html", &[br, "Range: bytes=6-"]);
    let found = (answer.status, answer.field("Content-Range"), answer.field("Vary"));
    assert_eq!(found, (416, Some("bytes */6"), Some(ERROR_VARY)));
}

#[test]
fn large_siblings_are_sent_from_their_files() {
    let (content, coded) = (noise(700_000), noise(300_000));
    let site = Site::new(&[("large", &content), ("large.gz", &coded)]);
    let mut client = site.client();
    for _ in 0..2 {
        let answer = client.ask("GET", "/large", &["Accept-Encoding: gzip"]);
        assert!(answer.body == coded && answer.field("Content-Encoding") == Some("gzip"));
        assert!(client.get("/large").body == content);
    }
    let answer = client.ask("GET", "/large", &["Accept-Encoding: gzip", "Range: bytes=299990-"]);
    assert!(answer.status == 206 && answer.body == coded[299_990..]);
}

#[test]
fn an_archive_that_is_asked_for_itself_is_no_coding() {
    let site = Site::new(&[("x.tar", b"files"), ("x.tar.gz", b"archive")]);
    let mut client = site.client();
    let accepted = ["Accept-Encoding: gzip"];
    let answer = client.ask("GET", "/x.tar.gz", &accepted);
    check(&answer, 200, None, "archive");
    assert_eq!(answer.field("Vary"), None);
    assert_eq!(answer.field("Content-Type"), Some("application/gzip"));
    let answer = client.ask("GET", "/x.tar", &accepted);
    check(&answer, 200, Some("gzip"), "archive");
}

#[test]
fn a_sibling_that_is_older_or_no_file_within_is_not_used() {
    let files: [(&str, &[u8]); 4] =
        [("old", b"old"), ("old.gz", b"x"), ("odd", b"odd"), ("inner", b"inner")];
    let site = Site::new(&files);
    let later =
        fs::metadata(site.path("old")).unwrap().modified().unwrap() + Duration::from_nanos(1);
    set_modified(&site.path("old"), later);
    fs::create_dir(site.path("odd.br")).unwrap();
    fs::write(site.outside().join("secret"), "secret").unwrap();
    symlink("../secret", site.path("odd.zst")).unwrap();
    let mut client = site.client();
    let accepted = ["Accept-Encoding: br, zstd, gzip"];
    for (path, body) in [("/old", "old"), ("/odd", "odd")] {
        let answer = client.ask("GET", path, &accepted);
        check(&answer, 200, None, body);
        assert_eq!(answer.field("Vary"), None, "{path}");
    }
    symlink("inner", site.path("odd.gz")).unwrap();
    pass(&mut client, STALE_MAX);
    check(&client.ask("GET", "/odd", &accepted), 200, Some("gzip"), "inner");
}

#[test]
fn a_change_of_a_sibling_is_seen_within_a_second() {
    let site = Site::new(&[("page", b"plain")]);
    let mut client = site.client();
    let accepted = ["Accept-Encoding: br"];
    check(&client.ask("GET", "/page", &accepted), 200, None, "plain");
    for coded in ["first", "second"] {
        replace(&site.path("page.br"), coded.as_bytes());
        make_old(&site.path("page.br"));
        pass(&mut client, STALE_MAX);
        check(&client.ask("GET", "/page", &accepted), 200, Some("br"), coded);
    }
    fs::remove_file(site.path("page.br")).unwrap();
    pass(&mut client, STALE_MAX);
    check(&client.ask("GET", "/page", &accepted), 200, None, "plain");
    fs::write(site.path("page.br"), "again").unwrap();
    pass(&mut client, STALE_MAX);
    let answer = client.ask("GET", "/page", &accepted);
    check(&answer, 200, Some("br"), "again");
    let etag = answer.field("ETag").unwrap();
    assert!(etag.starts_with("W/"), "{etag}: a young file has no strong tag");
    let condition = format!("If-None-Match: {etag}");
    assert_eq!(client.ask("GET", "/page", &[accepted[0], &condition]).status, 304);
    replace(&site.path("page"), b"newer than its sibling");
    set_modified(&site.path("page"), clock::read().wall + Duration::from_secs(60));
    pass(&mut client, STALE_MAX);
    check(&client.ask("GET", "/page", &accepted), 200, None, "newer than its sibling");
}

#[test]
fn pages_of_an_application_are_coded_too() {
    let site = Site::with(&[("index.html.br", b"coded index")], &["--spa"]);
    let mut client = site.client();
    for path in ["/", "/users/7"] {
        let answer = client.ask("GET", path, &["Accept-Encoding: br"]);
        check(&answer, 200, Some("br"), "coded index");
        assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{path}");
    }
}
