//! RFC 9110 §12.5.1: which media types a client takes, seen in the form of a 404.
//!
//! A server need not have several forms of an error. What it has is asked first.

use crate::case::Case;
use crate::origin::Origin;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-12.5.1-weights",
        asks: "of two types the one with the higher quality is sent",
        run: |origin| {
            assert_form(origin, &["text/html;q=0.5, application/json"], JSON);
            assert_form(origin, &["application/json;q=0.5, text/html"], HTML);
            assert_form(origin, &["application/json;q=0.501, text/html;q=0.5"], JSON);
        },
    },
    Case {
        id: "9110-12.5.1-specific-first",
        asks: "a type that is named overrides a wildcard over it",
        run: |origin| {
            assert_form(origin, &["text/html;q=0.1, */*;q=0, application/json"], JSON);
            assert_form(
                origin,
                &["*/*, text/html;q=0.2, text/plain;q=0.1, application/*;q=0"],
                HTML,
            );
            assert_form(origin, &["application/*;q=0.1, application/json, text/*;q=0.5"], JSON);
        },
    },
    Case {
        id: "9110-12.5.1-wildcard-subtype",
        asks: "a star for the subtype takes all subtypes, and no other type",
        run: |origin| {
            assert_form(origin, &["application/*, text/*;q=0.1"], JSON);
            assert_not(origin, &["text/*"], JSON);
        },
    },
    Case {
        id: "9110-12.5.1-refused",
        asks: "a type with quality 0 is not sent if there is another",
        run: |origin| {
            assert_not(origin, &["text/html;q=0, */*"], HTML);
            assert_not(origin, &["*/*, application/json;q=0.000"], JSON);
        },
    },
    Case {
        id: "9110-12.5.1-weight-not-last",
        asks: "the parameter named q is the weight wherever it stands",
        run: |origin| {
            assert_form(origin, &["text/html;q=0.1;level=1, application/json;q=0.5"], JSON);
            assert_form(origin, &["application/json;q=0.1;x=y, text/html;q=0.5;level=1"], HTML);
        },
    },
    Case {
        id: "9110-12.5.1-case",
        asks: "types have no case",
        run: |origin| assert_form(origin, &["Application/JSON, TEXT/html;q=0.1"], JSON),
    },
    Case {
        id: "9110-12.5.1-lines",
        asks: "several lines are one list",
        run: |origin| {
            assert_form(origin, &["text/html;q=0.5", "application/json"], JSON);
            assert_form(origin, &["application/json;q=0.5", "text/html"], HTML);
        },
    },
];

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// The media type of a 404 to a client with these Accept lines.
#[track_caller]
fn form(origin: &Origin, accepted: &[&str]) -> String {
    let lines: Vec<String> = accepted.iter().map(|value| format!("Accept: {value}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let answer = origin.get("/missing", &lines);
    assert!(matches!(answer.status, 404 | 406), "{answer:?}");
    let media_type = answer.field("Content-Type").unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether the server has both forms.
fn has_both(origin: &Origin) -> bool {
    form(origin, &[HTML]) == HTML && form(origin, &[JSON]) == JSON
}

#[track_caller]
fn assert_form(origin: &Origin, accepted: &[&str], expected: &str) {
    if has_both(origin) {
        assert_eq!(form(origin, accepted), expected, "Accept: {accepted:?}");
    }
}

#[track_caller]
fn assert_not(origin: &Origin, accepted: &[&str], refused: &str) {
    if has_both(origin) {
        assert_ne!(form(origin, accepted), refused, "Accept: {accepted:?}");
    }
}
