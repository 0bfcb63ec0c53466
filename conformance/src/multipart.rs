//! What a 206 says of the bytes in it: Content-Range, and `multipart/byteranges` taken apart
//! (RFC 9110 §14.4 and §14.6, RFC 2046 §5.1.1).
//!
//! As strict as the texts: what a tolerant client would forgive is a panic with words here. It does
//! not compare with the representation; that is the case's business.

#![expect(clippy::missing_panics_doc, reason = "to panic is how every function here fails")]

use crate::wire::{Answer, find, shown, text};

/// Bytes of a representation, and which they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The Content-Type of the part, if it has one.
    pub media_type: Option<String>,
    /// The offset of the first byte.
    pub first: usize,
    /// The offset of the last byte.
    pub last: usize,
    /// The length of the whole representation.
    pub complete: usize,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Part {
    /// Reads the 206 that has one part and no multipart.
    #[must_use]
    #[track_caller]
    pub fn of_single(answer: &Answer) -> Self {
        assert_eq!(answer.status, 206, "{answer:?}");
        let range = answer.field("Content-Range").expect("a single part has a Content-Range");
        Self::new(range, answer.field("Content-Type"), &answer.body)
    }

    /// Reads all parts of a 206 that is a multipart.
    #[must_use]
    #[track_caller]
    pub fn all_of(answer: &Answer) -> Vec<Self> {
        assert_eq!(answer.status, 206, "{answer:?}");
        let delimiter = format!("\r\n--{}", boundary(answer));
        // The first delimiter may have its line end before the content, or several (§14.6).
        let mut rest = [b"\r\n", answer.body.as_slice()].concat();
        while rest.starts_with(b"\r\n\r\n") {
            rest.drain(..2);
        }
        let mut rest = strip(&rest, delimiter.as_bytes());
        let mut parts = Vec::new();
        while !rest.starts_with(b"--") {
            rest = strip(rest, b"\r\n");
            let end = find(rest, delimiter.as_bytes()).expect("each part ends with the boundary");
            parts.push(Self::parse(&rest[..end]));
            rest = &rest[end + delimiter.len()..];
        }
        assert!(matches!(rest, b"--" | b"--\r\n"), "the end follows, not {}", shown(rest));
        assert!(!parts.is_empty(), "a multipart has a part: {answer:?}");
        parts
    }

    /// Reads all parts of a 206, whatever its form.
    #[must_use]
    #[track_caller]
    pub fn any_of(answer: &Answer) -> Vec<Self> {
        if is_multipart(answer) { Self::all_of(answer) } else { vec![Self::of_single(answer)] }
    }

    /// Reads a part without the line end before its delimiter.
    #[track_caller]
    fn parse(part: &[u8]) -> Self {
        let end = find(part, b"\r\n\r\n").expect("a part has fields and then an empty line");
        let head = text(&part[..end]);
        let value = |wanted: &str| {
            let lines = head.split("\r\n").map(|line| line.split_once(':').expect("a field line"));
            let mut values = lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            let value = values.next().map(|(_, value)| value.trim());
            assert!(values.next().is_none(), "{wanted} comes once in a part: {head:?}");
            value
        };
        let range = value("Content-Range").expect("each part has a Content-Range");
        Self::new(range, value("Content-Type"), &part[end + 4..])
    }

    #[track_caller]
    fn new(range: &str, media_type: Option<&str>, content: &[u8]) -> Self {
        let range = range.strip_prefix("bytes ").expect("a Content-Range begins with its unit");
        let (range, complete) = range.split_once('/').expect("then bytes, a slash, the length");
        let (first, last) = range.split_once('-').expect("the bytes are from and to");
        let (first, last, complete) = (number(first), number(last), number(complete));
        assert!(first <= last && last < complete, "{range} of {complete} is a range");
        assert_eq!(content.len(), last - first + 1, "as many bytes as {range} has");
        let media_type = media_type.map(str::to_owned);
        Self { media_type, first, last, complete, content: content.to_vec() }
    }
}

/// Whether a 206 is a multipart.
#[must_use]
pub fn is_multipart(answer: &Answer) -> bool {
    let media_type = answer.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
    media_type.starts_with("multipart/byteranges")
}

/// The boundary that the Content-Type of a multipart names.
///
/// # Panics
///
/// When there is none, or not of RFC 2046's kind.
#[must_use]
#[track_caller]
pub fn boundary(answer: &Answer) -> String {
    assert!(is_multipart(answer), "a multipart comes, not {answer:?}");
    let media_type = answer.field("Content-Type").unwrap_or_default();
    let (_, parameter) = media_type.split_once(';').expect("a multipart has a parameter");
    let (name, value) = parameter.trim().split_once('=').expect("a parameter has a value");
    assert_eq!(name.to_ascii_lowercase(), "boundary", "the parameter of a multipart");
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    assert!((1..=70).contains(&value.len()), "a boundary of 1 to 70 bytes: {value:?}");
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    assert!(value.bytes().all(is_allowed) && !value.ends_with(' '), "a boundary: {value:?}");
    value.to_owned()
}

#[track_caller]
fn number(digits: &str) -> usize {
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "digits alone: {digits:?}");
    digits.parse().expect("a number of bytes")
}

#[track_caller]
fn strip<'b>(bytes: &'b [u8], wanted: &[u8]) -> &'b [u8] {
    let rest = bytes.strip_prefix(wanted);
    rest.unwrap_or_else(|| panic!("{} comes, not {}", shown(wanted), shown(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(media_type: &str, body: &str) -> Answer {
        let fields = vec![("Content-Type".to_owned(), media_type.to_owned())];
        Answer { version: "HTTP/1.1".to_owned(), status: 206, fields, body: body.into() }
    }

    fn part(range: &str, content: &str) -> String {
        format!("\r\n--x\r\nContent-Type: text/plain\r\nContent-Range: {range}\r\n\r\n{content}")
    }

    #[test]
    fn parts_are_taken_apart() {
        let parts = [part("bytes 0-1/5", "ab"), part("bytes 3-4/5", "\r\n")].concat();
        for body in [format!("{parts}\r\n--x--\r\n"), format!("{}\r\n--x--", &parts[2..])] {
            let found = Part::all_of(&answer("multipart/byteranges; boundary=x", &body));
            let found: Vec<_> = found.iter().map(|part| (part.first, part.last)).collect();
            assert_eq!(found, [(0, 1), (3, 4)]);
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        fn check(media_type: &str, body: &str) {
            let answer = answer(media_type, body);
            let parsed = std::panic::catch_unwind(|| Part::all_of(&answer));
            assert!(parsed.is_err(), "{media_type}: {body:?}");
        }
        let (media_type, one) = ("multipart/byteranges; boundary=x", part("bytes 0-1/5", "ab"));
        check(media_type, &one);
        check(media_type, &format!("{one}\r\n--x--\r\nepilogue"));
        check(media_type, &format!("preamble{one}\r\n--x--\r\n"));
        check(media_type, "--x--\r\n");
        check(media_type, &format!("{}\r\n--x--\r\n", part("bytes 0-1/5", "abc")));
        check(media_type, &format!("{}\r\n--x--\r\n", part("bytes 1-0/5", "")));
        check(media_type, &format!("{}\r\n--x--\r\n", part("bytes 0-1/1", "ab")));
        check(media_type, "--x\r\nContent-Type: text/plain\r\n\r\nab\r\n--x--\r\n");
        check("multipart/byteranges", &format!("{one}\r\n--x--\r\n"));
        check("multipart/byteranges; boundary=", &format!("{one}\r\n--x--\r\n"));
        check("text/plain; boundary=x", &format!("{one}\r\n--x--\r\n"));
    }
}
