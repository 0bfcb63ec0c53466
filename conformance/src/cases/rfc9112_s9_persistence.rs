//! RFC 9112 §9.3, §9.5: which connections stay open behind an answer.

use crate::behind::last;
use crate::case::Case;
use crate::origin::Origin;
use crate::site::{LETTERS, MODIFIED};
use crate::wire::request;

/// Behind the answer to this message the connection is open.
#[track_caller]
fn check_open(origin: &Origin, message: &str) {
    let mut wire = origin.connect();
    wire.send(message);
    let answer = wire.answer();
    assert!(!answer.lists("Connection", "close"), "{answer:?}");
    wire.assert_open();
}

/// Behind an answer of this status the connection is open, or the answer says that it is not.
#[track_caller]
fn check_open_or_said(origin: &Origin, message: &str, status: u16) {
    let mut wire = origin.connect();
    wire.send(message);
    let answer = wire.answer();
    assert_eq!(answer.status, status, "{answer:?}");
    if answer.lists("Connection", "close") {
        wire.assert_closed();
    } else {
        wire.assert_open();
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-9.3-http11-persists",
        asks: "a connection of 1.1 stays open",
        run: |origin| check_open(origin, &request("GET", "/", &[])),
    },
    Case {
        id: "9112-9.3-later-persists",
        asks: "a connection of a later minor version stays open",
        run: |origin| check_open(origin, "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n"),
    },
    Case {
        id: "9112-9.3-http11-keep-alive-persists",
        asks: "a connection of 1.1 that asks to be kept alive stays open",
        run: |origin| check_open(origin, &request("GET", "/", &["Connection: Keep-Alive"])),
    },
    Case {
        id: "9112-9.3-other-option-persists",
        asks: "no other option closes a connection, though its name begins or ends like close",
        run: |origin| {
            let lines = ["Connection: closed, x-close, close-not", "Closed: y"];
            check_open(origin, &request("GET", "/", &lines));
        },
    },
    Case {
        id: "9112-9.3-http10-closes",
        asks: "a connection of 1.0 is closed behind the answer",
        run: |origin| {
            last(origin, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-9.3-http10-keep-alive",
        asks: "a connection of 1.0 that asks to be kept alive is, and is told; or it is closed",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.0\r\nHost: localhost\r\nConnection: Keep-Alive\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            if answer.lists("Connection", "keep-alive") {
                wire.assert_open();
            } else {
                wire.assert_closed();
            }
        },
    },
    Case {
        id: "9112-9.3-http10-close-and-keep-alive",
        asks: "close goes before keep-alive, in 1.0 too",
        run: |origin| {
            let lines = "Host: localhost\r\nConnection: keep-alive, close\r\n\r\n";
            last(origin, format!("GET / HTTP/1.0\r\n{lines}"));
        },
    },
    Case {
        id: "9112-9.3-persists-or-said-404",
        asks: "a connection is open behind a 404, or the answer says that it is not",
        run: |origin| check_open_or_said(origin, &request("GET", "/missing", &[]), 404),
    },
    Case {
        id: "9112-9.3-persists-or-said-304",
        asks: "a connection is open behind a 304, or the answer says that it is not",
        run: |origin| {
            let since = format!("If-Modified-Since: {MODIFIED}");
            check_open_or_said(origin, &request("GET", "/letters.txt", &[&since]), 304);
        },
    },
    Case {
        id: "9112-9.3-persists-or-said-body",
        asks: "a connection is open behind a request with a body, or the answer says otherwise",
        run: |origin| {
            let message = request("GET", "/missing", &["Content-Length: 3"]) + "abc";
            check_open_or_said(origin, &message, 404);
        },
    },
    Case {
        id: "9112-9.3.2-many",
        asks: "a connection lasts for many requests",
        run: |origin| {
            let mut wire = origin.connect();
            for _ in 0..64 {
                wire.assert_open();
            }
        },
    },
    Case {
        id: "9112-9.5-slow-reader",
        asks: "a client that reads late loses nothing: the server waits for it",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/big.bin", &[]).repeat(8));
            let end = request("GET", "/letters.txt", &[]);
            wire.send(end);
            let mut other = origin.connect();
            other.assert_open();
            for _ in 0..8 {
                assert_eq!(wire.answer().body.len(), 1024 * 1024);
            }
            assert_eq!(wire.answer().text(), LETTERS);
        },
    },
    Case {
        id: "9112-9.5-client-closes-idle",
        asks: "a client that closes a connection in use no more is seen, and the server closes",
        run: |origin| {
            let mut wire = origin.connect();
            wire.assert_open();
            wire.close_write();
            wire.assert_closed();
        },
    },
    Case {
        id: "9112-9.5-client-closes-at-once",
        asks: "a client that closes without a request is seen, and the server closes",
        run: |origin| {
            let mut wire = origin.connect();
            wire.close_write();
            wire.assert_closed();
        },
    },
];
