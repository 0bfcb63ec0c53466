//! RFC 9110 §15.2 to §15.6: what answers of each class must have, or must not.

use crate::case::Case;
use crate::coding::has;
use crate::site::{LETTERS, MODIFIED, SIBLINGS};
use crate::wire::{Answer, request};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-15.2-none-to-an-old-client",
        asks: "a client of 1.0 gets no interim answer",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("POST /letters.txt HTTP/1.0\r\nExpect: 100-continue\r\n");
            wire.send("Content-Length: 4\r\n\r\n");
            wire.send("body");
            let answer = wire.next_answer();
            assert!(answer.status >= 200, "{answer:?}");
        },
    },
    Case {
        id: "9110-15.2.2-unknown-protocol",
        asks: "the protocol is not switched to one that nobody knows",
        run: |origin| {
            let lines = ["Connection: Upgrade", "Upgrade: no-such-protocol/1"];
            let mut wire = origin.connect();
            wire.send(request("GET", "/letters.txt", &lines));
            let answer = wire.next_answer();
            assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
            wire.assert_open();
        },
    },
    Case {
        id: "9110-15.3.1-validators",
        asks: "a 200 has an entity tag and the date of the last modification",
        run: |origin| {
            for (method, target) in
                [("GET", "/letters.txt"), ("HEAD", "/letters.txt"), ("GET", "/big.bin")]
            {
                let answer = origin.ask(method, target, &[]);
                assert_eq!(answer.status, 200, "{answer:?}");
                let tag = answer.field("ETag").unwrap_or_default();
                assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {answer:?}");
                assert_eq!(answer.field("Last-Modified"), Some(MODIFIED), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.4-location",
        asks: "a redirect says where to, and what is there is found",
        run: |origin| {
            let answer = origin.get("/folder", &[]);
            assert!(matches!(answer.status, 301 | 302 | 307 | 308), "{answer:?}");
            let location = answer.field("Location").expect("a redirect has a Location");
            let here =
                ["http://localhost".to_owned(), format!("http://localhost:{}", origin.addr.port())];
            let paths = here.iter().filter_map(|here| location.strip_prefix(here.as_str()));
            let path = paths.chain([location]).find(|path| path.starts_with('/'));
            let path = path.expect("a path, or the address of this server and a path");
            assert!(!path.starts_with("//"), "this server: {location}");
            let answer = origin.get(path, &[]);
            assert_eq!(answer.status, 200, "{location}: {answer:?}");
            assert!(answer.text().contains("folder"), "{location}: {answer:?}");
        },
    },
    Case {
        id: "9110-15.4-location-with-head",
        asks: "HEAD is redirected as GET is",
        run: |origin| {
            let [get, head] = ["GET", "HEAD"].map(|method| origin.ask(method, "/folder", &[]));
            assert_eq!((head.status, head.field("Location")), (get.status, get.field("Location")));
            assert!(head.field("Location").is_some(), "{head:?}");
        },
    },
    Case {
        id: "9110-15.5-explained-404",
        asks: "a 404 is explained in its content",
        run: |origin| assert_explained(&origin.get("/missing", &[])),
    },
    Case {
        id: "9110-15.5-explained-400",
        asks: "a 400 is explained in its content",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\n\r\n");
            assert_explained(&wire.answer());
        },
    },
    Case {
        id: "9110-15.5-explained-412",
        asks: "a 412 is explained in its content",
        run: |origin| {
            let answer = origin.get("/letters.txt", &[r#"If-Match: "other""#]);
            assert_explained(&answer);
        },
    },
    Case {
        id: "9110-15.5-explained-416",
        asks: "a 416 is explained in its content",
        run: |origin| {
            assert_explained(&origin.get("/letters.txt", &["Range: bytes=26-"]));
        },
    },
    Case {
        id: "9110-15.5-explained-refusal",
        asks: "the refusal of a method is explained in its content",
        run: |origin| {
            for method in ["POST", "DELETE"] {
                let answer = origin.ask(method, "/letters.txt", &[]);
                assert_explained(&answer);
            }
        },
    },
    Case {
        id: "9110-15.5-head",
        asks: "an error of HEAD has no content, and the next answer follows at once",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("HEAD", "/missing", &[]);
            assert_eq!(answer.status, 404, "{answer:?}");
            wire.assert_open();
        },
    },
    Case {
        id: "9110-15.5.6-allow",
        asks: "a 405 says which methods there are",
        run: |origin| {
            for method in ["POST", "PUT", "DELETE"] {
                let answer = origin.ask(method, "/letters.txt", &["Content-Length: 0"]);
                if answer.status == 405 {
                    assert!(answer.values("Allow").next().is_some(), "{answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-15.5.6-allow-is-true",
        asks: "the methods that a 405 lists are answered with something else",
        run: |origin| {
            let answer = origin.ask("DELETE", "/letters.txt", &[]);
            let listed = answer.values("Allow").flat_map(|value| value.split(','));
            for method in listed.map(str::trim).filter(|_| answer.status == 405) {
                let answer = origin.ask(method, "/letters.txt", &["Content-Length: 0"]);
                assert!(!matches!(answer.status, 405 | 501), "{method}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.5.6-allow-has-get",
        asks: "a 405 lists the methods that the target takes",
        run: |origin| {
            let answer = origin.ask("DELETE", "/letters.txt", &[]);
            if answer.status == 405 {
                let has = |method| answer.lists("Allow", method);
                assert!(has("GET") && has("HEAD") && !has("DELETE"), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.5.7-names-codings",
        asks: "a 406 names each coding that the file is there in, whatever its own form",
        run: |origin| {
            let codings = SIBLINGS.map(|(_, coding, _)| coding);
            let there: Vec<_> =
                codings.into_iter().filter(|coding| has(origin, &[coding])).collect();
            for form in ["*/*", "text/html", "application/json"] {
                let accept = format!("Accept: {form}");
                let answer = origin.get("/coded.txt", &[&accept, "Accept-Encoding: *;q=0"]);
                let is_unnamed = |coding: &&&str| !has_word(&answer.text(), coding);
                let unnamed: Vec<_> = there.iter().filter(is_unnamed).collect();
                assert!(answer.status != 406 || unnamed.is_empty(), "{unnamed:?}: {answer:?}");
            }
        },
    },
    Case {
        id: "9110-15.6-explained-505",
        asks: "a 505 is explained in its content",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/9.1\r\nHost: localhost\r\n\r\n");
            let answer = wire.answer();
            assert_explained(&answer);
        },
    },
    Case {
        id: "9110-15.6-explained-501",
        asks: "the refusal of an unknown method is explained in its content",
        run: |origin| {
            let answer = origin.ask("FROB", "/letters.txt", &[]);
            assert_explained(&answer);
        },
    },
];

/// Expects an error to have content of a stated type that is not the file. Whether it should have
/// been an error is another case's business.
#[track_caller]
fn assert_explained(answer: &Answer) {
    if answer.status >= 400 {
        assert!(!answer.body.is_empty() && answer.text() != LETTERS, "{answer:?}");
        assert!(answer.field("Content-Type").is_some(), "{answer:?}");
    }
}

/// Tells whether a text has that word, whatever its case.
fn has_word(text: &str, word: &str) -> bool {
    let is_other = |c: char| !c.is_ascii_alphanumeric();
    text.split(is_other).any(|found| found.eq_ignore_ascii_case(word))
}
