//! RFC 9110 §13.2: when preconditions are evaluated, and in which order.

use crate::case::Case;
use crate::multipart::Part;
use crate::origin::Origin;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.2.1-missing",
        asks: "what is missing is missing, whatever the preconditions",
        run: |origin| {
            each_alone(origin, "GET", "/missing");
        },
    },
    Case {
        id: "9110-13.2.1-redirect",
        asks: "a redirect goes before preconditions",
        run: |origin| {
            each_alone(origin, "GET", "/folder");
        },
    },
    Case {
        id: "9110-13.2.1-refused-method",
        asks: "a method that is refused is refused, whatever the preconditions",
        run: |origin| {
            for method in ["POST", "FROB", "TRACE"] {
                // Where it is carried out, its preconditions count.
                if origin.ask(method, "/letters.txt", &[]).status >= 400 {
                    each_alone(origin, method, "/letters.txt");
                }
            }
        },
    },
    Case {
        id: "9110-13.2.1-options",
        asks: "OPTIONS selects nothing: preconditions are ignored",
        run: |origin| {
            each_alone(origin, "OPTIONS", "/letters.txt");
        },
    },
    Case {
        id: "9110-13.2.2-match-before-none-match",
        asks: "If-Match goes before If-None-Match",
        run: |origin| {
            origin.assert_letters(&["If-None-Match: {tag}", r#"If-Match: "other""#], 412);
            origin.assert_letters(&["If-None-Match: {tag}", "If-Match: {tag}"], 304);
        },
    },
    Case {
        id: "9110-13.2.2-unmodified-since-before-none-match",
        asks: "If-Unmodified-Since goes before If-None-Match",
        run: |origin| {
            origin.assert_letters(&["If-None-Match: {tag}", "If-Unmodified-Since: {earlier}"], 412);
            origin
                .assert_letters(&["If-None-Match: {tag}", "If-Unmodified-Since: {modified}"], 304);
        },
    },
    Case {
        id: "9110-13.2.2-unmodified-since-before-modified-since",
        asks: "If-Unmodified-Since goes before If-Modified-Since",
        run: |origin| {
            origin.assert_letters(
                &["If-Modified-Since: {modified}", "If-Unmodified-Since: {earlier}"],
                412,
            );
            origin.assert_letters(
                &["If-Modified-Since: {modified}", "If-Unmodified-Since: {modified}"],
                304,
            );
        },
    },
    Case {
        id: "9110-13.2.2-unmodified-before-range",
        asks: "what the client has is not sent, whatever the Range",
        run: |origin| {
            origin.assert_letters(&["Range: bytes=0-4", "If-None-Match: {tag}"], 304);
            origin.assert_letters(&["Range: bytes=100-", "If-None-Match: {tag}"], 304);
            origin.assert_letters(&["Range: bytes=0-4", "If-Modified-Since: {modified}"], 304);
            origin.assert_letters(&["Range: bytes=100-", "If-Modified-Since: {modified}"], 304);
        },
    },
    Case {
        id: "9110-13.2.2-match-before-range",
        asks: "If-Match goes before Range",
        run: |origin| {
            origin.assert_letters(&["Range: bytes=0-4", r#"If-Match: "other""#], 412);
            origin.assert_letters(&["Range: bytes=100-", r#"If-Match: "other""#], 412);
        },
    },
    Case {
        id: "9110-13.2.2-none-match-before-if-range",
        asks: "If-None-Match goes before If-Range",
        run: |origin| {
            origin.assert_letters(
                &["Range: bytes=0-4", "If-Range: {tag}", "If-None-Match: {tag}"],
                304,
            );
            origin.assert_letters(
                &["Range: bytes=0-4", r#"If-Range: "other""#, r#"If-None-Match: "other""#],
                200,
            );
        },
    },
    Case {
        id: "9110-13.2.2-true-and-range",
        asks: "with all preconditions true the Range counts",
        run: |origin| {
            let lines = ["Range: bytes=0-4", "If-Match: {tag}", r#"If-None-Match: "other""#];
            let answer = origin.ask_if("GET", "/letters.txt", &lines);
            assert_eq!(Part::of_single(&answer).content, b"abcde", "{answer:?}");
        },
    },
];

/// False of `/letters.txt`, each of them.
const FALSE: [&str; 4] = [
    r#"If-Match: "other""#,
    "If-None-Match: *",
    "If-Modified-Since: {later}",
    "If-Unmodified-Since: {earlier}",
];

/// Expects each of these preconditions to make no difference.
#[track_caller]
fn each_alone(origin: &Origin, method: &str, target: &str) {
    for line in FALSE {
        origin.assert_unconditional(method, target, &[line]);
    }
}
