//! The end: TERM and INT let begun requests finish, a second signal does not.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use reactor::clock;
use rustix::process::Signal;
use testkit::noise;
use testkit::program::{End, eventually};
use testkit::raw::request;

use crate::site::{INDEX, Site};

/// Larger than what the kernel holds of an answer that is not read.
const LARGE: usize = 48 << 20;

#[track_caller]
fn check_end(end: &End, code: i32) {
    assert_eq!((end.code, end.signal), (Some(code), None), "{end:?}");
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut site = Site::new(&[]);
        assert_eq!(site.client().get("/").text(), INDEX);
        site.program.signal(signal);
        let end = site.program.end();
        check_end(&end, 0);
        assert_eq!(end.stderr, "");
    }
}

#[test]
fn idle_connections_do_not_hold_it_up() {
    let mut site = Site::new(&[]);
    let mut clients: Vec<_> = (0..10).map(|_| site.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/").text(), INDEX);
    }
    let start = clock::read().instant;
    site.program.signal(Signal::TERM);
    check_end(&site.program.end(), 0);
    let taken = clock::read().instant.since(start);
    assert!(taken < Duration::from_millis(900), "{taken:?}");
    clients.iter_mut().for_each(testkit::raw::Client::assert_closed);
}

#[test]
fn an_answer_that_was_begun_is_finished() {
    let content = noise(LARGE);
    let mut site = Site::new(&[("large", &content)]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    site.program.signal(Signal::TERM);
    eventually("nobody listens any more", || TcpStream::connect(site.program.addrs()[0]).is_err());
    assert!(site.program.is_running());
    assert!(client.bytes(LARGE) == content);
    client.assert_closed();
    check_end(&site.program.end(), 0);
}

#[test]
fn a_head_that_was_begun_is_answered_and_the_connection_closed() {
    let mut site = Site::new(&[]);
    let mut client = site.client();
    client.send("GET / HTTP/1.1\r\nHost: te");
    assert!(client.is_silent_for(Duration::from_millis(50)));
    site.program.signal(Signal::TERM);
    eventually("nobody listens any more", || TcpStream::connect(site.program.addrs()[0]).is_err());
    client.send("st\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.text().as_str(), answer.field("Connection")), (INDEX, Some("close")));
    client.assert_closed();
    check_end(&site.program.end(), 0);
}

#[test]
fn a_connection_that_has_just_come_has_a_second_to_begin() {
    let mut site = Site::new(&[]);
    let mut first = site.client();
    let mut second = site.client();
    let start = clock::read().instant;
    site.program.signal(Signal::TERM);
    assert!(first.is_silent_for(Duration::from_millis(300)));
    let answer = first.get("/");
    assert_eq!((answer.text().as_str(), answer.field("Connection")), (INDEX, Some("close")));
    first.assert_closed();
    second.assert_closed();
    let taken = clock::read().instant.since(start);
    assert!(taken >= Duration::from_millis(900), "{taken:?}");
    assert!(taken < Duration::from_secs(3), "{taken:?}");
    check_end(&site.program.end(), 0);
}

#[test]
fn connections_in_the_queue_are_served() {
    let mut site = Site::new(&[]);
    let mut clients: Vec<_> = (0..64).map(|_| site.client()).collect();
    for client in &mut clients {
        client.send(request("GET", "/", &[]));
    }
    site.program.signal(Signal::TERM);
    for client in &mut clients {
        assert_eq!(client.answer().text(), INDEX);
    }
    check_end(&site.program.end(), 0);
}

#[test]
fn a_second_signal_quits() {
    let mut site = Site::new(&[("large", &vec![1; LARGE])]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    site.program.signal(Signal::INT);
    eventually("nobody listens any more", || TcpStream::connect(site.program.addrs()[0]).is_err());
    site.program.signal(Signal::INT);
    check_end(&site.program.end(), 5);
    assert!(client.rest().map_or(true, |rest| rest.len() < LARGE), "it is cut short");
}

#[test]
fn a_drain_that_takes_too_long_says_so() {
    let args = ["--limit", "drain_timeout=300ms"];
    let mut site = Site::with(&[("large", &vec![1; LARGE])], &args);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    site.program.signal(Signal::TERM);
    let end = site.program.end();
    check_end(&end, 5);
    assert!(end.stderr.contains("drain_timeout"), "{end:?}");
}

/// A file larger than what the kernel holds of it for a client that reads slowly.
const DOWNLOAD: usize = 4 << 20;

/// What a download takes in each round.
const PIECE: usize = 64 << 10;

/// The pause between two rounds: 50 downloads are to be under way, not to use all of a machine.
const PAUSE: Duration = Duration::from_millis(10);

#[test]
fn downloads_are_finished_and_idle_connections_are_not_waited_for() {
    let content = noise(DOWNLOAD);
    let mut site = Site::with(&[("file", &content)], &["--stats", "--log", "off"]);
    let addr = site.program.addrs()[0];
    let mut downloads: Vec<_> = (0..50).map(|_| (site.client(), 0)).collect();
    for (client, _) in &mut downloads {
        client.send(request("GET", "/file", &[]));
        client.answer_head();
    }
    let mut idle: Vec<_> = (0..50).map(|_| site.client()).collect();
    for client in &mut idle {
        assert_eq!(client.get("/").text(), INDEX);
    }
    let signalled = clock::read().instant;
    site.program.signal(Signal::TERM);
    while TcpStream::connect(addr).is_ok() {
        thread::park_timeout(Duration::from_millis(1));
    }
    let taken = clock::read().instant.since(signalled);
    assert!(taken < Duration::from_millis(100), "the port refuses after {taken:?}");
    idle.iter_mut().for_each(testkit::raw::Client::assert_closed);
    while let Some((_, at)) = downloads.first() {
        assert!(*at > DOWNLOAD / 2 || site.program.is_running(), "it waits for downloads");
        for (client, at) in &mut downloads {
            assert!(client.bytes(PIECE) == content[*at..][..PIECE], "at {at}");
            *at += PIECE;
            if *at == DOWNLOAD {
                client.assert_closed();
            }
        }
        downloads.retain(|(_, at)| *at < DOWNLOAD);
        thread::park_timeout(PAUSE);
    }
    let finished = clock::read().instant;
    let end = site.program.end();
    let taken = clock::read().instant.since(finished);
    assert_eq!((end.code, end.signal), (Some(0), None), "{end:?}");
    assert!(taken < Duration::from_millis(500), "it ends {taken:?} after the last");
    let is_counted = |line: &str| line.split_whitespace().take(2).eq(["answers_lost", "0"]);
    assert!(end.stderr.lines().any(is_counted), "{end:?}");
}
