//! RFC 9112 §5, §5.1: a field line is a name, a colon at once, and a value without the space
//! around it.

use crate::behind::{apart, apart_or_last, last, refused};
use crate::case::Case;
use crate::origin::Origin;

/// A request with this field line is answered 400, and the connection closed.
#[track_caller]
fn check_refused(origin: &Origin, line: impl AsRef<[u8]>) {
    refused(origin, &[400], with_line(line.as_ref(), b""));
}

/// A request with this field line, and that body, is served and its end found.
#[track_caller]
fn check_served(origin: &Origin, line: &str, body: &str) {
    let answer = apart_or_last(origin, with_line(line.as_bytes(), body.as_bytes()));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn with_line(line: &[u8], body: &[u8]) -> Vec<u8> {
    [b"GET / HTTP/1.1\r\nHost: localhost\r\n", line, b"\r\n\r\n", body].concat()
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-5-name-empty",
        asks: "a field line without a name is malformed",
        run: |origin| check_refused(origin, ": y"),
    },
    Case {
        id: "9112-5-colon-missing",
        asks: "a field line without a colon is malformed",
        run: |origin| check_refused(origin, "Connection close"),
    },
    Case {
        id: "9112-5-name-with-space",
        asks: "a name of two words is malformed",
        run: |origin| check_refused(origin, "X Y: z"),
    },
    Case {
        id: "9112-5-name-with-delimiter",
        asks: "a name with a delimiter is malformed",
        run: |origin| check_refused(origin, "X(Y): z"),
    },
    Case {
        id: "9112-5-name-with-control",
        asks: "a name with a control character is malformed",
        run: |origin| check_refused(origin, "X\x01: y"),
    },
    Case {
        id: "9112-5-name-not-ascii",
        asks: "a name with octets beyond US-ASCII is malformed",
        run: |origin| check_refused(origin, b"X\xff: y"),
    },
    Case {
        id: "9112-5-name-any-token",
        asks: "a name may be any token",
        run: |origin| check_served(origin, "!#$%&'*+-.^_`|~09AZaz: y", ""),
    },
    Case {
        id: "9112-5-name-case-length",
        asks: "Content-Length is known however it is spelt",
        run: |origin| check_served(origin, "cONTENT-lENGTH: 3", "abc"),
    },
    Case {
        id: "9112-5-name-case-connection",
        asks: "Connection is known however it is spelt",
        run: |origin| {
            last(origin, with_line(b"CONNECTION: close", b""));
        },
    },
    Case {
        id: "9112-5-value-empty",
        asks: "a value may be empty",
        run: |origin| check_served(origin, "X:", ""),
    },
    Case {
        id: "9112-5.1-space-before-colon",
        asks: "a space between name and colon is answered 400",
        run: |origin| check_refused(origin, "X : y"),
    },
    Case {
        id: "9112-5.1-tab-before-colon",
        asks: "a tab between name and colon is answered 400",
        run: |origin| check_refused(origin, "X\t: y"),
    },
    Case {
        id: "9112-5.1-space-before-colon-of-host",
        asks: "a space between Host and colon is answered 400",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-5.1-space-before-colon-of-length",
        asks: "a space between Content-Length and colon is answered 400",
        run: |origin| check_refused(origin, "Content-Length : 44"),
    },
    Case {
        id: "9112-5.1-space-before-colon-of-coding",
        asks: "a space between Transfer-Encoding and colon is answered 400",
        run: |origin| check_refused(origin, "Transfer-Encoding : chunked"),
    },
    Case {
        id: "9112-5.1-no-space",
        asks: "a value may stand right behind the colon",
        run: |origin| check_served(origin, "Content-Length:3", "abc"),
    },
    Case {
        id: "9112-5.1-much-space",
        asks: "spaces and tabs around a value are no part of it",
        run: |origin| check_served(origin, "Content-Length: \t 3 \t ", "abc"),
    },
    Case {
        id: "9112-5.1-space-behind-host",
        asks: "spaces and tabs behind a host are no part of it",
        run: |origin| {
            let answer = apart(origin, "GET / HTTP/1.1\r\nHost: localhost\t \r\n\r\n");
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
];
