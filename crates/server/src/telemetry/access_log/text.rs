//! Pieces of a line: a client's text so that it cannot end its quotes, addresses and numbers.
//!
//! Text is looked at eight bytes at a time and mostly needs nothing, so that it is copied whole.

use std::net::Ipv4Addr;

/// Longest piece of a client's text that goes into a line; what is longer ends with `...`.
pub(super) const TEXT_SIZE_MAX: usize = 2048;

/// Shows that a text was cut.
const CUT: &[u8] = b"...";

/// How a byte is written that cannot stand as it is. In both, quote and backslash get a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// As in Apache's and nginx's logs: `\x0d`.
    Hex,
    /// As JSON has it: `\u000d`. A byte that is not ASCII is written as the character of its
    /// number, so that bytes of any kind make a valid text and can be had back from it.
    Json,
}

/// Appends what a client said.
#[inline]
pub(super) fn push_text(out: &mut Vec<u8>, text: &[u8], escape: Escape) {
    push_up_to(out, text, TEXT_SIZE_MAX, escape);
}

/// Appends a text of a client with at most `size_max` of its bytes.
#[inline]
pub(super) fn push_up_to(out: &mut Vec<u8>, text: &[u8], size_max: usize, escape: Escape) {
    let shown = &text[..text.len().min(size_max)];
    if is_plain(shown) {
        out.extend_from_slice(shown);
    } else {
        push_escaped(out, shown, escape);
    }
    if shown.len() < text.len() {
        out.extend_from_slice(CUT);
    }
}

/// Tells whether no byte of a text needs to be escaped.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    // Of the last word some bytes may be looked at twice.
    let rest = match (text.last_chunk(), text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(last), ..) => specials(*last),
        (None, Some([a, b, c, d]), Some([e, f, g, h])) => {
            specials([*a, *b, *c, *d, *e, *f, *g, *h])
        }
        _ => return !text.iter().any(|&byte| is_special(byte)),
    };
    let (words, _rest) = text.as_chunks();
    words.iter().fold(rest, |found, &word| found | specials(word)) == 0
}

/// Returns a number that is 0 if none of eight bytes is special.
///
/// The usual arithmetic on a word of bytes: a subtraction that borrows shows in the highest bit. A
/// byte above a special one may show, too, which does no harm: it is looked at again.
#[inline]
const fn specials(word: [u8; 8]) -> u64 {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(each(1)) & !word
    }
    let word = u64::from_ne_bytes(word);
    let controls = word.wrapping_sub(each(b' ')) & !word;
    let quotes = zeros(word ^ each(b'"')) | zeros(word ^ each(b'\\'));
    // DEL gets the highest bit, and what is not ASCII has it.
    let others = word.wrapping_add(each(1)) | word;
    (controls | quotes | others) & each(0x80)
}

/// Tells whether a byte is no visible ASCII or space, or one that ends or escapes in quotes.
#[inline]
const fn is_special(byte: u8) -> bool {
    !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\')
}

#[inline(never)]
fn push_escaped(out: &mut Vec<u8>, text: &[u8], escape: Escape) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| is_special(byte)) {
        out.extend_from_slice(&rest[..at]);
        push_special(out, rest[at], escape);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

fn push_special(out: &mut Vec<u8>, byte: u8, escape: Escape) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if matches!(byte, b'"' | b'\\') {
        out.extend_from_slice(&[b'\\', byte]);
        return;
    }
    let (high, low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
    match escape {
        Escape::Hex => out.extend_from_slice(&[b'\\', b'x', high, low]),
        Escape::Json => out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]),
    }
}

/// Each octet with the dot behind it, and the size of both.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [(*b"....", 0); 256];
    let mut at = 0;
    while at < octets.len() {
        let (hundreds, tens, ones) = (DECIMAL[at / 100], DECIMAL[at / 10 % 10], DECIMAL[at % 10]);
        octets[at] = match at {
            0..10 => ([ones, b'.', b'.', b'.'], 2),
            10..100 => ([tens, ones, b'.', b'.'], 3),
            _ => ([hundreds, tens, ones, b'.'], 4),
        };
        at += 1;
    }
    octets
};

/// The numbers below a hundred in two digits.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [*b"00"; 100];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = [DECIMAL[at / 10], DECIMAL[at % 10]];
        at += 1;
    }
    pairs
};

const DECIMAL: &[u8; 10] = b"0123456789";

/// Appends an address as `127.0.0.1`.
pub(super) fn push_ipv4(out: &mut Vec<u8>, addr: Ipv4Addr) {
    let mut text = [0; 16];
    let mut len = 0;
    for octet in addr.octets() {
        let (octet, size) = &OCTETS[usize::from(octet)];
        text[len..len + octet.len()].copy_from_slice(octet);
        len += usize::from(*size);
    }
    out.extend_from_slice(&text[..len - 1]);
}

/// A short text that is written from its end.
#[derive(Debug)]
pub(super) struct Backwards {
    bytes: [u8; Self::SIZE],
    start: usize,
}

impl Backwards {
    /// Room for two numbers and their names.
    const SIZE: usize = 64;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::SIZE], start: Self::SIZE }
    }

    /// Puts `text` in front.
    #[inline]
    pub(super) fn put(&mut self, text: &[u8]) {
        let start = self.start - text.len();
        self.bytes[start..self.start].copy_from_slice(text);
        self.start = start;
    }

    /// Puts a number in front.
    #[inline]
    pub(super) fn put_number(&mut self, mut number: u64) {
        while number >= 100 {
            self.put(&PAIRS[(number % 100) as usize]);
            number /= 100;
        }
        let pair = &PAIRS[(number % 100) as usize];
        self.put(if number >= 10 { pair } else { &pair[1..] });
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8], escape: Escape) -> String {
        let mut out = Vec::new();
        push_text(&mut out, text, escape);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_cannot_stand_as_it_is_is_escaped() {
        for (text, hex, json) in [
            (&b""[..], "", ""),
            (
                b"plain ~ text, of more than sixteen bytes",
                "plain ~ text, of more than sixteen bytes",
                "plain ~ text, of more than sixteen bytes",
            ),
            (
                b"a\r\n\x1b[2J\xff\0",
                "a\\x0d\\x0a\\x1b[2J\\xff\\x00",
                "a\\u000d\\u000a\\u001b[2J\\u00ff\\u0000",
            ),
            (b"\"\\x0a\x7f", "\\\"\\\\x0a\\x7f", "\\\"\\\\x0a\\u007f"),
        ] {
            assert_eq!(escaped(text, Escape::Hex), hex);
            assert_eq!(escaped(text, Escape::Json), json);
        }
    }

    #[test]
    fn each_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for len in (1..=17).chain([31, 32, 33, 47, 48]) {
                for at in 0..len {
                    let mut text = vec![b'x'; len];
                    text[at] = byte;
                    let is_plain = (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte);
                    let len_of_escaped = escaped(&text, Escape::Hex).len();
                    assert_eq!(len_of_escaped == len, is_plain, "{byte:#x} at {at} of {len}");
                }
            }
        }
    }

    #[test]
    fn a_text_is_cut_at_its_limit_and_that_is_shown() {
        for (len, expected) in [
            (TEXT_SIZE_MAX - 1, TEXT_SIZE_MAX - 1),
            (TEXT_SIZE_MAX, TEXT_SIZE_MAX),
            (TEXT_SIZE_MAX + 1, TEXT_SIZE_MAX + 3),
        ] {
            let shown = escaped(&vec![b'x'; len], Escape::Hex);
            assert_eq!(shown.len(), expected);
            assert_eq!(shown.ends_with("..."), len > TEXT_SIZE_MAX);
        }
    }

    #[test]
    fn addresses_and_numbers_are_as_the_standard_library_has_them() {
        for number in 0..=u8::MAX {
            let addr = Ipv4Addr::new(number, 255 - number, number / 2, number / 16);
            let mut out = Vec::new();
            push_ipv4(&mut out, addr);
            assert_eq!(out, addr.to_string().as_bytes());
        }
        for number in [0, 9, 10, 612, 9_999_999_999, u64::MAX] {
            let mut text = Backwards::new();
            text.put(b"!");
            text.put_number(number);
            assert_eq!(text.as_bytes(), format!("{number}!").as_bytes());
        }
    }
}
