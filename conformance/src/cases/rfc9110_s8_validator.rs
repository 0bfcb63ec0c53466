//! RFC 9110 §8.8: Last-Modified and ETag tell one state of a file from another.

use crate::case::Case;
use crate::coding;
use crate::grammar::{date, is_entity_tag};
use crate::origin::Origin;
use crate::site::MODIFIED;
use crate::wire::Answer;

/// The entity tag of an answer, if there is one, which must keep to the grammar.
#[track_caller]
fn etag(answer: &Answer) -> Option<String> {
    let etag = answer.field("ETag")?;
    assert!(is_entity_tag(etag), "{etag:?} is an entity tag");
    Some(etag.to_owned())
}

/// The entity tags of `/coded.txt` in two codings, if it has them.
#[track_caller]
fn tags(origin: &Origin, codings: [&str; 2]) -> Option<[String; 2]> {
    let [first, second] =
        codings.map(|coding| origin.get("/coded.txt", &[&format!("Accept-Encoding: {coding}")]));
    (coding::of(&first) != coding::of(&second)).then_some([etag(&first)?, etag(&second)?])
}

/// Shows that no client could take one coding for the other.
#[track_caller]
fn tells_apart(origin: &Origin, codings: [&str; 2]) {
    if let Some([first, second]) = tags(origin, codings) {
        let [_, of_second] = codings;
        // Tags that are both weak may be the same where the content means the same.
        let is_weak = first.starts_with("W/") && second.starts_with("W/");
        assert!(is_weak || first != second, "{codings:?} have {first} and {second}");
        let accepts = format!("Accept-Encoding: {of_second}");
        let answer = origin.get("/coded.txt", &[&accepts, &format!("If-None-Match: {second}")]);
        assert_eq!(answer.status, 304, "{of_second} is known by {second}: {answer:?}");
        let answer = origin.get("/coded.txt", &[&accepts, &format!("If-None-Match: {first}")]);
        assert!(is_weak || answer.status == 200, "{of_second} is not {first}: {answer:?}");
    }
}

#[track_caller]
fn assert_modified(answer: &Answer) {
    assert_eq!(answer.field("Last-Modified"), Some(MODIFIED), "{answer:?}");
}

#[track_caller]
fn assert_not_of_tomorrow(answer: &Answer) {
    let dated = date(answer.field("Date").expect("there is a Date"));
    if let Some(modified) = answer.field("Last-Modified") {
        assert!(date(modified) <= dated, "{answer:?}");
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-8.8.2-of-file",
        asks: "a file says when it was modified",
        run: |origin| assert_modified(&origin.get("/letters.txt", &[])),
    },
    Case {
        id: "9110-8.8.2-of-large-file",
        asks: "a large file says when it was modified",
        run: |origin| assert_modified(&origin.get("/big.bin", &[])),
    },
    Case {
        id: "9110-8.8.2-to-head",
        asks: "an answer to HEAD says when the file was modified",
        run: |origin| assert_modified(&origin.ask("HEAD", "/letters.txt", &[])),
    },
    Case {
        id: "9110-8.8.2.1-not-after-date",
        asks: "no file was modified after it was sent",
        run: |origin| {
            for target in ["/letters.txt", "/big.bin", "/folder/"] {
                assert_not_of_tomorrow(&origin.get(target, &[]));
            }
        },
    },
    Case {
        id: "9110-8.8.2.1-of-tomorrow",
        asks: "a file that claims to be of the future is of now",
        run: |origin| assert_not_of_tomorrow(&origin.get("/future.txt", &[])),
    },
    Case {
        id: "9110-8.8.2.1-of-tomorrow-in-304",
        asks: "no 304 says a time of the future",
        run: |origin| {
            let Some(etag) = etag(&origin.get("/future.txt", &[])) else { return };
            let answer = origin.get("/future.txt", &[&format!("If-None-Match: {etag}")]);
            assert_eq!(answer.status, 304, "{answer:?}");
            assert_not_of_tomorrow(&answer);
        },
    },
    Case {
        id: "9110-8.8.3-of-file",
        asks: "a file has an entity tag",
        run: |origin| assert_ne!(etag(&origin.get("/letters.txt", &[])), None),
    },
    Case {
        id: "9110-8.8.3-of-page-of-folder",
        asks: "the page of a folder has an entity tag",
        run: |origin| assert_ne!(etag(&origin.get("/folder/", &[])), None),
    },
    Case {
        id: "9110-8.8.3-stays",
        asks: "the entity tag of a file that is as it was is as it was",
        run: |origin| {
            for target in ["/letters.txt", "/big.bin"] {
                let first = etag(&origin.get(target, &[]));
                assert_eq!(etag(&origin.get(target, &[])), first, "{target}");
            }
        },
    },
    Case {
        id: "9110-8.8.3-of-part",
        asks: "a part has the entity tag of the whole",
        run: |origin| {
            let whole = etag(&origin.get("/letters.txt", &[]));
            let answer = origin.get("/letters.txt", &["Range: bytes=1-2"]);
            assert_eq!(etag(&answer), whole, "{answer:?}");
        },
    },
    Case {
        id: "9110-8.8.3-revalidates",
        asks: "the entity tag of a file is that of its later answers",
        run: |origin| {
            for target in ["/letters.txt", "/big.bin", "/folder/"] {
                if let Some(etag) = etag(&origin.get(target, &[])) {
                    let again = origin.get(target, &[&format!("If-None-Match: {etag}")]);
                    assert_eq!(again.status, 304, "{again:?}");
                }
            }
        },
    },
    Case {
        id: "9110-8.8.3.3-gzip-and-identity",
        asks: "a file and its gzip have strong tags of their own, and each is known by its own",
        run: |origin| tells_apart(origin, ["identity", "gzip"]),
    },
    Case {
        id: "9110-8.8.3.3-identity-and-br",
        asks: "br and the file have strong tags of their own, and each is known by its own",
        run: |origin| tells_apart(origin, ["br", "identity"]),
    },
    Case {
        id: "9110-8.8.3.3-gzip-and-br",
        asks: "gzip and br have strong tags of their own, and each is known by its own",
        run: |origin| tells_apart(origin, ["gzip", "br"]),
    },
    Case {
        id: "9110-8.8.3.3-zstd-and-gzip",
        asks: "zstd and gzip have strong tags of their own, and each is known by its own",
        run: |origin| tells_apart(origin, ["zstd", "gzip"]),
    },
];
