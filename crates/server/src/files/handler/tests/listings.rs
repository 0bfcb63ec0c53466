//! Which directories are listed, and what it takes to find out.

use super::*;

const JSON: &str = "Accept: application/json";

/// What a listing has in it, or else the status.
fn listed(site: &Site<Memory>, path: &str) -> String {
    let seen = site.ask(&format!("GET {path}"), &[JSON]);
    if seen.status() != 200 || !seen.body.starts_with('[') {
        return seen.status().to_string();
    }
    let names = seen.body.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn directories_without_an_index_are_listed() {
    let paths = ["docs/index.html", "bare/x", "bare/.y", "bare/sub/z", "404.html", "x/.hidden"];
    let site = Site::new(tree(&paths)).with_listings();
    for (path, expected) in [
        ("/", "bare docs x 404.html"),
        ("/?sort=name&order=desc", "x docs bare 404.html"),
        ("/bare/", "sub x"),
        ("/bare/sub/", "z"),
        ("/docs/../bare/.", "sub x"),
        ("/x/", ""),
        ("/docs/", "200"),
        ("/bare", "308"),
        ("/bare/x/", "404"),
        ("/none/", "404"),
        ("/none", "404"),
        ("/.git/", "404"),
    ] {
        assert_eq!(listed(&site, path), expected, "{path}");
        assert_eq!(listed(&site, path), expected, "{path} again");
    }
    assert_eq!(site.get("/bare").field("Location"), "/bare/");
    assert_eq!(site.ask("GET /none/", &[HTML]).body, "404.html");
    assert_eq!(listed(&Site::new(tree(&paths)), "/bare/"), "404", "unless it is not wanted");
}

#[test]
fn a_listing_comes_before_the_file_for_what_is_missing() {
    let paths = ["app.html", "bare/x"];
    let one = Site::new(tree(&paths)).with_listings().with_fallback("app.html");
    let other = Site::new(tree(&paths)).with_fallback("app.html").with_listings();
    for site in [one, other] {
        assert_eq!(listed(&site, "/bare/"), "x");
        assert_eq!(site.get("/users/7/").body, "app.html");
        assert_eq!(site.get("/users/7").body, "app.html");
    }
}

#[test]
fn what_is_no_directory_costs_no_job() {
    let site = Site::new(tree(&["a/x"])).with_listings();
    assert_eq!(listed(&site, "/none/"), "404");
    assert_eq!((site.jobs(), site.openings()), (0, 2));
    assert_eq!(listed(&site, "/none/"), "404");
    assert_eq!((site.jobs(), site.openings()), (0, 0), "that it is not there is remembered");
    for jobs in [2, 1, 1] {
        assert_eq!(listed(&site, "/a/"), "x");
        assert_eq!(site.jobs(), jobs, "what is in it is remembered, the listing made anew");
    }
}

#[test]
fn a_cold_directory_is_found_and_listed_on_the_pool() {
    let site = Site::new(tree(&["a/x", "b/index.html"]).with_cold(|_| true)).with_listings();
    assert_eq!(listed(&site, "/a/"), "x");
    assert_eq!(site.jobs(), 4, "the index, the directory, what is in it, the listing");
    assert_eq!(listed(&site, "/b/"), "200");
    assert_eq!(listed(&site, "/none/"), "404");
}

#[test]
fn a_listing_that_the_pool_refuses_is_503() {
    let site = Site::new(tree(&["a/x"])).with_listings();
    site.pool.is_full.store(true, Ordering::Relaxed);
    let seen = site.get("/a/");
    assert_eq!((seen.status(), seen.field("Retry-After")), (503, "1"));
    site.pool.is_full.store(false, Ordering::Relaxed);
    assert_eq!(listed(&site, "/a/"), "x");
}

#[test]
fn a_tree_that_is_not_to_be_listed_is_not() {
    /// Has one directory, and no listing of it.
    #[derive(Debug)]
    struct Unlisted;

    impl Tree for Unlisted {
        fn open(&self, path: &SafePath<'_>, _: Instant, _: Patience) -> Result<Node, OpenError> {
            let is_index = path.as_bytes().ends_with(b"index.html");
            if is_index { Err(OpenError::NotFound) } else { Ok(Node::Directory) }
        }
    }

    let site = Site::new(Unlisted).with_listings();
    assert_eq!(site.get("/").status(), 404);
    assert_eq!(site.get("/a/").status(), 404);
}

#[test]
fn conditions_count_for_a_listing_too() {
    let site = Site::new(tree(&["a/x", "404.html"])).with_listings();
    for (field, status) in [
        ("If-Match: \"a\"", 412),
        ("If-Match: *", 200),
        ("If-None-Match: *", 304),
        ("If-None-Match: \"a\"", 200),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ("If-Range: \"a\"", 200),
        ("Range: bytes=0-1", 200),
    ] {
        for method in ["GET", "HEAD"] {
            let seen = site.ask(&format!("{method} /a/"), &[field, JSON]);
            assert_eq!((seen.status(), seen.field("Vary")), (status, "Accept"), "{field}");
            let jobs = site.jobs();
            assert_eq!(jobs > 0, status == 200, "{field}: {jobs}");
        }
        assert_eq!(site.ask("GET /none/", &[field]).status(), 404, "{field}");
        assert_eq!(site.ask("GET /a", &[field]).status(), 308, "{field}");
    }
}
