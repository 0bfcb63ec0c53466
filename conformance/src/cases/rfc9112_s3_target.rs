//! RFC 9112 §3.2, §3.3: what a target may be, and that a malformed one is not repaired in silence.

use crate::behind::{apart, refused};
use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;

/// A GET of this target is refused, or redirected to where it is well-formed; not served.
#[track_caller]
fn check_malformed(origin: &Origin, target: impl AsRef<[u8]>) {
    let message = [b"GET ", target.as_ref(), b" HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat();
    let mut wire = origin.connect();
    wire.send(message);
    let answer = wire.answer();
    assert!(matches!(answer.status, 301 | 400), "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-3.2-target-space",
        asks: "a target with a space is not served, though there is a file of that name",
        run: |origin| check_malformed(origin, "/with space.txt"),
    },
    Case {
        id: "9112-3.2-target-fragment",
        asks: "a target with a fragment is malformed",
        run: |origin| check_malformed(origin, "/letters.txt#part"),
    },
    Case {
        id: "9112-3.2-target-control",
        asks: "a target with a control character is malformed",
        run: |origin| check_malformed(origin, "/?\x01"),
    },
    Case {
        id: "9112-3.2-target-not-ascii",
        asks: "a target with octets beyond US-ASCII is not served, though there is such a file",
        run: |origin| check_malformed(origin, "/ümlaut.txt"),
    },
    Case {
        id: "9112-3.2-target-quote",
        asks: "a target with a quotation mark is malformed",
        run: |origin| check_malformed(origin, "/?\""),
    },
    Case {
        id: "9112-3.2-target-escape",
        asks: "a percent sign that two digits do not follow is malformed",
        run: |origin| check_malformed(origin, "/letters%zz.txt"),
    },
    Case {
        id: "9112-3.2-target-relative",
        asks: "a target that does not begin with a slash is no path",
        run: |origin| check_malformed(origin, "letters.txt"),
    },
    Case {
        id: "9112-3.2.3-get-of-authority",
        asks: "host and port are a target for CONNECT alone",
        run: |origin| check_malformed(origin, "127.0.0.1:80"),
    },
    Case {
        id: "9112-3.2.3-connect-to-path",
        asks: "a path is no target for CONNECT: no tunnel is made",
        run: |origin| {
            let answer = origin.ask("CONNECT", "/letters.txt", &[]);
            assert!(matches!(answer.status, 400..=599), "{answer:?}");
        },
    },
    Case {
        id: "9112-3.2.4-get-of-asterisk",
        asks: "an asterisk is a target for OPTIONS alone",
        run: |origin| check_malformed(origin, "*"),
    },
    Case {
        id: "9112-3.2.4-asterisk-and-more",
        asks: "an asterisk with something behind it is no target",
        run: |origin| {
            refused(origin, &[400], "OPTIONS *a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        },
    },
    Case {
        id: "9112-3.3-query-is-no-path",
        asks: "what stands behind a question mark is no part of the path",
        run: |origin| {
            let answer =
                apart(origin, "GET /letters.txt?/../again HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
        },
    },
];
