//! The limits of a head: just under, at and over each.

use testkit::raw::Client;

use crate::site::Site;

/// Sends a message and returns the status of its answer; what is refused is closed.
#[track_caller]
fn status(client: &mut Client, message: &str) -> u16 {
    client.send(message);
    let answer = client.answer();
    if answer.status != 200 {
        assert_eq!(answer.field("Connection"), Some("close"), "{answer:?}");
        client.assert_closed();
    }
    answer.status
}

/// Asserts the status of a message that fills a limit with `under`, `at` and `over` it.
#[track_caller]
fn check(args: &[&str], limit: usize, over: u16, message: impl Fn(usize) -> String) {
    let site = Site::with(&[], args);
    let mut client = site.client();
    assert_eq!(status(&mut client, &message(limit - 1)), 200, "under");
    assert_eq!(status(&mut client, &message(limit)), 200, "at");
    assert_eq!(status(&mut client, &message(limit + 1)), over, "over");
    assert_eq!(status(&mut site.client(), &message(limit + 1000)), over, "far over");
}

/// A request whose request line has that size, its end included.
fn with_line_of(size: usize) -> String {
    let rest = size - "GET /? HTTP/1.1\r\n".len();
    format!("GET /?{} HTTP/1.1\r\nHost: test\r\n\r\n", "x".repeat(rest))
}

/// A request whose head has that size, its end included.
fn with_head_of(size: usize) -> String {
    let rest = size - "GET / HTTP/1.1\r\nHost: test\r\nX: \r\n\r\n".len();
    format!("GET / HTTP/1.1\r\nHost: test\r\nX: {}\r\n\r\n", "x".repeat(rest))
}

/// A request with that many fields.
fn with_fields(count: usize) -> String {
    format!("GET / HTTP/1.1\r\nHost: test\r\n{}\r\n", "X: y\r\n".repeat(count - 1))
}

#[test]
fn the_request_line() {
    check(&[], 8 * 1024, 414, with_line_of);
    check(&["--limit", "request_line_size_max=100"], 100, 414, with_line_of);
}

#[test]
fn the_head() {
    check(&[], 32 * 1024, 431, with_head_of);
    check(&["--limit", "head_size_max=200"], 200, 431, with_head_of);
}

#[test]
fn the_number_of_fields() {
    check(&[], 100, 431, with_fields);
    check(&["--limit", "fields_max=3"], 3, 431, with_fields);
}

#[test]
fn a_head_without_an_end_is_refused_at_the_limit() {
    let site = Site::new(&[]);
    for (beginning, expected) in [
        ("GET /".to_owned(), 414),
        ("GET / HTTP/1.1\r\nHost: test\r\nX: ".to_owned(), 431),
        (with_fields(100).trim_end().to_owned() + "\r\nX: y\r\nX: y\r\n", 431),
    ] {
        let mut client = site.client();
        client.send(beginning);
        for _ in 0..4 {
            // The rest is more than is read before the refusal.
            client.try_send([b'x'; 16 * 1024]).ok();
        }
        assert_eq!(client.answer().status, expected);
        client.assert_closed();
    }
}
