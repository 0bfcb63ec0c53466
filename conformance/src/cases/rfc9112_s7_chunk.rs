//! RFC 9112 §7, §7.1: a chunked body is decoded to the octet, or it is malformed and the last.

use crate::behind::{apart_or_last, last, refused, swallowed};
use crate::case::Case;
use crate::origin::Origin;

fn with_body(coding: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let start = "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: ";
    [start.as_bytes(), coding.as_bytes(), b"\r\n\r\n", body.as_ref()].concat()
}

/// The end of a request with this chunked body is found.
#[track_caller]
fn check_decoded(origin: &Origin, body: &str) {
    let answer = apart_or_last(origin, with_body("chunked", body));
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A request with this chunked body is the last:
/// if not refused, it was answered before its body was looked at.
#[track_caller]
fn check_malformed(origin: &Origin, body: impl AsRef<[u8]>) {
    last(origin, with_body("chunked", body));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-7-name-case",
        asks: "chunked is known however it is spelt",
        run: |origin| {
            let answer = apart_or_last(origin, with_body("cHUNKED", "3\r\nabc\r\n0\r\n\r\n"));
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-7.1-no-chunk",
        asks: "a body of no octets is its last chunk",
        run: |origin| check_decoded(origin, "0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-one-chunk",
        asks: "a body of one chunk is decoded",
        run: |origin| check_decoded(origin, "3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-chunks",
        asks: "a body of several chunks is decoded",
        run: |origin| check_decoded(origin, "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-data-like-chunks",
        asks: "data that looks like the end of the body is data",
        run: |origin| check_decoded(origin, "a\r\n\r\n0\r\n\r\n\r\n\n\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-digits-upper-and-lower-case",
        asks: "the digits of a size are hexadecimal, upper and lower case",
        run: |origin| {
            check_decoded(origin, "a\r\nabcdefghij\r\nB\r\nabcdefghijk\r\n0\r\n\r\n");
        },
    },
    Case {
        id: "9112-7.1-two-digits",
        asks: "a size of two digits is decoded",
        run: |origin| check_decoded(origin, "1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-leading-zeros",
        asks: "leading zeros of a size, the last too, are digits",
        run: |origin| check_decoded(origin, "0003\r\nabc\r\n000\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-large-chunk",
        asks: "a chunk larger than a read is decoded",
        run: |origin| {
            let data = "GET /letters.txt HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(800);
            check_decoded(origin, &format!("{:x}\r\n{data}\r\n0\r\n\r\n", data.len()));
        },
    },
    Case {
        id: "9112-7.1-in-pieces",
        asks: "a chunked body that comes octet by octet is decoded",
        run: |origin| {
            let mut wire = origin.connect();
            for byte in with_body("chunked", "3\r\nabc\r\n0\r\n\r\n") {
                wire.send([byte]);
            }
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            if !answer.lists("Connection", "close") {
                wire.assert_open();
            }
        },
    },
    Case {
        id: "9112-7.1-size-empty",
        asks: "a line without a size is malformed",
        run: |origin| check_malformed(origin, "\r\n\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-no-digit",
        asks: "a letter past f is no digit of a size",
        run: |origin| check_malformed(origin, "g\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-minus",
        asks: "a size has no minus",
        run: |origin| check_malformed(origin, "-3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-plus",
        asks: "a size has no plus",
        run: |origin| check_malformed(origin, "+3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-prefix",
        asks: "a size has no 0x before it",
        run: |origin| check_malformed(origin, "0x3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-space-before",
        asks: "a size has no space before it",
        run: |origin| check_malformed(origin, " 3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-underscore",
        asks: "a size has no underscore in it",
        run: |origin| check_malformed(origin, "0_3\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-size-wraps-at-64-bits",
        asks: "a size past 64 bits is not taken for its low bits",
        run: |origin| swallowed(origin, with_body("chunked", "10000000000000000\r\n\r\n")),
    },
    Case {
        id: "9112-7.1-size-wraps-at-32-bits",
        asks: "a size past 32 bits is not taken for its low bits",
        run: |origin| swallowed(origin, with_body("chunked", "100000000\r\n\r\n")),
    },
    Case {
        id: "9112-7.1-size-all-bits",
        asks: "a size of all bits is not taken for a negative one",
        run: |origin| swallowed(origin, with_body("chunked", "ffffffffffffffff\r\n\r\n")),
    },
    Case {
        id: "9112-7.1-data-longer",
        asks: "data longer than its size is malformed",
        run: |origin| check_malformed(origin, "3\r\nabcd\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-data-shorter",
        asks: "data shorter than its size takes the line end in, and is malformed",
        run: |origin| check_malformed(origin, "4\r\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-data-without-line-end",
        asks: "a size that follows data at once is malformed",
        run: |origin| check_malformed(origin, "3\r\nabc0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-lf-behind-size",
        asks: "a bare LF behind a size is malformed: the lines of chunks are none of the head",
        run: |origin| check_malformed(origin, "3\nabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-lf-behind-data",
        asks: "a bare LF behind data is malformed",
        run: |origin| check_malformed(origin, "3\r\nabc\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-cr-behind-size",
        asks: "a bare CR behind a size is malformed",
        run: |origin| check_malformed(origin, "3\rXabc\r\n0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-any-octets-behind-data",
        asks: "two octets behind data that are no line end are malformed",
        run: |origin| check_malformed(origin, "3\r\nabcXX0\r\n\r\n"),
    },
    Case {
        id: "9112-7.1-parameter-of-chunked",
        asks: "chunked has no parameter",
        run: |origin| {
            let message = with_body("chunked;a=b", "3\r\nabc\r\n0\r\n\r\n");
            refused(origin, &[400, 501], message);
        },
    },
];
