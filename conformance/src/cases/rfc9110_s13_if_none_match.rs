//! RFC 9110 §13.1.2: If-None-Match spares the client what it has.

use crate::case::Case;
use crate::coding;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-13.1.2-current",
        asks: "the current tag is answered 304",
        run: |origin| origin.assert_letters(&["If-None-Match: {tag}"], 304),
    },
    Case {
        id: "9110-13.1.2-other",
        asks: "another tag is answered with the file",
        run: |origin| origin.assert_letters(&[r#"If-None-Match: "other""#], 200),
    },
    Case {
        id: "9110-13.1.2-star",
        asks: "a star is answered 304 while there is anything",
        run: |origin| origin.assert_letters(&["If-None-Match: *"], 304),
    },
    Case {
        id: "9110-13.1.2-list",
        asks: "one of the listed tags is enough, wherever it stands",
        run: |origin| {
            origin.assert_letters(&[r#"If-None-Match: "a", "b",{tag}"#], 304);
            origin.assert_letters(&[r#"If-None-Match: {tag}, "a""#], 304);
            origin.assert_letters(&[r#"If-None-Match: "a", "b""#], 200);
        },
    },
    Case {
        id: "9110-13.1.2-lines",
        asks: "several lines are one list",
        run: |origin| {
            origin.assert_letters(&[r#"If-None-Match: "a""#, "If-None-Match: {tag}"], 304);
            origin.assert_letters(&["If-None-Match: {tag}", r#"If-None-Match: "a""#], 304);
        },
    },
    Case {
        id: "9110-13.1.2-weak",
        asks: "the comparison is weak: the current tag matches if it is sent as weak",
        run: |origin| {
            origin.assert_letters(&["If-None-Match: W/{tag}"], 304);
            origin.assert_letters(&[r#"If-None-Match: "a", W/{tag}"#], 304);
        },
    },
    Case {
        id: "9110-13.1.2-comma-in-tag",
        asks: "a comma within quotes does not end a tag",
        run: |origin| {
            origin.assert_letters(&[r#"If-None-Match: "a,b", {tag}"#], 304);
            origin.assert_letters(&[r#"If-None-Match: "{opaque},b""#], 200);
        },
    },
    Case {
        id: "9110-13.1.2-backslash-in-tag",
        asks: "a backslash does not escape the quote behind it",
        run: |origin| origin.assert_letters(&[r#"If-None-Match: "a\", {tag}"#], 304),
    },
    Case {
        id: "9110-13.1.2-empty-members",
        asks: "empty members of the list are passed over",
        run: |origin| origin.assert_letters(&["If-None-Match: , ,{tag},,"], 304),
    },
    Case {
        id: "9110-13.1.2-unquoted",
        asks: "the current tag without its quotes is none",
        run: |origin| origin.assert_letters_or_refusal(&["If-None-Match: {opaque}"]),
    },
    Case {
        id: "9110-13.1.2-quoted-star",
        asks: "a star in quotes is an ordinary tag",
        run: |origin| origin.assert_letters(&[r#"If-None-Match: "*""#], 200),
    },
    Case {
        id: "9110-13.1.2-part-of-tag",
        asks: "a tag that merely begins like the current one is another",
        run: |origin| origin.assert_letters(&[r#"If-None-Match: "{opaque}x""#], 200),
    },
    Case {
        id: "9110-13.1.2-head",
        asks: "HEAD with the current tag is answered 304",
        run: |origin| {
            let answer = origin.ask_if("HEAD", "/letters.txt", &["If-None-Match: {tag}"]);
            assert_eq!(answer.status, 304, "{answer:?}");
        },
    },
    Case {
        id: "9110-13.1.2-tag-of-other-coding",
        asks: "the tag of one coding does not stand for another",
        run: |origin| {
            for coding in ["gzip", "br", "zstd"] {
                if coding::has(origin, &[coding]) {
                    let plain = origin.tag("/coded.txt", &["Accept-Encoding: identity"]);
                    let accepts = format!("Accept-Encoding: {coding}");
                    let line = format!("If-None-Match: {plain}");
                    let answer = origin.get("/coded.txt", &[&accepts, &line]);
                    assert_eq!(coding::of(&answer), coding, "{answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-13.1.2-tag-of-coding",
        asks: "the tag of a coding is answered 304 to a client that gets this coding",
        run: |origin| {
            for coding in ["gzip", "br", "zstd"] {
                if coding::has(origin, &[coding]) {
                    let accepts = format!("Accept-Encoding: {coding}");
                    let tag = origin.tag("/coded.txt", &[&accepts]);
                    let line = format!("If-None-Match: {tag}");
                    let answer = origin.get("/coded.txt", &[&accepts, &line]);
                    assert_eq!(answer.status, 304, "{answer:?}");
                }
            }
        },
    },
];
