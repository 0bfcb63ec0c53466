//! RFC 9110 §10.1.1: who waits to be asked for the content is not kept waiting.

use std::time::Duration;

use reactor::clock;

use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;
use crate::wire::{Answer, Wire, request};

/// Longest wait for what must come at once.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Sends the head of a request whose content is to be asked for.
fn begin(origin: &Origin, method: &str, expectation: &str) -> Wire {
    let mut wire = origin.connect();
    let fields = ["Content-Length: 4", &format!("Expect: {expectation}")];
    wire.send(request(method, "/letters.txt", &fields));
    wire
}

/// Receives the final answer, the content sent if it is asked for.
#[track_caller]
fn finish(wire: &mut Wire) -> Answer {
    let mut answer = wire.next_answer();
    if answer.status == 100 {
        wire.send("abcd");
        answer = wire.next_answer();
    }
    assert!(answer.status >= 200, "{answer:?}");
    answer
}

/// Shows that the server does at once what it must: ask for the content, or answer for good.
#[track_caller]
fn says_something_at_once(origin: &Origin, method: &str) {
    let start = clock::read().instant;
    let mut wire = begin(origin, method, "100-continue");
    let answer = wire.next_answer();
    let waited = clock::read().instant.since(start);
    assert!(waited <= AT_ONCE, "after {waited:?}: {answer:?}");
    assert!(answer.status == 100 || answer.status >= 200, "{answer:?}");
}

/// Shows that after an answer that did not need the content the connection does what the answer
/// says: the content is read past and the next request answered, or nothing is.
#[track_caller]
fn goes_on_as_said(origin: &Origin, method: &str) {
    let mut wire = begin(origin, method, "100-continue");
    let first = wire.next_answer();
    wire.send("abcd");
    let answer = if first.status == 100 { wire.next_answer() } else { first };
    assert!(answer.status >= 200, "{answer:?}");
    wire.assert_goes_on_as(&answer);
}

/// Shows that a field is no hindrance.
#[track_caller]
fn served_with(origin: &Origin, expect: &str) {
    let answer = origin.get("/letters.txt", &[expect]);
    assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
}

/// A request of 1.0 that expects `100 Continue` gets its final answer and nothing before it.
fn ignored_in_old_version(origin: &Origin, method: &str) {
    let mut wire = origin.connect();
    wire.send(format!("{method} /letters.txt HTTP/1.0\r\nContent-Length: 4\r\n"));
    wire.send("Expect: 100-continue\r\n\r\n");
    if wire.is_silent() {
        wire.send("abcd");
    }
    let answer = wire.next_answer();
    assert!(answer.status >= 200, "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-10.1.1-get-not-kept-waiting",
        asks: "a GET that waits to send content hears something at once",
        run: |origin| says_something_at_once(origin, "GET"),
    },
    Case {
        id: "9110-10.1.1-post-not-kept-waiting",
        asks: "a POST that waits to send content hears something at once",
        run: |origin| says_something_at_once(origin, "POST"),
    },
    Case {
        id: "9110-10.1.1-unknown-method-not-kept-waiting",
        asks: "a method that is not known, with content to come, hears something at once",
        run: |origin| says_something_at_once(origin, "AVOCADO"),
    },
    Case {
        id: "9110-10.1.1-chunks-not-kept-waiting",
        asks: "who waits to send chunks hears something at once",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = ["Transfer-Encoding: chunked", "Expect: 100-continue"];
            wire.send(request("GET", "/letters.txt", &fields));
            let mut answer = wire.next_answer();
            if answer.status == 100 {
                wire.send("0\r\n\r\n");
                answer = wire.next_answer();
            }
            assert!(answer.status >= 200, "{answer:?}");
        },
    },
    Case {
        id: "9110-10.1.1-final-answer-follows",
        asks: "a final answer follows when the content was asked for and has come",
        run: |origin| {
            let answer = finish(&mut begin(origin, "GET", "100-continue"));
            assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
        },
    },
    Case {
        id: "9110-10.1.1-one-final-answer",
        asks: "content that was not waited for gets one answer, and the next request its own",
        run: |origin| {
            let mut wire = begin(origin, "GET", "100-continue");
            wire.send("abcd");
            let answer = wire.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-10.1.1-goes-on-as-said-after-get",
        asks: "after an answer without the content the connection goes on as the answer says",
        run: |origin| goes_on_as_said(origin, "GET"),
    },
    Case {
        id: "9110-10.1.1-goes-on-as-said-after-refusal",
        asks: "after a refusal without the content the connection goes on as the answer says",
        run: |origin| goes_on_as_said(origin, "DELETE"),
    },
    Case {
        id: "9110-10.1.1-case-of-expectation",
        asks: "the expectation is the same in either case",
        run: |origin| {
            let answer = finish(&mut begin(origin, "GET", "100-CONTINUE"));
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9110-10.1.1-no-content",
        asks: "an expectation without content to come changes nothing",
        run: |origin| served_with(origin, "Expect: 100-continue"),
    },
    Case {
        id: "9110-10.1.1-no-octet-of-content",
        asks: "an expectation with content of no octet does not wait for it",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = ["Content-Length: 0", "Expect: 100-continue"];
            let answer = wire.ask("GET", "/letters.txt", &fields);
            assert_eq!(answer.status, 200, "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-10.1.1-empty",
        asks: "an empty list of expectations changes nothing",
        run: |origin| served_with(origin, "Expect:"),
    },
    Case {
        id: "9110-10.1.1-unknown",
        asks: "an expectation that is not known is answered 417, or ignored",
        run: |origin| {
            let answer = origin.get("/letters.txt", &["Expect: the-worst=\"a, b\";c=d"]);
            assert!(matches!(answer.status, 200 | 417), "{answer:?}");
        },
    },
    Case {
        id: "9110-10.1.1-in-old-version",
        asks: "an expectation in 1.0 is ignored: no interim answer is sent",
        run: |origin| ignored_in_old_version(origin, "GET"),
    },
    Case {
        id: "9110-10.1.1-post-in-old-version",
        asks: "an expectation of a POST in 1.0 is ignored: no interim answer is sent",
        run: |origin| ignored_in_old_version(origin, "POST"),
    },
    Case {
        id: "9110-10.1.1-unknown-in-old-version",
        asks: "100-continue in 1.0 is no expectation that could fail",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /letters.txt HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
            let answer = wire.next_answer();
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
];
