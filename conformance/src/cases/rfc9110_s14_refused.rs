//! RFC 9110 §14.1.1 and §14.2: ranges that are malformed or that no byte satisfies.
//!
//! A malformed Range may be ignored or refused. What may not be is a part made of a guess.

use crate::case::Case;
use crate::origin::Origin;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-14.1.1-inverted",
        asks: "a last offset before the first is invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=7-3");
            assert_no_part(origin, "bytes=1-0");
        },
    },
    Case {
        id: "9110-14.1.1-empty-set",
        asks: "a unit without ranges is invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=");
            assert_no_part(origin, "bytes");
            assert_no_part(origin, "bytes=,");
        },
    },
    Case {
        id: "9110-14.1.1-dash-alone",
        asks: "a dash alone is invalid",
        run: |origin| assert_no_part(origin, "bytes=-"),
    },
    Case {
        id: "9110-14.1.1-no-dash",
        asks: "an offset alone is invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=3");
            assert_no_part(origin, "bytes=3,7");
        },
    },
    Case {
        id: "9110-14.1.1-no-digits",
        asks: "what is not made of digits is invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=a-b");
            assert_no_part(origin, "bytes=0x3-0x7");
            assert_no_part(origin, "bytes=3.0-7");
        },
    },
    Case {
        id: "9110-14.1.1-signs",
        asks: "signs are invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=+3-+7");
            assert_no_part(origin, "bytes=3--7");
            assert_no_part(origin, "bytes=--5");
        },
    },
    Case {
        id: "9110-14.1.1-three-offsets",
        asks: "a third offset is invalid",
        run: |origin| assert_no_part(origin, "bytes=3-7-9"),
    },
    Case {
        id: "9110-14.1.1-spaces-within",
        asks: "spaces within a range are invalid",
        run: |origin| {
            assert_no_part(origin, "bytes=3 - 7");
            assert_no_part(origin, "bytes=3- 7");
            assert_no_part(origin, "bytes=1 3-17");
        },
    },
    Case {
        id: "9110-14.1.1-no-equals",
        asks: "without an equals sign it is no ranges-specifier",
        run: |origin| {
            assert_no_part(origin, "bytes 3-7");
            assert_no_part(origin, "bytes:3-7");
            assert_no_part(origin, "3-7");
        },
    },
    Case {
        id: "9110-14.1.1-one-bad-among-good",
        asks: "one invalid range spoils the set",
        run: |origin| {
            assert_no_part(origin, "bytes=0-4,7-3");
            assert_no_part(origin, "bytes=x,0-4");
            assert_no_part(origin, "bytes=0-4,-");
        },
    },
    Case {
        id: "9110-14.1.1-two-lines",
        asks: "two lines of Range are no set",
        run: |origin| {
            let answer = origin.get("/letters.txt", &["Range: bytes=0-4", "Range: bytes=7-9"]);
            assert_ne!(answer.status, 206, "{answer:?}");
        },
    },
    Case {
        id: "9110-14.2-unsatisfiable",
        asks: "a first offset at the end or past it is answered 416",
        run: |origin| {
            assert_unsatisfied(origin, "bytes=26-");
            assert_unsatisfied(origin, "bytes=26-26");
            assert_unsatisfied(origin, "bytes=100-200");
        },
    },
    Case {
        id: "9110-14.2-all-unsatisfiable",
        asks: "a set of which no range has a byte is answered 416",
        run: |origin| assert_unsatisfied(origin, "bytes=26-30,100-,-0"),
    },
    Case {
        id: "9110-14.1.2-suffix-zero",
        asks: "the last no bytes cannot be satisfied",
        run: |origin| assert_unsatisfied(origin, "bytes=-0"),
    },
    Case {
        id: "9110-14.1.2-empty-file",
        asks: "a file without bytes has no part, and a 416 or 200 of it has no content of it",
        run: |origin| {
            for range in ["Range: bytes=0-", "Range: bytes=0-0", "Range: bytes=-1"] {
                let answer = origin.get("/empty.txt", &[range]);
                assert!(matches!(answer.status, 200 | 416), "{range}: {answer:?}");
                assert!(answer.status == 416 || answer.body.is_empty(), "{range}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-14.4-unsatisfied-range",
        asks: "a 416 says how long the file is",
        run: |origin| {
            for (target, len) in [("/letters.txt", "26"), ("/big.bin", "1048576")] {
                let answer = origin.get(target, &["Range: bytes=1048576-"]);
                assert_eq!(answer.status, 416, "{answer:?}");
                let expected = format!("bytes */{len}");
                assert_eq!(answer.field("Content-Range"), Some(expected.as_str()), "{answer:?}");
            }
        },
    },
];

/// Expects `/letters.txt` whole, or a refusal; not a part.
#[track_caller]
fn assert_no_part(origin: &Origin, range: &str) {
    let answer = origin.get("/letters.txt", &[&format!("Range: {range}")]);
    assert!(matches!(answer.status, 200 | 400 | 416), "{range}: {answer:?}");
    if answer.status == 200 {
        assert_eq!(answer.text(), crate::site::LETTERS, "{range}");
    }
}

/// Expects that `/letters.txt` has none of the range.
#[track_caller]
fn assert_unsatisfied(origin: &Origin, range: &str) {
    let answer = origin.get("/letters.txt", &[&format!("Range: {range}")]);
    assert_eq!(answer.status, 416, "{range}: {answer:?}");
}
