//! Ranges: what the definition says in wide arithmetic, and a multipart answer that reads back.
//!
//! The first byte of the input says how long the representation is, the rest is the field's value.

#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use semantics::multipart::{Boundary, Multipart};
use semantics::range::{RANGES_MAX, RangeOutcome, parse};

const LENS: [u64; 8] = [0, 1, 2, 10, 1000, 4096, u64::MAX - 1, u64::MAX];

/// What cannot be understood is `None`, and the whole is sent.
fn expected(value: &[u8], len: u64) -> Option<RangeOutcome> {
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let (unit, set) = text.split_once('=')?;
    let members = set.split(',').map(|member| member.trim_matches([' ', '\t']));
    let members: Vec<&str> = members.filter(|member| !member.is_empty()).collect();
    if !unit.eq_ignore_ascii_case("bytes") || members.is_empty() || members.len() > RANGES_MAX {
        return None;
    }
    let wide = u128::from(len);
    let mut parts = Vec::new();
    for member in members {
        let part = match member.split_once('-')? {
            ("", suffix) => match number(suffix)? {
                1.. if len == 0 => return None,
                suffix => wide.saturating_sub(suffix)..wide,
            },
            (first, "") => number(first)?..wide,
            (first, last) => {
                let end = number(last)?.saturating_add(1);
                number(first).filter(|_| !is_less(last, first))?..wide.min(end)
            }
        };
        if part.start < part.end {
            parts.push(part.start as u64..part.end as u64);
        }
    }
    let total: u128 = parts.iter().map(|part| u128::from(part.end - part.start)).sum();
    Some(match parts.as_slice() {
        _ if total > wide => return None,
        [] => RangeOutcome::Unsatisfiable,
        [part] => RangeOutcome::Part(part.clone()),
        _ => RangeOutcome::Parts(parts),
    })
}

/// A number too great even for this is the greatest: no representation is near it.
fn number(digits: &str) -> Option<u128> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u128::MAX))
}

/// Compares numbers of any length as they are written.
fn is_less(digits: &str, others: &str) -> bool {
    let [digits, others] = [digits, others].map(|it| it.trim_start_matches('0'));
    (digits.len(), digits) < (others.len(), others)
}

fn assert_multipart(parts: &[Range<u64>], len: u64) {
    let boundary = Boundary::new(*b"\x80 sixteen bytes\xff");
    let multipart = Multipart { boundary, media_type: "text/plain", len };
    let around: usize = parts.iter().map(|part| multipart.part_head(part).len()).sum();
    let within: u128 = parts.iter().map(|part| u128::from(part.end - part.start)).sum();
    let total = within + (around + multipart.closing().len()) as u128;
    assert_eq!(multipart.content_len(parts), u64::try_from(total).ok());
    if len <= 4096 {
        assert_reads_back(&multipart, parts);
    }
}

/// Makes the answer and takes it apart as RFC 2046 says.
fn assert_reads_back(multipart: &Multipart<'_>, parts: &[Range<u64>]) {
    let content: String = (0..multipart.len).map(|at| char::from(b'a' + (at % 23) as u8)).collect();
    let bytes = |part: &Range<u64>| &content[part.start as usize..part.end as usize];
    let message: String =
        parts.iter().map(|part| multipart.part_head(part) + bytes(part)).collect();
    let message = message + &multipart.closing();
    assert_eq!(multipart.content_len(parts), Some(message.len() as u64));

    let media_type = multipart.content_type();
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let pieces: Vec<&str> = message.split(&format!("\r\n--{boundary}")).collect();
    assert_eq!((pieces[0], pieces[pieces.len() - 1]), ("", "--\r\n"));
    let found = &pieces[1..pieces.len() - 1];
    assert_eq!(found.len(), parts.len());
    for (piece, part) in found.iter().zip(parts) {
        let (head, body) = piece.split_once("\r\n\r\n").unwrap();
        let (first, last) = (part.start, part.end - 1);
        let range = format!("Content-Range: bytes {first}-{last}/{}", multipart.len);
        assert_eq!(head, format!("\r\nContent-Type: text/plain\r\n{range}"));
        assert_eq!(body, bytes(part));
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, value)) = input.split_first() else { return };
    let len = LENS[usize::from(choice) % LENS.len()];
    let found = parse(value, len);
    assert_eq!(found, expected(value, len).unwrap_or(RangeOutcome::Whole), "of {len}");
    if let RangeOutcome::Parts(parts) = found {
        assert_multipart(&parts, len);
    }
});
