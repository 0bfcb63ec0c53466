//! RFC 9110 §13.1.5: If-Range asks for the whole if the part would no longer fit.

use crate::case::Case;
use crate::multipart::Part;
use crate::origin::Origin;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.1.5-tag",
        asks: "the current tag gets the part",
        run: |origin| assert_part(origin, "If-Range: {tag}"),
    },
    Case {
        id: "9110-13.1.5-other-tag",
        asks: "another tag gets the whole",
        run: |origin| origin.assert_letters(&["Range: bytes=0-4", r#"If-Range: "other""#], 200),
    },
    Case {
        id: "9110-13.1.5-weak-tag",
        asks: "a weak tag gets the whole: the comparison is strong",
        run: |origin| origin.assert_letters(&["Range: bytes=0-4", "If-Range: W/{tag}"], 200),
    },
    Case {
        id: "9110-13.1.5-date",
        asks: "the date of the last modification gets the part",
        run: |origin| assert_part(origin, "If-Range: {modified}"),
    },
    Case {
        id: "9110-13.1.5-other-date",
        asks: "an earlier date gets the whole, and so does a later one: it must match exactly",
        run: |origin| {
            origin.assert_letters(&["Range: bytes=0-4", "If-Range: {earlier}"], 200);
            origin.assert_letters(&["Range: bytes=0-4", "If-Range: {later}"], 200);
        },
    },
    Case {
        id: "9110-13.1.5-neither",
        asks: "what is neither tag nor date gets the whole, or is refused",
        run: |origin| {
            origin.assert_letters_or_refusal(&["Range: bytes=0-4", "If-Range: *"]);
            origin.assert_letters_or_refusal(&["Range: bytes=0-4", "If-Range: tomorrow"]);
            origin.assert_letters_or_refusal(&["Range: bytes=0-4", "If-Range: {opaque}"]);
        },
    },
    Case {
        id: "9110-13.1.5-without-range",
        asks: "without Range the field is ignored",
        run: |origin| {
            origin.assert_letters(&[r#"If-Range: "other""#], 200);
            origin.assert_letters(&["If-Range: {earlier}"], 200);
        },
    },
    Case {
        id: "9110-13.1.5-unsatisfiable",
        asks: "with another tag the Range is ignored, be it one that cannot be satisfied",
        run: |origin| origin.assert_letters(&["Range: bytes=100-", r#"If-Range: "other""#], 200),
    },
];

/// Expects the part that Range asks for, given that line of If-Range.
#[track_caller]
fn assert_part(origin: &Origin, line: &str) {
    let answer = origin.ask_if("GET", "/letters.txt", &["Range: bytes=0-4", line]);
    assert_eq!(Part::of_single(&answer).content, b"abcde", "{answer:?}");
}
