//! RFC 9110 §7: what a request is for, and what is said of the connection.

use crate::case::Case;
use crate::grammar::is_token;
use crate::origin::Origin;
use crate::site::LETTERS;
use crate::wire::{Answer, Wire, request};

/// Shows that a target is refused with this method.
#[track_caller]
fn refused(origin: &Origin, method: &str, target: &str) {
    let answer = origin.ask(method, target, &[]);
    assert!(matches!(answer.status, 400..=599), "{method} {target}: {answer:?}");
}

/// Shows that a request with these fields is served, and another behind it.
#[track_caller]
fn served(origin: &Origin, fields: &[&str]) {
    let mut wire = origin.connect();
    wire.send(request("GET", "/letters.txt", fields));
    let answer = wire.next_answer();
    assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
    wire.assert_goes_on_as(&answer);
}

/// Shows that a request with these fields is the last.
#[track_caller]
fn served_last(origin: &Origin, fields: &[&str]) {
    let mut wire = origin.connect();
    assert_eq!(wire.ask("GET", "/letters.txt", fields).status, 200);
    wire.assert_closed();
}

/// Shows that what an answer says of the connection alone is named as such, and nothing else is.
#[track_caller]
fn assert_options(answer: &Answer) {
    for name in ["Keep-Alive", "Proxy-Connection", "TE", "Upgrade"] {
        let is_listed = answer.lists("Connection", name);
        assert!(answer.field(name).is_none() || is_listed, "{name} is named: {answer:?}");
    }
    for option in answer.values("Connection").flat_map(|value| value.split(',')) {
        let option = option.trim();
        assert!(is_token(option), "an option is a token: {answer:?}");
        let of_content =
            ["Cache-Control", "Content-Type", "Content-Length", "Date", "ETag", "Vary"];
        let is_of_content = of_content.iter().any(|name| name.eq_ignore_ascii_case(option));
        assert!(!is_of_content, "{option} is for everyone: {answer:?}");
    }
}

/// Receives an answer to a request with Upgrade: the final one, unless the server switched to one
/// of the protocols, which it must name.
#[track_caller]
fn upgraded_or_answered(wire: &mut Wire, protocols: &[&str]) -> Option<Answer> {
    let mut answer = wire.next_answer();
    if answer.status == 100 {
        answer = wire.next_answer();
    }
    assert_options(&answer);
    if answer.status == 101 {
        let named = answer.field("Upgrade").expect("a 101 names the protocol");
        let is_asked = protocols.iter().any(|asked| asked.eq_ignore_ascii_case(named));
        assert!(is_asked, "a protocol that was asked for: {answer:?}");
        return None;
    }
    Some(answer)
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-7.1-asterisk-to-get",
        asks: "an asterisk is not for GET",
        run: |origin| refused(origin, "GET", "*"),
    },
    Case {
        id: "9110-7.1-asterisk-to-head",
        asks: "an asterisk is not for HEAD",
        run: |origin| refused(origin, "HEAD", "*"),
    },
    Case {
        id: "9110-7.1-authority-to-get",
        asks: "a host and port alone are not for GET",
        run: |origin| refused(origin, "GET", "localhost:80"),
    },
    Case {
        id: "9110-7.1-authority-to-options",
        asks: "a host and port alone are not for OPTIONS",
        run: |origin| refused(origin, "OPTIONS", "localhost:80"),
    },
    Case {
        id: "9110-7.1-path-to-connect",
        asks: "a path is not for CONNECT",
        run: |origin| refused(origin, "CONNECT", "/letters.txt"),
    },
    Case {
        id: "9110-7.4-https-in-the-clear",
        asks: "a request for an https URI is refused where nothing is encrypted",
        run: |origin| refused(origin, "GET", "https://localhost/letters.txt"),
    },
    Case {
        id: "9110-7.4-https-in-capitals",
        asks: "a request for an HTTPS URI is refused where nothing is encrypted",
        run: |origin| refused(origin, "GET", "HTTPS://localhost/letters.txt"),
    },
    Case {
        id: "9110-7.4-other-scheme",
        asks: "a request for a URI of another scheme is refused",
        run: |origin| refused(origin, "GET", "ftp://localhost/letters.txt"),
    },
    Case {
        id: "9110-7.6.1-fields-named",
        asks: "fields about the connection are named in Connection",
        run: |origin| {
            assert_options(&origin.get("/letters.txt", &[]));
            assert_options(&origin.get("/letters.txt", &["Connection: keep-alive"]));
            assert_options(&origin.get("/missing", &["Connection: close"]));
        },
    },
    Case {
        id: "9110-7.6.1-fields-named-to-old-client",
        asks: "fields about the connection are named in Connection, to clients of 1.0 too",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET /letters.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assert_options(&wire.answer());
        },
    },
    Case {
        id: "9110-7.6.1-case-of-options",
        asks: "connection options are the same in either case",
        run: |origin| served_last(origin, &["Connection: CLoSe"]),
    },
    Case {
        id: "9110-7.6.1-close-among-others",
        asks: "close counts wherever it stands among the options",
        run: |origin| served_last(origin, &["Connection: keep-alive, x-option, close, x-other"]),
    },
    Case {
        id: "9110-7.6.1-unknown-option",
        asks: "an option that is not known changes nothing",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = ["Connection: x-option, closed, clos, close-not"];
            assert_eq!(wire.ask("GET", "/letters.txt", &fields).status, 200);
            wire.assert_open();
        },
    },
    Case {
        id: "9110-7.6.1-option-of-absent-field",
        asks: "an option need not have a field of its name",
        run: |origin| served(origin, &["Connection: te, upgrade, http2-settings"]),
    },
    Case {
        id: "9110-7.6.2-max-forwards-of-get",
        asks: "how far a GET may be forwarded means nothing where it ends",
        run: |origin| served(origin, &["Max-Forwards: 0"]),
    },
    Case {
        id: "9110-7.6.2-max-forwards-of-options",
        asks: "OPTIONS that may not be forwarded is answered as any other",
        run: |origin| {
            let plain = origin.ask("OPTIONS", "/letters.txt", &[]);
            let last = origin.ask("OPTIONS", "/letters.txt", &["Max-Forwards: 0"]);
            assert_eq!(last.status, plain.status, "{last:?}");
            assert_eq!(last.field("Allow"), plain.field("Allow"), "{last:?}");
        },
    },
    Case {
        id: "9110-7.6.3-via",
        asks: "the way that a request came means nothing where it ends",
        run: |origin| served(origin, &["Via: 1.0 fred, 1.1 p.example (a (nested) comment)"]),
    },
    Case {
        id: "9110-7.8-unknown-protocol",
        asks: "no protocol is switched to that is not known",
        run: |origin| served(origin, &["Connection: upgrade", "Upgrade: avocado/7"]),
    },
    Case {
        id: "9110-7.8-malformed-protocol",
        asks: "no protocol is switched to that is not well-formed",
        run: |origin| served(origin, &["Connection: upgrade", "Upgrade: ,a/b/c, /1, HTTP/9.9"]),
    },
    Case {
        id: "9110-7.8-without-option",
        asks: "a wish to switch is ignored that is not named in Connection",
        run: |origin| served(origin, &["Upgrade: avocado/7, websocket"]),
    },
    Case {
        id: "9110-7.8-to-old-client",
        asks: "a wish to switch is ignored in 1.0",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = "Connection: upgrade\r\nUpgrade: h2c, websocket, TLS/1.0";
            wire.send(format!("GET /letters.txt HTTP/1.0\r\n{fields}\r\n\r\n"));
            let answer = wire.next_answer();
            assert_eq!(answer.status, 200, "{answer:?}");
        },
    },
    Case {
        id: "9110-7.8-web-socket",
        asks: "a switch to a web socket is made as asked, or not at all",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = [
                "Connection: keep-alive, Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ];
            wire.send(request("GET", "/letters.txt", &fields));
            let answer = upgraded_or_answered(&mut wire, &["websocket"]);
            assert_eq!(answer.map(|answer| answer.text()).as_deref(), Some(LETTERS));
            wire.assert_open();
        },
    },
    Case {
        id: "9110-7.8-h2c",
        asks: "a switch to HTTP/2 is made as asked, or not at all",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = [
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__",
            ];
            wire.send(request("GET", "/letters.txt", &fields));
            if let Some(answer) = upgraded_or_answered(&mut wire, &["h2c"]) {
                assert_eq!(answer.text(), LETTERS, "{answer:?}");
                wire.assert_open();
            }
        },
    },
    Case {
        id: "9110-7.8-with-expectation",
        asks: "with an expectation, no switch is made before the content was asked for",
        run: |origin| {
            let mut wire = origin.connect();
            let fields = [
                "Connection: upgrade",
                "Upgrade: websocket, h2c",
                "Content-Length: 3",
                "Expect: 100-continue",
            ];
            wire.send(request("GET", "/letters.txt", &fields));
            if wire.is_silent() {
                wire.send("abc");
            }
            let first = wire.next_answer();
            assert_ne!(first.status, 101, "{first:?}");
        },
    },
];
