//! RFC 9112 §11.2: the known ways to have two parties see different requests.

use crate::behind::{apart_or_last, last, not_chunked, refused, swallowed};
use crate::case::Case;
use crate::wire::request;

/// What is smuggled.
fn hidden() -> String {
    request("GET", "/letters.txt", &[])
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-11.2-length-then-chunks",
        asks: "what is a body by its length and a request by its chunks is neither",
        run: |origin| {
            let body = format!("0\r\n\r\n{}", hidden());
            let length = format!("Content-Length: {}", body.len());
            last(origin, request("GET", "/", &[&length, "Transfer-Encoding: chunked"]) + &body);
        },
    },
    Case {
        id: "9112-11.2-chunks-then-length",
        asks: "what is a body by its chunks and a request by its length is neither",
        run: |origin| {
            let body = format!("2e\r\n{}\r\n0\r\n\r\n", hidden());
            let lines = ["Transfer-Encoding: chunked", "Content-Length: 4"];
            last(origin, request("GET", "/", &lines) + &body);
        },
    },
    Case {
        id: "9112-11.2-two-codings",
        asks: "a second line that spoils the coding is not overlooked",
        run: |origin| {
            let lines = ["Transfer-Encoding: chunked", "Transfer-encoding: x"];
            let body = format!("0\r\n\r\n{}", hidden());
            refused(origin, &[400], request("GET", "/", &lines) + &body);
        },
    },
    Case {
        id: "9112-11.2-underscore",
        asks: "a name with an underscore is another name",
        run: |origin| {
            apart_or_last(origin, request("GET", "/", &["Content_Length: 44"]));
            not_chunked(origin, request("GET", "/", &["Transfer_Encoding: chunked"]));
        },
    },
    Case {
        id: "9112-11.2-nul-in-name",
        asks: "a name with a NUL behind it is not the name before it",
        run: |origin| {
            refused(origin, &[400], request("GET", "/", &["Content-Length\0: 44"]));
        },
    },
    Case {
        id: "9112-11.2-body-behind-expectation",
        asks: "what follows a request that waits for 100 is its body",
        run: |origin| {
            let lines = ["Expect: 100-continue", "Content-Length: 44"];
            swallowed(origin, request("GET", "/", &lines));
        },
    },
    Case {
        id: "9112-11.2-body-behind-upgrade",
        asks: "what follows a request to upgrade is its body",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            let lines = ["Connection: Upgrade", "Upgrade: foo/1", &length];
            apart_or_last(origin, request("GET", "/", &lines) + &hidden());
        },
    },
];
