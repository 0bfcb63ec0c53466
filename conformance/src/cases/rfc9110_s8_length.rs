//! RFC 9110 §8.6: how long the content is said to be.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::NOT_MODIFIED;
use crate::wire::request;

/// Shows that HEAD says the length of what GET sends, or none.
#[track_caller]
fn head_has_length_of_get(origin: &Origin, target: &str, fields: &[&str]) {
    let get = origin.get(target, fields);
    let head = origin.ask("HEAD", target, fields);
    assert_eq!(head.status, get.status, "{head:?}");
    if let Some(length) = head.field("Content-Length") {
        assert_eq!(length, get.body.len().to_string(), "{head:?}");
    }
}

/// Shows that the size of an answer's content is told before it.
#[track_caller]
fn has_length(origin: &Origin, target: &str, size: usize) {
    let answer = origin.get(target, &[]);
    assert_eq!(answer.status, 200, "{answer:?}");
    if answer.field("Transfer-Encoding").is_none() {
        let length = answer.field("Content-Length").map(str::to_owned);
        assert_eq!(length, Some(size.to_string()), "{answer:?}");
    }
}

/// Shows that content of that many octets is waited for, or the request refused: what follows is
/// no request.
#[track_caller]
fn is_content(origin: &Origin, length: &str) {
    let mut wire = origin.connect();
    let smuggled = request("GET", "/again.txt", &[]);
    let head = request("GET", "/letters.txt", &[&format!("Content-Length: {length}")]);
    wire.send(format!("{head}{smuggled}"));
    if wire.is_silent() {
        return;
    }
    let answer = wire.answer();
    assert!(matches!(answer.status, 200 | 400..=499), "{answer:?}");
    assert_ne!(answer.text(), "again\n", "{answer:?}");
    if !wire.is_silent() {
        wire.assert_closed();
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-8.6-head-of-file",
        asks: "the length with HEAD is that of GET",
        run: |origin| head_has_length_of_get(origin, "/letters.txt", &[]),
    },
    Case {
        id: "9110-8.6-head-of-large-file",
        asks: "the length with HEAD is that of GET for a large file",
        run: |origin| head_has_length_of_get(origin, "/big.bin", &[]),
    },
    Case {
        id: "9110-8.6-head-of-empty-file",
        asks: "the length with HEAD is that of GET for an empty file",
        run: |origin| head_has_length_of_get(origin, "/empty.txt", &[]),
    },
    Case {
        id: "9110-8.6-head-of-nothing",
        asks: "the length with HEAD is that of GET for what is not there",
        run: |origin| head_has_length_of_get(origin, "/missing", &[]),
    },
    Case {
        id: "9110-8.6-head-of-redirect",
        asks: "the length with HEAD is that of GET for a redirect",
        run: |origin| head_has_length_of_get(origin, "/folder", &[]),
    },
    Case {
        id: "9110-8.6-head-of-failed-condition",
        asks: "the length with HEAD is that of GET where a condition fails",
        run: |origin| head_has_length_of_get(origin, "/letters.txt", &["If-Match: \"none\""]),
    },
    Case {
        id: "9110-8.6-head-of-coding",
        asks: "the length with HEAD is that of GET for a coding",
        run: |origin| {
            head_has_length_of_get(origin, "/coded.txt", &["Accept-Encoding: gzip"]);
            head_has_length_of_get(origin, "/coded.txt", &["Accept-Encoding: br"]);
        },
    },
    Case {
        id: "9110-8.6-in-304",
        asks: "a 304 says the length of the 200, or none",
        run: |origin| {
            for target in ["/letters.txt", "/big.bin"] {
                let whole = origin.get(target, &[]);
                let answer = origin.get(target, &[NOT_MODIFIED]);
                assert_eq!(answer.status, 304, "{answer:?}");
                let length = answer.field("Content-Length");
                let is_right = length.is_none_or(|length| length == whole.body.len().to_string());
                assert!(is_right, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-8.6-in-interim-answer",
        asks: "an interim answer says no length",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/", &["Expect: 100-continue", "Content-Length: 3"]));
            let answer = wire.answer_to_head();
            if matches!(answer.status, 100..=199) {
                assert_eq!(answer.field("Content-Length"), None, "{answer:?}");
                assert_eq!(answer.field("Transfer-Encoding"), None, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-8.6-in-204",
        asks: "a 204 says no length",
        run: |origin| {
            for target in ["*", "/letters.txt"] {
                let mut wire = origin.connect();
                wire.send(request("OPTIONS", target, &[]));
                let answer = wire.answer();
                if answer.status == 204 {
                    assert_eq!(answer.field("Content-Length"), None, "{answer:?}");
                    wire.assert_open();
                }
            }
        },
    },
    Case {
        id: "9110-8.6-of-file",
        asks: "the length of a file is told",
        run: |origin| has_length(origin, "/folder/page.html", 35),
    },
    Case {
        id: "9110-8.6-of-empty-file",
        asks: "the length of an empty file is told",
        run: |origin| has_length(origin, "/empty.txt", 0),
    },
    Case {
        id: "9110-8.6-to-old-client",
        asks: "the length of a file is told to clients of 1.0",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /folder/page.html HTTP/1.0\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.field("Content-Length"), Some("35"), "{answer:?}");
        },
    },
    Case {
        id: "9110-8.6-beyond-32-bits",
        asks: "a length of 2 to the 32 is not one of nothing",
        run: |origin| is_content(origin, "4294967296"),
    },
    Case {
        id: "9110-8.6-beyond-64-bits",
        asks: "a length of 2 to the 64 is not one of nothing",
        run: |origin| is_content(origin, "18446744073709551616"),
    },
    Case {
        id: "9110-8.6-of-many-digits",
        asks: "a length of many digits overflows nothing",
        run: |origin| is_content(origin, &format!("1{}", "0".repeat(200))),
    },
];
