//! Byte ranges (RFC 9110 §14): which parts of a representation a Range field asks for.
//!
//! One malformed member spoils the field, and a Range that is spoilt or of an unknown unit is
//! ignored: the whole is sent. So it is when the parts have more bytes in sum than the whole, or
//! are too many: that costs more than it saves, and is how a server is made to work for nothing
//! (RFC 9110 §17.15).

use std::ops::Range;

use crate::fields::{list_items, trim_ows};

/// How many ranges one request may ask for; with more it gets the whole.
pub const RANGES_MAX: usize = 16;

/// What a Range field comes to for a representation of known length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeOutcome {
    /// Send everything, 200.
    Whole,
    /// Send these bytes, 206: never empty and always within the representation.
    Part(Range<u64>),
    /// Send these parts, 206 as `multipart/byteranges`: two to [`RANGES_MAX`], in the order asked
    /// for, each as in [`RangeOutcome::Part`], in sum no more bytes than the representation has.
    Parts(Vec<Range<u64>>),
    /// None of the bytes asked for exists, 416.
    Unsatisfiable,
}

/// Evaluates the value of a Range field against a representation of `len` bytes.
///
/// Members that cannot be satisfied are left out if another can. Those that overlap are sent, and
/// count, as often as they are asked for.
///
/// # Limits
///
/// [`RANGES_MAX`] members, those that cannot be satisfied counted.
#[must_use]
pub fn parse(value: &[u8], len: u64) -> RangeOutcome {
    strip_unit(value).and_then(|set| evaluate(set, len)).unwrap_or(RangeOutcome::Whole)
}

/// Evaluates a range set; `None` if it is to be ignored.
fn evaluate(set: &[u8], len: u64) -> Option<RangeOutcome> {
    let mut outcome = None;
    let mut len_left = len;
    for (index, spec) in list_items(set).enumerate() {
        if index == RANGES_MAX {
            return None;
        }
        let part = Spec::parse(spec)?.within(len)?;
        len_left = len_left.checked_sub(part.end - part.start)?;
        outcome = Some(outcome.unwrap_or(RangeOutcome::Unsatisfiable).with(part));
    }
    outcome
}

impl RangeOutcome {
    /// Appends a part, unless it is empty.
    fn with(self, part: Range<u64>) -> Self {
        match self {
            unchanged if part.is_empty() => unchanged,
            Self::Whole | Self::Unsatisfiable => Self::Part(part),
            Self::Part(first) => Self::Parts(vec![first, part]),
            Self::Parts(mut parts) => {
                parts.push(part);
                Self::Parts(parts)
            }
        }
    }
}

/// Gives the value of Content-Range for `part` of a representation of `len` bytes (RFC 9110 §14.4).
///
/// # Panics
///
/// In debug builds, if the part is empty or not within the representation; one that [`parse`] gave
/// is neither.
#[must_use]
pub fn content_range(part: &Range<u64>, len: u64) -> String {
    debug_assert!(part.start < part.end && part.end <= len, "{part:?} of {len}");
    format!("bytes {}-{}/{len}", part.start, part.end.saturating_sub(1))
}

/// Gives the value of Content-Range for a 416 about a representation of `len` bytes.
#[must_use]
pub fn unsatisfied(len: u64) -> String {
    format!("bytes */{len}")
}

/// One part as it was asked for; the last byte is included.
enum Spec {
    FromTo { first: u64, last: u64 },
    From { first: u64 },
    Suffix { len: u64 },
}

impl Spec {
    fn parse(spec: &[u8]) -> Option<Self> {
        let dash = spec.iter().position(|&byte| byte == b'-')?;
        let (before, after) = (&spec[..dash], &spec[dash + 1..]);
        if before.is_empty() {
            return Some(Self::Suffix { len: number(after)? });
        }
        let first = number(before)?;
        if after.is_empty() {
            return Some(Self::From { first });
        }
        let last = number(after)?;
        // Not as numbers: what does not fit would make an invalid order a valid one.
        let is_ordered = significant(before) <= significant(after);
        is_ordered.then_some(Self::FromTo { first, last })
    }

    /// Gives the part of `len` bytes that is meant, empty if it has none of them; `None` if only
    /// the whole can be sent.
    fn within(self, len: u64) -> Option<Range<u64>> {
        Some(match self {
            // No Content-Range can name a part of nothing: the whole of nothing is what was asked
            // for.
            Self::Suffix { len: 1.. } if len == 0 => return None,
            Self::Suffix { len: suffix } => len.saturating_sub(suffix)..len,
            Self::From { first } => len.min(first)..len,
            Self::FromTo { first, last } => len.min(first)..len.min(last.saturating_add(1)),
        })
    }
}

/// Cuts `bytes=` off; the unit's name has no case (RFC 9110 §14.1).
fn strip_unit(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = trim_ows(value).split_first_chunk::<6>()?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

/// Reads digits and nothing else. What does not fit is as good as the greatest number that does: no
/// representation reaches it.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, &digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

/// Gives what orders strings of digits as the numbers that they are, however long.
fn significant(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = &digits[zeros..];
    (digits.len(), digits)
}

#[cfg(test)]
mod tests;
