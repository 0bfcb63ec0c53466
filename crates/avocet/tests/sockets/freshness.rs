//! How soon a change of the folder is seen.

use std::fs;
use std::time::Duration;

use reactor::clock;
use testkit::program::{holds_within, write_file};
use testkit::raw::Client;

use crate::site::{INDEX, MODIFIED, Site, replace};

/// How stale an answer may be.
const STALE_MAX: Duration = Duration::from_secs(1);

/// Lets that much time pass on an idle connection.
#[track_caller]
fn pass(client: &mut Client, time: Duration) {
    assert!(client.is_silent_for(time));
}

#[test]
fn a_changed_file_is_served_within_a_second() {
    let site = Site::new(&[("page", b"first"), ("large", &[1; 100_000])]);
    let mut client = site.client();
    for (content, large) in [("first", 1), ("other", 2), ("longer than before", 3)] {
        if large > 1 {
            // Once in place, once in one step.
            site.write("page", content);
            replace(&site.path("large"), &[large; 100_000]);
            pass(&mut client, STALE_MAX);
        }
        assert_eq!(client.get("/page").text(), content);
        assert!(client.get("/large").body == [large; 100_000]);
    }
    fs::remove_file(site.path("page")).unwrap();
    pass(&mut client, STALE_MAX);
    assert_eq!(client.get("/page").status, 404);
    site.write("page", "again");
    pass(&mut client, STALE_MAX);
    assert_eq!(client.get("/page").text(), "again");
}

#[test]
fn a_change_is_seen_on_all_workers_within_a_second() {
    let site = Site::with_workers(3, &[("page", b"first")]);
    // Connections enough that each worker has some.
    let mut clients: Vec<_> = (0..24).map(|_| site.client()).collect();
    for content in ["first", "other", "longer than before"] {
        if content != "first" {
            site.write("page", content);
            pass(&mut clients[0], STALE_MAX);
        }
        for client in &mut clients {
            // The third is a hit in the worker's map.
            for _ in 0..3 {
                assert_eq!(client.get("/page").text(), content);
            }
        }
    }
}

#[test]
fn a_change_that_leaves_size_and_time_is_seen_while_the_file_is_young() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for content in ["one", "two", "six"] {
        site.write("page", content);
        pass(&mut client, STALE_MAX);
        assert_eq!(client.get("/page").text(), content);
    }
}

#[test]
fn a_file_that_has_not_changed_keeps_its_tag() {
    let site = Site::new(&[("page", b"page")]);
    let mut client = site.client();
    let first = client.get("/page");
    pass(&mut client, STALE_MAX);
    let second = client.get("/page");
    assert_eq!(first.field("ETag"), second.field("ETag"));
    assert_eq!(second.field("Last-Modified"), Some(MODIFIED));
}

#[test]
fn a_folder_that_is_removed_and_built_again_is_served() {
    let site = Site::new(&[("old.html", b"old")]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    for round in ["first", "second"] {
        fs::remove_dir_all(site.path("")).unwrap();
        pass(&mut client, Duration::from_millis(100));
        write_file(&site.path("index.html"), round);
        let start = clock::read().instant;
        let is_served = holds_within(Duration::from_secs(2), || client.get("/").text() == round);
        let taken = clock::read().instant.since(start);
        assert!(is_served, "{round}, after {taken:?}");
        assert_eq!(client.get("/old.html").status, 404);
    }
}

#[test]
fn a_folder_that_is_gone_is_404_until_it_is_there() {
    let site = Site::new(&[]);
    let mut client = site.client();
    fs::rename(site.path(""), site.outside().join("away")).unwrap();
    assert!(holds_within(Duration::from_secs(2), || client.get("/").status == 404));
    fs::rename(site.outside().join("away"), site.path("")).unwrap();
    assert!(holds_within(Duration::from_secs(2), || client.get("/").text() == INDEX));
}
