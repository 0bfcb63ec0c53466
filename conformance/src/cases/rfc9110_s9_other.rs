//! RFC 9110 §9.3.6 to §9.3.8: CONNECT, OPTIONS and TRACE, for a server that is no proxy.

use crate::case::Case;
use crate::grammar::is_list_of_tokens;
use crate::origin::Origin;
use crate::wire::{Answer, request};

/// Shows that no tunnel is made to a target.
#[track_caller]
fn no_tunnel(origin: &Origin, target: &str) {
    let mut wire = origin.connect();
    wire.send(request("CONNECT", target, &[]));
    let answer = wire.answer_to_head();
    assert!(matches!(answer.status, 400..=599), "{target}: {answer:?}");
}

/// Shows that OPTIONS is answered with what may be done there, or told to be not implemented.
#[track_caller]
fn assert_options(answer: &Answer) {
    assert!(matches!(answer.status, 200 | 204 | 405 | 501), "{answer:?}");
    if answer.status < 300 || answer.status == 405 {
        let allowed = answer.field("Allow");
        assert!(allowed.is_some_and(is_list_of_tokens), "{answer:?}");
    }
}

const SECRETS: [&str; 4] = [
    "Cookie: session=secret",
    "Authorization: Basic c2VjcmV0",
    "Proxy-Authorization: Basic c2VjcmV0",
    "X-Plain: seen",
];

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-9.3.6-no-port",
        asks: "CONNECT without a port is refused",
        run: |origin| no_tunnel(origin, "localhost"),
    },
    Case {
        id: "9110-9.3.6-empty-port",
        asks: "CONNECT with an empty port is refused",
        run: |origin| no_tunnel(origin, "localhost:"),
    },
    Case {
        id: "9110-9.3.6-port-of-letters",
        asks: "CONNECT with a port that is no number is refused",
        run: |origin| no_tunnel(origin, "localhost:http"),
    },
    Case {
        id: "9110-9.3.6-port-too-large",
        asks: "CONNECT with a port of more than 16 bits is refused",
        run: |origin| no_tunnel(origin, "localhost:65536"),
    },
    Case {
        id: "9110-9.3.6-port-negative",
        asks: "CONNECT with a port below zero is refused",
        run: |origin| no_tunnel(origin, "localhost:-1"),
    },
    Case {
        id: "9110-9.3.6-tunnel",
        asks: "a tunnel that is made is said to have no content",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("CONNECT", "localhost:1", &[]));
            let answer = wire.answer_to_head();
            if matches!(answer.status, 200..=299) {
                assert_eq!(answer.field("Content-Length"), None, "{answer:?}");
                assert_eq!(answer.field("Transfer-Encoding"), None, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-9.3.6-no-file",
        asks: "CONNECT is not answered with a file, whatever is asked for",
        run: |origin| {
            for target in ["localhost:80", "/letters.txt", "letters.txt:80"] {
                let mut wire = origin.connect();
                wire.send(request("CONNECT", target, &["Connection: close"]));
                let answer = wire.answer_to_head();
                assert!(answer.status >= 400, "{target}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-9.3.7-file",
        asks: "OPTIONS of a file says what may be done with it",
        run: |origin| assert_options(&origin.ask("OPTIONS", "/letters.txt", &[])),
    },
    Case {
        id: "9110-9.3.7-folder",
        asks: "OPTIONS of a folder says what may be done with it",
        run: |origin| assert_options(&origin.ask("OPTIONS", "/", &[])),
    },
    Case {
        id: "9110-9.3.7-methods-of-file",
        asks: "what OPTIONS says may be done can be done",
        run: |origin| {
            let answer = origin.ask("OPTIONS", "/letters.txt", &[]);
            let is_said = matches!(answer.status, 200..=299);
            assert!(!is_said || answer.lists("Allow", "GET"), "{answer:?}");
            assert!(!is_said || answer.lists("Allow", "HEAD"), "{answer:?}");
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let refused = matches!(origin.ask(method, "/letters.txt", &[]).status, 405 | 501);
                let is_offered = is_said && answer.lists("Allow", method);
                assert!(!(refused && is_offered), "{method}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-9.3.7-asterisk",
        asks: "OPTIONS of the server as a whole is answered, or told to be not implemented",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("OPTIONS", "*", &[]);
            assert!(matches!(answer.status, 200 | 204 | 405 | 501), "{answer:?}");
        },
    },
    Case {
        id: "9110-9.3.7-goes-on",
        asks: "another request can follow OPTIONS",
        run: |origin| {
            for target in ["*", "/letters.txt"] {
                let mut wire = origin.connect();
                let answer = wire.ask("OPTIONS", target, &[]);
                wire.assert_goes_on_as(&answer);
            }
        },
    },
    Case {
        id: "9110-9.3.7-with-content",
        asks: "content with OPTIONS is read past",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = ["Content-Type: text/plain", "Content-Length: 4"];
            wire.send(request("OPTIONS", "/letters.txt", &fields));
            wire.send("any\n");
            let answer = wire.answer();
            assert!(matches!(answer.status, 200 | 204 | 400..=501), "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
    Case {
        id: "9110-9.3.8-no-secrets",
        asks: "TRACE tells nobody what others should not know",
        run: |origin| {
            let answer = origin.ask("TRACE", "/letters.txt", &SECRETS);
            let text = answer.text();
            assert!(!text.contains("secret") && !text.contains("c2VjcmV0"), "{answer:?}");
        },
    },
    Case {
        id: "9110-9.3.8-reflection",
        asks: "TRACE is answered with the request, or told to be not allowed or implemented",
        run: |origin| {
            let answer = origin.ask("TRACE", "/letters.txt", &["X-Plain: seen"]);
            assert!(matches!(answer.status, 200 | 405 | 501), "{answer:?}");
            assert!(answer.status != 200 || answer.text().contains("seen"), "{answer:?}");
            assert!(answer.status != 405 || answer.field("Allow").is_some(), "{answer:?}");
        },
    },
    Case {
        id: "9110-9.3.8-no-file",
        asks: "TRACE is not answered with the file",
        run: |origin| {
            let answer = origin.ask("TRACE", "/again.txt", &[]);
            assert_ne!(answer.text(), "again\n", "{answer:?}");
        },
    },
];
