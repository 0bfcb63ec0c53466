//! RFC 9112 §4: an answer begins with version, status and a space, whether a phrase follows or not.

use crate::case::Case;
use crate::origin::Origin;

/// What this message is answered with begins with a well-formed status line of this status.
#[track_caller]
fn check(origin: &Origin, message: &str, status: u16) {
    let mut wire = origin.connect();
    wire.send(message);
    let head = String::from_utf8_lossy(&wire.head()).into_owned();
    let line = head.split("\r\n").next().unwrap_or_default();
    let start = format!("HTTP/1.1 {status} ");
    let phrase = line.strip_prefix(start.as_str());
    let phrase = phrase.unwrap_or_else(|| panic!("{start:?} and a phrase, not {line:?}"));
    assert!(!phrase.starts_with(' ') && !phrase.contains(['\r', '\n']), "{line:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-4-status-line-of-file",
        asks: "the status line of a file has its two spaces",
        run: |origin| check(origin, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
    },
    Case {
        id: "9112-4-status-line-of-missing",
        asks: "the status line of what is not there has its two spaces",
        run: |origin| check(origin, "GET /missing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    },
    Case {
        id: "9112-4-status-line-of-refusal",
        asks: "the status line that refuses a malformed message has its two spaces",
        run: |origin| check(origin, "GET / HTTP/1.1\r\n\r\n", 400),
    },
];
