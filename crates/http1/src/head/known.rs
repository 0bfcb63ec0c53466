//! The heads that came lately: one that comes again, byte for byte, is not parsed again.
//!
//! Clients repeat themselves: whoever asks for the same file, a proxy's health check, a program
//! that polls. What a parse finds follows from the bytes of the head and from the limits alone, so
//! equal bytes under equal limits have equal findings, and to compare some hundred bytes costs a
//! fraction of judging them.
//!
//! ```text
//!   GET /a HTTP/1.1␍␊Host: h␍␊␍␊GET …
//!   └── a hash of this ─► place ─► the same bytes? ─ yes ─► the findings, as spans
//!                                                 └─ no ──► parsed into the place
//! ```
//!
//! Whoever sends heads that push out those of others costs them a parse, and nobody more than
//! that: only offsets are kept, and they are read in the bytes that have just been compared. Heads
//! that are long, have a target in a rare form or a method that we do not know, or stand behind
//! empty lines, are not kept.

use memchr::memchr;
use semantics::fields::FieldName;
use semantics::method::Method;

use super::field::FieldSpans;
use super::parse::MessageLines;
use super::{Head, HeadLimits, MethodToken, Target, Version};

/// How many heads are kept.
const PLACES: usize = 32;

/// Longest head that is kept, in bytes: browsers send about half of it.
const SIZE_MAX: usize = 1024;

/// The heads that came lately, each in the place that its request line leads to.
#[derive(Debug, Default)]
pub(super) struct KnownHeads {
    places: [KnownHead; PLACES],
    /// How many heads were given a place so far.
    placed: u64,
}

/// A place for a head, and for the fields of one that is being parsed.
#[derive(Debug, Default)]
struct KnownHead {
    bytes: Vec<u8>,
    spans: FieldSpans,
    /// What was found besides the fields; nothing if no head is kept here.
    known: Option<Known>,
}

/// A place that was cleared for a head.
#[derive(Debug)]
pub(super) struct Cleared<'b> {
    place: u8,
    number: u64,
    head: &'b mut KnownHead,
}

/// A head that came before, and what was found in it besides its fields.
///
/// Whoever has something to remember of a head keeps it by [`Known::place`], and finds out by
/// [`Known::number`] whether that place has gone to another head since.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    number: u64,
    place: u8,
    method: Method,
    version: Version,
    has_host: bool,
    path_start: u16,
    path_end: u16,
    query_end: Option<u16>,
    len: u16,
    limits: HeadLimits,
}

impl Known {
    /// How many places there are.
    pub const PLACES: usize = PLACES;

    /// The place in which the head is kept, below [`Known::PLACES`].
    #[must_use]
    pub fn place(&self) -> usize {
        self.place.into()
    }

    /// The number of the head, which no other has or had in the same scratch.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The bytes of the buffer that are done with, as [`Head::len`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no head is empty")]
    pub fn len(&self) -> usize {
        self.len.into()
    }
}

impl KnownHeads {
    /// What is known of the head that a buffer begins with, if it is one of those that came.
    #[inline]
    pub(super) fn recall(&self, buf: &[u8], limits: &HeadLimits) -> Option<Known> {
        let place = self.places.get(place_of(buf))?;
        place.known.filter(|known| buf.starts_with(&place.bytes) && known.limits == *limits)
    }

    /// The head that a buffer begins with, by what is known of it.
    #[inline]
    pub(super) fn head<'b>(&'b self, known: Known, buf: &'b [u8]) -> Head<'b> {
        let part = |start: u16, end: u16| buf.get(start.into()..end.into()).unwrap_or_default();
        let place = self.places.get(known.place()).expect("a place that was given out");
        let fields = place.spans.view(buf, 0);
        Head {
            method: MethodToken::Known(known.method),
            target: Target::Origin {
                path: part(known.path_start, known.path_end),
                query: known.query_end.map(|end| part(known.path_end.wrapping_add(1), end)),
            },
            version: known.version,
            host: if known.has_host { fields.first(FieldName::Host) } else { None },
            fields,
            len: known.len(),
        }
    }

    /// Clears the place for the head that a buffer begins with, which is to be parsed.
    pub(super) fn clear(&mut self, buf: &[u8]) -> Cleared<'_> {
        let place = place_of(buf);
        self.placed = self.placed.wrapping_add(1);
        let head = self.places.get_mut(place).expect("a remainder is below its divisor");
        head.known = None;
        head.spans.clear();
        Cleared { place: u8::try_from(place).unwrap_or(u8::MAX), number: self.placed, head }
    }
}

impl<'b> Cleared<'b> {
    /// Where the fields of the head go.
    pub(super) const fn spans(&mut self) -> &mut FieldSpans {
        &mut self.head.spans
    }

    /// The fields that were put into the place.
    pub(super) const fn into_fields(self) -> &'b FieldSpans {
        &self.head.spans
    }

    /// Keeps the head that `buf` begins with, whose fields were put into the place.
    pub(super) fn keep(&mut self, buf: &[u8], lines: &MessageLines<'_>, limits: &HeadLimits) {
        let MethodToken::Known(method) = lines.request.method else { return };
        let Target::Origin { path, query } = lines.request.target else { return };
        let Some(bytes) = buf.get(..lines.len).filter(|bytes| bytes.len() <= SIZE_MAX) else {
            return;
        };
        let path_start = offset(method.as_str().len()).saturating_add(1);
        let path_end = path_start.saturating_add(offset(path.len()));
        let query_end =
            |query: &[u8]| path_end.saturating_add(1).saturating_add(offset(query.len()));
        self.head.bytes.clear();
        self.head.bytes.extend_from_slice(bytes);
        self.head.known = Some(Known {
            number: self.number,
            place: self.place,
            method,
            version: lines.request.version,
            has_host: lines.host.is_some(),
            path_start,
            path_end,
            query_end: query.map(query_end),
            len: offset(bytes.len()),
            limits: *limits,
        });
    }
}

/// An offset within a head that is kept.
fn offset(offset: usize) -> u16 {
    debug_assert!(offset <= SIZE_MAX, "a head that is longer is not kept");
    u16::try_from(offset).unwrap_or(u16::MAX)
}

/// The place for the head that a buffer begins with: a hash of its request line.
///
/// It decides on a place only, so that nothing is won by finding others that lead to the same.
#[inline]
fn place_of(buf: &[u8]) -> usize {
    let len = memchr(b'\n', buf.get(..LINE_SIZE_MAX).unwrap_or(buf)).unwrap_or(0);
    let line = buf.get(..len).unwrap_or_default();
    let (words, _) = line.as_chunks::<8>();
    let last = line.last_chunk::<8>();
    let hash = words.iter().chain(last).fold(0_u64, |hash, word| {
        (hash.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER)
    });
    // The upper bits are those that all of a product's digits have gone into.
    usize::try_from(hash >> 48).unwrap_or(0) % PLACES
}

/// Longest request line that is told from others by all of it, in bytes.
const LINE_SIZE_MAX: usize = 256;

/// An odd number without a pattern: the fractional part of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::head::{HeadScratch, Parsed, parse};

    /// What is found in a buffer, in words.
    fn found(buf: &[u8], limits: &HeadLimits, scratch: &mut HeadScratch) -> String {
        match parse(buf, limits, scratch) {
            Ok(Parsed::Complete(head)) => format!("{head:?} {}", head.len()),
            other => format!("{other:?}"),
        }
    }

    fn is_known(buf: &[u8], scratch: &HeadScratch) -> bool {
        let limits = HeadLimits::default();
        scratch.recall(buf, &limits).is_some()
    }

    #[test]
    fn what_comes_again_is_known_and_what_is_rare_is_not() {
        let long = |size: usize| {
            let fixed = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
            format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(size - fixed))
        };
        for (request, is_kept) in [
            ("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("GET /a? HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", true),
            ("HEAD / HTTP/1.0\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nHost:\r\nContent-Length: 3\r\n\r\n", true),
            (&long(SIZE_MAX), true),
            (&long(SIZE_MAX + 1), false),
            ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nHost: a\r\n", false),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", false),
        ] {
            let mut scratch = HeadScratch::new();
            let buf = format!("{request}GET / HTTP/1.1\r\nHost: b\r\n\r\n");
            let first = found(buf.as_bytes(), &HeadLimits::default(), &mut scratch);
            assert_eq!(is_known(buf.as_bytes(), &scratch), is_kept, "{request:?}");
            let again = found(buf.as_bytes(), &HeadLimits::default(), &mut scratch);
            assert_eq!(again, first, "{request:?}");
        }
    }

    #[test]
    fn other_limits_are_judged_by() {
        let buf = b"GET /a HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
        let mut scratch = HeadScratch::new();
        let wide = HeadLimits::default();
        let whole = found(buf, &wide, &mut scratch);
        for narrow in [
            HeadLimits { fields_max: 1, ..wide },
            HeadLimits { head_size_max: 40, ..wide },
            HeadLimits { request_line_size_max: 8, ..wide },
        ] {
            let refused = found(buf, &narrow, &mut scratch);
            assert_eq!(refused, found(buf, &narrow, &mut HeadScratch::new()));
            assert_ne!(refused, whole);
            assert_eq!(found(buf, &wide, &mut scratch), whole);
        }
    }

    #[test]
    fn a_place_that_went_to_another_is_told_by_the_number() {
        let limits = HeadLimits::default();
        let mut scratch = HeadScratch::new();
        let mut recall = |buf: &[u8]| {
            found(buf, &limits, &mut scratch);
            scratch.recall(buf, &limits).unwrap()
        };
        let [first, second] =
            [&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], b"GET / HTTP/1.1\r\nHost: b\r\n\r\n"];
        let before = recall(first);
        assert_eq!(recall(first).number(), before.number());
        assert_eq!(recall(second).place(), before.place());
        assert_ne!(recall(first).number(), before.number());
    }

    /// Heads that share places and beginnings, some of them malformed or unfinished.
    fn heads() -> impl Strategy<Value = Vec<u8>> {
        let methods = prop::sample::select(vec!["GET", "HEAD", "POST", "M", "OPTIONS"]);
        let targets = prop::sample::select(vec!["/", "/a", "/a?", "/a?b", "*", "http://a/", "a"]);
        let fields = prop::sample::select(vec![
            "Host: a\r\n",
            "Host: a\r\nHost: a\r\n",
            "Host:\r\nAccept: x\r\n",
            "",
            "Host: a\r\nX : y\r\n",
        ]);
        let ends = prop::sample::select(vec!["\r\n", "\r\n\r\n", "", "\n"]);
        (methods, targets, fields, ends).prop_map(|(method, target, fields, end)| {
            format!("{method} {target} HTTP/1.1\r\n{fields}{end}").into_bytes()
        })
    }

    proptest! {
        #[test]
        fn memory_changes_no_verdict(bufs in prop::collection::vec(heads(), 1..40)) {
            let limits = HeadLimits::default();
            let mut scratch = HeadScratch::new();
            for buf in bufs {
                let remembering = found(&buf, &limits, &mut scratch);
                prop_assert_eq!(remembering, found(&buf, &limits, &mut HeadScratch::new()));
            }
        }
    }
}
