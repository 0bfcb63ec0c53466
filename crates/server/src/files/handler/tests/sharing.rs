//! What workers share: what one of them has found, and what is being loaded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;

use reactor::pool::Job;

use super::site::{Begun, Site, modified};
use super::*;

/// A site on a disk that is to be waited for, and the same on another worker. Jobs are held back.
fn slow_sites() -> [Site<Memory>; 2] {
    let site = Site::new(tree(&["a", "b"]).with_cold(|_| true));
    site.pool.is_slow.store(true, Ordering::Relaxed);
    let other = site.beside();
    [site, other]
}

fn go_on(begun: Vec<Begun>) -> Vec<Begun> {
    begun.into_iter().map(Begun::go_on).collect()
}

fn statuses(begun: &[Begun]) -> Vec<u16> {
    begun.iter().map(Begun::status).collect()
}

#[test]
fn a_file_is_looked_at_once_a_second_by_all_workers_together() {
    let mut site = Site::new(tree(&["a"]));
    let mut other = site.beside();
    for second in 0..3 {
        for millis in [0, 1, 500, 999] {
            for (path, openings) in [("/a", 4), ("/none", 1)] {
                site.at(second * 1000 + millis).get(path);
                let expected = if millis == 0 { openings } else { 0 };
                assert_eq!(site.openings(), expected, "{path} at {second} s {millis}");
                let seen = other.at(second * 1000 + millis).get(path);
                assert_eq!((seen.was_later, site.openings()), (false, 0), "{path}, the other");
            }
        }
    }
}

#[test]
fn a_change_is_seen_by_all_workers_within_a_second() {
    let mut sites = [Site::new(tree(&["a", "b"]))];
    let mut others = [sites[0].beside(), sites[0].beside()];
    let all = |sites: &mut [Site<Memory>], others: &mut [Site<Memory>], millis| {
        let sites = sites.iter_mut().chain(others);
        let body = |site: &Site<Memory>, path| match site.get(path) {
            seen if seen.status() == 200 => seen.body,
            seen => seen.status().to_string(),
        };
        sites
            .map(|site| ["/a", "/b", "/c"].map(|path| body(site.at(millis), path)))
            .collect::<Vec<_>>()
    };
    for millis in [0, 10, 20] {
        assert_eq!(all(&mut sites, &mut others, millis), [["a", "b", "404"]; 3]);
    }
    sites[0].tree.insert("a", "changed", modified());
    sites[0].tree.remove("b");
    sites[0].tree.insert("c", "new", modified());
    assert_eq!(all(&mut sites, &mut others, 999), [["a", "b", "404"]; 3]);
    assert_eq!(all(&mut sites, &mut others, 1000), [["changed", "404", "new"]; 3]);
}

#[test]
fn what_is_being_loaded_is_loaded_once_for_all() {
    let [site, other] = slow_sites();
    let begun = vec![
        site.begin("GET /a", &[]),
        site.begin("HEAD /a", &["Accept-Encoding: br"]),
        other.begin("GET /a", &["Range: bytes=0-0"]),
        other.begin("GET /b", &[]),
    ];
    assert_eq!((statuses(&begun), site.jobs()), (vec![0; 4], 2));
    site.pool.take_held().into_iter().for_each(Job::run);
    assert_eq!(statuses(&go_on(begun)), [200, 200, 206, 200]);
    assert_eq!(site.get("/a").status(), 200);
    assert_eq!(site.jobs(), 0);
}

#[test]
fn a_loading_that_is_lost_strands_nobody() {
    let [site, other] = slow_sites();
    let begun =
        vec![site.begin("GET /a", &[]), site.begin("GET /a", &[]), other.begin("GET /a", &[])];
    // As when the pool ends.
    drop(site.pool.take_held());
    let begun = go_on(begun);
    assert_eq!(statuses(&begun), [500, 0, 0]);
    assert_eq!(site.jobs(), 3, "those that waited have it loaded for themselves");
    site.pool.take_held().into_iter().for_each(Job::run);
    assert_eq!(statuses(&go_on(begun)), [500, 200, 200]);
}

#[test]
fn a_pool_that_refuses_strands_nobody() {
    let [site, other] = slow_sites();
    let begun = vec![site.begin("GET /a", &[]), other.begin("GET /a", &[])];
    site.pool.is_full.store(true, Ordering::Relaxed);
    drop(site.pool.take_held());
    assert_eq!(statuses(&go_on(begun)), [500, 503]);
    assert_eq!(site.get("/a").status(), 503, "no flight is left that nobody ends");
    site.pool.is_full.store(false, Ordering::Relaxed);
    site.pool.is_slow.store(false, Ordering::Relaxed);
    assert_eq!(site.get("/a").status(), 200);
}

#[test]
fn a_client_that_goes_does_not_take_the_loading_along() {
    let [site, other] = slow_sites();
    let first = site.begin("GET /a", &[]);
    let second = other.begin("GET /a", &[]);
    drop(first);
    site.pool.take_held().into_iter().for_each(Job::run);
    assert_eq!(second.go_on().status(), 200);
    assert_eq!((site.get("/a").status(), site.jobs()), (200, 1));
}

/// Panics at the first opening that may wait.
#[derive(Debug, Default)]
struct Panicking(AtomicBool);

impl Tree for Panicking {
    fn open(&self, _: &SafePath<'_>, _: Instant, patience: Patience) -> Result<Node, OpenError> {
        match patience {
            Patience::CachedOnly => Err(OpenError::WouldBlock),
            Patience::MayBlock if self.0.swap(true, Ordering::Relaxed) => Ok(Node::Directory),
            Patience::MayBlock => panic!("the first opening fails"),
        }
    }
}

#[test]
fn a_loading_that_panics_strands_nobody() {
    let site = Site::new(Panicking::default());
    site.pool.is_slow.store(true, Ordering::Relaxed);
    let other = site.beside();
    let begun = vec![site.begin("GET /a", &[]), other.begin("GET /a", &[])];
    let run = |job: Job| catch_unwind(AssertUnwindSafe(|| job.run())).is_err();
    assert_eq!(site.pool.take_held().into_iter().map(run).collect::<Vec<_>>(), [true]);
    let begun = go_on(begun);
    assert_eq!(statuses(&begun), [500, 0]);
    assert_eq!(site.pool.take_held().into_iter().map(run).collect::<Vec<_>>(), [false]);
    assert_eq!(statuses(&go_on(begun)), [500, 308]);
}

#[test]
fn what_is_missing_is_answered_without_a_look_at_the_disk() {
    let mut site = Site::new(tree(&["a", "404.html"])).with_fallback("app.html");
    site.tree.insert("app.html", "application", modified());
    let mut other = site.beside();
    let cases = [
        ("GET /x.js", &[HTML][..], 404, "404.html"),
        ("GET /x.js", &[], 404, NOTHING),
        ("GET /x", &[], 200, "application"),
        ("GET /x", &["If-None-Match: *"], 304, ""),
    ];
    for (line, fields, ..) in cases {
        site.ask(line, fields);
    }
    site.openings();
    for site in [&mut site, &mut other] {
        for millis in [0, 1, 998] {
            for (line, fields, status, body) in cases {
                let seen = site.at(millis).ask(line, fields);
                assert_eq!((seen.status(), seen.body.as_str()), (status, body), "{line}");
                assert_eq!(site.openings(), 0, "{line} at {millis}");
            }
        }
    }
    site.tree.insert("404.html", "another", modified());
    site.tree.remove("app.html");
    for site in [&mut site, &mut other] {
        let pages = |site: &Site<Memory>| {
            ["/x.js", "/x"].map(|path| site.ask(&format!("GET {path}"), &[HTML]).body)
        };
        assert_eq!(pages(site.at(999)), ["404.html", "application"]);
    }
    for site in [&mut site, &mut other] {
        let seen = site.at(1000).ask("GET /x.js", &[HTML]);
        assert_eq!((seen.status(), seen.body.as_str()), (404, "another"));
        assert_eq!(site.ask("GET /x", &[HTML]).body, "another");
    }
}
