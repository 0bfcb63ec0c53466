//! RFC 9110 §2 and §3: what is sent keeps to the grammar, and every request stands for itself.

use crate::case::Case;
use crate::grammar::assert_well_formed_head;
use crate::origin::Origin;
use crate::site::NOT_MODIFIED;
use crate::wire::{Answer, request};

/// Shows that the answer to a request is written as it must be.
#[track_caller]
fn well_formed(origin: &Origin, method: &str, target: &str, fields: &[&str]) {
    let mut wire = origin.connect();
    wire.send(request(method, target, &[fields, &["Connection: close"]].concat()));
    assert_well_formed_head(&mut wire);
}

/// Fields that say something about a request or its sender, and nothing in an answer.
const OF_REQUESTS: [&str; 15] = [
    "Authorization",
    "Expect",
    "From",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "TE",
    "User-Agent",
];

#[track_caller]
fn assert_of_no_request(answer: &Answer) {
    for name in OF_REQUESTS {
        assert_eq!(answer.field(name), None, "{name} is not for answers: {answer:?}");
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-2.2-form-of-200",
        asks: "the head of a 200 keeps to the grammar",
        run: |origin| well_formed(origin, "GET", "/letters.txt", &[]),
    },
    Case {
        id: "9110-2.2-form-of-206",
        asks: "the head of an answer to a range keeps to the grammar",
        run: |origin| well_formed(origin, "GET", "/letters.txt", &["Range: bytes=1-2"]),
    },
    Case {
        id: "9110-2.2-form-of-304",
        asks: "the head of an answer to a condition keeps to the grammar",
        run: |origin| well_formed(origin, "GET", "/letters.txt", &[NOT_MODIFIED]),
    },
    Case {
        id: "9110-2.2-form-of-redirect",
        asks: "the head of a redirect keeps to the grammar",
        run: |origin| well_formed(origin, "GET", "/folder?a", &[]),
    },
    Case {
        id: "9110-2.2-form-of-404",
        asks: "the head of a 404 keeps to the grammar",
        run: |origin| well_formed(origin, "GET", "/missing", &[]),
    },
    Case {
        id: "9110-2.2-form-of-405",
        asks: "the head of an answer to a method that is not taken keeps to the grammar",
        run: |origin| well_formed(origin, "DELETE", "/letters.txt", &[]),
    },
    Case {
        id: "9110-2.2-form-of-400",
        asks: "the head of an answer to what is no request keeps to the grammar",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n");
            assert_well_formed_head(&mut wire);
        },
    },
    Case {
        id: "9110-2.2-form-of-100",
        asks: "an answer to a request with an expectation keeps to the grammar",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = ["Content-Length: 2", "Expect: 100-continue", "Connection: close"];
            wire.send(request("GET", "/letters.txt", &fields));
            if wire.is_silent() {
                wire.send("ab");
            }
            wire.close_write();
            assert_well_formed_head(&mut wire);
        },
    },
    Case {
        id: "9110-2.2-no-field-of-requests",
        asks: "an answer has no field that only a request may have",
        run: |origin| {
            let asked = ["Referer: /", "User-Agent: case", "From: a@b.example", "TE: trailers"];
            assert_of_no_request(&origin.get("/letters.txt", &asked));
            assert_of_no_request(&origin.get("/missing", &asked));
            assert_of_no_request(&origin.ask("PUT", "/letters.txt", &asked));
        },
    },
    Case {
        id: "9110-2.3-own-tag-taken-back",
        asks: "an entity tag that was sent can be sent back",
        run: |origin| {
            let answer = origin.get("/letters.txt", &[]);
            if let Some(etag) = answer.field("ETag") {
                let again = origin.get("/letters.txt", &[&format!("If-None-Match: {etag}")]);
                assert_eq!(again.status, 304, "{again:?}");
            }
        },
    },
    Case {
        id: "9110-2.3-own-location-taken-back",
        asks: "a URI that was sent, however long, can be asked for",
        run: |origin| {
            let query = "q".repeat(6000);
            let answer = origin.get(&format!("/folder?{query}"), &[]);
            let Some(location) = answer.field("Location") else {
                assert!(matches!(answer.status, 200 | 400..=499), "{answer:?}");
                return;
            };
            let followed = origin.get(location, &[]);
            assert_eq!(followed.status, 200, "{followed:?}");
        },
    },
    Case {
        id: "9110-3.3-condition-not-kept",
        asks: "the conditions of a request mean nothing to the next on its connection",
        run: |origin| {
            let mut wire = origin.connect();
            let first = wire.ask("GET", "/letters.txt", &[NOT_MODIFIED]);
            assert_eq!(first.status, 304, "{first:?}");
            assert_eq!(wire.ask("GET", "/letters.txt", &[]).status, 200);
        },
    },
    Case {
        id: "9110-3.3-range-not-kept",
        asks: "the range of a request means nothing to the next on its connection",
        run: |origin| {
            let mut wire = origin.connect();
            let first = wire.ask("GET", "/letters.txt", &["Range: bytes=2-3"]);
            assert!(matches!(first.status, 200 | 206), "{first:?}");
            assert_eq!(wire.ask("GET", "/letters.txt", &[]).status, 200);
        },
    },
    Case {
        id: "9110-3.3-coding-not-kept",
        asks: "what codings a request takes means nothing to the next on its connection",
        run: |origin| {
            let mut wire = origin.connect();
            let first = wire.ask("GET", "/coded.txt", &["Accept-Encoding: gzip"]);
            assert_eq!(first.status, 200, "{first:?}");
            let second = wire.ask("GET", "/coded.txt", &["Accept-Encoding: identity"]);
            assert_eq!(second.field("Content-Encoding"), None, "{second:?}");
        },
    },
    Case {
        id: "9110-3.3-host-not-kept",
        asks: "a request without a Host is refused, whatever the last one on its connection said",
        run: |origin| {
            let mut wire = origin.connect();
            wire.assert_open();
            wire.send("GET / HTTP/1.1\r\n\r\n");
            wire.assert_refused(400);
        },
    },
];
