//! RFC 9112 §2.3: the version is `HTTP/`, a digit, a point and a digit, and is matched by case.

use crate::behind::refused;
use crate::case::Case;
use crate::origin::Origin;

/// A request line that ends in `version` is answered 400, and the connection closed.
#[track_caller]
fn check_malformed(origin: &Origin, version: &str) {
    refused(origin, &[400], format!("GET / {version}\r\nHost: localhost\r\n\r\n"));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-2.3-name-lower-case",
        asks: "the name of the protocol is matched by case",
        run: |origin| check_malformed(origin, "http/1.1"),
    },
    Case {
        id: "9112-2.3-name-mixed-case",
        asks: "the name of the protocol is upper case in every letter",
        run: |origin| check_malformed(origin, "HTTp/1.1"),
    },
    Case {
        id: "9112-2.3-name-other",
        asks: "no other protocol's name stands there",
        run: |origin| check_malformed(origin, "HTTPS/1.1"),
    },
    Case {
        id: "9112-2.3-name-alone",
        asks: "a name without a number is malformed",
        run: |origin| check_malformed(origin, "HTTP"),
    },
    Case {
        id: "9112-2.3-no-minor",
        asks: "a number without a point is malformed",
        run: |origin| check_malformed(origin, "HTTP/1"),
    },
    Case {
        id: "9112-2.3-empty-minor",
        asks: "a point without a digit behind it is malformed",
        run: |origin| check_malformed(origin, "HTTP/1."),
    },
    Case {
        id: "9112-2.3-empty-major",
        asks: "a point without a digit before it is malformed",
        run: |origin| check_malformed(origin, "HTTP/.1"),
    },
    Case {
        id: "9112-2.3-two-digits-minor",
        asks: "a second digit behind the point is malformed",
        run: |origin| check_malformed(origin, "HTTP/1.10"),
    },
    Case {
        id: "9112-2.3-two-digits-major",
        asks: "a second digit before the point is malformed, be it a leading zero",
        run: |origin| check_malformed(origin, "HTTP/01.1"),
    },
    Case {
        id: "9112-2.3-comma",
        asks: "nothing but a point parts the digits",
        run: |origin| check_malformed(origin, "HTTP/1,1"),
    },
    Case {
        id: "9112-2.3-letters",
        asks: "a letter is no digit",
        run: |origin| check_malformed(origin, "HTTP/1.x"),
    },
    Case {
        id: "9112-2.3-trailing",
        asks: "nothing stands behind the version",
        run: |origin| check_malformed(origin, "HTTP/1.1;a"),
    },
    Case {
        id: "9112-2.3-answer-is-http11",
        asks: "a request of 1.1 by a client of no ill repute is answered in 1.1",
        run: |origin| {
            for target in ["/", "/missing"] {
                let answer = origin.get(target, &[]);
                assert_eq!(answer.version, "HTTP/1.1", "{answer:?}");
            }
        },
    },
];
