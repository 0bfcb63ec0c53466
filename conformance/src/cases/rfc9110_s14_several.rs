//! RFC 9110 §14.2, §14.6 and §17.15: several ranges at once.
//!
//! How they are sent is asked in the cases of §15.3.7.2.

use crate::case::Case;
use crate::multipart::{self, Part};
use crate::origin::Origin;
use crate::site::{self, LETTERS};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-14.2-two",
        asks: "two ranges are sent, both",
        run: |origin| assert_parts(origin, "bytes=0-2,20-22", &[(0, 2), (20, 22)]),
    },
    Case {
        id: "9110-14.2-three-kinds",
        asks: "ranges of all three kinds may be mixed",
        run: |origin| assert_parts(origin, "bytes=0-1,10-11,-2", &[(0, 1), (10, 11), (24, 25)]),
    },
    Case {
        id: "9110-14.2-first-and-last",
        asks: "the first and the last byte",
        run: |origin| assert_parts(origin, "bytes=0-0,-1", &[(0, 0), (25, 25)]),
    },
    Case {
        id: "9110-14.2-spaces-between",
        asks: "spaces and tabs between the ranges are allowed",
        run: |origin| {
            assert_parts(origin, "bytes=0-1 ,\t10-11 , 20-21", &[(0, 1), (10, 11), (20, 21)]);
        },
    },
    Case {
        id: "9110-14.1.1-empty-members",
        asks: "empty members of the set are passed over",
        run: |origin| {
            assert_parts(origin, "bytes=,0-1,,20-21,", &[(0, 1), (20, 21)]);
            assert_parts(origin, "bytes=, ,3-7", &[(3, 7)]);
        },
    },
    Case {
        id: "9110-14.2-some-unsatisfiable",
        asks: "what can be satisfied of a set is sent",
        run: |origin| {
            assert_parts(origin, "bytes=0-1,100-200", &[(0, 1)]);
            assert_parts(origin, "bytes=-0,26-,0-1,20-21", &[(0, 1), (20, 21)]);
        },
    },
    Case {
        id: "9110-14.6-binary",
        asks: "parts of bytes that are no text arrive whole",
        run: |origin| {
            let answer = origin.get("/big.bin", &["Range: bytes=0-299,70000-70299"]);
            for part in Part::any_of(&answer) {
                let expected: Vec<u8> = (part.first..=part.last).map(site::big_byte).collect();
                assert_eq!(part.content, expected, "from {}", part.first);
            }
        },
    },
    Case {
        id: "9110-14.6-keeps-the-connection",
        asks: "after several parts the next request is answered",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("GET", "/big.bin", &["Range: bytes=0-9999,500000-509999"]);
            let parts = Part::any_of(&answer);
            assert_eq!(parts.iter().map(|part| part.content.len()).sum::<usize>(), 20_000);
            wire.assert_open();
        },
    },
    Case {
        id: "9110-14.2-head-of-several",
        asks: "several ranges of HEAD are ignored, too",
        run: |origin| {
            let answer = origin.ask("HEAD", "/letters.txt", &["Range: bytes=0-2,20-22"]);
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(!multipart::is_multipart(&answer), "{answer:?}");
        },
    },
    Case {
        id: "9110-14.2-several-if-range",
        asks: "If-Range decides on several ranges as on one",
        run: |origin| {
            let lines = ["Range: bytes=0-2,20-22", "If-Range: {tag}"];
            let answer = origin.ask_if("GET", "/letters.txt", &lines);
            let parts = Part::any_of(&answer);
            assert!(parts.iter().any(|part| part.first == 0 && part.last >= 2), "{answer:?}");
            origin.assert_letters(&["Range: bytes=0-2,20-22", r#"If-Range: "other""#], 200);
        },
    },
    Case {
        id: "9110-17.15-overlapping",
        asks: "ranges that overlap many times are never answered with many times the file",
        run: |origin| {
            let ranges = vec!["0-"; 100].join(",");
            let answer = origin.get("/big.bin", &[&format!("Range: bytes={ranges}")]);
            assert!(answer.body.len() < 2 * 1024 * 1024, "{} bytes", answer.body.len());
        },
    },
    Case {
        id: "9110-17.15-growing",
        asks: "nor are suffixes of which each has the one before",
        run: |origin| {
            let ranges: Vec<String> = (0..60).map(|at| format!("-{}", 1_048_576 - at)).collect();
            let answer = origin.get("/big.bin", &[&format!("Range: bytes={}", ranges.join(","))]);
            assert!(answer.body.len() < 2 * 1024 * 1024, "{} bytes", answer.body.len());
        },
    },
];

/// Expects these parts of `/letters.txt`, each from its first to its last byte, in whatever order,
/// and together or apart.
#[track_caller]
fn assert_parts(origin: &Origin, range: &str, expected: &[(usize, usize)]) {
    let parts = Part::any_of(&origin.get("/letters.txt", &[&format!("Range: {range}")]));
    for part in &parts {
        assert_eq!(part.content, LETTERS.as_bytes()[part.first..=part.last], "{range}");
        assert_eq!(part.complete, LETTERS.len(), "{range}");
    }
    for &(first, last) in expected {
        let is_sent = parts.iter().any(|part| part.first <= first && last <= part.last);
        assert!(is_sent, "{first}-{last} is sent with {range}: {parts:?}");
    }
}
