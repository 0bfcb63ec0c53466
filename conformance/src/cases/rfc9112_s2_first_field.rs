//! RFC 9112 §2.2: what begins with whitespace before the first field is refused or passed over,
//! and what is no HTTP at all is answered 400.

use crate::behind::{last, not_chunked, refused, refused_or_done};
use crate::case::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-2.2-space-before-first-field",
        asks: "a first line that begins with a space is no field, be it the only Host",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-space-before-first-field-length",
        asks: "a first line that begins with a space frames nothing",
        run: |origin| {
            let fields = " Content-Length: 44\r\nHost: localhost\r\n\r\n";
            refused_or_done(origin, &[400], format!("GET / HTTP/1.1\r\n{fields}"));
        },
    },
    Case {
        id: "9112-2.2-tab-before-first-field-coding",
        asks: "a first line that begins with a tab frames nothing",
        run: |origin| {
            let fields = "\tTransfer-Encoding: chunked\r\nHost: localhost\r\n\r\n";
            not_chunked(origin, format!("GET / HTTP/1.1\r\n{fields}"));
        },
    },
    Case {
        id: "9112-2.2-space-before-second-line-too",
        asks: "the lines behind it that begin with whitespace are passed over with it",
        run: |origin| {
            let fields = " X: y\r\n Content-Length: 44\r\nHost: localhost\r\n\r\n";
            refused_or_done(origin, &[400], format!("GET / HTTP/1.1\r\n{fields}"));
        },
    },
    Case {
        id: "9112-2.2-no-http-tls",
        asks: "a TLS handshake is answered 400",
        run: |origin| {
            refused(origin, &[400], b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-no-http-words",
        asks: "a line of another protocol is answered 400",
        run: |origin| {
            refused(origin, &[400], "SSH-2.0-OpenSSH_9.2\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-no-http-response",
        asks: "a response is no request: its version is taken for no method",
        run: |origin| {
            refused(origin, &[400], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-nul-in-request-line",
        asks: "a NUL in the request line is answered 400",
        run: |origin| {
            refused(origin, &[400], "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-nul-in-name",
        asks: "a NUL in a field name is answered 400",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.1\r\nHost: localhost\r\nX\0: y\r\n\r\n");
        },
    },
    Case {
        id: "9112-2.2-second-message",
        asks: "what is no HTTP behind a request is answered 400, and nothing behind that",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n(no request)\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            wire.assert_refused(400);
        },
    },
    Case {
        id: "9112-2.2-refusal-is-last",
        asks: "a connection on which a message was malformed is closed, and what follows not read",
        run: |origin| {
            let good = "GET /letters.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
            last(origin, format!("GET / HTTP/1.1\r\nHost: localhost\r\n(: )\r\n\r\n{good}"));
        },
    },
];
