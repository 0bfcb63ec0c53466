//! Bodies: how large they are, how long nothing may come of them, and how slowly they may come.

use std::time::Duration;

use crate::line::{Line, get, post, seconds};

/// Sends the head of a request with a large body.
fn begin(target: &str) -> Line {
    let mut line = Line::open();
    line.send(post(target, 1 << 20));
    line
}

/// Sends so many bytes in the middle of each of so many seconds; returns whether the connection
/// has lasted.
fn trickle(line: &mut Line, rate: usize, time: u64) -> bool {
    for _ in 0..time {
        line.pass(Duration::from_millis(500));
        line.send("x".repeat(rate));
        line.pass(Duration::from_millis(500));
        if !line.is_open() {
            return false;
        }
    }
    true
}

#[test]
fn the_size_of_a_body() {
    let limit = 1 << 20;
    for (size, expected) in [(limit - 1, 200), (limit, 200), (limit + 1, 413)] {
        let body = "x".repeat(size);
        let mut line = Line::open();
        line.send(post("/take", size));
        line.send(&body);
        assert_eq!(line.status(), Some(expected), "{size}");
        let mut line = Line::open();
        line.send("POST /take HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        line.send(format!("{size:x}\r\n{body}\r\n0\r\n\r\n"));
        assert_eq!(line.status(), Some(expected), "{size} in a chunk");
    }
}

#[test]
fn what_is_drained_of_a_body() {
    let limit = 64 << 10;
    for (size, is_kept) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
        let mut line = Line::open();
        line.send(post("/ignore", size));
        assert_eq!(line.text().contains("Connection: close"), !is_kept, "{size}");
        line.send("x".repeat(size));
        assert_eq!(line.is_open(), is_kept, "{size}");
        line.send(get("/"));
        assert_eq!(line.status(), is_kept.then_some(200), "{size}");
    }
}

#[test]
fn silence_that_is_answered() {
    let mut line = begin("/take");
    // However long ago something came.
    line.send("x".repeat(600_000));
    for _ in 0..3 {
        line.pass(Duration::from_millis(29_990));
        line.send("x".repeat(20_000));
    }
    line.assert_ends_after(seconds(30));
    assert_eq!(line.status(), Some(408));
}

#[test]
fn silence_when_the_answer_is_out_or_has_begun() {
    for target in ["/ignore", "/mirror"] {
        let mut line = Line::open();
        line.send(post(target, 60_000));
        line.send("x".repeat(50_000));
        assert!(line.text().starts_with("HTTP/1.1 200 "), "{target}");
        line.assert_closes_after(seconds(30));
        assert_eq!(line.text(), "", "{target}");
    }
}

#[test]
fn the_rate_of_a_body_that_is_taken() {
    for (rate, lasts) in [(511, false), (512, true), (513, true)] {
        let mut line = begin("/take");
        assert_eq!(trickle(&mut line, rate, 600), lasts, "{rate} B/s");
        if lasts {
            line.send("x".repeat((1 << 20) - 600 * rate));
        }
        assert_eq!(line.status(), Some(if lasts { 200 } else { 408 }), "{rate} B/s");
    }
}

#[test]
fn the_rate_of_a_body_that_is_mirrored() {
    for (rate, lasts) in [(511, false), (512, true), (513, true)] {
        let mut line = begin("/mirror");
        assert_eq!(trickle(&mut line, rate, 100), lasts, "{rate} B/s");
        // What came in time was sent back.
        assert!(line.text().len() > 29 * rate, "{rate} B/s");
    }
}

#[test]
fn the_rate_of_a_body_that_is_drained() {
    for (rate, lasts) in [(511, false), (512, true), (513, true)] {
        let mut line = Line::open();
        line.send(post("/ignore", 120 * rate));
        assert_eq!(line.status(), Some(200));
        assert_eq!(trickle(&mut line, rate, 120), lasts, "{rate} B/s");
        line.send(get("/"));
        assert_eq!(line.status(), lasts.then_some(200), "{rate} B/s");
    }
}

#[test]
fn a_body_below_the_rate_is_late_after_the_window() {
    for rate in [1, 100, 511] {
        let mut line = begin("/take");
        assert!(trickle(&mut line, rate, 29), "{rate} B/s");
        assert!(!trickle(&mut line, rate, 2), "{rate} B/s");
        assert_eq!(line.status(), Some(408), "{rate} B/s");
    }
}

#[test]
fn one_that_was_fast_once_is_late_when_a_window_is_slow() {
    let mut line = begin("/take");
    line.send("x".repeat(500_000));
    assert!(trickle(&mut line, 100, 29));
    assert!(!trickle(&mut line, 100, 7));
    assert_eq!(line.status(), Some(408));
}

#[test]
fn framing_is_no_progress() {
    let mut line = Line::open();
    line.send("POST /take HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..29 {
        line.send("1\r\nx\r\n".repeat(200));
        line.pass(seconds(1));
        assert!(line.is_open());
    }
    line.pass(seconds(2));
    assert_eq!(line.status(), Some(408));
}

#[test]
fn a_small_body_may_come_as_slowly_as_it_likes_within_the_window() {
    let mut line = Line::open();
    line.send(post("/take", 29));
    assert!(trickle(&mut line, 1, 29));
    assert_eq!(line.status(), Some(200));
}

#[test]
fn while_the_handler_hesitates_no_time_of_the_peers_passes() {
    let mut line = Line::open();
    line.send(post("/hesitate?100", 100_000));
    // More than waits for the handler at a time.
    line.send("x".repeat(100_000));
    line.pass(seconds(3_000));
    assert_eq!(line.status(), Some(200));
}

#[test]
fn while_the_answer_must_be_read_first_no_time_of_the_body_passes() {
    let mut line = Line::with(16 << 10, &[]);
    line.send(post("/mirror", 100_000));
    // The body is waited for, for a moment less than until it is looked at again.
    line.pass(Duration::from_millis(4_900));
    line.send("x".repeat(50_000));
    line.pass(seconds(55));
    while !line.text().is_empty() {}
    line.assert_closes_after(seconds(30));
}

#[test]
fn without_a_floor_only_silence_is_late() {
    let mut line = Line::with(64 << 10, &[("body_rate_min", "0")]);
    line.send(post("/take", 1000));
    for _ in 0..60 {
        line.pass(seconds(29));
        line.send("x");
        assert!(line.is_open());
    }
    line.assert_ends_after(seconds(30));
    assert_eq!(line.status(), Some(408));
}

/// What is taken off the wire in a turn, and the read that goes beyond it.
const TURN_MAX: usize = (64 + 32) * 1024;

#[test]
fn nobody_reads_all_turn_long() {
    let head = |target| {
        format!("POST {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    };
    // 300,000 bytes on the wire, of which 50,000 are data.
    let chunks = "1\r\nx\r\n".repeat(50_000) + "0\r\n\r\n";
    for target in ["/take", "/ignore"] {
        let mut line = Line::open();
        line.send(head(target));
        let most = line.send_and_watch(&chunks);
        assert!((1..=TURN_MAX).contains(&most), "{target}: {most} bytes in a turn");
        line.pass(seconds(1));
        assert_eq!(line.status(), Some(200), "{target}");
        assert!(line.is_open(), "{target}");
    }
    // A client that sends on while its last answer is on its way.
    let mut line = Line::open();
    line.send("malformed\r\n\r\n");
    assert_eq!(line.status(), Some(400));
    let most = line.send_and_watch(vec![b'x'; 500_000]);
    assert!((1..=TURN_MAX).contains(&most), "{most} bytes in a turn");
}
