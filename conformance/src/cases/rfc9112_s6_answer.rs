//! RFC 9112 §6.1 to §6.3: how an answer says where it ends.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::MODIFIED;
use crate::wire::Answer;

/// The answer to this request of HTTP/1.0, whose body its length or the end of the connection ends.
#[track_caller]
fn answer_to_10(origin: &Origin, target: &str, line: &str) -> Answer {
    let mut wire = origin.connect();
    wire.send(format!("GET {target} HTTP/1.0\r\nHost: localhost\r\n{line}\r\n\r\n"));
    wire.answer()
}

/// An answer of this status says its length in one way.
#[track_caller]
fn assert_delimited(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    let lengths = answer.values("Content-Length").count();
    let codings = answer.values("Transfer-Encoding").count();
    assert_eq!(lengths + codings, 1, "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-6.1-no-coding-to-http10",
        asks: "no answer to 1.0 has a Transfer-Encoding",
        run: |origin| {
            for target in ["/", "/big.bin", "/missing", "/folder", "/bare/"] {
                let answer = answer_to_10(origin, target, "X: y");
                assert_eq!(answer.field("Transfer-Encoding"), None, "{target}: {answer:?}");
            }
        },
    },
    Case {
        id: "9112-6.1-no-coding-to-http10-that-takes-any",
        asks: "no answer to 1.0 has a Transfer-Encoding, though TE and Accept-Encoding name some",
        run: |origin| {
            let line = "TE: trailers, chunked\r\nAccept-Encoding: gzip, br, zstd";
            for target in ["/", "/big.bin", "/coded.txt", "/missing"] {
                let answer = answer_to_10(origin, target, line);
                assert_eq!(answer.field("Transfer-Encoding"), None, "{target}: {answer:?}");
            }
        },
    },
    Case {
        id: "9112-6.1-no-coding-in-204-and-1xx",
        asks: "no answer of 1xx or 204 has a Transfer-Encoding",
        run: |origin| {
            let mut wire = origin.connect();
            let expects = ["Expect: 100-continue", "Content-Length: 3"];
            wire.send(crate::wire::request("OPTIONS", "/", &expects));
            wire.send("abc");
            loop {
                let answer = wire.next_answer();
                if matches!(answer.status, 100..=199 | 204) {
                    assert_eq!(answer.field("Transfer-Encoding"), None, "{answer:?}");
                }
                if !matches!(answer.status, 100..=199) {
                    break;
                }
            }
        },
    },
    Case {
        id: "9112-6.2-one-framing-of-head",
        asks: "the answer to HEAD has Content-Length or Transfer-Encoding, not both",
        run: |origin| {
            for target in ["/", "/coded.txt", "/missing"] {
                let answer = origin.ask("HEAD", target, &["Accept-Encoding: gzip"]);
                let lengths = answer.values("Content-Length").count();
                let codings = answer.values("Transfer-Encoding").count();
                assert!(lengths + codings <= 1, "{target}: {answer:?}");
            }
        },
    },
    Case {
        id: "9112-6.3-delimited-file",
        asks: "a file is sent with its length, or in chunks",
        run: |origin| assert_delimited(&origin.get("/big.bin", &[]), 200),
    },
    Case {
        id: "9112-6.3-delimited-missing",
        asks: "that nothing is there is said with a length, or in chunks",
        run: |origin| assert_delimited(&origin.get("/missing", &[]), 404),
    },
    Case {
        id: "9112-6.3-delimited-refusal",
        asks: "a malformed message is refused with a length, or in chunks",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\n\r\n");
            assert_delimited(&wire.answer(), 400);
        },
    },
    Case {
        id: "9112-6.3-delimited-file-to-http10",
        asks: "a file is sent with its length to 1.0 too",
        run: |origin| {
            let answer = answer_to_10(origin, "/big.bin", "X: y");
            assert_eq!(answer.field("Content-Length"), Some("1048576"), "{:?}", answer.fields);
        },
    },
    Case {
        id: "9112-6.3-head-ends-with-its-head",
        asks: "nothing follows the head of an answer to HEAD but the next answer",
        run: |origin| {
            for target in ["/", "/big.bin", "/missing", "/folder"] {
                let mut wire = origin.connect();
                let answer = wire.ask("HEAD", target, &[]);
                assert!(!answer.lists("Connection", "close"), "{target}: {answer:?}");
                wire.assert_open();
            }
        },
    },
    Case {
        id: "9112-6.3-304-ends-with-its-head",
        asks: "nothing follows the head of a 304 but the next answer",
        run: |origin| {
            let mut wire = origin.connect();
            let since = format!("If-Modified-Since: {MODIFIED}");
            let answer = wire.ask("GET", "/letters.txt", &[&since]);
            assert_eq!(answer.status, 304, "{answer:?}");
            wire.assert_open();
        },
    },
    Case {
        id: "9112-6.3-file-ends-at-its-length",
        asks: "nothing follows the body of an answer but the next answer",
        run: |origin| {
            for target in ["/", "/empty.txt", "/big.bin"] {
                let mut wire = origin.connect();
                let answer = wire.ask("GET", target, &[]);
                assert_eq!(answer.status, 200, "{answer:?}");
                wire.assert_open();
            }
        },
    },
];
