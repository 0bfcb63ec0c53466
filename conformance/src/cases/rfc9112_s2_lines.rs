//! RFC 9112 §2.2: a message is octets in lines; what breaks its lines is refused or made harmless.

use crate::behind::{apart, refused, refused_or_done};
use crate::case::Case;

/// A length that would make the request behind a message its body.
macro_rules! hidden_length {
    () => {
        "Content-Length: 44\r\n"
    };
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-2.2-octets-not-utf-8",
        asks: "octets that are no UTF-8 stand in a field value",
        run: |origin| {
            let answer =
                apart(origin, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \xff\xfe\xc3\r\n\r\n");
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-2.2-octets-overlong-line-feed",
        asks: "the two octets of an overlong line feed end no line",
        run: |origin| {
            let message = [
                b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\xc0\x8a".as_slice(),
                hidden_length!().as_bytes(),
                b"\r\n",
            ];
            apart(origin, message.concat());
        },
    },
    Case {
        id: "9112-2.2-octets-truncated-to-line-feed",
        asks: "a character whose low octet is that of a line feed ends no line",
        run: |origin| {
            let fields = concat!("X: a\u{10a}", hidden_length!(), "\r\n");
            apart(origin, format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}"));
        },
    },
    Case {
        id: "9112-2.2-octets-unicode-line-ends",
        asks: "what Unicode calls a line end, but US-ASCII does not, ends no line",
        run: |origin| {
            let fields = concat!("X: a\u{85}b\u{2028}", hidden_length!(), "\r\n");
            apart(origin, format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}"));
        },
    },
    Case {
        id: "9112-2.2-bare-cr-in-request-line",
        asks: "a bare CR behind the target is refused or read as a space, never as part of it",
        run: |origin| {
            let message = "GET /letters.txt\r HTTP/1.1\r\nHost: localhost\r\n\r\n";
            refused_or_done(origin, &[400], message);
        },
    },
    Case {
        id: "9112-2.2-bare-cr-in-target",
        asks: "a bare CR within the target makes the request line invalid",
        run: |origin| {
            refused(origin, &[400], "GET /letters\r.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-bare-cr-ends-request-line",
        asks: "a bare CR behind the version does not end the request line",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\rX: y\r\nHost: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-bare-cr-in-name",
        asks: "a bare CR in a field name makes the field invalid",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\r\nHost: localhost\r\nX\rY: 1\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-bare-cr-in-value",
        asks: "a bare CR in a value is refused or read as a space: it begins no field",
        run: |origin| {
            let fields = concat!("X: a\r", hidden_length!(), "\r\n");
            let message = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}");
            refused_or_done(origin, &[400], message);
        },
    },
    Case {
        id: "9112-2.2-bare-cr-ends-head",
        asks: "a bare CR behind a line does not end the head, and the line it begins is no request",
        run: |origin| {
            let hidden = "GET /letters.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
            let message = format!("GET / HTTP/1.1\r\nHost: localhost\r\n\r{hidden}");
            refused(origin, &[400], message);
        },
    },
    Case {
        id: "9112-2.2-lf-all",
        asks: "lines that end in LF alone are read as lines, or refused",
        run: |origin| {
            refused_or_done(origin, &[400], "GET / HTTP/1.1\nHost: localhost\n\n");
        },
    },
    Case {
        id: "9112-2.2-lf-then-crlf",
        asks: "a field line that ends in LF alone is read as a line, or refused",
        run: |origin| {
            let message = "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n";
            refused_or_done(origin, &[400], message);
        },
    },
    Case {
        id: "9112-2.2-lf-ends-head",
        asks: "an empty line of LF alone ends the head, or the message is refused",
        run: |origin| {
            refused_or_done(origin, &[400], "GET / HTTP/1.1\r\nHost: localhost\r\n\n");
        },
    },
    Case {
        id: "9112-2.2-empty-line-before-first",
        asks: "an empty line before the first request is passed over",
        run: |origin| {
            let answer = apart(origin, "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-2.2-empty-line-between",
        asks: "an empty line between two requests is passed over",
        run: |origin| {
            let answer = apart(origin, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n");
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-2.2-empty-line-in-pieces",
        asks: "an empty line that comes in two pieces is passed over",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("\r");
            wire.send("\n");
            wire.assert_open();
        },
    },
];
