//! RFC 9112 §3.2.2: a whole URI is taken for a target, and its host before that of Host.

use crate::behind::{apart, refused};
use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;

/// A GET of this target, with this line for Host, is answered with that content.
#[track_caller]
fn check(origin: &Origin, target: &str, host: &str, content: &str) {
    let answer = apart(origin, format!("GET {target} HTTP/1.1\r\n{host}\r\n\r\n"));
    assert_eq!((answer.status, answer.text().as_str()), (200, content), "{answer:?}");
}

/// A GET of this target, which has no path, is answered with the root or sent there.
#[track_caller]
fn check_root(origin: &Origin, target: &str) {
    let answer = apart(origin, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert!(matches!(answer.status, 200 | 301 | 302 | 307 | 308), "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-3.2.2-accepted",
        asks: "a target of scheme, host and path is taken",
        run: |origin| check(origin, "http://localhost/letters.txt", "Host: localhost", LETTERS),
    },
    Case {
        id: "9112-3.2.2-without-path",
        asks: "without a path it means the root",
        run: |origin| check_root(origin, "http://localhost"),
    },
    Case {
        id: "9112-3.2.2-query-without-path",
        asks: "a query may follow the host at once",
        run: |origin| check_root(origin, "http://localhost?a=/b"),
    },
    Case {
        id: "9112-3.2.2-scheme-upper-case",
        asks: "its scheme is matched whatever its case",
        run: |origin| check(origin, "HTTP://localhost/letters.txt", "Host: localhost", LETTERS),
    },
    Case {
        id: "9112-3.2.2-host-empty",
        asks: "a Host that says nothing is ignored",
        run: |origin| check(origin, "http://localhost/letters.txt", "Host:", LETTERS),
    },
    Case {
        id: "9112-3.2.2-host-differs",
        asks: "a Host that says something else is ignored",
        run: |origin| check(origin, "http://localhost/letters.txt", "Host: a.example", LETTERS),
    },
    Case {
        id: "9112-3.2.2-host-of-redirect",
        asks: "a redirection goes to the host of the target, not to that of Host",
        run: |origin| {
            let message = "GET http://a.example/folder HTTP/1.1\r\nHost: b.example\r\n\r\n";
            let answer = apart(origin, message);
            let location = answer.field("Location").unwrap_or_default();
            assert!(!location.contains("b.example"), "{answer:?}");
        },
    },
    Case {
        id: "9112-3.2.2-host-missing",
        asks: "a request of 1.1 without Host is answered 400, though its target names a host",
        run: |origin| {
            refused(origin, &[400], "GET http://localhost/ HTTP/1.1\r\n\r\n");
        },
    },
    Case {
        id: "9112-3.2.2-host-twice",
        asks: "a request with two Host lines is answered 400, though its target names a host",
        run: |origin| {
            let hosts = "Host: localhost\r\nHost: localhost\r\n\r\n";
            refused(origin, &[400], format!("GET http://localhost/ HTTP/1.1\r\n{hosts}"));
        },
    },
];
