//! RFC 9110 §15.4.5: what a 304 has.

use crate::case::Case;
use crate::wire::Answer;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-15.4.5-fields-of-200",
        asks: "a 304 has the fields that caches need, as a 200 would have them",
        run: |origin| {
            for line in ["If-None-Match: {tag}", "If-Modified-Since: {modified}"] {
                let whole = origin.get("/letters.txt", &[]);
                let answer = origin.ask_if("GET", "/letters.txt", &[line]);
                assert_eq!(answer.status, 304, "{answer:?}");
                for name in ["ETag", "Vary", "Cache-Control", "Expires", "Content-Location"] {
                    assert_eq!(answer.field(name), whole.field(name), "{name} of {answer:?}");
                }
                assert!(answer.field("Date").is_some(), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.4.5-vary",
        asks: "a 304 about content that was negotiated has its Vary",
        run: |origin| {
            for coding in ["gzip", "br", "identity"] {
                let accepts = format!("Accept-Encoding: {coding}");
                let whole = origin.get("/coded.txt", &[&accepts]);
                let tag = whole.field("ETag").expect("a file has an entity tag");
                let line = format!("If-None-Match: {tag}");
                let answer = origin.get("/coded.txt", &[&accepts, &line]);
                assert_eq!(answer.status, 304, "{answer:?}");
                let varies = |answer: &Answer| answer.lists("Vary", "Accept-Encoding");
                assert_eq!(varies(&answer), varies(&whole), "{whole:?}, then {answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.4.5-tag-of-coding",
        asks: "a 304 has the tag of the coding that was selected",
        run: |origin| {
            for coding in ["gzip", "br", "identity"] {
                let accepts = format!("Accept-Encoding: {coding}");
                let tag = origin.tag("/coded.txt", &[&accepts]);
                let line = format!("If-None-Match: {tag}");
                let answer = origin.get("/coded.txt", &[&accepts, &line]);
                assert_eq!(answer.status, 304, "{answer:?}");
                assert_eq!(answer.field("ETag"), Some(tag.as_str()), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.4.5-lean",
        asks: "a 304 tells nothing of the representation that the client has",
        run: |origin| {
            for target in ["/letters.txt", "/coded.txt", "/folder/page.html"] {
                let answer = origin.ask_if("GET", target, &["If-None-Match: {tag}"]);
                assert_eq!(answer.status, 304, "{answer:?}");
                for name in ["Content-Type", "Content-Encoding", "Content-Language"] {
                    assert_eq!(answer.field(name), None, "{answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-15.4.5-no-content",
        asks: "a 304 ends with its head: the next answer follows at once",
        run: |origin| {
            let mut wire = origin.connect();
            let line = format!("If-None-Match: {}", origin.tag("/letters.txt", &[]));
            let answer = wire.ask("GET", "/letters.txt", &[&line]);
            assert_eq!(answer.status, 304, "{answer:?}");
            assert_eq!(answer.field("Transfer-Encoding"), None, "{answer:?}");
            wire.assert_open();
        },
    },
];
