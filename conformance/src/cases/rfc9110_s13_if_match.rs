//! RFC 9110 §13.1.1: If-Match lets a request through while the client's picture is true.

use crate::case::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.1.1-current",
        asks: "the current tag lets the request through",
        run: |origin| origin.assert_letters(&["If-Match: {tag}"], 200),
    },
    Case {
        id: "9110-13.1.1-other",
        asks: "another tag is answered 412, and not with the file",
        run: |origin| origin.assert_letters(&[r#"If-Match: "other""#], 412),
    },
    Case {
        id: "9110-13.1.1-star",
        asks: "a star is true of whatever there is",
        run: |origin| origin.assert_letters(&["If-Match: *"], 200),
    },
    Case {
        id: "9110-13.1.1-list",
        asks: "one of the listed tags is enough, wherever it stands",
        run: |origin| {
            origin.assert_letters(&[r#"If-Match: "a", "b",{tag}"#], 200);
            origin.assert_letters(&[r#"If-Match: {tag}, "a""#], 200);
            origin.assert_letters(&[r#"If-Match: "a", "b""#], 412);
        },
    },
    Case {
        id: "9110-13.1.1-lines",
        asks: "several lines are one list",
        run: |origin| {
            origin.assert_letters(&[r#"If-Match: "a""#, "If-Match: {tag}"], 200);
            origin.assert_letters(&["If-Match: {tag}", r#"If-Match: "a""#], 200);
            origin.assert_letters(&[r#"If-Match: "a""#, r#"If-Match: "b""#], 412);
        },
    },
    Case {
        id: "9110-13.1.1-weak",
        asks: "the comparison is strong: a weak tag never matches",
        run: |origin| origin.assert_letters(&["If-Match: W/{tag}"], 412),
    },
    Case {
        id: "9110-13.1.1-unquoted",
        asks: "the current tag without its quotes is none",
        run: |origin| {
            let answer = origin.ask_if("GET", "/letters.txt", &["If-Match: {opaque}"]);
            assert!(matches!(answer.status, 400 | 412), "{answer:?}");
        },
    },
    Case {
        id: "9110-13.1.1-head",
        asks: "HEAD with another tag is answered 412",
        run: |origin| {
            let answer = origin.ask_if("HEAD", "/letters.txt", &[r#"If-Match: "other""#]);
            assert_eq!(answer.status, 412, "{answer:?}");
        },
    },
];
