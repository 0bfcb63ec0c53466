//! RFC 9110 §15.3.7: what a 206 has.

use crate::case::Case;
use crate::multipart::{self, Part};
use crate::wire::Answer;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-15.3.7-fields-of-200",
        asks: "a 206 has the fields that caches need, as a 200 would have them",
        run: |origin| {
            for lines in [&["Range: bytes=0-4"][..], &["Range: bytes=0-4", "Accept-Encoding: gzip"]]
            {
                let whole = origin.get("/coded.txt", &lines[1..]);
                let part = origin.get("/coded.txt", lines);
                let is_of_whole = part.field("Content-Encoding") == whole.field("Content-Encoding");
                if part.status == 206 && is_of_whole {
                    assert_same(&whole, &part, &CACHING);
                }
                assert!(part.field("Date").is_some(), "{part:?}");
            }
        },
    },
    Case {
        id: "9110-15.3.7-vary",
        asks: "a 206 of content that was negotiated has the Vary of the whole",
        run: |origin| {
            for lines in [&["Range: bytes=0-4"][..], &["Range: bytes=0-4", "Accept-Encoding: gzip"]]
            {
                let whole = origin.get("/coded.txt", &lines[1..]);
                let part = origin.get("/coded.txt", lines);
                let varies = |answer: &Answer| answer.lists("Vary", "Accept-Encoding");
                assert!(
                    part.status == 200 || !varies(&whole) || varies(&part),
                    "{whole:?}, then {part:?}"
                );
            }
        },
    },
    Case {
        id: "9110-15.3.7-representation-of-200",
        asks: "without If-Range a part has all fields of the representation",
        run: |origin| {
            for target in ["/letters.txt", "/folder/page.html", "/big.bin"] {
                let whole = origin.get(target, &[]);
                let part = origin.get(target, &["Range: bytes=0-4"]);
                assert_eq!(part.status, 206, "{part:?}");
                let names =
                    ["Content-Type", "Content-Encoding", "Content-Language", "Last-Modified"];
                assert_same(&whole, &part, &names);
            }
        },
    },
    Case {
        id: "9110-15.3.7-if-range-lean",
        asks: "with If-Range a part repeats nothing that the client has",
        run: |origin| {
            let lines = ["Range: bytes=0-4", "If-Range: {tag}"];
            let part = origin.ask_if("GET", "/letters.txt", &lines);
            assert_eq!(part.status, 206, "{part:?}");
            for name in ["Content-Type", "Content-Encoding", "Content-Language", "Last-Modified"] {
                assert_eq!(part.field(name), None, "{part:?}");
            }
        },
    },
    Case {
        id: "9110-15.3.7-if-range-required",
        asks: "with If-Range a part still has the fields that caches need",
        run: |origin| {
            let whole = origin.get("/letters.txt", &[]);
            let lines = ["Range: bytes=0-4", "If-Range: {tag}"];
            let part = origin.ask_if("GET", "/letters.txt", &lines);
            assert_eq!(part.status, 206, "{part:?}");
            assert_same(&whole, &part, &CACHING);
            assert!(part.field("Date").is_some() && part.field("ETag").is_some(), "{part:?}");
        },
    },
    Case {
        id: "9110-15.3.7-length",
        asks: "Content-Length is that of the part",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=1000-70999"]);
            assert_eq!(answer.field("Content-Length"), Some("70000"), "{}", answer.status);
        },
    },
    Case {
        id: "9110-15.3.7.1-content-range",
        asks: "a single part says which bytes it has, and of how many",
        run: |origin| {
            let answer = origin.get("/letters.txt", &["Range: bytes=3-7"]);
            assert_eq!(answer.status, 206, "{answer:?}");
            assert_eq!(answer.field("Content-Range"), Some("bytes 3-7/26"), "{answer:?}");
        },
    },
    Case {
        id: "9110-15.3.7.2-single-is-no-multipart",
        asks: "one range is not answered with a multipart",
        run: |origin| {
            for range in ["bytes=3-7", "bytes=20-", "bytes=-1"] {
                let answer = origin.get("/letters.txt", &[&format!("Range: {range}")]);
                assert_eq!(answer.status, 206, "{range}: {answer:?}");
                assert!(!multipart::is_multipart(&answer), "{range}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.3.7.2-multipart",
        asks: "several ranges far apart are a multipart with its boundary",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=0-9,900000-900009"]);
            assert_eq!(Part::all_of(&answer).len(), 2, "{answer:?}");
        },
    },
    Case {
        id: "9110-15.3.7.2-no-range-at-the-top",
        asks: "a multipart has no Content-Range of its own",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=0-9,900000-900009"]);
            assert!(multipart::is_multipart(&answer), "{answer:?}");
            assert_eq!(answer.field("Content-Range"), None, "{answer:?}");
        },
    },
    Case {
        id: "9110-15.3.7.2-range-in-each-part",
        asks: "each part says which bytes it has, and of how many",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=5-9,900000-900009,-3"]);
            let parts = Part::all_of(&answer);
            let found: Vec<_> = parts.iter().map(|part| (part.first, part.last)).collect();
            assert_eq!(found, [(5, 9), (900_000, 900_009), (1_048_573, 1_048_575)]);
            assert!(parts.iter().all(|part| part.complete == 1024 * 1024), "{answer:?}");
        },
    },
    Case {
        id: "9110-15.3.7.2-type-in-each-part",
        asks: "each part has the Content-Type of the whole",
        run: |origin| {
            let whole = origin.get("/big.bin", &[]);
            let answer = origin.get("/big.bin", &["Range: bytes=0-9,900000-900009"]);
            for part in Part::all_of(&answer) {
                let expected = whole.field("Content-Type");
                assert!(expected.is_none() || part.media_type.as_deref() == expected, "{part:?}");
            }
        },
    },
    Case {
        id: "9110-15.3.7.2-order",
        asks: "parts come in the order in which they were asked for",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=900000-900009,400000-400009,0-9"]);
            let parts = Part::all_of(&answer);
            let found: Vec<_> = parts.iter().map(|part| part.first).collect();
            assert_eq!(found, [900_000, 400_000, 0]);
        },
    },
    Case {
        id: "9110-15.3.7.2-fields-of-200",
        asks: "a multipart has the fields that caches need, as a 200 would have them",
        run: |origin| {
            let whole = origin.get("/big.bin", &[]);
            let answer = origin.get("/big.bin", &["Range: bytes=0-9,900000-900009"]);
            assert!(multipart::is_multipart(&answer), "{answer:?}");
            assert_same(&whole, &answer, &CACHING);
            assert!(answer.field("Date").is_some(), "{answer:?}");
        },
    },
];

/// What a 206 repeats of a 200.
const CACHING: [&str; 5] = ["ETag", "Vary", "Cache-Control", "Expires", "Content-Location"];

#[track_caller]
fn assert_same(whole: &Answer, part: &Answer, names: &[&str]) {
    for name in names {
        assert_eq!(part.field(name), whole.field(name), "{name} of {part:?}");
    }
}
