//! RFC 9110 §6.6.1: what is answered says when.

use crate::case::Case;
use crate::grammar::assert_dated_now;
use crate::origin::Origin;
use crate::site::NOT_MODIFIED;
use crate::wire::request;

/// Shows that the answer to a request has one of these statuses and the date of now.
#[track_caller]
fn dated(origin: &Origin, statuses: &[u16], method: &str, target: &str, fields: &[&str]) {
    let answer = origin.ask(method, target, fields);
    assert!(statuses.contains(&answer.status), "{answer:?}");
    assert_dated_now(&answer);
}

/// Shows that the answer to these bytes is an error with the date of now.
#[track_caller]
fn dated_error(origin: &Origin, bytes: impl AsRef<[u8]>) {
    let mut wire = origin.connect();
    wire.send(bytes);
    let answer = wire.answer();
    assert!(matches!(answer.status, 400..=499), "{answer:?}");
    assert_dated_now(&answer);
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-6.6.1-date-with-200",
        asks: "a 200 says when it was made",
        run: |origin| dated(origin, &[200], "GET", "/letters.txt", &[]),
    },
    Case {
        id: "9110-6.6.1-date-with-large-200",
        asks: "a 200 with much content says when it was made",
        run: |origin| dated(origin, &[200], "GET", "/big.bin", &[]),
    },
    Case {
        id: "9110-6.6.1-date-to-head",
        asks: "an answer to HEAD says when it was made",
        run: |origin| dated(origin, &[200], "HEAD", "/letters.txt", &[]),
    },
    Case {
        id: "9110-6.6.1-date-to-old-client",
        asks: "an answer to a request of 1.0 says when it was made",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /letters.txt HTTP/1.0\r\n\r\n");
            assert_dated_now(&wire.answer());
        },
    },
    Case {
        id: "9110-6.6.1-date-with-part",
        asks: "an answer to a range says when it was made",
        run: |origin| dated(origin, &[200, 206], "GET", "/letters.txt", &["Range: bytes=1-2"]),
    },
    Case {
        id: "9110-6.6.1-date-with-redirect",
        asks: "a redirect says when it was made",
        run: |origin| dated(origin, &[200, 301, 302, 303, 307, 308], "GET", "/folder", &[]),
    },
    Case {
        id: "9110-6.6.1-date-with-304",
        asks: "a 304 says when it was made",
        run: |origin| dated(origin, &[304], "GET", "/letters.txt", &[NOT_MODIFIED]),
    },
    Case {
        id: "9110-6.6.1-date-with-404",
        asks: "a 404 says when it was made",
        run: |origin| dated(origin, &[404], "GET", "/missing", &[]),
    },
    Case {
        id: "9110-6.6.1-date-with-405",
        asks: "a refusal of a method says when it was made",
        run: |origin| dated(origin, &[200, 403, 405, 501], "DELETE", "/letters.txt", &[]),
    },
    Case {
        id: "9110-6.6.1-date-with-412",
        asks: "a 412 says when it was made",
        run: |origin| dated(origin, &[200, 412], "GET", "/letters.txt", &["If-Match: \"none\""]),
    },
    Case {
        id: "9110-6.6.1-date-with-416",
        asks: "an answer to a range that is not there says when it was made",
        run: |origin| dated(origin, &[200, 416], "GET", "/letters.txt", &["Range: bytes=99-"]),
    },
    Case {
        id: "9110-6.6.1-date-with-417",
        asks: "an answer to an expectation that is not known says when it was made",
        run: |origin| dated(origin, &[200, 417], "GET", "/letters.txt", &["Expect: the-worst"]),
    },
    Case {
        id: "9110-6.6.1-date-with-bad-path",
        asks: "a refusal of a path says when it was made",
        run: |origin| dated_error(origin, request("GET", "/%zz", &[])),
    },
    Case {
        id: "9110-6.6.1-date-with-bad-head",
        asks: "a refusal of what is no request says when it was made",
        run: |origin| dated_error(origin, "GET / HTTP/1.1\r\nno colon\r\n\r\n"),
    },
    Case {
        id: "9110-6.6.1-date-with-bad-request-line",
        asks: "a refusal of what does not even begin like a request says when it was made",
        run: |origin| dated_error(origin, "GET\r\n\r\n"),
    },
    Case {
        id: "9110-6.6.1-date-with-bad-length",
        asks: "a refusal of a length says when it was made",
        run: |origin| dated_error(origin, request("GET", "/", &["Content-Length: x"])),
    },
    Case {
        id: "9110-6.6.1-date-with-too-much",
        asks: "a refusal of what is too large says when it was made",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", &format!("/{}", "a".repeat(60_000)), &[]));
            let answer = wire.answer();
            // With an error of the server's own the date is left to it.
            if answer.status < 500 {
                assert_dated_now(&answer);
            }
        },
    },
];
