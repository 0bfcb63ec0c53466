//! The handler, from the bytes of a request to its reply.

mod codings;
mod compression;
mod held;
mod listings;
mod parts;
mod sharing;
mod site;

use std::sync::atomic::{AtomicUsize, Ordering};

use reactor::clock::Instant;
use rustix::io::Errno;
use settings::Limits;

use self::site::{Site, modified};
use super::super::tree::{Node, OpenError, Patience};
use super::super::{Disk, Memory};
use super::*;

const HTML: &str = "Accept: text/html,*/*;q=0.8";

/// A tree with these files, each holding its own path.
fn tree(paths: &[&str]) -> Memory {
    paths.iter().map(|path| (path, (*path).to_owned(), modified())).collect()
}

fn etag(site: &Site<Memory>, path: &str) -> String {
    site.get(path).field("ETag").to_owned()
}

#[test]
fn a_file_and_its_head() {
    let site = Site::new(tree(&["a.txt"]));
    let seen = site.get("/a.txt");
    let expected = "HTTP/1.1 200 OK\n\
                    Server: Avocet\n\
                    Date: DDDDDDDDDDDDDDDDDDDDDDDDDDDDD\n\
                    Content-Type: text/plain; charset=utf-8\n\
                    X-Content-Type-Options: nosniff\n\
                    Accept-Ranges: bytes\n\
                    ETag: \"5-ae1b8bc7e0dfa00\"\n\
                    Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n\
                    Content-Length: 5\n\
                    \n"
    .replace("ae1b8bc7e0dfa00", &format!("{:x}", 784_111_777_000_000_000_u64));
    assert_eq!((seen.head.as_str(), seen.body.as_str()), (expected.as_str(), "a.txt"));
    assert_eq!(site.ask("HEAD /a.txt", &[]).head, expected);
}

#[test]
fn what_paths_name() {
    let paths = ["index.html", "docs/index.html", "docs/a b.txt", "bare/x", ".well-known/y"];
    let site = Site::new(tree(&paths));
    for (path, status, body) in [
        ("/", 200, "index.html"),
        ("/index.html", 200, "index.html"),
        ("/?query", 200, "index.html"),
        ("/docs/", 200, "docs/index.html"),
        ("/docs/../docs/.", 200, "docs/index.html"),
        ("/docs/a%20b.txt", 200, "docs/a b.txt"),
        ("/.well-known/y", 200, ".well-known/y"),
        ("/bare/", 404, NOTHING),
        ("/bare/x/", 404, NOTHING),
        ("/none", 404, NOTHING),
        ("/index.html/", 404, NOTHING),
        ("/.git/config", 404, NOTHING),
        ("/docs//", 404, NOTHING),
        ("/..", 400, "400 Bad Request: the request is not well-formed\n"),
        ("/a%00", 400, "400 Bad Request: the request is not well-formed\n"),
        ("/a%2fb", 400, "400 Bad Request: the request is not well-formed\n"),
    ] {
        let seen = site.get(path);
        assert_eq!((seen.status(), seen.body.as_str()), (status, body), "{path}");
    }
}

const NOTHING: &str = "404 Not Found: nothing is at this address; check its spelling\n";

#[test]
fn a_directory_has_its_slash_and_stays_on_its_host() {
    let site =
        Site::new(tree(&["docs/index.html", "a b/c/index.html", "caf\u{e9}/x", "evil.example/x"]));
    for (target, location) in [
        ("/docs", "/docs/"),
        ("/docs?a=1&b=//c", "/docs/?a=1&b=//c"),
        ("/docs?", "/docs/?"),
        ("/./docs", "/docs/"),
        ("/docs/../docs", "/docs/"),
        ("/a%20b/c", "/a%20b/c/"),
        ("/caf%c3%a9", "/caf%C3%A9/"),
        ("/evil.example", "/evil.example/"),
        ("/x/../evil.example", "/evil.example/"),
        ("http://other.example/docs", "/docs/"),
    ] {
        for method in ["GET", "HEAD"] {
            let seen = site.ask(&format!("{method} {target}"), &[]);
            assert_eq!((seen.status(), seen.field("Location")), (308, location), "{target}");
        }
    }
    for target in ["//evil.example", "///evil.example", "/%2Fevil.example", "/%5Cevil.example"] {
        let seen = site.get(target);
        assert!(matches!(seen.status(), 400 | 404), "{target}: {}", seen.head);
        assert_eq!(seen.field("Location"), "", "{target}");
    }
}

#[test]
fn files_are_read_and_nothing_else() {
    let site = Site::new(tree(&["a"]));
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        for path in ["/a", "/none"] {
            let seen = site.ask(&format!("{method} {path}"), &[]);
            assert_eq!((seen.status(), seen.field("Allow")), (405, "GET, HEAD"), "{method} {path}");
        }
    }
    assert_eq!(site.openings(), 0);
}

#[test]
fn conditions_are_kept() {
    let site = Site::new(tree(&["a.txt"]));
    let etag = etag(&site, "/a.txt");
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
    for (field, status) in [
        (format!("If-None-Match: {etag}"), 304),
        (format!("If-None-Match: \"x\", W/{etag}"), 304),
        ("If-None-Match: *".to_owned(), 304),
        ("If-None-Match: \"x\"".to_owned(), 200),
        (format!("If-Modified-Since: {date}"), 304),
        (format!("If-Modified-Since: {earlier}"), 200),
        (format!("If-Match: {etag}"), 200),
        ("If-Match: \"x\"".to_owned(), 412),
        (format!("If-Unmodified-Since: {date}"), 200),
        (format!("If-Unmodified-Since: {earlier}"), 412),
    ] {
        for method in ["GET", "HEAD"] {
            let seen = site.ask(&format!("{method} /a.txt"), &[&field]);
            assert_eq!(seen.status(), status, "{method} {field}");
            if status == 304 {
                assert_eq!((seen.kind, seen.field("ETag")), ("empty", etag.as_str()), "{field}");
                assert_eq!(seen.field("Content-Length"), "", "{field}");
            }
        }
    }
    let named = format!("If-None-Match: {etag}");
    for (other, status) in [
        ("If-Match: \"x\"".to_owned(), 412),
        (format!("If-Match: {etag}"), 304),
        (format!("If-Unmodified-Since: {earlier}"), 412),
        (format!("If-Modified-Since: {earlier}"), 304),
        ("If-None-Match: \"x\"".to_owned(), 304),
        ("Range: bytes=0-1".to_owned(), 304),
    ] {
        let seen = [[&*named, &*other], [&*other, &*named]]
            .map(|fields| site.ask("GET /a.txt", &fields).status());
        assert_eq!(seen, [status; 2], "{other}");
    }
    let seen = site.ask("GET /none", &["If-Match: *"]);
    assert_eq!(seen.status(), 404, "conditions are for what is there");
}

#[test]
fn parts_are_sent() {
    let mut limits = Limits::default();
    limits.cached_file_size_max = 4;
    for (limits, kind) in [(Limits::default(), "bytes"), (limits, "slice of bytes")] {
        let tree: Memory = [("a.txt", "0123456789", modified())].into_iter().collect();
        let site = Site::with_limits(tree, limits);
        let etag = etag(&site, "/a.txt");
        assert_eq!(site.get("/a.txt").kind, kind);
        let check = |fields: &[&str], status, content_range: &str, body: &str| {
            let seen = site.ask("GET /a.txt", fields);
            let found = (seen.status(), seen.field("Content-Range"), seen.body.as_str());
            assert_eq!(found, (status, content_range, body), "{fields:?} {kind}");
            let len = body.len().to_string();
            assert_eq!(seen.field("Content-Length"), len, "{fields:?}");
        };
        let whole = "0123456789";
        check(&["Range: bytes=2-4"], 206, "bytes 2-4/10", "234");
        check(&["Range: bytes=7-"], 206, "bytes 7-9/10", "789");
        check(&["Range: bytes=-2"], 206, "bytes 8-9/10", "89");
        check(&["Range: bytes=0-99"], 206, "bytes 0-9/10", whole);
        check(&["Range: lines=1-2"], 200, "", whole);
        check(&["Range: bytes=2-4", &format!("If-Range: {etag}")], 206, "bytes 2-4/10", "234");
        check(&["Range: bytes=2-4", "If-Range: \"x\""], 200, "", whole);
        check(&["Range: bytes=2-4", &format!("If-Range: W/{etag}")], 200, "", whole);
        let missing = "416 Range Not Satisfiable: the resource has no such part\n";
        check(&["Range: bytes=10-"], 416, "bytes */10", missing);

        let seen = site.ask("GET /a.txt", &["Range: bytes=2-4"]);
        assert_eq!(seen.field("ETag"), etag);
        assert_eq!(seen.field("Content-Type"), "text/plain; charset=utf-8");
        let seen = site.ask("HEAD /a.txt", &["Range: bytes=2-4"]);
        assert_eq!((seen.status(), seen.field("Content-Length")), (200, "10"));
        let seen = site.ask("GET /a.txt", &["Range: bytes=2-4", &format!("If-None-Match: {etag}")]);
        assert_eq!(seen.status(), 304, "conditions come before ranges");
    }
}

#[test]
fn what_is_missing_is_said_in_the_form_that_is_liked() {
    let plain = Site::new(tree(&["a"]));
    let with_page = Site::new(tree(&["a", "404.html"]));
    for (accept, media_type, with_page_type, own_page) in [
        ("Accept: */*", "text/plain; charset=utf-8", "text/plain; charset=utf-8", false),
        (HTML, "text/html; charset=utf-8", "text/html; charset=utf-8", true),
        ("Accept: application/json", "application/json", "application/json", false),
    ] {
        let seen = plain.ask("GET /none", &[accept]);
        assert_eq!((seen.status(), seen.field("Content-Type")), (404, media_type), "{accept}");
        let seen = with_page.ask("GET /none", &[accept]);
        assert_eq!((seen.status(), seen.field("Content-Type")), (404, with_page_type), "{accept}");
        assert_eq!(seen.body == "404.html", own_page, "{accept}");
        assert_eq!((seen.field("ETag"), seen.field("X-Content-Type-Options")), ("", "nosniff"));
    }
    assert_eq!(with_page.get("/404.html").status(), 200);
    let seen = with_page.ask("GET /none", &[HTML, "If-None-Match: *", "Range: bytes=0-1"]);
    assert_eq!((seen.status(), seen.body.as_str()), (404, "404.html"));
}

#[test]
fn pages_of_an_application_get_its_file() {
    let paths = ["app.html", "docs/index.html", "assets/x.js", "404.html"];
    let site = Site::new(tree(&paths)).with_fallback("app.html");
    for (path, status, body) in [
        ("/", 200, "app.html"),
        ("/users/7", 200, "app.html"),
        ("/users/7/", 200, "app.html"),
        ("/v1.2/users", 200, "app.html"),
        ("/assets/", 200, "app.html"),
        ("/assets/x.js", 200, "assets/x.js"),
        ("/docs/", 200, "docs/index.html"),
        ("/docs", 308, ""),
        ("/assets/y.js", 404, "404.html"),
        ("/favicon.ico", 404, "404.html"),
        ("/v1.2", 404, "404.html"),
        ("/.well-known/none", 404, "404.html"),
    ] {
        let seen = site.ask(&format!("GET {path}"), &[HTML]);
        assert_eq!((seen.status(), seen.body.as_str()), (status, body), "{path}");
        assert_eq!(site.ask(&format!("HEAD {path}"), &[HTML]).status(), status, "{path}");
    }
    let seen = site.get("/users/7");
    assert_eq!(seen.field("Content-Type"), "text/html; charset=utf-8");
    let condition = format!("If-None-Match: {}", seen.field("ETag"));
    assert_eq!(site.ask("GET /users/8", &[&condition]).status(), 304);
    assert_eq!(site.ask("POST /users/7", &[]).status(), 405);
}

#[test]
fn a_missing_fallback_is_404() {
    let site = Site::new(tree(&["a"])).with_fallback("/app.html");
    assert_eq!(site.get("/users/7").status(), 404);
    site.tree.insert("app.html", "now", modified());
    let mut site = site;
    assert_eq!(site.at(1000).get("/users/7").body, "now");
}

#[test]
fn a_cached_file_is_at_most_a_second_old() {
    let mut site = Site::new(tree(&["a", "b"]));
    let paths = ["/a", "/b", "/c", "/d"];
    let ask = |site: &Site<Memory>| {
        paths.map(|path| {
            let seen = site.get(path);
            if seen.status() == 200 { seen.body } else { seen.status().to_string() }
        })
    };
    assert_eq!(ask(&site), ["a", "b", "404", "404"]);
    site.tree.insert("a", "other", modified());
    site.tree.remove("b");
    site.tree.insert("c", "new", modified());
    site.tree.insert("d/e", "deep", modified());
    assert_eq!(ask(site.at(999)), ["a", "b", "404", "404"]);
    assert_eq!(ask(site.at(1000)), ["other", "404", "new", "308"]);
}

#[test]
fn a_second_of_hits_opens_once() {
    let mut site = Site::new(tree(&["index.html", "a"]));
    for second in 0..3 {
        // A file, and its three siblings.
        for (path, openings) in [("/", 4), ("/a", 4), ("/none", 1)] {
            for millis in [0, 1, 500, 999] {
                let seen = site.at(second * 1000 + millis).get(path);
                assert!(!seen.was_later);
                let expected = if millis == 0 { openings } else { 0 };
                assert_eq!(site.openings(), expected, "{path} at {millis}");
            }
            site.at((second + 1) * 1000);
        }
    }
}

#[test]
fn what_the_disk_must_be_waited_for_is_loaded_on_the_pool() {
    for (cache_size, jobs_again) in [(1 << 20, 0), (0, 1)] {
        let mut limits = Limits::default();
        limits.cache_size = cache_size;
        let cold = tree(&["a", "app.html", "404.html"]).with_cold(|_| true);
        let site = Site::with_limits(cold, limits).with_fallback("app.html");
        for (path, status, body, jobs) in
            [("/a", 200, "a", 1), ("/users", 200, "app.html", 2), ("/x.js", 404, "404.html", 2)]
        {
            let seen = site.ask(&format!("GET {path}"), &[HTML]);
            assert_eq!((seen.status(), seen.body.as_str()), (status, body), "{path}");
            assert_eq!((seen.was_later, site.jobs()), (true, jobs), "{path}");
            let seen = site.ask(&format!("GET {path}"), &[HTML]);
            assert_eq!((seen.status(), seen.body.as_str()), (status, body), "{path} again");
            assert_eq!(site.jobs(), jobs * jobs_again, "{path} again");
        }
    }
}

#[test]
fn conditions_survive_the_way_over_the_pool() {
    let warm = Site::new(tree(&["a"]));
    let etag = etag(&warm, "/a");
    let site = || Site::new(tree(&["a", "d/e"]).with_cold(|_| true));
    let condition = format!("If-None-Match: {etag}");
    assert_eq!(site().ask("GET /a", &[&condition]).status(), 304);
    assert_eq!(site().ask("GET /a", &["Range: bytes=0-0"]).status(), 206);
    assert_eq!(site().get("/d?q").field("Location"), "/d/?q");
}

#[test]
fn a_full_pool_is_503() {
    let site = Site::new(tree(&["a"]).with_cold(|_| true));
    site.pool.is_full.store(true, Ordering::Relaxed);
    let seen = site.get("/a");
    assert_eq!((seen.status(), seen.field("Retry-After")), (503, "1"));
    site.pool.is_full.store(false, Ordering::Relaxed);
    assert_eq!(site.get("/a").status(), 200, "a refusal is not remembered");
}

/// Answers every opening with an error, and counts them.
#[derive(Debug)]
struct Broken(OpenError, AtomicUsize);

impl Tree for Broken {
    fn open(&self, _: &SafePath<'_>, _: Instant, _: Patience) -> Result<Node, OpenError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Err(self.0)
    }
}

#[test]
fn errors_of_the_tree_and_whether_they_are_remembered() {
    for (error, status, retry_after, is_remembered) in [
        (OpenError::NotFound, 404, "", true),
        (OpenError::Escapes, 404, "", true),
        (OpenError::Resources(Errno::MFILE), 503, "1", false),
        (OpenError::Failed(Errno::IO), 500, "", false),
        (OpenError::WouldBlock, 500, "", false),
    ] {
        let site = Site::new(Broken(error, AtomicUsize::new(0)));
        let seen = site.get("/a");
        assert_eq!((seen.status(), seen.field("Retry-After")), (status, retry_after), "{error:?}");
        site.openings();
        assert_eq!(site.get("/a").status(), status, "{error:?} again");
        assert_eq!(site.openings() == 0, is_remembered, "{error:?}");
    }
}

#[test]
fn a_folder_of_the_disk_is_served() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    std::fs::write(place.path().join("secret"), "secret").unwrap();
    std::fs::write(root.join("sub/index.html"), "page").unwrap();
    std::fs::write(root.join("large"), vec![b'x'; 65_537]).unwrap();
    std::fs::write(root.join("small"), vec![b'x'; 65_536]).unwrap();
    for (name, target) in [("out", "../secret"), ("up", ".."), ("in", "sub/index.html")] {
        std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    }
    let site = Site::new(Disk::open(&root).unwrap());
    for (path, status, kind, len) in [
        ("/sub/", 200, "bytes", 4),
        ("/in", 200, "bytes", 4),
        ("/sub", 308, "empty", 0),
        ("/small", 200, "bytes", 65_536),
        ("/large", 200, "slice of a file", 65_537),
        ("/out", 404, "bytes", NOTHING.len()),
        ("/up/secret", 404, "bytes", NOTHING.len()),
    ] {
        for _ in 0..2 {
            let seen = site.get(path);
            assert_eq!((seen.status(), seen.kind, seen.body.len()), (status, kind, len), "{path}");
        }
    }
    std::fs::remove_file(root.join("large")).unwrap();
    let seen = site.ask("GET /large", &["Range: bytes=65530-"]);
    assert_eq!((seen.status(), seen.body.as_str()), (206, "xxxxxxx"), "it is held open");
}
