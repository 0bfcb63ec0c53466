//! RFC 9110 §14.1 and §14.2: a range that is asked for, to the byte.

use crate::case::Case;
use crate::multipart::Part;
use crate::origin::Origin;
use crate::site::{self, CODED, LETTERS};
use crate::wire::request;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-14.1.2-from-to",
        asks: "both offsets are included",
        run: |origin| {
            assert_part(origin, "bytes=3-7", 3, 7);
            assert_part(origin, "bytes=0-25", 0, 25);
        },
    },
    Case {
        id: "9110-14.1.2-one-byte",
        asks: "one byte is a range",
        run: |origin| {
            assert_part(origin, "bytes=0-0", 0, 0);
            assert_part(origin, "bytes=25-25", 25, 25);
        },
    },
    Case {
        id: "9110-14.1.2-open",
        asks: "without a last offset it is the rest",
        run: |origin| {
            assert_part(origin, "bytes=20-", 20, 25);
            assert_part(origin, "bytes=0-", 0, 25);
        },
    },
    Case {
        id: "9110-14.1.2-suffix",
        asks: "without a first offset it is the last bytes",
        run: |origin| {
            assert_part(origin, "bytes=-5", 21, 25);
            assert_part(origin, "bytes=-1", 25, 25);
        },
    },
    Case {
        id: "9110-14.1.2-past-the-end",
        asks: "a last offset past the end is the end",
        run: |origin| {
            assert_part(origin, "bytes=20-26", 20, 25);
            assert_part(origin, "bytes=20-1000", 20, 25);
        },
    },
    Case {
        id: "9110-14.1.2-suffix-too-long",
        asks: "a suffix longer than the file is the file",
        run: |origin| assert_part(origin, "bytes=-27", 0, 25),
    },
    Case {
        id: "9110-14.1.2-leading-zeros",
        asks: "offsets may begin with zeros",
        run: |origin| assert_part(origin, "bytes=0003-000000000000000000000000007", 3, 7),
    },
    Case {
        id: "9110-14.1.2-huge-last",
        asks: "a last offset that fits no integer is past the end, not a small number",
        run: |origin| {
            assert_part_or_whole(origin, "bytes=20-18446744073709551616", 20, 25);
            assert_part_or_whole(
                origin,
                "bytes=20-99999999999999999999999999999999999999999999",
                20,
                25,
            );
            assert_part_or_whole(origin, "bytes=20-4294967318", 20, 25);
        },
    },
    Case {
        id: "9110-14.1.2-huge-suffix",
        asks: "a suffix that fits no integer is the file",
        run: |origin| {
            assert_part_or_whole(origin, "bytes=-18446744073709551621", 0, 25);
            assert_part_or_whole(origin, "bytes=-9223372036854775809", 0, 25);
        },
    },
    Case {
        id: "9110-14.1.2-huge-first",
        asks: "a first offset that fits no integer is past the end, not a small number",
        run: |origin| {
            assert_no_part(origin, "bytes=18446744073709551616-");
            assert_no_part(origin, "bytes=18446744073709551617-18446744073709551620");
            assert_no_part(origin, "bytes=4294967296-4294967300");
        },
    },
    Case {
        id: "9110-14.1.2-middle-of-large",
        asks: "a range in the middle of a large file is of the right bytes",
        run: |origin| {
            for (first, last) in [(65_530, 65_545), (524_287, 524_288), (1_048_570, 1_048_575)] {
                let line = format!("Range: bytes={first}-{last}");
                let part = Part::of_single(&origin.get("/big.bin", &[&line]));
                let expected: Vec<u8> = (first..=last).map(site::big_byte).collect();
                assert_eq!((part.first, part.last, part.complete), (first, last, 1024 * 1024));
                assert_eq!(part.content, expected, "{line}");
            }
        },
    },
    Case {
        id: "9110-14.1.2-coded",
        asks: "a range is of the coded bytes if the answer is coded",
        run: |origin| {
            let accepts = "Accept-Encoding: gzip";
            let whole = origin.get("/coded.txt", &[accepts]);
            let answer = origin.get("/coded.txt", &[accepts, "Range: bytes=0-3"]);
            if answer.status == 206 {
                let is_coded = answer.field("Content-Encoding").is_some();
                let content = if is_coded { whole.body } else { CODED.as_bytes().to_vec() };
                let part = Part::of_single(&answer);
                assert_eq!(
                    (part.complete, part.content.as_slice()),
                    (content.len(), &content[..4])
                );
            }
        },
    },
    Case {
        id: "9110-14.1-unit-case",
        asks: "the unit has no case",
        run: |origin| {
            assert_part(origin, "Bytes=3-7", 3, 7);
            assert_part(origin, "BYTES=-5", 21, 25);
        },
    },
    Case {
        id: "9110-14.2-unknown-unit",
        asks: "an unknown unit is ignored",
        run: |origin| {
            origin.assert_letters(&["Range: letters=0-4"], 200);
            origin.assert_letters(&["Range: bytesx=0-4"], 200);
            origin.assert_letters(&["Range: byte=0-4"], 200);
            origin.assert_letters(&["Range: none=0-4"], 200);
        },
    },
    Case {
        id: "9110-14.2-head",
        asks: "HEAD has no ranges",
        run: |origin| {
            for range in ["bytes=0-4", "bytes=100-", "bytes=0-1,3-4"] {
                let answer = origin.ask("HEAD", "/letters.txt", &[&format!("Range: {range}")]);
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.field("Content-Range"), None, "{answer:?}");
                assert!(matches!(answer.field("Content-Length"), None | Some("26")), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-14.2-other-methods",
        asks: "no other method has ranges",
        run: |origin| {
            for method in ["POST", "OPTIONS", "FROB"] {
                for range in ["Range: bytes=0-4", "Range: bytes=100-"] {
                    origin.assert_unconditional(method, "/letters.txt", &[range]);
                }
            }
        },
    },
    Case {
        id: "9110-14.2-not-200",
        asks: "an answer that is no 200 has no parts",
        run: |origin| {
            for target in ["/missing", "/folder"] {
                origin.assert_unconditional("GET", target, &["Range: bytes=0-4"]);
                origin.assert_unconditional("GET", target, &["Range: bytes=100000-"]);
            }
        },
    },
    Case {
        id: "9110-14.2-keeps-the-connection",
        asks: "after a part the next request is answered",
        run: |origin| {
            let mut wire = origin.connect();
            let part = wire.ask("GET", "/letters.txt", &["Range: bytes=3-7"]);
            assert_eq!(Part::of_single(&part).content, b"defgh");
            wire.assert_open();
        },
    },
    Case {
        id: "9110-14.3-says-what-is-done",
        asks: "who says that it takes ranges sends parts, who says that it does not sends none",
        run: |origin| {
            let answer = origin.get("/letters.txt", &[]);
            let part = origin.get("/letters.txt", &["Range: bytes=0-4"]);
            if answer.values("Accept-Ranges").next().is_some() {
                assert!(
                    answer.lists("Accept-Ranges", "bytes") == (part.status == 206),
                    "{answer:?}"
                );
                assert!(
                    answer.lists("Accept-Ranges", "none") == (part.status != 206),
                    "{answer:?}"
                );
            }
        },
    },
    Case {
        id: "9110-14.4-in-a-request",
        asks: "Content-Range in a request that takes none is ignored",
        run: |origin| {
            for line in ["Content-Range: bytes 0-4/26", "Content-Range: bytes */26"] {
                origin.assert_letters(&[line], 200);
                origin.assert_unconditional("HEAD", "/letters.txt", &[line]);
            }
        },
    },
    Case {
        id: "9110-14.4-not-with-200",
        asks: "an answer with the whole has no Content-Range",
        run: |origin| {
            for lines in
                [&[][..], &["Range: letters=0-4"], &["Range: bytes=0-4", "If-Range: \"x\""]]
            {
                let answer = origin.get("/letters.txt", lines);
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.field("Content-Range"), None, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-14.5-partial-put",
        asks: "a PUT of a part, where there is none, is refused and changes nothing",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request(
                "PUT",
                "/letters.txt",
                &["Content-Range: bytes 0-1/26", "Content-Length: 2"],
            ));
            wire.send("XX");
            let answer = wire.answer();
            assert!(matches!(answer.status, 400 | 403 | 405 | 501), "{answer:?}");
            origin.assert_letters(&[], 200);
        },
    },
];

/// Expects `/letters.txt` from `first` to `last`.
#[track_caller]
fn assert_part(origin: &Origin, range: &str, first: usize, last: usize) {
    let part = Part::of_single(&origin.get("/letters.txt", &[&format!("Range: {range}")]));
    assert_eq!((part.first, part.last, part.complete), (first, last, LETTERS.len()), "{range}");
    assert_eq!(part.content, LETTERS.as_bytes()[first..=last], "{range}");
}

/// Expects that part, or the whole, since a server may pass over any Range.
#[track_caller]
fn assert_part_or_whole(origin: &Origin, range: &str, first: usize, last: usize) {
    let answer = origin.get("/letters.txt", &[&format!("Range: {range}")]);
    if answer.status != 200 {
        let part = Part::of_single(&answer);
        assert_eq!((part.first, part.last), (first, last), "{range}");
        assert_eq!(part.content, LETTERS.as_bytes()[first..=last], "{range}");
    }
}

/// Expects the whole, or 416.
#[track_caller]
fn assert_no_part(origin: &Origin, range: &str) {
    let answer = origin.get("/letters.txt", &[&format!("Range: {range}")]);
    assert!(matches!(answer.status, 200 | 416), "{range}: {answer:?}");
}
