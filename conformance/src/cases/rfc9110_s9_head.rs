//! RFC 9110 §9.3.2: HEAD is GET without the content.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::origin::Origin;
use crate::site::NOT_MODIFIED;
use crate::wire::{Answer, request};

/// Shows that an answer to HEAD is a head and nothing more: the next answer follows, or the end.
#[track_caller]
fn has_no_content(origin: &Origin, target: &str, fields: &[&str]) {
    let mut wire = origin.connect();
    let answer = wire.ask("HEAD", target, fields);
    assert!(matches!(answer.status, 200..=499), "{answer:?}");
    wire.send(request("GET", "/again.txt", &[]));
    if !wire.is_closed_next() {
        let next = wire.answer();
        assert_eq!(next.text(), "again\n", "the next answer follows: {next:?}");
    }
}

/// Fields that may be left out with HEAD, since they are known when the content is made, and the
/// one that is of the moment.
const LEFT_OUT: [&str; 4] = ["content-length", "transfer-encoding", "vary", "date"];

/// The fields that both answers must have.
fn fields(answer: &Answer) -> BTreeSet<(String, String)> {
    let lines = answer.fields.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    lines.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())).collect()
}

/// Shows that HEAD is answered with the status and the fields of GET.
#[track_caller]
fn is_like_get(origin: &Origin, target: &str, lines: &[&str]) {
    let get = origin.get(target, lines);
    let head = origin.ask("HEAD", target, lines);
    assert_eq!(head.status, get.status, "{head:?}");
    assert_eq!(fields(&head), fields(&get));
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-9.3.2-no-content",
        asks: "HEAD of a file is answered without content",
        run: |origin| has_no_content(origin, "/letters.txt", &[]),
    },
    Case {
        id: "9110-9.3.2-no-content-of-large-file",
        asks: "HEAD of a large file is answered without content",
        run: |origin| has_no_content(origin, "/big.bin", &[]),
    },
    Case {
        id: "9110-9.3.2-no-content-of-nothing",
        asks: "HEAD of what is not there is answered without content",
        run: |origin| has_no_content(origin, "/missing", &[]),
    },
    Case {
        id: "9110-9.3.2-no-content-of-redirect",
        asks: "HEAD of a folder without its slash is answered without content",
        run: |origin| has_no_content(origin, "/folder", &[]),
    },
    Case {
        id: "9110-9.3.2-no-content-of-coding",
        asks: "HEAD of a file in a coding is answered without content",
        run: |origin| has_no_content(origin, "/coded.txt", &["Accept-Encoding: gzip"]),
    },
    Case {
        id: "9110-9.3.2-no-content-of-failed-condition",
        asks: "HEAD with a condition that fails is answered without content",
        run: |origin| has_no_content(origin, "/letters.txt", &["If-Match: \"none\""]),
    },
    Case {
        id: "9110-9.3.2-no-content-at-the-end",
        asks: "the last answer to HEAD is a head and nothing more",
        run: |origin| {
            for target in ["/letters.txt", "/missing", "/big.bin"] {
                let mut wire = origin.connect();
                wire.send(request("HEAD", target, &["Connection: close"]));
                let answer = wire.answer_to_head();
                assert!(matches!(answer.status, 200 | 404), "{answer:?}");
                wire.assert_closed();
            }
        },
    },
    Case {
        id: "9110-9.3.2-no-content-to-old-client",
        asks: "HEAD in 1.0 is answered without content",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("HEAD /letters.txt HTTP/1.0\r\n\r\n");
            assert_eq!(wire.answer_to_head().status, 200);
            wire.assert_closed();
        },
    },
    Case {
        id: "9110-9.3.2-no-content-of-bad-path",
        asks: "HEAD of a malformed path is answered without content",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("HEAD", "/%zz", &["Connection: close"]));
            let answer = wire.answer_to_head();
            assert!(matches!(answer.status, 301 | 400..=499), "{answer:?}");
            wire.assert_closed();
        },
    },
    Case {
        id: "9110-9.3.2-fields-of-file",
        asks: "HEAD of a file has the fields of GET",
        run: |origin| is_like_get(origin, "/letters.txt", &[]),
    },
    Case {
        id: "9110-9.3.2-fields-of-large-file",
        asks: "HEAD of a large file has the fields of GET",
        run: |origin| is_like_get(origin, "/big.bin", &[]),
    },
    Case {
        id: "9110-9.3.2-fields-of-folder",
        asks: "HEAD of a folder has the fields of GET",
        run: |origin| is_like_get(origin, "/folder/", &[]),
    },
    Case {
        id: "9110-9.3.2-fields-of-redirect",
        asks: "HEAD of a folder without its slash has the fields of GET",
        run: |origin| is_like_get(origin, "/folder?query", &[]),
    },
    Case {
        id: "9110-9.3.2-fields-of-nothing",
        asks: "HEAD of what is not there has the fields of GET",
        run: |origin| is_like_get(origin, "/missing", &[]),
    },
    Case {
        id: "9110-9.3.2-fields-of-coding",
        asks: "HEAD of a file in a coding has the fields of GET",
        run: |origin| {
            is_like_get(origin, "/coded.txt", &["Accept-Encoding: gzip"]);
            is_like_get(origin, "/coded.txt", &["Accept-Encoding: br, zstd"]);
        },
    },
    Case {
        id: "9110-9.3.2-fields-of-304",
        asks: "HEAD with a condition has the status and the fields of GET",
        run: |origin| is_like_get(origin, "/letters.txt", &[NOT_MODIFIED]),
    },
    Case {
        id: "9110-9.3.2-fields-of-failed-condition",
        asks: "HEAD with a condition that fails has the status and the fields of GET",
        run: |origin| is_like_get(origin, "/letters.txt", &["If-Match: \"none\""]),
    },
];
