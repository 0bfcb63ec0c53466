//! RFC 9112 §3, §3.1: method, target and version, one space between them, long ones too.

use crate::behind::{apart_or_last, refused, refused_or_done};
use crate::case::Case;
use crate::origin::Origin;

/// A message that begins with this request line is answered 400, and the connection closed.
#[track_caller]
fn check_malformed(origin: &Origin, line: impl AsRef<[u8]>) {
    let message = [line.as_ref(), b"\r\nHost: localhost\r\n\r\n"].concat();
    refused(origin, &[400], message);
}

/// A request line of words with other space between them is refused, or read by its words.
#[track_caller]
fn check_words(origin: &Origin, line: &str) {
    refused_or_done(origin, &[400, 301], format!("{line}\r\nHost: localhost\r\n\r\n"));
}

/// A method that is not GET is not carried out as GET; returns the status of its answer.
#[track_caller]
fn check_no_get(origin: &Origin, method: &str) -> u16 {
    let message = format!("{method} /letters.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = apart_or_last(origin, message);
    assert!(matches!(answer.status, 400..=599), "{answer:?}");
    answer.status
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-3-long-path",
        asks: "a path longer than the server takes is answered 414",
        run: |origin| {
            let answer = origin.get(&format!("/{}", "a".repeat(20_000)), &[]);
            assert!(matches!(answer.status, 403 | 404 | 414), "{answer:?}");
        },
    },
    Case {
        id: "9112-3-long-query",
        asks: "a target longer than the server takes is answered 414, be it for its query",
        run: |origin| {
            let answer = origin.get(&format!("/?{}", "a".repeat(20_000)), &[]);
            assert!(matches!(answer.status, 200 | 414), "{answer:?}");
        },
    },
    Case {
        id: "9112-3-line-of-8000-octets",
        asks: "a request line of 8000 octets is taken",
        run: |origin| {
            let around = "GET /? HTTP/1.1\r\n".len();
            let answer = origin.get(&format!("/?{}", "a".repeat(8000 - around)), &[]);
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-3-long-method",
        asks: "a method longer than any that the server has is answered 501",
        run: |origin| {
            let message = format!("{} / HTTP/1.1\r\nHost: localhost\r\n\r\n", "M".repeat(64));
            let mut wire = origin.connect();
            wire.send(message);
            let answer = wire.answer();
            assert_eq!(answer.status, 501, "{answer:?}");
        },
    },
    Case {
        id: "9112-3-two-spaces-before-version",
        asks: "a second space before the version is refused or no part of the target",
        run: |origin| check_words(origin, "GET /letters.txt  HTTP/1.1"),
    },
    Case {
        id: "9112-3-no-version",
        asks: "a request line without a version is answered 400",
        run: |origin| check_malformed(origin, "GET /"),
    },
    Case {
        id: "9112-3-no-target",
        asks: "a request line without a target is answered 400",
        run: |origin| check_malformed(origin, "GET HTTP/1.1"),
    },
    Case {
        id: "9112-3.1-lower-case",
        asks: "a method is matched by case: get is not GET",
        run: |origin| {
            check_no_get(origin, "get");
        },
    },
    Case {
        id: "9112-3.1-longer",
        asks: "a method that only begins like GET is not GET",
        run: |origin| {
            check_no_get(origin, "GETS");
        },
    },
    Case {
        id: "9112-3.1-any-token",
        asks: "a method may be any token: one that is not known is no malformed request",
        run: |origin| {
            let status = check_no_get(origin, "!#$%&'*+-.^_`|~09AZaz");
            assert_ne!(status, 400, "a method that is not known");
        },
    },
    Case {
        id: "9112-3.1-delimiter",
        asks: "a method with a delimiter is no token",
        run: |origin| check_malformed(origin, "G(E)T / HTTP/1.1"),
    },
    Case {
        id: "9112-3.1-not-ascii",
        asks: "a method with an octet beyond US-ASCII is no token",
        run: |origin| check_malformed(origin, b"G\xcbT / HTTP/1.1"),
    },
    Case {
        id: "9112-3.1-control",
        asks: "a method with a control character is no token",
        run: |origin| check_malformed(origin, "GE\x01T / HTTP/1.1"),
    },
];
