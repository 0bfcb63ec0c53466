//! Which coding of `/coded.txt` a server sends, told by the field and by the bytes.

#![expect(clippy::missing_panics_doc, reason = "to panic is how every function here fails")]

use crate::origin::Origin;
use crate::site::{CODED, SIBLINGS};
use crate::wire::Answer;

/// What `/coded.txt` is sent as to a client with this Accept-Encoding: a coding, `identity`, or
/// `none` with 406.
#[must_use]
#[track_caller]
pub fn sent(origin: &Origin, accepted: &str) -> String {
    of(&origin.get("/coded.txt", &[&format!("Accept-Encoding: {accepted}")]))
}

/// What coding an answer about `/coded.txt` is in; its bytes must be of that coding.
#[must_use]
#[track_caller]
pub fn of(answer: &Answer) -> String {
    if answer.status == 406 {
        return "none".to_owned();
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    let coding = answer.field("Content-Encoding").unwrap_or("identity").to_ascii_lowercase();
    let is_sibling = |(_, name, content): &(&str, &str, &str)| {
        *name == coding && content.as_bytes() == answer.body
    };
    let is_gzip = coding == "gzip" && answer.body.starts_with(b"\x1f\x8b");
    let is_identity = coding == "identity" && answer.text() == CODED;
    let is_so = is_identity || is_gzip || SIBLINGS.iter().any(is_sibling);
    assert!(is_so, "the content is in the coding that is named: {answer:?}");
    coding
}

/// Whether the server has `/coded.txt` in all of these codings.
#[must_use]
#[track_caller]
pub fn has(origin: &Origin, codings: &[&str]) -> bool {
    codings.iter().all(|coding| sent(origin, coding) == *coding)
}

/// Expects a server that has these codings of `/coded.txt` to send it as `expected` to a client
/// with this Accept-Encoding; one that does not have them is not asked.
#[track_caller]
pub fn assert_sent(origin: &Origin, codings: &[&str], accepted: &str, expected: &str) {
    if has(origin, codings) {
        assert_eq!(sent(origin, accepted), expected, "Accept-Encoding: {accepted}");
    }
}

/// Expects that a client with this Accept-Encoding gets `/coded.txt` in none of these codings.
#[track_caller]
pub fn assert_never(origin: &Origin, accepted: &str, refused: &[&str]) {
    let coding = sent(origin, accepted);
    assert!(!refused.contains(&coding.as_str()), "{coding} with Accept-Encoding: {accepted}");
}
