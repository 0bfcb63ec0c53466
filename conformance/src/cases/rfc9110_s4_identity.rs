//! RFC 9110 §4.2: which URIs are the same, and which are none.

use super::rfc9110_s4_path::names;
use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;

const INDEX: &str = "<!doctype html><title>index</title>\n";

/// Shows that a target is answered as another, or leads there.
#[track_caller]
fn is_same(origin: &Origin, target: &str, other: &str) {
    let (answer, plain) = (origin.get(target, &[]), origin.get(other, &[]));
    let leads_there = answer.field("Location").is_some_and(|location| location.ends_with(other));
    assert!(leads_there || answer.body == plain.body, "{target}: {answer:?}");
}

/// Shows that a target is refused.
#[track_caller]
fn refused(origin: &Origin, target: &str) {
    let answer = origin.get(target, &[]);
    assert!(matches!(answer.status, 400..=499), "{target}: {answer:?}");
}

/// Shows that an answer to these bytes refers to no URI with an empty host or a user.
#[track_caller]
fn refers_well(origin: &Origin, bytes: &str) {
    let mut wire = origin.connect();
    wire.send(bytes);
    let answer = wire.answer();
    let location = answer.field("Location").unwrap_or("/");
    let authority = location.split_once("//").map(|(_, rest)| rest);
    let authority = authority.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    if let Some(authority) = authority {
        assert!(!authority.is_empty() && !authority.starts_with(':'), "{answer:?}");
        assert!(!authority.contains('@'), "{answer:?}");
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-4.2.1-empty-host",
        asks: "an http URI without a host is refused",
        run: |origin| refused(origin, "http:///letters.txt"),
    },
    Case {
        id: "9110-4.2.1-empty-host-with-port",
        asks: "an http URI with a port and no host is refused",
        run: |origin| refused(origin, "http://:80/letters.txt"),
    },
    Case {
        id: "9110-4.2.1-refers-to-a-host",
        asks: "a redirect does not refer to an empty host when the request names none",
        run: |origin| refers_well(origin, "GET /folder HTTP/1.0\r\n\r\n"),
    },
    Case {
        id: "9110-4.2.1-refers-to-a-host-after-empty-one",
        asks: "a redirect does not refer to an empty host when the request names an empty one",
        run: |origin| {
            refers_well(origin, "GET /folder HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n");
        },
    },
    Case {
        id: "9110-4.2.2-empty-host",
        asks: "an https URI without a host is refused",
        run: |origin| refused(origin, "https:///letters.txt"),
    },
    Case {
        id: "9110-4.2.3-unreserved-escaped",
        asks: "an escaped letter, dot or dash is that letter, dot or dash",
        run: |origin| names(origin, "/%6Cetter%73%2Etxt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-case-of-escapes",
        asks: "hexadecimal digits of either case are the same",
        run: |origin| names(origin, "/%6cetters%2etxt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-dot-segment",
        asks: "a segment of one dot is no segment",
        run: |origin| names(origin, "/./letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-two-dots-segment",
        asks: "a segment of two dots takes the one before it away",
        run: |origin| names(origin, "/folder/../letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-two-dots-of-what-is-not-there",
        asks: "dot segments are removed from the path as text",
        run: |origin| names(origin, "/a/b/../c/.././../letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-dots-escaped",
        asks: "an escaped dot is a dot, also where segments of dots are removed",
        run: |origin| names(origin, "/folder/%2e%2E/letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-dots-at-the-end",
        asks: "a last segment of one dot leaves the folder",
        run: |origin| is_same(origin, "/folder/.", "/folder/"),
    },
    Case {
        id: "9110-4.2.3-two-dots-at-the-end",
        asks: "a last segment of two dots leaves the folder above",
        run: |origin| is_same(origin, "/folder/..", "/"),
    },
    Case {
        id: "9110-4.2.3-three-dots",
        asks: "a segment of three dots is a name like any other",
        run: |origin| {
            let answer = origin.get("/folder/.../letters.txt", &[]);
            assert_eq!(answer.status, 404, "{answer:?}");
        },
    },
    Case {
        id: "9110-4.2.3-case-of-path",
        asks: "paths that differ in case are different",
        run: |origin| {
            let answer = origin.get("/Letters.txt", &[]);
            assert_eq!(answer.status, 404, "{answer:?}");
        },
    },
    Case {
        id: "9110-4.2.3-case-of-scheme",
        asks: "schemes of either case are the same",
        run: |origin| names(origin, "HTTP://localhost/letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.3-case-of-host",
        asks: "host names of either case are the same",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /letters.txt HTTP/1.1\r\nHost: LocalHost\r\n\r\n");
            assert_eq!(wire.answer().text(), LETTERS);
        },
    },
    Case {
        id: "9110-4.2.3-empty-path",
        asks: "a URI without a path has the path of one slash",
        run: |origin| names(origin, "http://localhost", INDEX),
    },
    Case {
        id: "9110-4.2.3-empty-path-with-query",
        asks: "a URI with a query and no path has the path of one slash",
        run: |origin| names(origin, "http://localhost?query", INDEX),
    },
    Case {
        id: "9110-4.2.3-empty-port",
        asks: "an empty port is no port",
        run: |origin| names(origin, "http://localhost:/letters.txt", LETTERS),
    },
    Case {
        id: "9110-4.2.4-user",
        asks: "a URI with a user is taken for an error",
        run: |origin| refused(origin, "http://user@localhost/letters.txt"),
    },
    Case {
        id: "9110-4.2.4-user-and-password",
        asks: "a URI with a user and a password is taken for an error",
        run: |origin| refused(origin, "http://user:password@localhost/letters.txt"),
    },
    Case {
        id: "9110-4.2.4-empty-user",
        asks: "a URI with an empty user is taken for an error",
        run: |origin| refused(origin, "http://@localhost/letters.txt"),
    },
    Case {
        id: "9110-4.2.4-refers-to-no-user",
        asks: "a redirect does not refer to a user, though the request does",
        run: |origin| {
            let bytes = "GET /folder HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n";
            refers_well(origin, bytes);
        },
    },
];
