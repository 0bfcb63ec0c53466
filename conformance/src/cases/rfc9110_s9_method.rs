//! RFC 9110 §9.1: methods that are known, and those that are not.

use crate::case::Case;
use crate::origin::Origin;
use crate::site::LETTERS;
use crate::wire::request;

/// Shows that a method is told to be none that the server has.
#[track_caller]
fn not_implemented(origin: &Origin, method: &str) {
    let answer = origin.ask(method, "/letters.txt", &[]);
    assert_eq!(answer.status, 501, "{answer:?}");
    assert_ne!(answer.text(), LETTERS, "{answer:?}");
}

/// Shows that a method is told to be not for files, or none that the server has.
#[track_caller]
fn not_for_files(origin: &Origin, method: &str) {
    let mut wire = origin.connect();
    wire.send(request(method, "/letters.txt", &["Content-Length: 4"]));
    wire.send("new\n");
    let answer = wire.answer();
    assert!(matches!(answer.status, 405 | 501), "{answer:?}");
    let kept = origin.get("/letters.txt", &[]);
    assert_eq!((kept.status, kept.text().as_str()), (200, LETTERS), "{kept:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-9.1-get",
        asks: "GET is served",
        run: |origin| {
            let answer = origin.get("/folder/page.html", &[]);
            let page = "<!doctype html><title>page</title>\n";
            assert_eq!((answer.status, answer.text().as_str()), (200, page), "{answer:?}");
        },
    },
    Case {
        id: "9110-9.1-head",
        asks: "HEAD is served",
        run: |origin| assert_eq!(origin.ask("HEAD", "/letters.txt", &[]).status, 200),
    },
    Case {
        id: "9110-9.1-unknown",
        asks: "a method that is not known is answered 501",
        run: |origin| not_implemented(origin, "AVOCADO"),
    },
    Case {
        id: "9110-9.1-unknown-of-one-letter",
        asks: "a method of one letter is answered 501",
        run: |origin| not_implemented(origin, "G"),
    },
    Case {
        id: "9110-9.1-unknown-of-any-token",
        asks: "a method may be any token, and is answered 501",
        run: |origin| not_implemented(origin, "!#$%&'*+-.^_`|~09az"),
    },
    Case {
        id: "9110-9.1-beginning-of-known",
        asks: "the beginning of a known method is not that method",
        run: |origin| not_implemented(origin, "GE"),
    },
    Case {
        id: "9110-9.1-longer-than-known",
        asks: "a method that begins with a known one is not that method",
        run: |origin| not_implemented(origin, "GETS"),
    },
    Case {
        id: "9110-9.1-lower-case",
        asks: "methods in lower case are other methods",
        run: |origin| not_implemented(origin, "get"),
    },
    Case {
        id: "9110-9.1-mixed-case",
        asks: "methods in mixed case are other methods",
        run: |origin| not_implemented(origin, "Head"),
    },
    Case {
        id: "9110-9.1-unknown-of-nothing",
        asks: "a method that is not known is so whatever it is asked of",
        run: |origin| assert_eq!(origin.ask("AVOCADO", "/missing", &[]).status, 501),
    },
    Case {
        id: "9110-9.1-post",
        asks: "POST to a file is answered with the file, 405 or 501, and changes nothing",
        run: |origin| {
            let answer = origin.ask("POST", "/letters.txt", &["Content-Length: 0"]);
            assert!(matches!(answer.status, 200 | 405 | 501), "{answer:?}");
            assert_eq!(origin.get("/letters.txt", &[]).text(), LETTERS);
        },
    },
    Case {
        id: "9110-9.1-put",
        asks: "PUT of a file is answered 405, or 501, and changes nothing",
        run: |origin| not_for_files(origin, "PUT"),
    },
    Case {
        id: "9110-9.1-delete",
        asks: "DELETE of a file is answered 405, or 501, and removes nothing",
        run: |origin| not_for_files(origin, "DELETE"),
    },
    Case {
        id: "9110-9.1-patch",
        asks: "PATCH of a file is answered 405, or 501, and changes nothing",
        run: |origin| not_for_files(origin, "PATCH"),
    },
    Case {
        id: "9110-9.3.1-content-changes-nothing",
        asks: "content with GET does not change what is asked for",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/letters.txt", &["Content-Length: 10"]));
            wire.send("/again.txt");
            let answer = wire.answer();
            assert!(matches!(answer.status, 200 | 400..=499), "{answer:?}");
            assert_ne!(answer.text(), "again\n", "{answer:?}");
            assert!(answer.status != 200 || answer.text() == LETTERS, "{answer:?}");
        },
    },
];
