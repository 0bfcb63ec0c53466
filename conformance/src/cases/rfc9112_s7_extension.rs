//! RFC 9112 §7.1.1: extensions of chunks that mean nothing to the server are passed over, if they
//! are well-formed.

use crate::behind::{apart_or_last, last};
use crate::case::Case;
use crate::origin::Origin;

fn with_size_line(line: &str) -> String {
    let start = "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{start}{line}\r\nabc\r\n0\r\n\r\n")
}

/// A chunk of three octets with this line before it is decoded.
#[track_caller]
fn check_ignored(origin: &Origin, line: &str) {
    let answer = apart_or_last(origin, with_size_line(line));
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A chunk of three octets with this line before it is the last:
/// if not refused, it was answered before its body was looked at.
#[track_caller]
fn check_malformed(origin: &Origin, line: &str) {
    last(origin, with_size_line(line));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-7.1.1-name",
        asks: "an extension of a name is passed over",
        run: |origin| check_ignored(origin, "3;a"),
    },
    Case {
        id: "9112-7.1.1-value",
        asks: "an extension of a name and a value is passed over",
        run: |origin| check_ignored(origin, "3;a=b"),
    },
    Case {
        id: "9112-7.1.1-quoted-value",
        asks: "a quoted value is passed over, what it holds of delimiters too",
        run: |origin| check_ignored(origin, "3;a=\"b;c=\\\"d\\\\\""),
    },
    Case {
        id: "9112-7.1.1-several",
        asks: "several extensions are passed over",
        run: |origin| check_ignored(origin, "3;a;b=c;d=\"e\";f"),
    },
    Case {
        id: "9112-7.1.1-spaces",
        asks: "the bad space around semicolon and equals sign is passed over",
        run: |origin| check_ignored(origin, "3 ; a\t=\tb ;c"),
    },
    Case {
        id: "9112-7.1.1-digits",
        asks: "digits in an extension are none of the size",
        run: |origin| check_ignored(origin, "3;5=5"),
    },
    Case {
        id: "9112-7.1.1-of-last-chunk",
        asks: "an extension of the last chunk is passed over",
        run: |origin| {
            let start = "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
            let answer = apart_or_last(origin, format!("{start}3\r\nabc\r\n0;a=b\r\n\r\n"));
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-7.1.1-lf-ends-no-extension",
        asks: "a bare LF in an extension is malformed: the line is not at its end",
        run: |origin| check_malformed(origin, "3;a\nabc\r\n3"),
    },
    Case {
        id: "9112-7.1.1-cr-ends-no-extension",
        asks: "a bare CR in an extension is malformed",
        run: |origin| check_malformed(origin, "3;a\rX"),
    },
    Case {
        id: "9112-7.1.1-lf-in-quotes",
        asks: "a line feed in a quoted value is malformed",
        run: |origin| check_malformed(origin, "3;a=\"\n\""),
    },
    Case {
        id: "9112-7.1.1-no-semicolon",
        asks: "words behind a size without a semicolon are malformed",
        run: |origin| check_malformed(origin, "3 a=b"),
    },
];
