//! `multipart/byteranges` (RFC 9110 §14.6): what stands around the parts of an answer with several.
//!
//! ```text
//! CRLF --boundary CRLF Content-Type CRLF Content-Range CRLF CRLF bytes    for each part
//! CRLF --boundary-- CRLF                                                  at the end
//! ```
//!
//! The syntax is that of RFC 2046 §5.1.1. An answer's length is known before its first byte is
//! made, so that it needs no chunks. What it does not do: hold the bytes of the parts, or choose a
//! boundary by chance; the random bytes are handed in.

use std::fmt;
use std::ops::Range;

use crate::range::content_range;

/// What separates the parts: 32 hexadecimal digits, which need no quotes in a Content-Type.
///
/// It is not searched for in the parts. 128 random bits that the parts' author could not know stand
/// in none of them.
///
/// Displayed without its dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary(u128);

impl Boundary {
    /// Makes a boundary of random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(random))
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// An answer with several parts of one representation.
#[derive(Debug, Clone, Copy)]
pub struct Multipart<'a> {
    /// What separates the parts.
    pub boundary: Boundary,
    /// The Content-Type that the whole representation would have; free of line ends.
    pub media_type: &'a str,
    /// The length of the whole representation.
    pub len: u64,
}

impl Multipart<'_> {
    /// Gives the Content-Type of the answer.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// Gives what stands before the bytes of a part, the line end that closes the part before it
    /// included.
    ///
    /// # Panics
    ///
    /// In debug builds, as [`content_range`].
    #[must_use]
    pub fn part_head(&self, part: &Range<u64>) -> String {
        format!(
            "\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
            self.boundary,
            self.media_type,
            content_range(part, self.len)
        )
    }

    /// Gives what stands behind the bytes of the last part.
    #[must_use]
    pub fn closing(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    /// Gives the length of the whole answer with these parts; `None` if that is more than a
    /// Content-Length of 64 bits can say.
    #[must_use]
    pub fn content_len(&self, parts: &[Range<u64>]) -> Option<u64> {
        parts.iter().try_fold(self.closing().len() as u64, |total, part| {
            let head_len = self.part_head(part).len() as u64;
            total.checked_add(head_len)?.checked_add(part.end - part.start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn multipart(len: u64) -> Multipart<'static> {
        let random = *b"\x00\x01\x23\x45\x67\x89\xab\xcd\xef\xff\xfe\xdc\xba\x98\x76\x10";
        Multipart { boundary: Boundary::new(random), media_type: "text/plain", len }
    }

    /// The answer as it would be sent.
    fn message(multipart: &Multipart<'_>, parts: &[Range<u64>], content: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        for part in parts {
            let [start, end] = [part.start, part.end].map(|at| usize::try_from(at).unwrap());
            message.extend_from_slice(multipart.part_head(part).as_bytes());
            message.extend_from_slice(&content[start..end]);
        }
        message.extend_from_slice(multipart.closing().as_bytes());
        message
    }

    #[test]
    fn an_answer_to_the_byte() {
        let multipart = multipart(10);
        let parts = [0..1, 7..10];
        let expected = "\r\n\
            --000123456789abcdeffffedcba987610\r\n\
            Content-Type: text/plain\r\n\
            Content-Range: bytes 0-0/10\r\n\
            \r\n\
            0\r\n\
            --000123456789abcdeffffedcba987610\r\n\
            Content-Type: text/plain\r\n\
            Content-Range: bytes 7-9/10\r\n\
            \r\n\
            789\r\n\
            --000123456789abcdeffffedcba987610--\r\n";
        let found = message(&multipart, &parts, b"0123456789");
        assert_eq!(String::from_utf8(found).unwrap(), expected);
        assert_eq!(multipart.content_len(&parts), Some(expected.len() as u64));
        let media_type = "multipart/byteranges; boundary=000123456789abcdeffffedcba987610";
        assert_eq!(multipart.content_type(), media_type);
    }

    #[test]
    fn a_length_that_does_not_fit_is_none() {
        let multipart = multipart(u64::MAX);
        let (most, rest) = (0..u64::MAX - 1000, u64::MAX - 1000..u64::MAX);
        assert!(multipart.content_len(std::slice::from_ref(&most)).is_some());
        assert_eq!(multipart.content_len(&[most, rest]), None);
    }

    proptest! {
        #[test]
        fn any_answer_has_the_length_that_was_said(
            bounds in prop::collection::vec((0..300u64, 1..300u64), 0..5),
        ) {
            let multipart = multipart(600);
            let parts: Vec<_> = bounds.iter().map(|&(start, len)| start..start + len).collect();
            let found = message(&multipart, &parts, &[b'x'; 600]).len() as u64;
            prop_assert_eq!(multipart.content_len(&parts), Some(found));
        }
    }
}
