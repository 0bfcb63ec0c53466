//! RFC 9110 §8.3, §8.4 and §8.7: what the content is said to be.

use crate::case::Case;
use crate::coding;
use crate::grammar::is_media_type;
use crate::multipart::Part;
use crate::origin::Origin;
use crate::site::{LETTERS, SIBLINGS};
use crate::wire::Answer;

/// Shows that a file has a media type of this name.
#[track_caller]
fn is_of_type(origin: &Origin, target: &str, name: &str) {
    let answer = origin.get(target, &[]);
    let found = answer.field("Content-Type").unwrap_or_default();
    let found_name = found.split(';').next().unwrap_or_default().trim();
    assert!(found_name.eq_ignore_ascii_case(name), "{target} is {name}: {answer:?}");
    assert!(is_media_type(found), "{found:?} keeps to the grammar");
}

/// Shows that what content there is has a media type.
#[track_caller]
fn assert_typed(answer: &Answer) {
    let found = answer.field("Content-Type");
    assert!(found.is_none_or(is_media_type), "{answer:?}");
    assert!(answer.body.is_empty() || found.is_some(), "content has a type: {answer:?}");
}

/// Shows that content comes in a coding of its name only, and as nothing else.
#[track_caller]
fn coded_as_named(origin: &Origin, wanted: &str) {
    let answer = origin.get("/coded.txt", &[&format!("Accept-Encoding: {wanted}")]);
    let named = coding::of(&answer);
    assert!(named == wanted || named == "identity", "{wanted} or nothing: {answer:?}");
    let sibling = SIBLINGS.iter().find(|(.., content)| content.as_bytes() == answer.body);
    assert!(sibling.is_none_or(|(_, name, _)| *name == named), "{answer:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-8.3-text",
        asks: "a text has its media type",
        run: |origin| is_of_type(origin, "/letters.txt", "text/plain"),
    },
    Case {
        id: "9110-8.3-page",
        asks: "a page has its media type",
        run: |origin| is_of_type(origin, "/folder/page.html", "text/html"),
    },
    Case {
        id: "9110-8.3-page-of-folder",
        asks: "the page of a folder has its media type",
        run: |origin| is_of_type(origin, "/folder/", "text/html"),
    },
    Case {
        id: "9110-8.3-to-head",
        asks: "an answer to HEAD has the media type, too",
        run: |origin| {
            let answer = origin.ask("HEAD", "/letters.txt", &[]);
            let found = answer.field("Content-Type").unwrap_or_default();
            assert!(found.starts_with("text/plain"), "{answer:?}");
        },
    },
    Case {
        id: "9110-8.3-of-part",
        asks: "a part has the media type of the whole",
        run: |origin| {
            let whole = origin.get("/letters.txt", &[]);
            let part = origin.get("/letters.txt", &["Range: bytes=1-2"]);
            assert_eq!(part.field("Content-Type"), whole.field("Content-Type"), "{part:?}");
        },
    },
    Case {
        id: "9110-8.3-of-404",
        asks: "what a 404 says has a media type",
        run: |origin| assert_typed(&origin.get("/missing", &[])),
    },
    Case {
        id: "9110-8.3-of-redirect",
        asks: "what a redirect says has a media type",
        run: |origin| assert_typed(&origin.get("/folder", &[])),
    },
    Case {
        id: "9110-8.3-of-405",
        asks: "what a refusal of a method says has a media type",
        run: |origin| assert_typed(&origin.ask("DELETE", "/letters.txt", &[])),
    },
    Case {
        id: "9110-8.3-of-400",
        asks: "what a refusal of a request says has a media type",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\nno colon\r\n\r\n");
            assert_typed(&wire.answer());
        },
    },
    Case {
        id: "9110-8.3.3-lines-between-parts",
        asks: "the parts of a multipart are separated by lines that end with CRLF",
        run: |origin| {
            let answer = origin.get("/letters.txt", &["Range: bytes=0-1,20-21"]);
            if answer.field("Content-Type").is_some_and(|name| name.starts_with("multipart/")) {
                let crlf = answer.body.windows(2).filter(|pair| *pair == b"\r\n").count();
                let lf = answer.body.iter().filter(|byte| **byte == b'\n').count();
                assert_eq!(crlf, lf, "{answer:?}");
                assert_eq!(Part::all_of(&answer).len(), 2, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-8.4-gzip-named",
        asks: "content in gzip is named so",
        run: |origin| coded_as_named(origin, "gzip"),
    },
    Case {
        id: "9110-8.4-br-named",
        asks: "content in br is named so",
        run: |origin| coded_as_named(origin, "br"),
    },
    Case {
        id: "9110-8.4-zstd-named",
        asks: "content in zstd is named so",
        run: |origin| coded_as_named(origin, "zstd"),
    },
    Case {
        id: "9110-8.4-identity-not-named",
        asks: "content in no coding names none",
        run: |origin| {
            for accepted in ["identity", "identity;q=1, *;q=0"] {
                let answer = origin.get("/coded.txt", &[&format!("Accept-Encoding: {accepted}")]);
                assert_eq!(answer.field("Content-Encoding"), None, "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-8.4-inherent-coding",
        asks: "a coding that the media type says already is not said again",
        run: |origin| {
            let answer = origin.get("/archive.tar.gz", &["Accept-Encoding: gzip"]);
            let media_type = answer.field("Content-Type").unwrap_or_default();
            let is_said = media_type.contains("gzip") || media_type.contains("compressed");
            let is_coded = answer.field("Content-Encoding").is_some();
            assert!(!(is_said && is_coded), "{answer:?}");
        },
    },
    Case {
        id: "9110-8.4.1-case-of-codings",
        asks: "names of codings are the same in either case",
        run: |origin| {
            let lower = coding::sent(origin, "gzip");
            assert_eq!(coding::sent(origin, "GZip"), lower);
        },
    },
    Case {
        id: "9110-8.4.1.3-x-gzip",
        asks: "x-gzip is gzip",
        run: |origin| {
            let plain = coding::sent(origin, "gzip");
            assert_eq!(coding::sent(origin, "x-gzip"), plain);
        },
    },
    Case {
        id: "9110-8.4.1.3-x-gzip-refused",
        asks: "who refuses x-gzip refuses gzip",
        run: |origin| coding::assert_never(origin, "x-gzip;q=0, *", &["gzip"]),
    },
    Case {
        id: "9110-8.7-content-location-of-request",
        asks: "where a request says that its content is from does not change what it asks for",
        run: |origin| {
            let mut wire = origin.connect();
            let answer = wire.ask("GET", "/letters.txt", &["Content-Location: /again.txt"]);
            assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
            wire.assert_goes_on_as(&answer);
        },
    },
];
