//! RFC 9112 §9.6: a connection that was said to close closes, behind the answer and not before.

use crate::behind::last;
use crate::case::Case;
use crate::origin::Origin;
use crate::site::{LETTERS, MODIFIED};
use crate::wire::request;

/// A request that says close with these lines is the last of its connection, and its answer says
/// so.
#[track_caller]
fn check(origin: &Origin, lines: &[&str]) {
    let answer = last(origin, request("GET", "/", lines));
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// The answer to this message says that the connection closes.
#[track_caller]
fn check_said(origin: &Origin, message: &str) {
    let answer = last(origin, message);
    assert!(answer.lists("Connection", "close"), "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-9.6-close",
        asks: "close closes the connection behind the answer, and nothing behind it is answered",
        run: |origin| check(origin, &["Connection: close"]),
    },
    Case {
        id: "9112-9.6-close-whatever-the-case",
        asks: "close is known however it is spelt",
        run: |origin| check(origin, &["Connection: CLOSE"]),
    },
    Case {
        id: "9112-9.6-close-in-list",
        asks: "close is found among other options",
        run: |origin| check(origin, &["Connection: foo,, keep-alive ,close"]),
    },
    Case {
        id: "9112-9.6-close-on-second-line",
        asks: "close is found on a second line",
        run: |origin| check(origin, &["Connection: keep-alive", "Connection: close"]),
    },
    Case {
        id: "9112-9.6-close-of-head",
        asks: "close closes behind the answer to HEAD",
        run: |origin| {
            last(origin, request("HEAD", "/", &["Connection: close"]));
        },
    },
    Case {
        id: "9112-9.6-close-of-missing",
        asks: "close closes behind a 404",
        run: |origin| {
            let answer = last(origin, request("GET", "/missing", &["Connection: close"]));
            assert_eq!(answer.status, 404, "{answer:?}");
        },
    },
    Case {
        id: "9112-9.6-close-of-304",
        asks: "close closes behind a 304",
        run: |origin| {
            let since = format!("If-Modified-Since: {MODIFIED}");
            let lines = ["Connection: close", &since];
            let answer = last(origin, request("GET", "/letters.txt", &lines));
            assert_eq!(answer.status, 304, "{answer:?}");
        },
    },
    Case {
        id: "9112-9.6-close-of-large-file",
        asks: "close closes behind the whole of a large file",
        run: |origin| {
            let answer = last(origin, request("GET", "/big.bin", &["Connection: close"]));
            assert_eq!(answer.body.len(), 1024 * 1024);
        },
    },
    Case {
        id: "9112-9.6-close-with-body",
        asks: "close closes behind a request with a body",
        run: |origin| {
            let lines = ["Connection: close", "Content-Length: 3"];
            last(origin, request("GET", "/", &lines) + "abc");
        },
    },
    Case {
        id: "9112-9.6-said-to-http11",
        asks: "the answer to a request that says close says it, too",
        run: |origin| check_said(origin, &request("GET", "/", &["Connection: close"])),
    },
    Case {
        id: "9112-9.6-said-of-missing",
        asks: "the 404 to a request that says close says it, too",
        run: |origin| check_said(origin, &request("GET", "/missing", &["Connection: close"])),
    },
    Case {
        id: "9112-9.6-said-of-redirect",
        asks: "the redirection of a request that says close says it, too",
        run: |origin| check_said(origin, &request("GET", "/folder", &["Connection: close"])),
    },
    Case {
        id: "9112-9.6-said-to-http10",
        asks: "the answer to 1.0 says that the connection closes",
        run: |origin| check_said(origin, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"),
    },
    Case {
        id: "9112-9.6-said-of-refusal",
        asks: "the answer to a malformed message says that the connection closes",
        run: |origin| check_said(origin, "GET / HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n"),
    },
    Case {
        id: "9112-9.6-said-of-faulty-framing",
        asks: "the answer to a request with two framings says that the connection closes",
        run: |origin| {
            let lines = ["Content-Length: 5", "Transfer-Encoding: chunked"];
            check_said(origin, &(request("GET", "/", &lines) + "0\r\n\r\n"));
        },
    },
    Case {
        id: "9112-9.6-half-closed-client",
        asks: "a client that has said all is still answered",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/", &[]) + &request("GET", "/letters.txt", &[]));
            wire.close_write();
            assert_eq!(wire.answer().status, 200);
            assert_eq!(wire.answer().text(), LETTERS);
            wire.assert_closed();
        },
    },
];
