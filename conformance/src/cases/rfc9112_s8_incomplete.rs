//! RFC 9112 §8: a request that breaks off is not carried out; an error may be said before the end.

use crate::case::Case;
use crate::origin::Origin;

/// A beginning of a request, after which nothing comes, is at most told of an error.
#[track_caller]
fn check(origin: &Origin, beginning: &str) {
    let mut wire = origin.connect();
    wire.send(beginning);
    wire.close_write();
    let came = String::from_utf8_lossy(&wire.rest()).into_owned();
    let is_error = ["HTTP/1.1 4", "HTTP/1.0 4"].iter().any(|start| came.starts_with(start));
    assert!(came.is_empty() || is_error, "an error or nothing, not {came:?}");
}

/// A beginning of a body, after which nothing comes, ends the connection; its request may have
/// been answered.
#[track_caller]
fn check_body(origin: &Origin, framing: &str, beginning: &str) {
    let mut wire = origin.connect();
    wire.send(format!("GET / HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n{beginning}"));
    wire.close_write();
    let came = String::from_utf8_lossy(&wire.rest()).into_owned();
    assert!(came.matches("HTTP/1.").count() <= 1, "at most one answer, not {came:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-8-ends-in-request-line",
        asks: "a request line that breaks off is not answered as if it were whole",
        run: |origin| check(origin, "GET / HTTP/1.0"),
    },
    Case {
        id: "9112-8-ends-in-field",
        asks: "a field that breaks off does not end the head",
        run: |origin| check(origin, "GET / HTTP/1.1\r\nHost: localhost\r\nX: y"),
    },
    Case {
        id: "9112-8-ends-before-empty-line",
        asks: "the end of the connection is not the empty line that ends the head",
        run: |origin| check(origin, "GET / HTTP/1.1\r\nHost: localhost\r\n"),
    },
    Case {
        id: "9112-8-ends-in-chunk",
        asks: "a chunk that breaks off holds no request",
        run: |origin| {
            let hidden = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            check_body(origin, "Transfer-Encoding: chunked", &format!("ff\r\n{hidden}"));
        },
    },
    Case {
        id: "9112-8-ends-before-last-chunk",
        asks: "a chunked body without its last chunk is incomplete, and the connection closes",
        run: |origin| check_body(origin, "Transfer-Encoding: chunked", "3\r\nabc\r\n"),
    },
    Case {
        id: "9112-8-ends-in-body",
        asks: "a body that breaks off holds no request",
        run: |origin| {
            let hidden = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            check_body(origin, "Content-Length: 200", hidden);
        },
    },
];
