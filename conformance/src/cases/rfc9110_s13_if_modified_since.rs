//! RFC 9110 §13.1.3: If-Modified-Since spares the client what has not changed.

use crate::case::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.1.3-same-or-later",
        asks: "the date of the last modification is answered 304, and so is any later one",
        run: |origin| {
            origin.assert_letters(&["If-Modified-Since: {modified}"], 304);
            origin.assert_letters(&["If-Modified-Since: {later}"], 304);
            origin.assert_letters(&["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"], 304);
        },
    },
    Case {
        id: "9110-13.1.3-earlier",
        asks: "a date one second before is answered with the file",
        run: |origin| origin.assert_letters(&["If-Modified-Since: {earlier}"], 200),
    },
    Case {
        id: "9110-13.1.3-rfc850",
        asks: "the format of RFC 850 is read",
        run: |origin| {
            origin.assert_letters(&["If-Modified-Since: Wednesday, 01-Jan-20 12:34:56 GMT"], 304);
            origin.assert_letters(&["If-Modified-Since: Wednesday, 01-Jan-20 12:34:55 GMT"], 200);
        },
    },
    Case {
        id: "9110-13.1.3-asctime",
        asks: "the format of asctime is read",
        run: |origin| {
            origin.assert_letters(&["If-Modified-Since: Wed Jan  1 12:34:56 2020"], 304);
            origin.assert_letters(&["If-Modified-Since: Wed Jan  1 12:34:55 2020"], 200);
        },
    },
    Case {
        id: "9110-13.1.3-no-date",
        asks: "what is no date is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&["If-Modified-Since: tomorrow"]);
            origin.assert_letters_or_refusal(&["If-Modified-Since:"]);
            origin.assert_letters_or_refusal(&["If-Modified-Since: 4102444800"]);
        },
    },
    Case {
        id: "9110-13.1.3-other-format",
        asks: "a date in a format or zone that HTTP does not have is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&["If-Modified-Since: 2100-01-01T00:00:00Z"]);
            origin
                .assert_letters_or_refusal(&["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 +0000"]);
            origin.assert_letters_or_refusal(&["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 EST"]);
        },
    },
    Case {
        id: "9110-13.1.3-garbled",
        asks: "a date that does not exist, or with something behind it, is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&["If-Modified-Since: Fri, 32 Jan 2100 00:00:00 GMT"]);
            origin.assert_letters_or_refusal(&["If-Modified-Since: Fri, 01 Jan 2100 25:00:00 GMT"]);
            origin.assert_letters_or_refusal(&["If-Modified-Since: {later}; length=26"]);
        },
    },
    Case {
        id: "9110-13.1.3-two-members",
        asks: "more than one date is ignored",
        run: |origin| {
            origin.assert_letters_or_refusal(&[
                "If-Modified-Since: {later}",
                "If-Modified-Since: {later}",
            ]);
            origin.assert_letters_or_refusal(&["If-Modified-Since: {later}, {later}"]);
        },
    },
    Case {
        id: "9110-13.1.3-head",
        asks: "HEAD with the date is answered 304",
        run: |origin| {
            let answer = origin.ask_if("HEAD", "/letters.txt", &["If-Modified-Since: {modified}"]);
            assert_eq!(answer.status, 304, "{answer:?}");
        },
    },
    Case {
        id: "9110-13.1.3-with-if-none-match",
        asks: "with If-None-Match the date is ignored",
        run: |origin| {
            origin
                .assert_letters(&["If-Modified-Since: {later}", r#"If-None-Match: "other""#], 200);
            origin.assert_letters(&["If-Modified-Since: {earlier}", "If-None-Match: {tag}"], 304);
        },
    },
];
