//! RFC 9110 §4.1: paths and queries are those of RFC 3986, and each octet of them counts.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;

/// Shows that a target names the file of that content.
#[track_caller]
pub(super) fn names(origin: &Origin, target: &str, content: &str) {
    let answer = origin.get(target, &[]);
    assert_eq!((answer.status, answer.text().as_str()), (200, content), "{target}: {answer:?}");
}

/// Shows that a target is well-formed and names nothing.
#[track_caller]
fn names_nothing(origin: &Origin, target: &str) {
    let answer = origin.get(target, &[]);
    assert_eq!(answer.status, 404, "{target}: {answer:?}");
}

/// Shows that a target is taken for malformed, or the client is told a better one.
#[track_caller]
fn malformed(origin: &Origin, target: &str) {
    let answer = origin.get(target, &[]);
    assert!(matches!(answer.status, 400 | 301), "{target}: {answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-4.1-escape-without-digits",
        asks: "a percent sign at the end of the path is malformed",
        run: |origin| malformed(origin, "/letters.txt%"),
    },
    Case {
        id: "9110-4.1-escape-of-one-digit",
        asks: "a percent sign with one digit is malformed",
        run: |origin| malformed(origin, "/letters.txt%4"),
    },
    Case {
        id: "9110-4.1-escape-not-hexadecimal",
        asks: "a percent sign with other than hexadecimal digits is malformed",
        run: |origin| malformed(origin, "/letters%2Gtxt"),
    },
    Case {
        id: "9110-4.1-escape-signed",
        asks: "a sign is no digit of an escape",
        run: |origin| malformed(origin, "/letters%+2etxt"),
    },
    Case {
        id: "9110-4.1-escape-decoded",
        asks: "an escaped space is a space of the name",
        run: |origin| names(origin, "/with%20space.txt", "space\n"),
    },
    Case {
        id: "9110-4.1-escape-above-127",
        asks: "escaped octets above 127 are octets of the name",
        run: |origin| names(origin, "/%C3%BCmlaut.txt", "umlaut\n"),
    },
    Case {
        id: "9110-4.1-decoded-once",
        asks: "an escaped percent sign is a percent sign of the name",
        run: |origin| names(origin, "/percent%2525.txt", "percent\n"),
    },
    Case {
        id: "9110-4.1-decoded-not-twice",
        asks: "what an escape leads to is not decoded again",
        run: |origin| names_nothing(origin, "/letters%252etxt"),
    },
    Case {
        id: "9110-4.1-plus-is-plus",
        asks: "a plus sign in a path is not a space",
        run: |origin| names_nothing(origin, "/with+space.txt"),
    },
    Case {
        id: "9110-4.1-escaped-nul",
        asks: "a name does not end at an escaped NUL",
        run: |origin| {
            for target in ["/letters.txt%00", "/letters.txt%00.html", "/%00letters.txt"] {
                let answer = origin.get(target, &[]);
                assert!(matches!(answer.status, 400..=599), "{target}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-4.1-escaped-question-mark",
        asks: "an escaped question mark belongs to the path",
        run: |origin| names_nothing(origin, "/letters.txt%3Fquery"),
    },
    Case {
        id: "9110-4.1-escaped-fragment",
        asks: "an escaped number sign belongs to the path",
        run: |origin| names_nothing(origin, "/letters.txt%23fragment"),
    },
    Case {
        id: "9110-4.1-semicolon",
        asks: "a semicolon belongs to the name",
        run: |origin| names_nothing(origin, "/letters.txt;a=b"),
    },
    Case {
        id: "9110-4.1-query-apart",
        asks: "a query does not belong to the name of a file",
        run: |origin| names(origin, "/letters.txt?query", LETTERS),
    },
    Case {
        id: "9110-4.1-query-empty",
        asks: "an empty query does not belong to the name of a file",
        run: |origin| names(origin, "/letters.txt?", LETTERS),
    },
    Case {
        id: "9110-4.1-query-of-slashes",
        asks: "slashes, dots and question marks in a query are nothing special",
        run: |origin| names(origin, "/letters.txt?a=/../again.txt?b/", LETTERS),
    },
    Case {
        id: "9110-4.1-query-with-escapes",
        asks: "escapes in a query do not reach the path",
        run: |origin| names(origin, "/letters.txt?%2e%2e%2fagain.txt", LETTERS),
    },
    Case {
        id: "9110-4.1-two-slashes-name-no-host",
        asks: "what follows two slashes at the start of a path is no host",
        run: |origin| {
            let answer = origin.get("//localhost/letters.txt", &[]);
            assert_ne!(answer.text(), LETTERS, "{answer:?}");
            assert!(matches!(answer.status, 301..=308 | 400..=499), "{answer:?}");
        },
    },
    Case {
        id: "9110-4.1-sub-delimiters",
        asks: "every character that a path may have is taken",
        run: |origin| names_nothing(origin, "/a-._~!$&'()*+,;=:@b"),
    },
];
