//! RFC 9110 §5.1 to §5.5: names, order, number, size and values of fields.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::{LETTERS, NOT_MODIFIED};
use crate::wire::{Answer, request};

const HEAD: &str = "GET /letters.txt HTTP/1.1\r\nHost: localhost\r\n";

/// Sends a GET for the letters with these bytes as its last field lines.
#[track_caller]
fn ask_with(origin: &Origin, lines: impl AsRef<[u8]>) -> Answer {
    let mut wire = origin.connect();
    wire.send([HEAD.as_bytes(), lines.as_ref(), b"\r\n\r\n"].concat());
    wire.answer()
}

/// Shows that the field lines are understood as a condition that the letters do not meet.
#[track_caller]
pub(super) fn not_modified(origin: &Origin, lines: &[&str]) {
    let answer = origin.get("/letters.txt", lines);
    assert_eq!(answer.status, 304, "{answer:?}");
}

/// Shows that the field lines do not hinder.
#[track_caller]
pub(super) fn ignored(origin: &Origin, lines: &[&str]) {
    let answer = origin.get("/letters.txt", lines);
    assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
}

/// The entity tag of the letters; one that matches nothing where there is none.
#[track_caller]
pub(super) fn etag(origin: &Origin) -> String {
    let answer = origin.get("/letters.txt", &[]);
    answer.field("ETag").map_or_else(|| "\"none\"".to_owned(), str::to_owned)
}

/// Shows that a condition behind these field lines is either obeyed or refused with them.
#[track_caller]
fn obeyed_or_refused(origin: &Origin, lines: &str) {
    let answer = ask_with(origin, format!("{lines}{NOT_MODIFIED}"));
    assert!(matches!(answer.status, 304 | 400..=499), "{answer:?}");
}

/// Fields that may come as several lines, since their values are lists.
const LISTS: [&str; 10] = [
    "Accept-Ranges",
    "Allow",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Language",
    "Upgrade",
    "Vary",
    "Via",
    // Has a rule of its own (RFC 6265 §3).
    "Set-Cookie",
];

#[track_caller]
fn assert_one_line_each(answer: &Answer) {
    for (name, _) in &answer.fields {
        let is_list = LISTS.iter().any(|list| list.eq_ignore_ascii_case(name));
        assert!(is_list || answer.values(name).count() == 1, "{name} comes once: {answer:?}");
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-5.1-case-of-names",
        asks: "names of fields are the same in either case",
        run: |origin| not_modified(origin, &["iF-mOdIfIeD-sInCe: Wed, 01 Jan 2020 12:34:56 GMT"]),
    },
    Case {
        id: "9110-5.1-unknown-ignored",
        asks: "a field that is not known is ignored",
        run: |origin| ignored(origin, &["X-Not-Known: a, b; c=\"d\"", "Avocado: 1"]),
    },
    Case {
        id: "9110-5.1-any-token",
        asks: "a name may be any token",
        run: |origin| ignored(origin, &["!#$%&'*+-.^_`|~09azAZ: a"]),
    },
    Case {
        id: "9110-5.1-longer-name",
        asks: "a name that only begins like a known one is not that",
        run: |origin| {
            ignored(origin, &["If-None-Matches: *", "If-Modified-Since-: *", "If-None: *"]);
        },
    },
    Case {
        id: "9110-5.1-underscore",
        asks: "an underscore is no dash",
        run: |origin| {
            ignored(
                origin,
                &["If_None_Match: *", "If_Modified_Since: Wed, 01 Jan 2020 12:34:56 GMT"],
            );
        },
    },
    Case {
        id: "9110-5.1-unknown-trailer-ignored",
        asks: "a trailer field that is not known is ignored",
        run: |origin| {
            let mut wire = origin.connect();
            let head = request("GET", "/letters.txt", &["Transfer-Encoding: chunked"]);
            wire.send(format!("{head}1\r\na\r\n0\r\nX-Not-Known: a\r\n\r\n"));
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-5.2-lines-are-one-list",
        asks: "several lines of a list are one list",
        run: |origin| {
            let last = format!("If-None-Match: \"b\", {}", etag(origin));
            not_modified(origin, &["If-None-Match: \"a\"", "X-Between: 1", &last]);
        },
    },
    Case {
        id: "9110-5.2-first-line-counts",
        asks: "of several lines of a list the first counts as well",
        run: |origin| {
            let first = format!("If-None-Match: {}", etag(origin));
            not_modified(origin, &[&first, "If-None-Match: \"a\""]);
        },
    },
    Case {
        id: "9110-5.2-connection-in-two-lines",
        asks: "close in a second line of Connection closes",
        run: |origin| {
            let mut wire = origin.connect();
            let lines = ["Connection: x-option", "Connection: close"];
            assert_eq!(wire.ask("GET", "/letters.txt", &lines).status, 200);
            wire.assert_closed();
        },
    },
    Case {
        id: "9110-5.3-whole-head-first",
        asks: "nothing is answered before the head is whole",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(HEAD);
            assert!(wire.is_silent(), "the head is not whole yet");
            wire.send(format!("{NOT_MODIFIED}\r\n\r\n"));
            let answer = wire.answer();
            assert_eq!(answer.status, 304, "{answer:?}");
        },
    },
    Case {
        id: "9110-5.3-one-line-each",
        asks: "a field that is no list is sent once",
        run: |origin| {
            assert_one_line_each(&origin.get("/letters.txt", &[]));
            assert_one_line_each(&origin.get("/coded.txt", &["Accept-Encoding: gzip, br, zstd"]));
            assert_one_line_each(&origin.get("/folder", &[]));
        },
    },
    Case {
        id: "9110-5.3-one-line-each-in-errors",
        asks: "a field that is no list is sent once with errors, too",
        run: |origin| {
            assert_one_line_each(&origin.get("/missing", &[]));
            assert_one_line_each(&origin.ask("PUT", "/letters.txt", &["Content-Length: 0"]));
            assert_one_line_each(&origin.get("/letters.txt", &["Range: bytes=99-"]));
        },
    },
    Case {
        id: "9110-5.4-large-value",
        asks: "a field with a large value is taken, or refused with 4xx",
        run: |origin| obeyed_or_refused(origin, &format!("X-Large: {}\r\n", "a".repeat(60_000))),
    },
    Case {
        id: "9110-5.4-large-condition",
        asks: "a large list is read to its end, or refused with 4xx",
        run: |origin| {
            let list = "\"abcdefgh\", ".repeat(5000);
            let answer = ask_with(origin, format!("If-None-Match: {list}{}", etag(origin)));
            assert!(matches!(answer.status, 304 | 400..=499), "{answer:?}");
        },
    },
    Case {
        id: "9110-5.4-long-name",
        asks: "a field with a long name is taken, or refused with 4xx",
        run: |origin| obeyed_or_refused(origin, &format!("{}: a\r\n", "X".repeat(20_000))),
    },
    Case {
        id: "9110-5.4-many-fields",
        asks: "many fields are taken, or refused with 4xx",
        run: |origin| obeyed_or_refused(origin, &"X-Many: a\r\n".repeat(2000)),
    },
    Case {
        id: "9110-5.5-space-around",
        asks: "space around a value is not of the value",
        run: |origin| {
            not_modified(origin, &[&NOT_MODIFIED.replace(": ", ":   "), "X-Space:  a   "]);
        },
    },
    Case {
        id: "9110-5.5-tabs-around",
        asks: "tabs around a value are not of the value",
        run: |origin| {
            not_modified(origin, &[&format!("{}\t \t", NOT_MODIFIED.replace(": ", ": \t"))]);
        },
    },
    Case {
        id: "9110-5.5-no-space",
        asks: "a value may follow its colon at once",
        run: |origin| not_modified(origin, &[&NOT_MODIFIED.replace(": ", ":")]),
    },
    Case {
        id: "9110-5.5-empty",
        asks: "a value may be empty",
        run: |origin| ignored(origin, &["X-Empty:", "X-Space: ", "X-Tab:\t"]),
    },
    Case {
        id: "9110-5.5-above-127",
        asks: "octets above 127 in a value are taken as they are",
        run: |origin| {
            let answer = ask_with(origin, b"X-Name: J\xfcrgen, \xe2\x82\xac \x80\xff");
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9110-5.5-nul",
        asks: "a value does not end at a NUL",
        run: |origin| {
            let answer = ask_with(origin, format!("{NOT_MODIFIED}\0"));
            assert!(matches!(answer.status, 200 | 400), "{answer:?}");
        },
    },
    Case {
        id: "9110-5.5-cr",
        asks: "a value does not end at a carriage return alone",
        run: |origin| {
            let answer = ask_with(origin, format!("X-Half: a\r{NOT_MODIFIED}"));
            assert!(matches!(answer.status, 200 | 400), "{answer:?}");
        },
    },
    Case {
        id: "9110-5.5-cr-behind",
        asks: "a carriage return alone is not space around a value",
        run: |origin| {
            let answer = ask_with(origin, format!("{NOT_MODIFIED}\r "));
            assert!(matches!(answer.status, 304 | 400), "{answer:?}");
            let answer = ask_with(origin, format!("{NOT_MODIFIED}\rx"));
            assert!(matches!(answer.status, 200 | 400), "{answer:?}");
        },
    },
];
