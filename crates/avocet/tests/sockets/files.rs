//! Files that change or are slow to be read while they are sent.

use std::fs::{self, File};

use testkit::noise;
use testkit::program::eventually;
use testkit::raw::request;

use crate::site::{INDEX, Site, replace};

/// Larger than what the kernel holds of an answer that is not read.
const LARGE: usize = 48 << 20;

#[test]
fn a_file_that_is_replaced_while_it_is_sent_arrives_whole() {
    let old = noise(LARGE);
    let site = Site::new(&[("large", &old)]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]));
    let head = client.answer_head();
    assert_eq!(head.field("Content-Length"), Some(LARGE.to_string().as_str()));
    replace(&site.path("large"), b"new");
    assert!(client.bytes(LARGE) == old);
    eventually("the new file is served", || client.get("/large").body == b"new");
}

#[test]
fn a_file_that_is_removed_while_it_is_sent_arrives_whole() {
    let content = noise(LARGE);
    let site = Site::new(&[("large", &content)]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    fs::remove_file(site.path("large")).unwrap();
    assert!(client.bytes(LARGE) == content);
    eventually("the file is gone", || client.get("/large").status == 404);
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_ends_the_answer() {
    let content = noise(LARGE);
    let site = Site::new(&[("large", &content)]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]) + &request("GET", "/", &[]));
    client.answer_head();
    File::options().write(true).open(site.path("large")).unwrap().set_len(100_000).unwrap();
    // What the kernel had taken already still comes, though it may have wiped what is behind the
    // cut; nothing follows.
    let rest = client.rest().expect("the answer ends in good order");
    assert!(rest.len() < LARGE, "{} bytes", rest.len());
    assert!(rest[..100_000] == content[..100_000]);
    eventually("the file is served as it is now", || {
        let mut client = site.client();
        client.send(request("GET", "/large", &[]));
        // While it is not known to have shrunk it ends early.
        client.try_answer().is_ok_and(|answer| answer.body == content[..100_000])
    });
}

#[test]
fn many_readers_of_one_large_file() {
    let content = noise(8 << 20);
    let site = Site::new(&[("large", &content)]);
    let mut clients: Vec<_> = (0..16).map(|_| site.client()).collect();
    for client in &mut clients {
        client.send(request("GET", "/large", &[]));
    }
    for client in &mut clients {
        assert!(client.answer().body == content);
    }
}

#[test]
fn an_empty_file() {
    let site = Site::new(&[("empty", b"")]);
    let mut client = site.client();
    let answer = client.get("/empty");
    assert_eq!((answer.status, answer.field("Content-Length")), (200, Some("0")));
    assert_eq!(client.ask("GET", "/empty", &["Range: bytes=0-"]).status, 416);
    assert_eq!(client.get("/").text(), INDEX);
}
