//! RFC 9110 §12.5.5: an answer names the fields that had a part in choosing it.

use crate::case::Case;
use crate::coding;
use crate::origin::Origin;
use crate::wire::Answer;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-12.5.5-coded",
        asks: "content in a coding that was negotiated names Accept-Encoding",
        run: |origin| {
            for accepted in negotiated(origin) {
                assert_varies(&origin.get("/coded.txt", &[&line(accepted)]), "Accept-Encoding");
            }
        },
    },
    Case {
        id: "9110-12.5.5-identity",
        asks: "content without a coding names Accept-Encoding if another client would get one",
        run: |origin| {
            if !negotiated(origin).is_empty() {
                let lines: [&[&str]; 3] =
                    [&[], &["Accept-Encoding: identity"], &["Accept-Encoding: gzip;q=0, br;q=0"]];
                for lines in lines {
                    let answer = origin.get("/coded.txt", lines);
                    assert_varies(&answer, "Accept-Encoding");
                }
            }
        },
    },
    Case {
        id: "9110-12.5.5-head",
        asks: "HEAD is told what GET's choice depends on",
        run: |origin| {
            for accepted in negotiated(origin) {
                let answer = origin.ask("HEAD", "/coded.txt", &[&line(accepted)]);
                assert_varies(&answer, "Accept-Encoding");
            }
        },
    },
    Case {
        id: "9110-12.5.5-error",
        asks: "a 404, which caches may keep, names Accept if its form depends on it",
        run: |origin| {
            let form = |accept: &str| {
                let answer = origin.get("/missing", &[&format!("Accept: {accept}")]);
                assert_eq!(answer.status, 404, "{answer:?}");
                answer
            };
            let answers = ["text/html", "application/json", "text/plain"].map(form);
            let media_type = |answer: &Answer| answer.field("Content-Type").map(str::to_owned);
            if answers.iter().any(|answer| media_type(answer) != media_type(&answers[0])) {
                answers.iter().for_each(|answer| assert_varies(answer, "Accept"));
            }
        },
    },
    Case {
        id: "9110-12.5.5-names-alone",
        asks: "the value is a list of field names or a star",
        run: |origin| {
            let answer = origin.get("/coded.txt", &["Accept-Encoding: gzip"]);
            for name in answer.values("Vary").flat_map(|value| value.split(',')) {
                let name = name.trim();
                let is_token =
                    |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
                assert!(name.bytes().all(is_token), "a field name, not {name:?}");
            }
        },
    },
];

/// The codings that the server has of `/coded.txt`.
fn negotiated(origin: &Origin) -> Vec<&'static str> {
    ["br", "zstd", "gzip"].into_iter().filter(|name| coding::has(origin, &[name])).collect()
}

fn line(accepted: &str) -> String {
    format!("Accept-Encoding: {accepted}")
}

#[track_caller]
fn assert_varies(answer: &Answer, name: &str) {
    let varies = answer.lists("Vary", name) || answer.lists("Vary", "*");
    assert!(varies, "Vary names {name}: {answer:?}");
}
