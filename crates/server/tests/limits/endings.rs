//! Ends: how long a connection lingers, and what a server that is told to end grants it.

use std::time::Duration;

use crate::line::{Line, get, post, seconds};

/// The last of a client that has said all.
const LAST_OF_ALL: &str = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

/// The last of one that might send a line end behind its body.
const LAST: &str =
    "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";

#[test]
fn a_client_that_has_said_all_is_left_when_it_is_answered() {
    let mut line = Line::open();
    line.send(LAST_OF_ALL);
    assert!(line.is_closed());
    assert_eq!(line.status(), Some(200), "and has its answer");
}

#[test]
fn one_that_sends_more_all_the_same_is_lingered_for() {
    let mut line = Line::open();
    line.send(LAST_OF_ALL.to_owned() + "\r\n");
    assert!(!line.is_closed() && !line.is_open());
    line.assert_closes_after(seconds(2));
    assert_eq!(line.status(), Some(200));
}

#[test]
fn a_client_that_does_not_close_is_left_after_the_linger() {
    let mut line = Line::open();
    line.send(LAST);
    assert!(!line.is_open());
    line.assert_closes_after(seconds(2));
    assert_eq!(line.status(), Some(200), "the answer is there to be read");
}

#[test]
fn one_that_closes_is_let_go_at_once() {
    let mut line = Line::open();
    line.send(LAST);
    line.pass(Duration::from_millis(1_900));
    assert!(!line.is_closed());
    line.end();
    assert!(line.is_closed());
}

#[test]
fn what_comes_during_the_linger_gains_no_time() {
    let mut line = Line::open();
    line.send(LAST);
    for _ in 0..19 {
        line.pass(Duration::from_millis(100));
        line.send("x");
    }
    line.assert_closes_after(Duration::from_millis(100));
}

#[test]
fn a_mebibyte_is_read_during_the_linger() {
    let limit = 1 << 20;
    for (size, is_left) in [(limit - 1, false), (limit, true), (limit + 1, true)] {
        let mut line = Line::open();
        line.send(LAST);
        line.send("x".repeat(size));
        assert_eq!(line.is_closed(), is_left, "{size}");
    }
}

/// A malformed request that was pipelined behind one that took its time stayed in memory.
#[test]
fn a_connection_that_lingers_holds_nothing() {
    let mut line = Line::open();
    line.send(get("/later?1") + "no request\r\n\r\n" + &"x".repeat(5000));
    assert!(line.held_size() > 5000);
    line.pass(seconds(2));
    assert!(line.text().contains("HTTP/1.1 400 "));
    assert!(!line.is_closed());
    assert_eq!(line.held_size(), 0);
}

#[test]
fn a_drain_closes_what_is_idle_at_once() {
    let mut line = Line::open();
    line.send(get("/"));
    assert_eq!(line.status(), Some(200));
    line.drain();
    assert!(line.is_closed());
}

#[test]
fn a_drain_gives_a_connection_without_a_request_a_second() {
    let mut line = Line::open();
    line.drain();
    line.assert_closes_after(seconds(1));
    assert_eq!(line.text(), "");
    let mut line = Line::open();
    line.drain();
    line.pass(Duration::from_millis(995));
    line.send(get("/"));
    assert!(line.text().contains("\r\nConnection: close\r\n"));
    // It gives no more time than there was.
    let mut line = Line::open();
    line.pass(Duration::from_millis(9_500));
    line.drain();
    line.assert_closes_after(Duration::from_millis(500));
}

#[test]
fn a_drain_lets_a_begun_head_and_a_begun_body_have_their_time() {
    let mut line = Line::open();
    line.send("GET / HTTP/1.1\r\n");
    line.drain();
    line.assert_ends_after(seconds(10));
    assert_eq!(line.status(), Some(408));
    let mut line = Line::open();
    line.send(post("/take", 10));
    line.drain();
    line.pass(seconds(29));
    line.send("0123456789");
    assert_eq!(line.status(), Some(200));
    assert!(!line.is_open());
}

#[test]
fn a_drain_does_not_wait_for_a_body_that_nobody_reads() {
    let mut line = Line::open();
    line.send(post("/ignore", 10));
    assert_eq!(line.status(), Some(200));
    line.drain();
    assert!(!line.is_open());
    line.assert_closes_after(seconds(2));
}

#[test]
fn the_time_of_a_drain() {
    let timeout = avocet_server::Limits::default().drain_timeout;
    assert_eq!(timeout, seconds(30));
    for (answered_after, is_answered) in [(29, true), (31, false)] {
        let mut line = Line::open();
        line.send(get(&format!("/later?{answered_after}")));
        line.drain_within(timeout);
        line.pass(timeout - Duration::from_millis(1));
        assert!(!line.is_stopped(), "too early");
        assert_eq!(line.status().is_some(), is_answered, "{answered_after} s");
        line.pass(Duration::from_millis(11));
        assert!(line.is_stopped(), "at once, with whoever is left");
    }
}
