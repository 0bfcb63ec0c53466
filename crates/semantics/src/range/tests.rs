//! Ranges: one, several, none that exists, and what is not understood.

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

fn parts<const N: usize>(parts: [Range<u64>; N]) -> RangeOutcome {
    RangeOutcome::Parts(parts.into())
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
    check("bytes=18446744073709551620-18446744073709551621", 10, &UNSATISFIABLE);
    check("bytes=010-10", 10, &UNSATISFIABLE);
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
        "bytes=010-9",
        "bytes=18446744073709551621-18446744073709551620",
        "bytes=99999999999999999999-18446744073709551620",
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
        "bytes=0-0,x",
        "bytes=x,0-0",
        "bytes=0-0,5-3",
        "bytes=0-0,bytes=2-3",
        "bytes=0-0;2-3",
        "bytes=0-0,\"2-3\"",
        "bytes=0-0 2-3",
    ] {
        check(value, 10, &WHOLE);
    }
    assert_eq!(parse(b"bytes=\xb2-", 10), WHOLE);
}

/// The representation of the RFC's examples has 10000 bytes (RFC 9110 §14.1.2).
#[test]
fn several_parts_are_given_in_the_order_asked_for() {
    check("bytes=0-0,-1", 10000, &parts([0..1, 9999..10000]));
    let spaced = "bytes= 0-999, 4500-5499, -1000";
    check(spaced, 10000, &parts([0..1000, 4500..5500, 9000..10000]));
    check("bytes=500-600,601-999", 10000, &parts([500..601, 601..1000]));
    check("bytes=500-700,601-999", 10000, &parts([500..701, 601..1000]));
    check("bytes=8-9,0-1", 10, &parts([8..10, 0..2]));
    check("bytes=,0-1 ,\t, 4-5,,", 10, &parts([0..2, 4..6]));
    check("bytes=0-1,0-1", 10, &parts([0..2, 0..2]));
}

#[test]
fn members_that_cannot_be_satisfied_are_left_out() {
    check("bytes=0-1,10-,4-5,-0", 10, &parts([0..2, 4..6]));
    check("bytes=10-,4-5", 10, &part(4..6));
    check("bytes=4-5,99-100", 10, &part(4..6));
    check("bytes=10-,-0,11-12", 10, &UNSATISFIABLE);
    check("bytes=0-,-0", 0, &UNSATISFIABLE);
    check("bytes=0-,-1", 0, &WHOLE);
}

#[test]
fn parts_have_no_more_bytes_than_the_whole() {
    check("bytes=0-4,5-8", 10, &parts([0..5, 5..9]));
    check("bytes=0-4,5-9", 10, &parts([0..5, 5..10]));
    check("bytes=0-5,5-9", 10, &WHOLE);
    check("bytes=0-,0-", 10, &WHOLE);
    check("bytes=0-,-1", 10, &WHOLE);
    check("bytes=0-,1-", u64::MAX, &WHOLE);
}

#[test]
fn parts_are_limited_in_number() {
    fn ask(count: usize) -> String {
        let specs: Vec<_> = (0..count).map(|at| format!("{at}-{at}")).collect();
        format!("bytes={}", specs.join(","))
    }
    fn first_bytes(count: u64) -> RangeOutcome {
        RangeOutcome::Parts((0..count).map(|at| at..at + 1).collect())
    }
    check(&ask(RANGES_MAX - 1), 100, &first_bytes(15));
    check(&ask(RANGES_MAX), 100, &first_bytes(16));
    check(&ask(RANGES_MAX + 1), 100, &WHOLE);
    // Empty members are none, those that cannot be satisfied are.
    check(&ask(RANGES_MAX).replace(',', ",,"), 100, &first_bytes(16));
    check(&ask(RANGES_MAX + 1), 1, &WHOLE);
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
        let parts = match parse(&value, len) {
            RangeOutcome::Part(part) => vec![part],
            RangeOutcome::Parts(parts) => parts,
            RangeOutcome::Whole | RangeOutcome::Unsatisfiable => vec![],
        };
        for part in parts {
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
