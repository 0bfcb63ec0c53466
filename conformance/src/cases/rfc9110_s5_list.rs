//! RFC 9110 §5.6.1 to §5.6.6: lists, space, quoted strings and parameters.

use super::rfc9110_s5_field::{etag, ignored, not_modified};
use crate::case::Case;
use crate::grammar::is_list_of_tokens;
use crate::origin::Origin;
use crate::wire::{Answer, request};

/// Shows that the option to close is seen in a value of Connection.
#[track_caller]
fn closes(origin: &Origin, connection: &str) {
    let mut wire = origin.connect();
    let answer = wire.ask("GET", "/letters.txt", &[&format!("Connection: {connection}")]);
    assert_eq!(answer.status, 200, "{answer:?}");
    wire.assert_closed();
}

/// Shows that a chunk with this extension is read past, and what follows answered.
#[track_caller]
fn reads_chunk_with(origin: &Origin, extension: &str) {
    let mut wire = origin.connect();
    let head = request("GET", "/letters.txt", &["Transfer-Encoding: chunked"]);
    wire.send(format!("{head}1{extension}\r\na\r\n0{extension}\r\n\r\n"));
    let answer = wire.answer();
    assert_eq!(answer.status, 200, "{answer:?}");
    wire.assert_goes_on_as(&answer);
}

#[track_caller]
fn assert_full_lists(answer: &Answer) {
    for name in ["Accept-Ranges", "Allow", "Connection", "Content-Encoding", "Upgrade", "Vary"] {
        for value in answer.values(name) {
            let is_list = name == "Upgrade" || is_list_of_tokens(value);
            let has_gap = !value.is_empty() && value.split(',').any(|part| part.trim().is_empty());
            assert!(is_list && !has_gap, "{name} has no empty member: {answer:?}");
        }
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-5.6.1.1-no-empty-member",
        asks: "lists that are sent have no empty member",
        run: |origin| {
            assert_full_lists(&origin.get("/letters.txt", &[]));
            assert_full_lists(&origin.get("/coded.txt", &["Accept-Encoding: gzip, br"]));
            assert_full_lists(&origin.get("/letters.txt", &["Connection: close"]));
        },
    },
    Case {
        id: "9110-5.6.1.1-no-empty-member-in-allow",
        asks: "the list of allowed methods has no empty member",
        run: |origin| {
            assert_full_lists(&origin.ask("DELETE", "/letters.txt", &[]));
            assert_full_lists(&origin.ask("OPTIONS", "/letters.txt", &[]));
        },
    },
    Case {
        id: "9110-5.6.1.2-empty-member-first",
        asks: "empty members before the others are ignored",
        run: |origin| not_modified(origin, &[&format!("If-None-Match: , ,{}", etag(origin))]),
    },
    Case {
        id: "9110-5.6.1.2-empty-member-between",
        asks: "empty members between the others are ignored",
        run: |origin| {
            not_modified(origin, &[&format!("If-None-Match: \"a\",, ,\t,{}", etag(origin))]);
        },
    },
    Case {
        id: "9110-5.6.1.2-empty-member-last",
        asks: "empty members behind the others are ignored",
        run: |origin| not_modified(origin, &[&format!("If-None-Match: {},, ,", etag(origin))]),
    },
    Case {
        id: "9110-5.6.1.2-empty-connection-options",
        asks: "empty connection options are ignored",
        run: |origin| closes(origin, ",, ,close,"),
    },
    Case {
        id: "9110-5.6.1.2-empty-line-of-list",
        asks: "a line of a list that is empty does not end the list",
        run: |origin| {
            not_modified(origin, &["If-None-Match:", &format!("If-None-Match: {}", etag(origin))]);
        },
    },
    Case {
        id: "9110-5.6.1.2-empty-expectation",
        asks: "empty members among expectations are ignored",
        run: |origin| ignored(origin, &["Expect: ,"]),
    },
    Case {
        id: "9110-5.6.1.2-comma-within-quotes",
        asks: "a comma in an entity tag separates nothing",
        run: |origin| {
            ignored(origin, &["If-None-Match: \"a, *\""]);
            not_modified(origin, &[&format!("If-None-Match: \"a,b\", {}", etag(origin))]);
        },
    },
    Case {
        id: "9110-5.6.3-space-around-commas",
        asks: "space and tabs around commas are not of the members",
        run: |origin| {
            not_modified(origin, &[&format!("If-None-Match: \"a\"\t ,\t {}", etag(origin))]);
        },
    },
    Case {
        id: "9110-5.6.3-space-around-options",
        asks: "space and tabs around connection options are not of them",
        run: |origin| closes(origin, "x-option \t,\t close \t"),
    },
    Case {
        id: "9110-5.6.3-space-around-semicolon",
        asks: "space around the semicolon of a parameter is ignored",
        run: |origin| {
            let field = "Accept-Encoding: gzip\t ;\t q=0, br ; q=0, zstd ;q=0";
            let answer = origin.get("/coded.txt", &[field]);
            assert_eq!(answer.field("Content-Encoding"), None, "{answer:?}");
        },
    },
    Case {
        id: "9110-5.6.3-bad-whitespace",
        asks: "bad white space is read past where the grammar has it",
        run: |origin| reads_chunk_with(origin, " \t;\t name\t = \tvalue"),
    },
    Case {
        id: "9110-5.6.4-quoted-pair",
        asks: "an escaped quote does not end a quoted string",
        run: |origin| reads_chunk_with(origin, ";name=\"a\\\"b;\\\\c\""),
    },
    Case {
        id: "9110-5.6.6-case-of-parameters",
        asks: "names of parameters are the same in either case",
        run: |origin| {
            let answer = origin.get("/coded.txt", &["Accept-Encoding: gzip;Q=0, br;Q=0, zstd;Q=0"]);
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.field("Content-Encoding"), None, "{answer:?}");
        },
    },
];
