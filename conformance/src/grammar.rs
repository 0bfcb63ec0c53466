//! What a server may write into the fields of an answer, by the grammar of RFC 9110 §5.6.
//!
//! It judges the forms that more than one case looks at, and nothing of what they mean.

#![expect(clippy::missing_panics_doc, reason = "to panic is how a case fails")]

use std::time::{Duration, SystemTime};

use reactor::clock;

use crate::wire::{Answer, Wire};

/// Largest difference between a date that was just made and the clock of the cases.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(2);

/// Whether that is a token (§5.6.2).
#[must_use]
pub fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Whether that is a list of tokens, none of them left out (§5.6.1.1); the empty list is one.
#[must_use]
pub fn is_list_of_tokens(value: &str) -> bool {
    value.is_empty() || value.split(',').all(|member| is_token(member.trim_matches([' ', '\t'])))
}

/// Whether that is an entity tag (§8.8.3).
#[must_use]
pub fn is_entity_tag(value: &str) -> bool {
    let opaque = value.strip_prefix("W/").unwrap_or(value);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.chars().all(|char| char > ' ' && char != '"' && char != '\x7f'))
}

/// Whether that is a media type whose parameters are tokens or quoted without escapes (§8.3.1).
#[must_use]
pub fn is_media_type(value: &str) -> bool {
    let mut parts = value.split(';').map(|part| part.trim_matches([' ', '\t']));
    let Some((kind, subkind)) = parts.next().and_then(|name| name.split_once('/')) else {
        return false;
    };
    let is_parameter = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            is_token(name) && (is_token(value) || unquoted.is_some_and(|text| !text.contains('"')))
        })
    };
    is_token(kind) && is_token(subkind) && parts.all(is_parameter)
}

/// Reads a date of the one form that may be sent (§5.6.7).
#[track_caller]
pub fn date(value: &str) -> SystemTime {
    let date = httpdate::parse_http_date(value).ok();
    let date = date.filter(|date| httpdate::fmt_http_date(*date) == value);
    date.unwrap_or_else(|| panic!("an IMF-fixdate, not {value:?}"))
}

/// Shows that an answer has one Date, of the right form, which is that of now (§6.6.1).
#[track_caller]
pub fn assert_dated_now(answer: &Answer) {
    let now = clock::read().wall;
    let value = answer.field("Date");
    let date = date(value.unwrap_or_else(|| panic!("there is a Date: {answer:?}")));
    let skew = now.duration_since(date).unwrap_or_else(|error| error.duration());
    assert!(skew <= CLOCK_SKEW_MAX, "{date:?} is now, {now:?}");
}

/// Shows that what a server sends on this connection until it closes begins with the head of an
/// answer that is written as the grammar has it (RFC 9112 §4, §5; RFC 9110 §5).
#[track_caller]
pub fn assert_well_formed_head(wire: &mut Wire) {
    let all = wire.rest();
    let end = all.windows(4).position(|window| window == b"\r\n\r\n").expect("a head has an end");
    let head = str::from_utf8(&all[..end]).expect("heads are ASCII, as far as we ask");
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default().as_bytes();
    let is_status_line = matches!(
        status_line,
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', a, b, c, b' ', phrase @ ..]
            if [a, b, c].iter().all(|digit| digit.is_ascii_digit())
                && phrase.iter().all(|&byte| byte >= b' ' && byte != 0x7f)
    );
    assert!(is_status_line, "a status line, not {:?}", status_line.escape_ascii().to_string());
    for line in lines {
        let (name, value) = line.split_once(':').expect("a field line has a colon");
        assert!(is_token(name), "a field name is a token, not {name:?}");
        let is_clean = value.chars().all(|char| char == '\t' || !char.is_control());
        assert!(is_clean, "{name} has no control characters: {value:?}");
        let value = value.strip_prefix(' ').unwrap_or(value);
        assert_eq!(value.trim_matches([' ', '\t']), value, "one space before the value of {name}");
    }
}
