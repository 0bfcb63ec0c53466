//! RFC 9110 §13.1.4: If-Unmodified-Since lets a request through while nothing changed.

use crate::case::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.1.4-same",
        asks: "the date of the last modification lets the request through, and so does a later one",
        run: |origin| {
            origin.assert_letters(&["If-Unmodified-Since: {modified}"], 200);
            origin.assert_letters(&["If-Unmodified-Since: {later}"], 200);
        },
    },
    Case {
        id: "9110-13.1.4-earlier",
        asks: "a date one second before is answered 412, and not with the file",
        run: |origin| origin.assert_letters(&["If-Unmodified-Since: {earlier}"], 412),
    },
    Case {
        id: "9110-13.1.4-other-formats",
        asks: "the formats of RFC 850 and asctime are read",
        run: |origin| {
            origin.assert_letters(&["If-Unmodified-Since: Wednesday, 01-Jan-20 12:34:55 GMT"], 412);
            origin.assert_letters(&["If-Unmodified-Since: Wed Jan  1 12:34:55 2020"], 412);
        },
    },
    Case {
        id: "9110-13.1.4-no-date",
        asks: "what is no date is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&["If-Unmodified-Since: yesterday"]);
            origin.assert_letters_or_refusal(&["If-Unmodified-Since: 1999-01-01T00:00:00Z"]);
            origin.assert_letters_or_refusal(&["If-Unmodified-Since: 0"]);
        },
    },
    Case {
        id: "9110-13.1.4-two-members",
        asks: "more than one date is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&["If-Unmodified-Since: {earlier}, {earlier}"]);
        },
    },
    Case {
        id: "9110-13.1.4-with-if-match",
        asks: "with If-Match the date is ignored",
        run: |origin| {
            origin.assert_letters(&["If-Unmodified-Since: {earlier}", "If-Match: {tag}"], 200);
            origin.assert_letters(&["If-Unmodified-Since: {later}", r#"If-Match: "other""#], 412);
        },
    },
];
