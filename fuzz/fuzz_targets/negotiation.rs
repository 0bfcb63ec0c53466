//! Negotiation: what is chosen has the greatest quality, and none that is refused is ever chosen.
//!
//! The first byte of the input says which codings there are, the next four how long each and the
//! identity is. The rest, line by line, is both Accept-Encoding and Accept.

#![no_main]

use std::cmp::Reverse;

use libfuzzer_sys::fuzz_target;
use semantics::coding::{AcceptEncoding, Coding, Selection};
use semantics::negotiation::{ErrorForm, ListingForm, preferred_form, preferred_listing_form};

/// The parts of `value` between separators outside quoted strings, white space cut off.
fn split(value: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for &byte in value {
        if byte == separator && !is_quoted {
            parts.push(Vec::new());
            continue;
        }
        if byte == b'"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && byte == b'\\' && !is_escaped;
        parts.last_mut().unwrap().push(byte);
    }
    parts.into_iter().map(trim).collect()
}

fn trim(mut part: Vec<u8>) -> Vec<u8> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    while part.last().is_some_and(is_space) {
        part.pop();
    }
    let start = part.iter().position(|byte| !is_space(byte)).unwrap_or(0);
    part.split_off(start)
}

/// A member in lower case: what is named, and its parameters.
type Member = (Vec<u8>, Vec<Vec<u8>>);

fn members(lines: &[&[u8]]) -> Vec<Member> {
    let members = lines.iter().flat_map(|line| split(line, b','));
    let members = members.map(|member| split(&member.to_ascii_lowercase(), b';'));
    members.map(|mut parts| (parts.remove(0), parts)).collect()
}

/// Reads a weight as thousandths, by the table of all there are.
fn thousandths(parameter: &[u8]) -> Option<u32> {
    let weight = std::str::from_utf8(parameter.strip_prefix(b"q=")?).ok()?;
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_short = whole.len() == 1 && decimals.len() <= 3;
    let is_digits = whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    let number = format!("{whole}{decimals:0<3}").parse().ok().filter(|_| is_short && is_digits);
    number.filter(|&number: &u32| number <= 1000)
}

/// What Accept-Encoding says of a name; the first word counts.
fn coding_quality(members: &[Member], names: &[&str]) -> Option<u32> {
    members.iter().find_map(|(name, parameters)| {
        let is_named = names.iter().any(|it| it.as_bytes() == name);
        match parameters.as_slice() {
            _ if !is_named => None,
            [] => Some(1000),
            [weight] => thousandths(weight),
            _ => None,
        }
    })
}

fn expected(members: &[Member], available: &[(Coding, u64)], identity_len: u64) -> Selection {
    let others = coding_quality(members, &["*"]);
    let of = |names: &[&str]| coding_quality(members, names).or(others);
    let mut candidates: Vec<(u32, Reverse<u64>, Reverse<usize>, Selection)> = Vec::new();
    match of(&["identity"]) {
        Some(0) => {}
        // Not mentioned: acceptable, behind everything.
        quality => {
            let quality = quality.unwrap_or(0);
            candidates.push((quality, Reverse(identity_len), Reverse(0), Selection::Identity));
        }
    }
    for (index, &(coding, len)) in available.iter().enumerate() {
        let names: &[&str] = match coding {
            Coding::Br => &["br"],
            Coding::Zstd => &["zstd"],
            Coding::Gzip => &["gzip", "x-gzip"],
        };
        if let Some(quality @ 1..) = of(names) {
            let selection = Selection::Coded(coding);
            candidates.push((quality, Reverse(len), Reverse(index + 1), selection));
        }
    }
    let best = candidates.into_iter().max_by_key(|&(quality, len, place, _)| (quality, len, place));
    best.map_or(Selection::NotAcceptable, |(.., selection)| selection)
}

/// How welcome a type is, from 0 for one that is refused and 1 for one that is not named: the
/// closest member of Accept counts, and of those the first.
fn type_welcome(members: &[Member], family: &str, subtype: &str) -> u32 {
    let mut best = (0, 1);
    for (name, parameters) in members {
        let weights = parameters.iter().filter(|parameter| parameter.starts_with(b"q="));
        let weights: Option<Vec<u32>> = weights.map(|weight| thousandths(weight)).collect();
        let Some(weights) = weights else { continue };
        let has_others = parameters.iter().any(|it| !it.is_empty() && !it.starts_with(b"q="));
        let closeness = match String::from_utf8_lossy(name).split_once('/') {
            Some(named) if named == (family, subtype) => {
                if has_others {
                    3
                } else {
                    4
                }
            }
            Some(named) if named == (family, "*") => 2,
            Some(("*", "*")) => 1,
            _ => 0,
        };
        if closeness > best.0 {
            let weight = weights.last().copied().unwrap_or(1000);
            best = (closeness, if weight == 0 { 0 } else { weight + 1 });
        }
    }
    best.1
}

fn assert_forms(lines: &[&[u8]]) {
    let members = members(lines);
    let [text, html, json] = [("text", "plain"), ("text", "html"), ("application", "json")]
        .map(|(family, subtype)| type_welcome(&members, family, subtype));
    let form = preferred_form(lines.iter().copied());
    let chosen = match form {
        ErrorForm::Html => html,
        ErrorForm::Text => text,
        ErrorForm::Json => json,
    };
    assert_eq!(chosen, text.max(html).max(json), "{form:?}");
    let listing = preferred_listing_form(lines.iter().copied());
    let chosen = match listing {
        ListingForm::Html => html,
        ListingForm::Json => json,
    };
    assert_eq!(chosen, html.max(json), "{listing:?}");
}

fuzz_target!(|input: &[u8]| {
    let Some(([there, lens @ ..], value)) = input.split_first_chunk::<5>() else { return };
    let lines: Vec<&[u8]> = value.split(|&byte| byte == b'\n').collect();
    let mut available: Vec<(Coding, u64)> = Vec::new();
    for (index, coding) in Coding::ALL.into_iter().enumerate() {
        if there & (1 << index) != 0 {
            available.push((coding, lens[index].into()));
        }
    }
    if there & 8 != 0 {
        available.reverse();
    }
    let identity_len = lens[3].into();
    let accepted = AcceptEncoding::gather(lines.iter().copied());
    let found = accepted.preferred(available.iter().copied(), identity_len);
    assert_eq!(found, expected(&members(&lines), &available, identity_len));
    assert_forms(&lines);
});
