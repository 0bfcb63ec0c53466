//! The heads that came lately: one that comes again, byte for byte, is not parsed again.
//!
//! Clients repeat themselves: whoever asks for the same file, a proxy's health check, a program
//! that polls. What a parse finds follows from the bytes of the head and from the limits alone, so
//! equal bytes under equal limits have equal findings, and to compare some hundred bytes costs a
//! fraction of judging them.
//!
//! ```text
//!   GET /a HTTP/1.1␍␊Host: h␍␊␍␊GET …
//!   └─ a hash of what it begins with ─► place ─► the same bytes? ─ yes ─► the findings, as spans
//!                                                               └─ no ──► parsed into the place
//! ```
//!
//! Whoever sends heads that push out those of others costs them a parse, and nobody more than
//! that: only offsets are kept, and they are read in the bytes that have just been compared. Heads
//! that are long, have a target in a rare form or a method that we do not know, or stand behind
//! empty lines, are not kept.

use semantics::fields::FieldName;
use semantics::method::Method;

use super::field::FieldSpans;
use super::parse::MessageLines;
use super::{Head, HeadLimits, MethodToken, Target, Version};

/// How many heads are kept.
const PLACES: usize = 32;

/// Longest head that is kept, in bytes: browsers send about half of it.
const SIZE_MAX: usize = 1024;

/// The heads that came lately, each in the place that its beginning leads to.
#[derive(Debug, Default)]
pub(super) struct KnownHeads([KnownHead; PLACES]);

/// A place for a head, and for the fields of one that is being parsed.
#[derive(Debug, Default)]
pub(super) struct KnownHead {
    pub(super) spans: FieldSpans,
    /// The whole head; nothing if none is kept here.
    bytes: Vec<u8>,
    findings: Option<Findings>,
}

/// What was found in a head besides its fields; offsets count from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Findings {
    limits: HeadLimits,
    method: Method,
    version: Version,
    path_start: u16,
    path_end: u16,
    query_end: Option<u16>,
    has_host: bool,
}

impl KnownHeads {
    /// The place for the head that a buffer begins with.
    #[inline]
    pub(super) fn place_of(&mut self, buf: &[u8]) -> &mut KnownHead {
        let place = hash_of_beginning(buf) % PLACES;
        self.0.get_mut(place).expect("a remainder is below its divisor")
    }
}

impl KnownHead {
    /// What was found in the head that a buffer begins with, if it is the one that is kept here.
    #[inline]
    pub(super) fn findings(&self, buf: &[u8], limits: &HeadLimits) -> Option<Findings> {
        self.findings.filter(|found| buf.starts_with(&self.bytes) && found.limits == *limits)
    }

    /// The head that a buffer begins with, by what was found in it.
    #[inline]
    pub(super) fn head<'b>(&'b self, buf: &'b [u8], found: Findings) -> Head<'b> {
        let part = |start: u16, end: u16| buf.get(start.into()..end.into()).unwrap_or_default();
        let fields = self.spans.view(buf, 0);
        Head {
            method: MethodToken::Known(found.method),
            target: Target::Origin {
                path: part(found.path_start, found.path_end),
                query: found.query_end.map(|end| part(found.path_end.wrapping_add(1), end)),
            },
            version: found.version,
            host: if found.has_host { fields.first(FieldName::Host) } else { None },
            fields,
            len: self.bytes.len(),
        }
    }

    /// Forgets the head, to take the fields of another.
    pub(super) fn clear(&mut self) {
        self.findings = None;
        self.spans.clear();
    }

    /// Keeps the head that `buf` begins with and whose fields were put here.
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
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.findings = Some(Findings {
            limits: *limits,
            method,
            version: lines.request.version,
            path_start,
            path_end,
            query_end: query.map(query_end),
            has_host: lines.host.is_some(),
        });
    }
}

/// An offset within a head that is kept.
fn offset(offset: usize) -> u16 {
    debug_assert!(offset <= SIZE_MAX, "a head that is longer is not kept");
    u16::try_from(offset).unwrap_or(u16::MAX)
}

/// A number from the first bytes, in which requests of a site differ: method, path, what follows.
///
/// It decides on a place only, so that nothing is won by finding others of the same number.
#[inline]
fn hash_of_beginning(buf: &[u8]) -> usize {
    let Some(beginning) = buf.first_chunk::<48>() else { return 0 };
    let (words, _) = beginning.as_chunks::<8>();
    let mixed = words.iter().fold(0_u64, |hash, word| {
        (hash.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER)
    });
    // The upper bits are those that all of a product's digits have gone into.
    usize::try_from(mixed >> 48).unwrap_or(0)
}

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

    fn is_known(buf: &[u8], scratch: &mut HeadScratch) -> bool {
        let limits = HeadLimits::default();
        scratch.known_heads.place_of(buf).findings(buf, &limits).is_some()
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
            assert_eq!(is_known(buf.as_bytes(), &mut scratch), is_kept, "{request:?}");
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
