//! RFC 9112 §11.2: the known ways to have two parties see different requests.

use crate::behind::{apart_or_last, last, not_chunked, refused, refused_or_done, swallowed};
use crate::case::Case;
use crate::wire::request;

/// What is smuggled.
fn hidden() -> String {
    request("GET", "/letters.txt", &[])
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-11.2-length-then-chunks",
        asks: "what a reader of lengths takes for a body and one of chunks for a request is neither",
        run: |origin| {
            let body = format!("0\r\n\r\n{}", hidden());
            let length = format!("Content-Length: {}", body.len());
            last(origin, request("GET", "/", &[&length, "Transfer-Encoding: chunked"]) + &body);
        },
    },
    Case {
        id: "9112-11.2-chunks-then-length",
        asks: "what a reader of chunks takes for a body and one of lengths for a request is neither",
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
        id: "9112-11.2-name-behind-space",
        asks: "a coding behind a line of whitespace is not passed over in silence",
        run: |origin| {
            let lines = ["X: y", " Transfer-Encoding: chunked", "Content-Length: 5"];
            refused_or_done(origin, &[400], request("GET", "/", &lines) + "abcde");
        },
    },
    Case {
        id: "9112-11.2-chunk-hides-in-extension",
        asks: "a request behind a line feed in an extension is none",
        run: |origin| {
            let body = format!("2;\n{}\r\n0\r\n\r\n", hidden());
            refused(origin, &[400], request("GET", "/", &["Transfer-Encoding: chunked"]) + &body);
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
    Case {
        id: "9112-11.2-connect-makes-no-tunnel",
        asks: "what follows a CONNECT that is refused is a request, or nothing",
        run: |origin| {
            let start = "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n";
            let answer = apart_or_last(origin, start);
            assert!(matches!(answer.status, 300..=599), "{answer:?}");
        },
    },
    Case {
        id: "9112-11.2-length-in-query",
        asks: "what a target holds of line ends, escaped, is no line",
        run: |origin| {
            apart_or_last(origin, request("GET", "/?%0d%0aContent-Length:%2044", &[]));
        },
    },
];
