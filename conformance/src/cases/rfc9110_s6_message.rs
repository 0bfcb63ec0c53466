//! RFC 9110 §6: versions, content and trailers.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::{BIG_SIZE, LETTERS, NOT_MODIFIED};
use crate::wire::{Answer, Wire, request};

/// Sends a GET for the letters in a version of HTTP.
#[track_caller]
fn ask_in(wire: &mut Wire, version: &str, fields: &str) -> Answer {
    wire.send(format!("GET /letters.txt {version}\r\nHost: localhost\r\n{fields}\r\n"));
    wire.answer()
}

/// Sends a GET for the letters with a field in its trailers.
#[track_caller]
fn ask_with_trailer(origin: &Origin, trailer: &str) -> Answer {
    let mut wire = origin.connect();
    let head = request("GET", "/letters.txt", &["Transfer-Encoding: chunked"]);
    wire.send(format!("{head}3\r\nabc\r\n0\r\n{trailer}\r\n\r\n"));
    let answer = wire.answer();
    wire.assert_goes_on_as(&answer);
    answer
}

/// Shows that a field in the trailers of a request is not taken for one in its head.
#[track_caller]
fn not_merged(origin: &Origin, trailer: &str) {
    let plain = ask_with_trailer(origin, "X-Trailer: a");
    let answer = ask_with_trailer(origin, trailer);
    // To refuse the trailer merges nothing.
    if !matches!(answer.status, 400..=499) {
        assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{answer:?}");
        let closes = |answer: &Answer| answer.lists("Connection", "close");
        assert_eq!(closes(&answer), closes(&plain), "{answer:?}");
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-6.2-version-to-old-client",
        asks: "a request of 1.0 is answered in 1.1, the highest version of its major",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = ask_in(&mut wire, "HTTP/1.0", "");
            assert_eq!((answer.version.as_str(), answer.status), ("HTTP/1.1", 200), "{answer:?}");
        },
    },
    Case {
        id: "9110-6.2-version-with-error",
        asks: "an error is told in 1.1, too",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\nno colon\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.version, "HTTP/1.1", "{answer:?}");
        },
    },
    Case {
        id: "9110-6.2-version-to-major-above",
        asks: "a request of a major version above is answered in no version like it",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = ask_in(&mut wire, "HTTP/3.0", "");
            assert_eq!(answer.version, "HTTP/1.1", "{answer:?}");
        },
    },
    Case {
        id: "9110-6.2-minor-above",
        asks: "a request of 1.2 is served as one of 1.1",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = ask_in(&mut wire, "HTTP/1.2", "");
            assert_eq!((answer.version.as_str(), answer.status), ("HTTP/1.1", 200), "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-6.2-minor-far-above",
        asks: "a request of 1.9 is served as one of 1.1",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = ask_in(&mut wire, "HTTP/1.9", &format!("{NOT_MODIFIED}\r\n"));
            assert_eq!((answer.version.as_str(), answer.status), ("HTTP/1.1", 304), "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-6.2-minor-above-needs-host",
        asks: "a request of 1.2 without Host is refused, as one of 1.1 is",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.2\r\n\r\n");
            wire.assert_refused(400);
        },
    },
    Case {
        id: "9110-6.4-octets-as-they-are",
        asks: "the content is the file, octet by octet",
        run: |origin| {
            let answer = origin.get("/big.bin", &[]);
            assert_eq!((answer.status, answer.body.len()), (200, BIG_SIZE));
            let differs =
                (0..).zip(&answer.body).find(|(at, byte)| (at % 251) != u32::from(**byte));
            assert_eq!(differs, None, "an octet is as it was written");
        },
    },
    Case {
        id: "9110-6.4-content-of-nothing",
        asks: "a file without content is served as such",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("GET", "/empty.txt", &[]);
            assert_eq!((answer.status, answer.body.len()), (200, 0), "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-6.4.1-none-with-304",
        asks: "a 304 has no content",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("GET", "/letters.txt", &[NOT_MODIFIED]);
            assert_eq!(answer.status, 304, "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-6.4.1-one-answer-to-old-client",
        asks: "the content of an answer to 1.0 ends with the connection or where it says",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = ask_in(&mut wire, "HTTP/1.0", "");
            assert_eq!(answer.text(), LETTERS, "{answer:?}");
            assert_eq!(answer.field("Transfer-Encoding"), None, "{answer:?}");
            wire.assert_closed();
        },
    },
    Case {
        id: "9110-6.5.1-condition-in-trailers",
        asks: "a condition in the trailers is not one of the request",
        run: |origin| not_merged(origin, NOT_MODIFIED),
    },
    Case {
        id: "9110-6.5.1-range-in-trailers",
        asks: "a range in the trailers is not one of the request",
        run: |origin| not_merged(origin, "Range: bytes=1-2"),
    },
    Case {
        id: "9110-6.5.1-connection-in-trailers",
        asks: "a connection option in the trailers is not one of the request",
        run: |origin| not_merged(origin, "Connection: close"),
    },
    Case {
        id: "9110-6.5.1-length-in-trailers",
        asks: "a length in the trailers is not that of the request",
        run: |origin| not_merged(origin, "Content-Length: 20"),
    },
    Case {
        id: "9110-6.5.1-host-in-trailers",
        asks: "a host in the trailers is not that of the request",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /letters.txt HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
            wire.send("0\r\nHost: localhost\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.status, 400, "{answer:?}");
        },
    },
    Case {
        id: "9110-6.5.1-codings-in-trailers",
        asks: "codings in the trailers are not those that the request takes",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/coded.txt", &["Transfer-Encoding: chunked"]));
            wire.send("0\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n");
            let answer = wire.answer();
            assert_eq!(answer.field("Content-Encoding"), None, "{answer:?}");
        },
    },
];
