//! Comma-separated values and semicolon-separated parameters (RFC 9110 §5.6).
//!
//! Splitting honours quoted strings and nothing else: what a member means is its reader's business.
//! Entity tags have quotes without escapes and are split by the `etag` module instead.

/// Iterates over the members of a comma-separated list (RFC 9110 §5.6.1): commas within quoted
/// strings do not separate, white space around members is cut off, empty members are skipped.
///
/// A quoted string that is never closed reaches to the end of the value.
#[must_use]
pub fn list_items(value: &[u8]) -> ListItems<'_> {
    ListItems(Split { rest: Some(value), separator: b',' })
}

/// Iterator of [`list_items`].
#[derive(Debug, Clone)]
pub struct ListItems<'a>(Split<'a>);

impl<'a> Iterator for ListItems<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.by_ref().find(|item| !item.is_empty())
    }
}

/// Iterates over the parts of a list member that semicolons separate: first the thing itself, then
/// its parameters, empty ones included.
pub(crate) fn parameters(item: &[u8]) -> impl Iterator<Item = &[u8]> {
    Split { rest: Some(item), separator: b';' }
}

/// Cuts spaces and tabs off both ends; other white space is not optional white space in HTTP.
pub(crate) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The trimmed parts between separators outside quoted strings; `rest` is `None` after the last.
#[derive(Debug, Clone)]
struct Split<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let end = part_len(rest, self.separator);
        self.rest = rest.get(end + 1..);
        Some(trim_ows(&rest[..end]))
    }
}

/// Measures up to the first separator outside a quoted string, or the whole.
fn part_len(value: &[u8], separator: u8) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(separator, b'"', &value[at..]) {
        at += found;
        if value[at] == separator {
            return at;
        }
        at += quoted_len(&value[at..]);
    }
    value.len()
}

/// Measures the quoted string that `value` begins with, quotes included; unclosed, it is the whole.
fn quoted_len(value: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &value[at..]) {
        at += found;
        if value[at] == b'"' {
            return at + 1;
        }
        // A backslash takes the next byte with it, whatever it is.
        at = value.len().min(at + 2);
    }
    value.len()
}
