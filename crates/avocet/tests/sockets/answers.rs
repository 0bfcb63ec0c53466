//! What a folder answers: files and their fields, directories, pages for what is missing.

use testkit::noise;
use testkit::raw::Answer;

use crate::site::{INDEX, MODIFIED, Site};

#[test]
fn files_arrive_byte_for_byte() {
    // Around the sizes at which the way of sending changes.
    let sizes = [0, 1, 612, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 5 << 20];
    let names: Vec<String> = sizes.iter().map(|size| format!("{size}.bin")).collect();
    let contents: Vec<Vec<u8>> = sizes.iter().map(|&size| noise(size)).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let site = Site::new(&files);
    let mut client = site.client();
    for round in ["cold", "cached"] {
        for (name, content) in &files {
            let target = format!("/{name}");
            let answer = client.get(&target);
            assert_eq!(answer.status, 200, "{round} {name}");
            assert!(answer.body == *content, "{round} {name}: {} bytes", answer.body.len());
            let head = client.ask("HEAD", &target, &[]);
            assert_eq!(head.field("Content-Length"), answer.field("Content-Length"), "{name}");
            assert_eq!(head.field("ETag"), answer.field("ETag"), "{round} {name}");
        }
    }
}

#[test]
fn the_fields_of_a_file() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for method in ["GET", "HEAD"] {
        let answer = client.ask(method, "/index.html", &[]);
        for (name, expected) in [
            ("Content-Type", "text/html; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            ("Accept-Ranges", "bytes"),
            ("Last-Modified", MODIFIED),
        ] {
            assert_eq!(answer.field(name), Some(expected), "{method} {name}");
        }
        assert_eq!(answer.field("Content-Length"), Some(INDEX.len().to_string().as_str()));
        let etag = answer.field("ETag").unwrap();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 4, "{etag}");
        assert!(answer.field("Date").unwrap().ends_with(" GMT"));
        assert!(answer.field("Server").unwrap().starts_with("Avocet"), "{answer:?}");
        assert_eq!(answer.field("Transfer-Encoding"), None);
    }
}

#[test]
fn media_types_by_extension() {
    let types = [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("a.woff2", "font/woff2"),
        ("a.wasm", "application/wasm"),
        ("a.tar.gz", "application/gzip"),
        ("a.unheard-of", "application/octet-stream"),
        ("html", "application/octet-stream"),
    ];
    let files: Vec<(&str, &[u8])> = types.iter().map(|(name, _)| (*name, &b"x"[..])).collect();
    let site = Site::new(&files);
    let mut client = site.client();
    for (name, expected) in types {
        let answer = client.get(&format!("/{name}"));
        let found = answer.field("Content-Type").unwrap();
        // JSON and SVG say their encoding themselves.
        let is_same = found == expected || format!("{found}; charset=utf-8") == expected;
        assert!(is_same, "{name}: {found}");
        assert_eq!(answer.field("Content-Encoding"), None, "{name}");
    }
}

#[test]
fn directories() {
    let site = Site::new(&[
        ("docs/index.html", b"docs"),
        ("docs/empty/file.txt", b"x"),
        ("caf\u{e9} 1/index.html", b"coffee"),
    ]);
    let mut client = site.client();
    for (target, status, text) in [
        ("/", 200, INDEX),
        ("/index.html", 200, INDEX),
        ("/docs/", 200, "docs"),
        ("/docs/?q", 200, "docs"),
        ("/caf%C3%A9%201/", 200, "coffee"),
        ("/docs/./empty/..//", 404, ""),
    ] {
        let answer = client.get(target);
        assert_eq!(answer.status, status, "{target}");
        assert!(status != 200 || answer.text() == text, "{target}: {answer:?}");
    }
    for target in ["/docs/empty/", "/docs/index.html/", "/index.html/", "/none/"] {
        assert_eq!(client.get(target).status, 404, "{target}");
    }
}

#[test]
fn a_directory_without_its_slash_is_shown_the_way() {
    let site = Site::new(&[("docs/index.html", b"docs"), ("a b/c/index.html", b"c")]);
    let mut client = site.client();
    for (target, location) in [
        ("/docs", "/docs/"),
        ("/docs?a=b&c", "/docs/?a=b&c"),
        ("/docs?", "/docs/?"),
        ("/x/../docs", "/docs/"),
        ("/a%20b/c", "/a%20b/c/"),
        ("/%64ocs?%0d%0aX:y", "/docs/?%0d%0aX:y"),
        ("http://evil.example/docs", "/docs/"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.ask(method, target, &[]);
            assert_eq!(answer.status, 308, "{target}");
            assert_eq!(answer.field("Location"), Some(location), "{target}");
        }
    }
    for target in ["//docs", "///docs", "//evil.example", "//evil.example/..", "/\\evil.example"] {
        let answer = client.get(target);
        let location = answer.field("Location").unwrap_or("/x");
        assert!(!location.starts_with("//") && !location.contains('\\'), "{target}: {answer:?}");
        assert!(matches!(answer.status, 400 | 404), "{target}: {answer:?}");
    }
}

#[test]
fn a_client_that_has_the_file_is_not_sent_it_again() {
    let site = Site::new(&[("large", &[1; 100_000])]);
    let mut client = site.client();
    for target in ["/", "/large"] {
        let etag = client.get(target).field("ETag").unwrap().to_owned();
        for (fields, status) in [
            (vec![format!("If-None-Match: {etag}")], 304),
            (vec![format!("If-None-Match: W/{etag}")], 304),
            (vec![format!("If-None-Match: \"x\", {etag}")], 304),
            (vec!["If-None-Match: *".to_owned()], 304),
            (vec!["If-None-Match: \"x\"".to_owned()], 200),
            (vec![format!("If-Modified-Since: {MODIFIED}")], 304),
            (vec!["If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT".to_owned()], 200),
            (vec!["If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT".to_owned()], 304),
            (vec!["If-Modified-Since: yesterday".to_owned()], 200),
            // The tag has precedence (RFC 9110 §13.2.2).
            (
                vec!["If-None-Match: \"x\"".to_owned(), format!("If-Modified-Since: {MODIFIED}")],
                200,
            ),
        ] {
            let lines: Vec<&str> = fields.iter().map(String::as_str).collect();
            for method in ["GET", "HEAD"] {
                let answer = client.ask(method, target, &lines);
                assert_eq!(answer.status, status, "{method} {target} {lines:?}");
                assert_eq!(answer.field("ETag"), Some(etag.as_str()), "{lines:?}");
                if status == 304 {
                    assert!(answer.body.is_empty() && answer.field("Date").is_some());
                }
            }
        }
    }
}

/// Asserts status, type and a part of the text of an error.
#[track_caller]
fn check_error(answer: &Answer, status: u16, media_type: &str, part: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.field("Content-Type"), Some(media_type), "{answer:?}");
    assert!(answer.text().contains(part), "{answer:?}");
}

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const BROWSER: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn errors_in_the_form_that_the_client_reads() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for (accept, media_type, part) in [
        ("Accept: */*", TEXT, "404 Not Found: "),
        ("X-Accept: none", TEXT, "404 Not Found: "),
        (BROWSER, HTML, "<title>404"),
        ("Accept: application/json", "application/json", "{\"status\":404,"),
        ("Accept: application/json, */*;q=0.1", "application/json", "{\"status\":404,"),
        ("Accept: image/*", TEXT, "404 Not Found: "),
    ] {
        check_error(&client.ask("GET", "/none", &[accept]), 404, media_type, part);
        let head = client.ask("HEAD", "/none", &[accept]);
        assert_eq!((head.status, head.field("Content-Type")), (404, Some(media_type)));
    }
    check_error(&client.ask("POST", "/", &[BROWSER]), 405, HTML, "Method Not Allowed");
    check_error(&client.ask("BREW", "/", &[BROWSER]), 501, HTML, "Not Implemented");
    let page = client.ask("GET", "/<script>", &[BROWSER]);
    assert!(!page.text().contains("<script>alert"), "{page:?}");
}

#[test]
fn a_site_has_its_own_page_for_what_is_missing() {
    let site = Site::new(&[("404.html", b"<title>lost</title>")]);
    let mut client = site.client();
    for _ in 0..2 {
        let answer = client.ask("GET", "/none", &[BROWSER]);
        check_error(&answer, 404, HTML, "<title>lost</title>");
        // It is no state of what was asked for.
        assert_eq!((answer.field("ETag"), answer.field("Last-Modified")), (None, None));
    }
    check_error(&client.ask("GET", "/none", &["Accept: */*"]), 404, TEXT, "404 Not Found");
    assert_eq!(client.ask("HEAD", "/none", &[BROWSER]).field("Content-Length"), Some("19"));
    assert_eq!(client.get("/404.html").status, 200);
}

#[test]
fn a_single_page_application() {
    let files: [(&str, &[u8]); 3] =
        [("app.html", b"app"), ("assets/app.js", b"js"), ("docs/readme.txt", b"readme")];
    for (argument, page) in [("--spa", INDEX), ("--spa=app.html", "app")] {
        let site = Site::with(&files, &[argument]);
        let mut client = site.client();
        for target in ["/orders", "/orders/17", "/orders/", "/orders?q=a.b", "/assets/"] {
            let answer = client.get(target);
            assert_eq!((answer.status, answer.text().as_str()), (200, page), "{target}");
            assert_eq!(answer.field("Content-Type"), Some(HTML), "{target}");
        }
        for (target, status) in [
            ("/assets/app.js", 200),
            ("/assets/missing.js", 404),
            ("/favicon.ico", 404),
            ("/orders/17.html", 404),
            ("/.git", 404),
            ("/docs/readme.txt", 200),
            ("/docs", 308),
        ] {
            assert_eq!(client.get(target).status, status, "{argument} {target}");
        }
    }
}
