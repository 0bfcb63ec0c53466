//! Byte ranges (RFC 9110 §14): which part of a representation a Range field asks for.
//!
//! One part is served as such. A set of several is answered with the whole, as RFC 9110 §14.2
//! allows; so is whatever is malformed or of an unknown unit, because a Range that cannot be
//! understood is to be ignored.

use std::ops::Range;

use crate::fields::{list_items, trim_ows};

/// What a Range field comes to for a representation of known length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeOutcome {
    /// Send everything, 200.
    Whole,
    /// Send these bytes, 206: never empty and always within the representation.
    Part(Range<u64>),
    /// None of the bytes asked for exists, 416.
    Unsatisfiable,
}

/// Evaluates the value of a Range field against a representation of `len` bytes.
#[must_use]
pub fn parse(value: &[u8], len: u64) -> RangeOutcome {
    let Some(set) = strip_unit(value) else { return RangeOutcome::Whole };
    let mut specs = list_items(set);
    let (Some(spec), None) = (specs.next(), specs.next()) else { return RangeOutcome::Whole };
    match Spec::parse(spec) {
        Some(spec) => spec.within(len),
        None => RangeOutcome::Whole,
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
        (first <= last).then_some(Self::FromTo { first, last })
    }

    fn within(self, len: u64) -> RangeOutcome {
        let part = match self {
            // No Content-Range can name a part of nothing: the whole of nothing is what was asked
            // for.
            Self::Suffix { len: 1.. } if len == 0 => return RangeOutcome::Whole,
            Self::Suffix { len: suffix } => len.saturating_sub(suffix)..len,
            Self::From { first } => first..len,
            Self::FromTo { first, last } => first..len.min(last.saturating_add(1)),
        };
        if part.is_empty() { RangeOutcome::Unsatisfiable } else { RangeOutcome::Part(part) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: RangeOutcome = RangeOutcome::Whole;
    const UNSATISFIABLE: RangeOutcome = RangeOutcome::Unsatisfiable;

    fn check(value: &str, len: u64, expected: &RangeOutcome) {
        assert_eq!(&parse(value.as_bytes(), len), expected, "{value:?} of {len}");
    }

    fn part(part: Range<u64>) -> RangeOutcome {
        RangeOutcome::Part(part)
    }

    #[test]
    fn one_part() {
        check("bytes=0-0", 10, &part(0..1));
        check("bytes=0-9", 10, &part(0..10));
        check("bytes=3-5", 10, &part(3..6));
        check("bytes=9-", 10, &part(9..10));
        check("bytes=0-", 10, &part(0..10));
        check("bytes=-3", 10, &part(7..10));
        check("bytes=-10", 10, &part(0..10));
        check("BYTES=3-5", 10, &part(3..6));
        check(" bytes=,\t3-5 , ", 10, &part(3..6));
        check("bytes=0003-0005", 10, &part(3..6));
    }

    #[test]
    fn parts_are_clamped_to_what_there_is() {
        check("bytes=3-10", 10, &part(3..10));
        check("bytes=3-18446744073709551615", 10, &part(3..10));
        check("bytes=3-99999999999999999999999", 10, &part(3..10));
        check("bytes=-11", 10, &part(0..10));
        check("bytes=-99999999999999999999999", 10, &part(0..10));
        check("bytes=0-18446744073709551615", u64::MAX, &part(0..u64::MAX));
        check("bytes=18446744073709551614-", u64::MAX, &part(u64::MAX - 1..u64::MAX));
    }

    #[test]
    fn what_does_not_exist_cannot_be_sent() {
        check("bytes=10-", 10, &UNSATISFIABLE);
        check("bytes=10-12", 10, &UNSATISFIABLE);
        check("bytes=-0", 10, &UNSATISFIABLE);
        check("bytes=99999999999999999999999-", 10, &UNSATISFIABLE);
        // 4 more than fits: were it to wrap, it would be the fifth byte.
        check("bytes=18446744073709551620-", 10, &UNSATISFIABLE);
        check("bytes=18446744073709551615-", u64::MAX, &UNSATISFIABLE);
    }

    #[test]
    fn nothing_has_no_parts() {
        check("bytes=0-", 0, &UNSATISFIABLE);
        check("bytes=0-0", 0, &UNSATISFIABLE);
        check("bytes=-0", 0, &UNSATISFIABLE);
        check("bytes=-1", 0, &WHOLE);
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=5-3",
            "bytes=a-b",
            "bytes=1-2-3",
            "bytes=--1",
            "bytes=+1-2",
            "bytes=1 - 2",
            "bytes=0x1-2",
            "bytes 0-1",
            "bytes =0-1",
            "lines=0-1",
            "bytes=0-1;q=1",
            "bytes=0-1,4-5",
            "bytes=0-0,x",
        ] {
            check(value, 10, &WHOLE);
        }
        assert_eq!(parse(b"bytes=\xb2-", 10), WHOLE);
    }

    #[test]
    fn content_range_counts_the_last_byte_in() {
        assert_eq!(content_range(&(0..1), 1), "bytes 0-0/1");
        assert_eq!(content_range(&(3..6), 10), "bytes 3-5/10");
        let greatest = content_range(&(0..u64::MAX), u64::MAX);
        assert_eq!(greatest, "bytes 0-18446744073709551614/18446744073709551615");
        assert_eq!(unsatisfied(0), "bytes */0");
    }

    proptest! {
        #[test]
        fn any_value_gives_a_part_within_or_none(value: Vec<u8>, len: u64) {
            if let RangeOutcome::Part(part) = parse(&value, len) {
                prop_assert!(part.start < part.end && part.end <= len);
            }
        }

        #[test]
        fn any_two_numbers_give_what_the_definition_says(
            first in 0..40u64,
            last in 0..40u64,
            len in 0..30u64,
        ) {
            let wanted: Vec<_> = (0..len).filter(|byte| (first..=last).contains(byte)).collect();
            let expected = match wanted[..] {
                _ if last < first => WHOLE,
                [] => UNSATISFIABLE,
                [start, ..] => part(start..start + wanted.len() as u64),
            };
            prop_assert_eq!(parse(format!("bytes={first}-{last}").as_bytes(), len), expected);
        }

        #[test]
        fn any_suffix_ends_at_the_end(suffix in 1..40u64, len in 1..30u64) {
            let expected = part(len - suffix.min(len)..len);
            prop_assert_eq!(parse(format!("bytes=-{suffix}").as_bytes(), len), expected);
        }
    }
}
