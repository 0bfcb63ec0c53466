//! RFC 9112 §6.1, §6.3: a Transfer-Encoding frames a request if chunked comes last, else nothing
//! does.

use crate::behind::{apart_or_last, last, refused, refused_or_done};
use crate::case::Case;
use crate::origin::Origin;

/// A body of one chunk, which hides a request from whoever does not see the coding.
const CHUNKS: &str = "2e\r\nGET /letters.txt HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n0\r\n\r\n";

fn with_lines(version: &str, lines: &[u8]) -> Vec<u8> {
    let start = format!("GET / {version}\r\nHost: localhost\r\n");
    [start.as_bytes(), lines, b"\r\n\r\n", CHUNKS.as_bytes()].concat()
}

/// A chunked request with these field lines is answered with one of these statuses, and the
/// connection closed.
#[track_caller]
fn check_refused(origin: &Origin, statuses: &[u16], lines: impl AsRef<[u8]>) {
    refused(origin, statuses, with_lines("HTTP/1.1", lines.as_ref()));
}

/// A chunked request with these field lines is refused, or its end is found.
#[track_caller]
fn check_either(origin: &Origin, lines: impl AsRef<[u8]>) {
    refused_or_done(origin, &[400, 501], with_lines("HTTP/1.1", lines.as_ref()));
}

/// A chunked request of HTTP/1.0 with these field lines is the last of its connection.
#[track_caller]
fn check_last_in_10(origin: &Origin, lines: &str) {
    last(origin, with_lines("HTTP/1.0", lines.as_bytes()));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-6.1-chunked-is-parsed",
        asks: "a chunked body of a request is understood",
        run: |origin| {
            let answer =
                apart_or_last(origin, with_lines("HTTP/1.1", b"Transfer-Encoding: chunked"));
            assert!(matches!(answer.status, 200 | 411), "{answer:?}");
        },
    },
    Case {
        id: "9112-6.1-chunked-whatever-the-method",
        asks: "a chunked body is one whatever the method",
        run: |origin| {
            for method in ["HEAD", "POST", "DELETE", "BREW"] {
                let start = format!("{method} / HTTP/1.1\r\nHost: localhost\r\n");
                let coding = "Transfer-Encoding: chunked\r\n\r\n";
                let answer = apart_or_last(origin, format!("{start}{coding}{CHUNKS}"));
                assert_ne!(answer.status, 400, "{method}: {answer:?}");
            }
        },
    },
    Case {
        id: "9112-6.1-unknown-coding",
        asks: "a coding that is not known, with chunked last, is answered 501",
        run: |origin| {
            let answer =
                apart_or_last(origin, with_lines("HTTP/1.1", b"Transfer-Encoding: cow, chunked"));
            assert_eq!(answer.status, 501, "{answer:?}");
        },
    },
    Case {
        id: "9112-6.1-unknown-coding-on-a-line-of-its-own",
        asks: "two lines of codings are one list",
        run: |origin| {
            let lines = b"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked";
            let answer = apart_or_last(origin, with_lines("HTTP/1.1", lines));
            assert_eq!(answer.status, 501, "{answer:?}");
        },
    },
    Case {
        id: "9112-6.1-length-before-coding",
        asks: "a Content-Length before a Transfer-Encoding: the answer is the last",
        run: |origin| {
            let lines = b"Content-Length: 5\r\nTransfer-Encoding: chunked";
            last(origin, with_lines("HTTP/1.1", lines));
        },
    },
    Case {
        id: "9112-6.1-length-behind-coding",
        asks: "a Content-Length behind a Transfer-Encoding: the answer is the last",
        run: |origin| {
            let lines = b"Transfer-Encoding: chunked\r\nContent-Length: 5";
            last(origin, with_lines("HTTP/1.1", lines));
        },
    },
    Case {
        id: "9112-6.1-length-0-with-coding",
        asks: "a Content-Length of 0 beside a Transfer-Encoding counts like any other",
        run: |origin| {
            let lines = b"Content-Length: 0\r\nX: y\r\nTransfer-Encoding: chunked";
            last(origin, with_lines("HTTP/1.1", lines));
        },
    },
    Case {
        id: "9112-6.1-coding-in-http10-kept-alive",
        asks: "a Transfer-Encoding in 1.0: the connection closes, though it asks otherwise",
        run: |origin| {
            check_last_in_10(origin, "Connection: keep-alive\r\nTransfer-Encoding: chunked");
        },
    },
    Case {
        id: "9112-6.1-coding-and-length-in-http10",
        asks: "a Transfer-Encoding in 1.0 is faulty, though a Content-Length is there",
        run: |origin| {
            let length = format!("Content-Length: {}", CHUNKS.len());
            let coding = "Connection: keep-alive\r\nTransfer-Encoding: chunked";
            check_last_in_10(origin, &format!("{coding}\r\n{length}"));
        },
    },
    Case {
        id: "9112-6.3-chunked-not-last",
        asks: "chunked before another coding is answered 400",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: chunked, gzip"),
    },
    Case {
        id: "9112-6.3-chunked-not-last-by-lines",
        asks: "chunked on a line before another coding's is answered 400",
        run: |origin| {
            let lines = "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity";
            check_refused(origin, &[400], lines);
        },
    },
    Case {
        id: "9112-6.3-no-chunked",
        asks: "codings without chunked are answered 400, though they are known",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: gzip"),
    },
    Case {
        id: "9112-6.3-identity",
        asks: "identity, which is no coding any more, is answered 400",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: identity"),
    },
    Case {
        id: "9112-6.3-almost-chunked",
        asks: "a coding whose name only ends like chunked is not chunked",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: xchunked"),
    },
    Case {
        id: "9112-6.3-more-than-chunked",
        asks: "a coding whose name only begins like chunked is not chunked",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: chunkedx"),
    },
    Case {
        id: "9112-6.3-chunked-quoted",
        asks: "chunked in quotation marks is no coding",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: \"chunked\""),
    },
    Case {
        id: "9112-6.3-chunked-with-control",
        asks: "chunked with a control character before it is not chunked",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding: \x0bchunked"),
    },
    Case {
        id: "9112-6.3-coding-empty",
        asks: "a Transfer-Encoding without a coding is answered 400",
        run: |origin| check_refused(origin, &[400], "Transfer-Encoding:"),
    },
    Case {
        id: "9112-6.3-other-coding-with-length",
        asks: "a Content-Length frames nothing beside a Transfer-Encoding without chunked",
        run: |origin| {
            let lines = format!("Content-Length: {}\r\nTransfer-Encoding: cow", CHUNKS.len());
            check_refused(origin, &[400], lines);
        },
    },
    Case {
        id: "9112-6.3-empty-members",
        asks: "empty members of a list of codings count for nothing, or are refused",
        run: |origin| check_either(origin, "Transfer-Encoding: , chunked ,"),
    },
    Case {
        id: "9112-6.3-chunked-twice",
        asks: "chunked twice is decoded twice, or refused",
        run: |origin| {
            check_refused(origin, &[400, 501], "Transfer-Encoding: chunked, chunked");
        },
    },
];
