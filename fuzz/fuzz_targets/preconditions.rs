//! Preconditions: the steps of RFC 9110 §13.2.2 written out, and lines that mean what they would
//! combined.
//!
//! The first byte of the input chooses the method, the second the validators. Each line of the rest
//! is a field line: a letter for its name, then its value.

#![no_main]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use semantics::conditional::{Conditions, Outcome, Validators};
use semantics::date;
use semantics::etag::{EntityTag, Strength};
use semantics::range::{self, RangeOutcome};
use semantics::{FieldName, Method};

const LEN: u64 = 10;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_115_377)
}

/// A request in words: the combined value of each field that is there.
struct Request {
    method: Method,
    lines: Vec<(FieldName, Vec<u8>)>,
    etag: Option<EntityTag>,
    last_modified: Option<SystemTime>,
}

impl Request {
    fn parse(input: &[u8]) -> Option<Self> {
        let ([method, validators], lines) = input.split_first_chunk()?;
        let lines = lines.split(|&byte| byte == b'\n').filter_map(|line| {
            let (letter, value) = line.split_first()?;
            Some((name(*letter)?, value.to_vec()))
        });
        let strength = if validators & 4 == 0 { Strength::Strong } else { Strength::Weak };
        let age = Duration::from_secs(if validators & 8 == 0 { 3600 } else { 1 });
        Some(Self {
            method: Method::ALL[usize::from(*method) % Method::ALL.len()],
            lines: lines.collect(),
            etag: EntityTag::new(b"a", strength).filter(|_| validators & 1 == 0),
            last_modified: (validators & 2 == 0).then(|| now() - age),
        })
    }

    fn lines(&self, name: FieldName) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter(move |line| line.0 == name).map(|(_, value)| value.as_slice())
    }

    /// Gives the lines of one field as one (RFC 9110 §5.3).
    fn combined(&self, name: FieldName) -> Option<Vec<u8>> {
        self.lines(name).next()?;
        Some(self.lines(name).collect::<Vec<_>>().join(b", ".as_slice()))
    }

    /// Gives the date of a field that is one. It is a date in one line only: the comma within it
    /// is no place to combine lines.
    fn date(&self, name: FieldName) -> Option<SystemTime> {
        let mut lines = self.lines(name);
        let (Some(value), None) = (lines.next(), lines.next()) else { return None };
        date::parse(trim(value), now())
    }

    fn names_current(&self, value: &[u8], is_strong: bool) -> bool {
        if trim(value) == b"*" {
            return true;
        }
        let Some(etag) = &self.etag else { return false };
        tags(value).into_iter().any(|(is_weak, opaque)| {
            opaque == b"a" && !(is_strong && (is_weak || etag.tag().is_weak()))
        })
    }

    fn expected(&self) -> Outcome {
        use FieldName::{IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince};
        if matches!(self.method, Method::Connect | Method::Options | Method::Trace) {
            return Outcome::Proceed;
        }
        // Step 1, else step 2.
        let is_as_expected = match (self.combined(IfMatch), self.date(IfUnmodifiedSince)) {
            (Some(value), _) => self.names_current(&value, true),
            (None, Some(date)) => self.last_modified.is_none_or(|modified| modified <= date),
            (None, None) => true,
        };
        if !is_as_expected {
            return Outcome::PreconditionFailed;
        }
        // Step 3, else step 4.
        let is_read = matches!(self.method, Method::Get | Method::Head);
        let is_news = match (self.combined(IfNoneMatch), self.date(IfModifiedSince)) {
            (Some(value), _) => !self.names_current(&value, false),
            (None, Some(date)) if is_read => {
                self.last_modified.is_none_or(|modified| modified > date)
            }
            (None, _) => true,
        };
        match (is_news, is_read) {
            (true, _) => Outcome::Proceed,
            (false, true) => Outcome::NotModified,
            (false, false) => Outcome::PreconditionFailed,
        }
    }

    fn expected_range(&self) -> RangeOutcome {
        let mut lines = self.lines(FieldName::Range);
        let (Some(value), None) = (lines.next(), lines.next()) else { return RangeOutcome::Whole };
        let is_same = self.combined(FieldName::IfRange).is_none_or(|value| {
            match (trim(&value).contains(&b'"'), &self.etag) {
                (true, Some(etag)) => trim(&value) == etag.as_bytes() && !etag.tag().is_weak(),
                (true, None) => false,
                (false, _) => self.date(FieldName::IfRange).is_some_and(|date| {
                    let is_settled = now() >= date + Duration::from_secs(2);
                    is_settled && self.last_modified == Some(date)
                }),
            }
        });
        match self.method {
            Method::Get if is_same => range::parse(value, LEN),
            _ => RangeOutcome::Whole,
        }
    }
}

fn name(letter: u8) -> Option<FieldName> {
    Some(match letter {
        b'm' => FieldName::IfMatch,
        b'n' => FieldName::IfNoneMatch,
        b's' => FieldName::IfModifiedSince,
        b'u' => FieldName::IfUnmodifiedSince,
        b'i' => FieldName::IfRange,
        b'r' => FieldName::Range,
        b'a' => FieldName::Accept,
        _ => return None,
    })
}

fn trim(value: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = value.iter().position(is_text).unwrap_or(value.len());
    let end = value.iter().rposition(is_text).map_or(start, |last| last + 1);
    &value[start..end]
}

/// Reads the well-formed members of a list: whether each is weak, and what stands between its
/// quotes.
fn tags(value: &[u8]) -> Vec<(bool, &[u8])> {
    let mut tags = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let is_separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
        let start = rest.iter().position(|byte| !is_separator(byte)).unwrap_or(rest.len());
        let member = &rest[start..];
        let quoted = member.strip_prefix(b"W/").unwrap_or(member);
        let mut pieces = quoted.splitn(3, |&byte| byte == b'"');
        rest = match (pieces.next(), pieces.next(), pieces.next()) {
            (Some(b""), Some(opaque), Some(after)) if opaque.iter().all(is_tag_byte) => {
                let end = after.iter().position(|&byte| byte == b',').unwrap_or(after.len());
                if trim(&after[..end]).is_empty() {
                    tags.push((quoted.len() < member.len(), opaque));
                }
                &after[end..]
            }
            _ => match member.iter().position(|&byte| byte == b',') {
                Some(comma) => &member[comma..],
                None => return tags,
            },
        };
    }
    tags
}

fn is_tag_byte(byte: &u8) -> bool {
    *byte > b' ' && *byte != 0x7f
}

fuzz_target!(|input: &[u8]| {
    let Some(request) = Request::parse(input) else { return };
    let lines = request.lines.iter().map(|(name, value)| (*name, value.as_slice()));
    let conditions = Conditions::gather(lines);
    let etag = request.etag.as_ref();
    let current = Validators { etag, last_modified: request.last_modified };
    let found = conditions.evaluate(request.method, &current, now());
    assert_eq!(found, request.expected());
    let range = conditions.range(request.method, &current, LEN, now());
    assert_eq!(range, request.expected_range());
});
