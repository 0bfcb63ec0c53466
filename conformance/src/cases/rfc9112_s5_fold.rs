//! RFC 9112 §5.2: a line that begins with whitespace goes on the one before it, or is refused; it
//! is never a field of its own.

use crate::behind::{not_chunked, refused, refused_or_done};
use crate::case::Case;
use crate::origin::Origin;

/// A request with these field lines is refused, or served as if each fold were a space.
#[track_caller]
fn check(origin: &Origin, lines: &str, body: &str) {
    let head = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n");
    refused_or_done(origin, &[400], head + body);
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-5.2-fold-hides-length",
        asks: "a Content-Length in a folded line is part of a value",
        run: |origin| check(origin, "X: y\r\n Content-Length: 44", ""),
    },
    Case {
        id: "9112-5.2-fold-hides-coding",
        asks: "a Transfer-Encoding in a line folded by a tab is part of a value",
        run: |origin| {
            let lines = "X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n";
            not_chunked(origin, format!("GET / HTTP/1.1\r\nHost: localhost\r\n{lines}"));
        },
    },
    Case {
        id: "9112-5.2-fold-before-coding",
        asks: "a Transfer-Encoding whose value stands on the next line counts, or is refused",
        run: |origin| check(origin, "Transfer-Encoding:\r\n chunked", "3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-5.2-fold-within-length",
        asks: "a fold between two digits joins no number",
        run: |origin| {
            let lines = "Content-Length: 4\r\n 4\r\n\r\n";
            refused(origin, &[400], format!("GET / HTTP/1.1\r\nHost: localhost\r\n{lines}"));
        },
    },
    Case {
        id: "9112-5.2-fold-within-host",
        asks: "a fold within a host joins no name",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\r\nHost: local\r\n host\r\n\r\n");
        },
    },
    Case {
        id: "9112-5.2-fold-of-nothing",
        asks: "a line of one space does not end the head",
        run: |origin| check(origin, "X: y\r\n \r\nY: z", ""),
    },
    Case {
        id: "9112-5.2-no-fold-sent",
        asks: "no line of an answer's head begins with whitespace",
        run: |origin| {
            let large = format!("X: {}", "a".repeat(2000));
            for target in ["/", "/missing", "/folder"] {
                let mut wire = origin.connect();
                wire.send(crate::wire::request("GET", target, &[&large]));
                let head = String::from_utf8_lossy(&wire.head()).into_owned();
                let mut lines = head.split("\r\n");
                assert!(!lines.any(|line| line.starts_with([' ', '\t'])), "{head:?}");
            }
        },
    },
];
