//! RFC 9112 §7.1.2: trailer fields are read, and are none of the head's.

use crate::behind::{apart_or_last, last};
use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;

fn with_trailers(trailers: &str) -> String {
    let start = "GET /letters.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n";
    format!("{start}\r\n3\r\nabc\r\n0\r\n{trailers}\r\n")
}

/// A request with these trailers is answered as without, and its end found.
#[track_caller]
fn check_not_merged(origin: &Origin, trailers: &str) {
    let answer = apart_or_last(origin, with_trailers(trailers));
    assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
}

/// A request with these trailers is the last:
/// if not refused, it was answered before its body was looked at.
#[track_caller]
fn check_malformed(origin: &Origin, trailers: &str) {
    last(origin, with_trailers(trailers));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-7.1.2-trailers-are-read",
        asks: "trailer fields are part of the body, to the empty line behind them",
        run: |origin| check_not_merged(origin, "X: y\r\nZ:\r\n"),
    },
    Case {
        id: "9112-7.1.2-close-is-not-merged",
        asks: "a trailer does not close the connection",
        run: |origin| check_not_merged(origin, "Connection: close\r\n"),
    },
    Case {
        id: "9112-7.1.2-host-is-not-merged",
        asks: "a trailer is no second Host",
        run: |origin| check_not_merged(origin, "Host: a.example\r\n"),
    },
    Case {
        id: "9112-7.1.2-length-is-not-merged",
        asks: "a trailer is no length of a body",
        run: |origin| check_not_merged(origin, "Content-Length: 44\r\n"),
    },
    Case {
        id: "9112-7.1.2-coding-is-not-merged",
        asks: "a trailer does not say that more chunks come",
        run: |origin| check_not_merged(origin, "Transfer-Encoding: chunked\r\n"),
    },
    Case {
        id: "9112-7.1.2-range-is-not-merged",
        asks: "a trailer asks for no range",
        run: |origin| check_not_merged(origin, "Range: bytes=0-2\r\n"),
    },
    Case {
        id: "9112-7.1.2-condition-is-not-merged",
        asks: "a trailer makes no condition",
        run: |origin| check_not_merged(origin, "If-None-Match: *\r\n"),
    },
    Case {
        id: "9112-7.1.2-without-colon",
        asks: "a trailer without a colon is malformed",
        run: |origin| check_malformed(origin, "GET /again.txt HTTP/1.1\r\n"),
    },
    Case {
        id: "9112-7.1.2-space-before-colon",
        asks: "a trailer with a space before its colon is malformed",
        run: |origin| check_malformed(origin, "X : y\r\n"),
    },
    Case {
        id: "9112-7.1.2-name-empty",
        asks: "a trailer without a name is malformed",
        run: |origin| check_malformed(origin, ": y\r\n"),
    },
    Case {
        id: "9112-7.1.2-bare-cr",
        asks: "a bare CR does not end a trailer",
        run: |origin| check_malformed(origin, "X: y\rZ: z\r\n"),
    },
];
