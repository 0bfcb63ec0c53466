//! What must happen in time, and what is done when it does not.

use std::time::Duration;

use reactor::clock;
use testkit::program::eventually;

use crate::site::{INDEX, Site};

/// Runs `wait` and asserts that it takes about that long.
#[track_caller]
fn check_takes(expected: Duration, wait: impl FnOnce()) {
    let start = clock::read().instant;
    wait();
    let taken = clock::read().instant.since(start);
    assert!(taken >= expected.mul_f64(0.9), "{taken:?}");
    assert!(taken < expected + Duration::from_secs(2), "{taken:?}");
}

const HEAD_TIMEOUT: Duration = Duration::from_millis(400);

const HEAD_TIMEOUT_ARGS: [&str; 2] = ["--limit", "head_timeout=400ms"];

#[test]
fn a_client_that_says_nothing_is_let_go_silently() {
    let site = Site::with(&[], &HEAD_TIMEOUT_ARGS);
    let mut client = site.client();
    check_takes(HEAD_TIMEOUT, || client.assert_closed());
}

#[test]
fn a_head_that_was_begun_is_told_that_it_is_late() {
    let site = Site::with(&[], &HEAD_TIMEOUT_ARGS);
    let mut client = site.client();
    client.send("GET / HTTP/1.1\r\nHost: te");
    check_takes(HEAD_TIMEOUT, || {
        let answer = client.answer();
        assert_eq!((answer.status, answer.field("Connection")), (408, Some("close")));
        client.assert_closed();
    });
}

#[test]
fn the_deadline_of_a_head_does_not_move_with_its_bytes() {
    let site = Site::with(&[], &HEAD_TIMEOUT_ARGS);
    let mut client = site.client();
    client.send("GET / HTTP/1.1\r\nX: ");
    check_takes(HEAD_TIMEOUT, || {
        while client.is_silent_for(Duration::from_millis(20)) {
            client.try_send("x").ok();
        }
        assert_eq!(client.answer().status, 408);
    });
}

#[test]
fn a_later_head_has_its_time_from_its_first_byte() {
    let site = Site::with(&[], &HEAD_TIMEOUT_ARGS);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    assert!(client.is_silent_for(2 * HEAD_TIMEOUT), "idle is not late");
    client.send("GET / HTTP/1.1\r\nHost: te");
    check_takes(HEAD_TIMEOUT, || {
        assert_eq!(client.answer().status, 408);
        client.assert_closed();
    });
}

#[test]
fn an_idle_connection_is_closed_silently() {
    let site = Site::with(&[], &["--limit", "idle_timeout=300ms"]);
    let mut client = site.client();
    for _ in 0..2 {
        assert_eq!(client.get("/").text(), INDEX);
        assert!(client.is_silent_for(Duration::from_millis(100)));
    }
    assert_eq!(client.get("/").text(), INDEX);
    check_takes(Duration::from_millis(300), || client.assert_closed());
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let large = vec![1; 64 << 20];
    let site = Site::with(&[("large", &large)], &["--limit", "send_timeout=300ms"]);
    let mut client = site.client();
    assert_eq!(client.ask("HEAD", "/large", &[]).status, 200);
    let before = site.program.descriptors();
    client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
    let answer = client.answer_head();
    assert_eq!(answer.status, 200);
    eventually("the server lets the connection go", || site.program.descriptors() < before);
    let rest = client.rest();
    assert!(rest.is_err() || rest.is_ok_and(|rest| rest.len() < large.len()), "it is cut short");
}
