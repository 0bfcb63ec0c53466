//! RFC 9112 §6.2, §6.3: a Content-Length is one decimal number, or the message is at its end.

use crate::behind::{apart, apart_or_last, behind, refused, refused_or_done, swallowed};
use crate::case::Case;
use crate::origin::Origin;

fn with_lines(lines: &[u8], body: &str) -> Vec<u8> {
    let start = b"GET / HTTP/1.1\r\nHost: localhost\r\n";
    [start, lines, b"\r\n\r\n", body.as_bytes()].concat()
}

/// A request with this Content-Length is answered 400, and the connection closed.
#[track_caller]
fn check_refused(origin: &Origin, value: impl AsRef<[u8]>) {
    let line = [b"Content-Length: ", value.as_ref()].concat();
    refused(origin, &[400], with_lines(&line, ""));
}

/// A request with these field lines and a body of five octets is refused, or its end found.
#[track_caller]
fn check_either(origin: &Origin, lines: &str) {
    refused_or_done(origin, &[400], with_lines(lines.as_bytes(), "abcde"));
}

/// A request with this Content-Length, more than comes, swallows what is behind it or is refused.
#[track_caller]
fn check_swallowed(origin: &Origin, value: &str) {
    swallowed(origin, with_lines(format!("Content-Length: {value}").as_bytes(), "abcde"));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-6.3-length",
        asks: "a body ends where Content-Length says",
        run: |origin| {
            let answer = apart_or_last(origin, with_lines(b"Content-Length: 5", "abcde"));
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-6.3-length-leading-zeros",
        asks: "leading zeros are digits, and the number is decimal",
        run: |origin| {
            let answer = apart_or_last(origin, with_lines(b"Content-Length: 0010", "abcdefghij"));
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-6.3-length-minus",
        asks: "a number with a minus is no length",
        run: |origin| check_refused(origin, "-5"),
    },
    Case {
        id: "9112-6.3-length-plus",
        asks: "a number with a plus is no length",
        run: |origin| check_refused(origin, "+5"),
    },
    Case {
        id: "9112-6.3-length-hexadecimal",
        asks: "a hexadecimal number is no length",
        run: |origin| check_refused(origin, "0x5"),
    },
    Case {
        id: "9112-6.3-length-letters-behind",
        asks: "a number with letters behind it is no length",
        run: |origin| check_refused(origin, "5abc"),
    },
    Case {
        id: "9112-6.3-length-underscore",
        asks: "a number with an underscore is no length",
        run: |origin| check_refused(origin, "0_5"),
    },
    Case {
        id: "9112-6.3-length-two-numbers",
        asks: "two numbers with a space between them are no length",
        run: |origin| check_refused(origin, "0 5"),
    },
    Case {
        id: "9112-6.3-length-quoted",
        asks: "a number in quotation marks is no length",
        run: |origin| check_refused(origin, "\"5\""),
    },
    Case {
        id: "9112-6.3-length-other-digits",
        asks: "the digits of other scripts are no digits",
        run: |origin| check_refused(origin, "\u{665}"),
    },
    Case {
        id: "9112-6.3-length-control",
        asks: "a number with a control character behind it is no length",
        run: |origin| check_refused(origin, "5\x0c"),
    },
    Case {
        id: "9112-6.3-length-empty",
        asks: "nothing is no length",
        run: |origin| check_refused(origin, ""),
    },
    Case {
        id: "9112-6.3-length-list-of-different",
        asks: "a list of different numbers is no length",
        run: |origin| check_refused(origin, "5, 6"),
    },
    Case {
        id: "9112-6.3-length-list-of-other",
        asks: "a list in which one member is no number is no length",
        run: |origin| check_refused(origin, "5, x"),
    },
    Case {
        id: "9112-6.3-length-lines-of-different",
        asks: "two lines of different numbers are no length",
        run: |origin| check_refused(origin, "5\r\nContent-Length: 6"),
    },
    Case {
        id: "9112-6.3-length-lines-of-other",
        asks: "a line that is no number spoils another that is one",
        run: |origin| check_refused(origin, "5\r\nX: y\r\nContent-Length: x"),
    },
    Case {
        id: "9112-6.3-length-list-of-equal",
        asks: "a list of equal numbers is that number, or is refused",
        run: |origin| check_either(origin, "Content-Length: 5, 5"),
    },
    Case {
        id: "9112-6.3-length-lines-of-equal",
        asks: "two lines of equal numbers are that number, or are refused",
        run: |origin| check_either(origin, "Content-Length: 5\r\nContent-Length: 5"),
    },
    Case {
        id: "9112-6.3-length-wraps-at-64-bits",
        asks: "a number past 64 bits is not taken for its low bits",
        run: |origin| check_swallowed(origin, "18446744073709551621"),
    },
    Case {
        id: "9112-6.3-length-wraps-at-32-bits",
        asks: "a number past 32 bits is not taken for its low bits",
        run: |origin| check_swallowed(origin, "4294967301"),
    },
    Case {
        id: "9112-6.3-length-not-reached",
        asks: "a body that ends before its length does is incomplete, and the connection closes",
        run: |origin| {
            check_swallowed(origin, &("abcde".len() + behind().len() + 1).to_string());
        },
    },
    Case {
        id: "9112-6.3-no-length",
        asks: "without length and coding a request has no body, whatever the method",
        run: |origin| {
            for method in ["GET", "HEAD", "DELETE"] {
                apart(origin, format!("{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
        },
    },
];
