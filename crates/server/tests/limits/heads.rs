//! Heads: how large they are, how long they take, and how long none may come.

use std::time::Duration;

use crate::line::{Line, get, seconds};

/// So much before a deadline it has not come.
const BEFORE: Duration = Duration::from_millis(5);

/// Asserts the status of a message of the limit's size, of one more and of one less.
#[track_caller]
fn check_size(limit: usize, over: u16, message: impl Fn(usize) -> String) {
    for (size, expected) in [(limit - 1, 200), (limit, 200), (limit + 1, over)] {
        let mut line = Line::open();
        line.send(message(size));
        assert_eq!(line.status(), Some(expected), "{size}");
        assert_eq!(line.is_open(), expected == 200, "{size}");
    }
}

#[test]
fn the_sizes_of_a_head() {
    check_size(8 << 10, 414, |size| {
        let rest = size - "GET /? HTTP/1.1\r\n".len();
        get(&format!("/?{}", "x".repeat(rest)))
    });
    check_size(32 << 10, 431, |size| {
        let rest = size - "GET / HTTP/1.1\r\nHost: test\r\nX: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: test\r\nX: {}\r\n\r\n", "x".repeat(rest))
    });
    check_size(100, 431, |fields| {
        format!("GET / HTTP/1.1\r\nHost: test\r\n{}\r\n", "X: y\r\n".repeat(fields - 1))
    });
}

#[test]
fn the_first_head_has_its_time_from_the_connection() {
    let mut silent = Line::open();
    silent.assert_closes_after(seconds(10));
    assert_eq!(silent.text(), "");

    let mut begun = Line::open();
    begun.pass(seconds(9));
    begun.send("GET / HT");
    begun.assert_ends_after(seconds(1));
    assert_eq!(begun.status(), Some(408));

    let mut in_time = Line::open();
    in_time.send("GET / HTTP/1.1\r\nHost: te");
    in_time.pass(seconds(10) - BEFORE);
    in_time.send("st\r\n\r\n");
    assert_eq!(in_time.status(), Some(200));
}

#[test]
fn empty_lines_begin_no_head() {
    let mut line = Line::open();
    line.send("\r\n\r\n");
    line.assert_closes_after(seconds(10));
    assert_eq!(line.text(), "");
}

#[test]
fn a_head_that_trickles_gains_no_time() {
    let mut line = Line::open();
    for byte in get("/").bytes().take(19) {
        line.send([byte]);
        line.pass(Duration::from_millis(500));
    }
    line.assert_ends_after(Duration::from_millis(500));
    assert_eq!(line.status(), Some(408));
}

#[test]
fn a_later_head_has_its_time_from_its_first_byte() {
    let mut line = Line::open();
    for _ in 0..3 {
        line.send(get("/"));
        assert_eq!(line.status(), Some(200));
        line.pass(seconds(50));
        line.send("GET / HTTP/1.1\r\nHost: te");
        line.pass(seconds(10) - BEFORE);
        line.send("st\r\n\r\n");
        assert_eq!(line.status(), Some(200));
    }
    line.pass(seconds(50));
    line.send("G");
    line.assert_ends_after(seconds(10));
    assert_eq!(line.status(), Some(408));
}

#[test]
fn the_time_of_an_idle_connection() {
    let mut line = Line::open();
    for _ in 0..5 {
        line.send(get("/"));
        assert_eq!(line.status(), Some(200));
        line.pass(seconds(60) - BEFORE);
    }
    line.send(get("/"));
    assert_eq!(line.status(), Some(200));
    line.assert_closes_after(seconds(60));
    assert_eq!(line.text(), "");
}
