//! RFC 9112 §3.2: a request says which host it is for, once and well-formed.

use crate::behind::{apart, refused};
use crate::case::Case;
use crate::origin::Origin;

/// A request with these field lines alone is answered 400, and the connection closed.
#[track_caller]
fn check_refused(origin: &Origin, fields: impl AsRef<[u8]>) {
    refused(origin, &[400], [b"GET / HTTP/1.1\r\n", fields.as_ref(), b"\r\n\r\n"].concat());
}

/// A request with this line for Host is served.
#[track_caller]
fn check_served(origin: &Origin, field: &str) {
    let answer = apart(origin, format!("GET / HTTP/1.1\r\n{field}\r\n\r\n"));
    assert_eq!(answer.status, 200, "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-3.2-host-missing",
        asks: "a request of 1.1 without Host is answered 400",
        run: |origin| check_refused(origin, "X: y"),
    },
    Case {
        id: "9112-3.2-host-missing-in-http10",
        asks: "a request of 1.0 needs no Host",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.0\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9112-3.2-host-twice",
        asks: "a request with two Host lines is answered 400, be they equal",
        run: |origin| check_refused(origin, "Host: localhost\r\nHost: localhost"),
    },
    Case {
        id: "9112-3.2-host-twice-apart",
        asks: "two Host lines are two, whatever stands between them and however spelt",
        run: |origin| check_refused(origin, "Host: localhost\r\nX: y\r\nhOST: a.example"),
    },
    Case {
        id: "9112-3.2-host-twice-in-http10",
        asks: "two Host lines are answered 400 in 1.0 too",
        run: |origin| {
            let hosts = "Host: localhost\r\nHost: localhost\r\n\r\n";
            refused(origin, &[400], format!("GET / HTTP/1.0\r\n{hosts}"));
        },
    },
    Case {
        id: "9112-3.2-host-invalid-in-http10",
        asks: "a malformed Host is answered 400 in 1.0 too",
        run: |origin| {
            refused(origin, &[400], "GET / HTTP/1.0\r\nHost: local host\r\n\r\n");
        },
    },
    Case {
        id: "9112-3.2-host-space",
        asks: "a host with a space is malformed",
        run: |origin| check_refused(origin, "Host: local host"),
    },
    Case {
        id: "9112-3.2-host-list",
        asks: "a list of hosts, as whoever joins two lines makes it, is malformed",
        run: |origin| check_refused(origin, "Host: localhost, a.example"),
    },
    Case {
        id: "9112-3.2-host-slash",
        asks: "a host with a path is malformed",
        run: |origin| check_refused(origin, "Host: localhost/a"),
    },
    Case {
        id: "9112-3.2-host-userinfo",
        asks: "a host with a user before it is malformed",
        run: |origin| check_refused(origin, "Host: user@localhost"),
    },
    Case {
        id: "9112-3.2-host-port-letters",
        asks: "a port of letters is malformed",
        run: |origin| check_refused(origin, "Host: localhost:http"),
    },
    Case {
        id: "9112-3.2-host-port-sign",
        asks: "a port with a sign is malformed",
        run: |origin| check_refused(origin, "Host: localhost:-80"),
    },
    Case {
        id: "9112-3.2-host-two-ports",
        asks: "two ports are malformed",
        run: |origin| check_refused(origin, "Host: localhost:80:80"),
    },
    Case {
        id: "9112-3.2-host-bracket-open",
        asks: "a bracket that is not closed is malformed",
        run: |origin| check_refused(origin, "Host: [::1"),
    },
    Case {
        id: "9112-3.2-host-bracket-behind",
        asks: "nothing but a port stands behind brackets",
        run: |origin| check_refused(origin, "Host: [::1]a"),
    },
    Case {
        id: "9112-3.2-host-not-ascii",
        asks: "a host with octets beyond US-ASCII is malformed",
        run: |origin| check_refused(origin, b"Host: l\xf6calhost"),
    },
    Case {
        id: "9112-3.2-host-escape",
        asks: "a percent sign that two digits do not follow is malformed",
        run: |origin| check_refused(origin, "Host: local%zzhost"),
    },
    Case {
        id: "9112-3.2-host-port",
        asks: "a host with a port is served",
        run: |origin| check_served(origin, "Host: localhost:8080"),
    },
    Case {
        id: "9112-3.2-host-empty-port",
        asks: "a colon that no digit follows means the usual port",
        run: |origin| check_served(origin, "Host: localhost:"),
    },
    Case {
        id: "9112-3.2-host-address",
        asks: "an address in brackets is served",
        run: |origin| check_served(origin, "Host: [::1]:8080"),
    },
];
