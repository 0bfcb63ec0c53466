//! What must happen in time, and what is done when it does not.

use std::time::Duration;

use reactor::clock;
use testkit::noise;
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
    for (limits, expected) in [
        (&["send_timeout=300ms", "send_rate_min=0"][..], 300),
        // A second for each 64 KiB that the kernel may hold, but in all no more than this.
        (&["send_timeout=10ms", "send_rate_min=64KiB", "send_timeout_max=800ms"], 800),
    ] {
        let args: Vec<_> = limits.iter().flat_map(|limit| ["--limit", limit]).collect();
        let site = Site::with(&[("large", &large)], &args);
        let mut client = site.client();
        assert_eq!(client.ask("HEAD", "/large", &[]).status, 200);
        let before = site.program.descriptors();
        client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
        let answer = client.answer_head();
        assert_eq!(answer.status, 200);
        check_takes(Duration::from_millis(expected), || {
            eventually("the connection is let go", || site.program.descriptors() < before);
        });
        let is_cut_short = client.rest().map_or(true, |rest| rest.len() < large.len());
        assert!(is_cut_short);
    }
}

#[test]
fn a_client_that_reads_slowly_is_served() {
    let large = noise(8 << 20);
    let args = ["--limit", "send_timeout=200ms", "--limit", "send_rate_min=1MiB"];
    let site = Site::with(&[("large", &large)], &args);
    let mut clock = site.client();
    let mut client = site.client();
    client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(client.answer_head().status, 200);
    let mut content = Vec::new();
    for _ in 0..4 {
        // Twice as long as without what is added for the bytes that the kernel holds.
        assert!(clock.is_silent_for(Duration::from_millis(400)));
        content.extend(client.bytes(large.len() / 4));
    }
    assert!(content == large);
}

#[test]
fn a_body_below_the_floor_ends_the_connection() {
    let args = ["--limit", "body_timeout=1s", "--limit", "body_rate_min=200B"];
    let site = Site::with(&[], &args);
    let mut pause = site.client();
    for (each, lasts) in [(2, false), (40, true)] {
        let mut client = site.client();
        client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 60000\r\n\r\n");
        assert_eq!(client.answer().status, 405);
        let start = clock::read().instant;
        let passed = || clock::read().instant.since(start);
        let mut sent = 0;
        while passed() < Duration::from_secs(3) && client.try_send(vec![b'x'; each]).is_ok() {
            sent += each;
            assert!(pause.is_silent_for(Duration::from_millis(20)));
        }
        if lasts {
            client.send(vec![b'x'; 60_000 - sent]);
            assert_eq!(client.get("/").text(), INDEX, "{each} bytes at a time");
        } else {
            assert!(passed() >= Duration::from_millis(900), "{:?}", passed());
            assert!(passed() < Duration::from_millis(2500), "{:?}", passed());
        }
    }
}

#[test]
fn a_client_that_does_not_close_is_left_after_the_linger() {
    let site = Site::with(&[], &["--limit", "linger_timeout=300ms"]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    let before = site.program.descriptors();
    check_takes(Duration::from_millis(300), || {
        let fields = "Host: test\r\nConnection: close\r\nContent-Length: 1";
        client.send(format!("GET / HTTP/1.1\r\n{fields}\r\n\r\nx"));
        assert_eq!(client.answer().text(), INDEX);
        eventually("the connection is let go", || site.program.descriptors() < before);
    });
}

#[test]
fn a_client_that_has_said_all_is_let_go_when_it_is_answered() {
    let site = Site::with(&[], &["--limit", "linger_timeout=60s"]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    let before = site.program.descriptors();
    assert_eq!(client.ask("GET", "/", &["Connection: close"]).text(), INDEX);
    eventually("the connection is let go", || site.program.descriptors() < before);
}
