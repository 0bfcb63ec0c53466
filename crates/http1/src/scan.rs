//! Byte classes: which bytes may stand where, checked over whole slices.
//!
//! Every rule about single bytes is in this file, so that the grammar elsewhere reads like the
//! RFC. Checks that must find *where* a token ends look bytes up in a table; checks of a whole
//! slice fold without an early exit, which the compiler turns into vector code.
//!
//! It does not know lines, fields or messages.

/// Class bit of `tchar` (RFC 9110 §5.6.2).
const TOKEN: u8 = 1;
/// Class bit of a hexadecimal digit.
const HEX: u8 = 2;
/// Class bit of `unreserved` and `sub-delims`: what a registered host name is made of besides
/// percent escapes (RFC 3986 §3.2.2). Without the comma, which a proxy that joins two Host fields
/// puts between them.
const REG_NAME: u8 = 4;
/// Class bit of `qdtext`: what stands in a quoted string unescaped (RFC 9110 §5.6.4).
const QUOTED: u8 = 8;

static CLASS: [u8; 256] = class_table();

const fn class_table() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut byte = 0_u8;
    loop {
        let mut class = 0;
        if byte.is_ascii_alphanumeric() || is_one_of(byte, b"!#$%&'*+-.^_`|~") {
            class |= TOKEN;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        if byte.is_ascii_alphanumeric() || is_one_of(byte, b"-._~!$&'()*+;=") {
            class |= REG_NAME;
        }
        if is_value_byte(byte) && !is_one_of(byte, b"\"\\") {
            class |= QUOTED;
        }
        set(&mut table, byte, class);
        let Some(next) = byte.checked_add(1) else { return table };
        byte = next;
    }
}

const fn is_one_of(byte: u8, mut set: &[u8]) -> bool {
    while let [first, rest @ ..] = set {
        if *first == byte {
            return true;
        }
        set = rest;
    }
    false
}

#[expect(clippy::indexing_slicing, reason = "a u8 indexes a table of 256")]
const fn set(table: &mut [u8; 256], byte: u8, class: u8) {
    table[byte as usize] = class;
}

#[inline]
#[expect(clippy::indexing_slicing, reason = "a u8 indexes a table of 256")]
fn is(byte: u8, class: u8) -> bool {
    CLASS[usize::from(byte)] & class != 0
}

/// Whether the byte may stand in a token: a method, a field name (RFC 9110 §5.6.2).
#[inline]
pub(crate) fn is_token_byte(byte: u8) -> bool {
    is(byte, TOKEN)
}

/// Whether the byte may stand in a registered host name outside percent escapes.
#[inline]
fn is_reg_name_byte(byte: u8) -> bool {
    is(byte, REG_NAME)
}

/// The length of what the slice begins with of a registered host name without percent escapes.
#[inline]
pub(crate) fn reg_name_run_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_reg_name_byte(byte)).unwrap_or(bytes.len())
}

/// Whether the byte is a hexadecimal digit.
#[inline]
pub(crate) fn is_hex_byte(byte: u8) -> bool {
    is(byte, HEX)
}

/// Whether the byte may stand unescaped between the quotes of a quoted string.
#[inline]
pub(crate) fn is_quoted_byte(byte: u8) -> bool {
    is(byte, QUOTED)
}

/// Whether the byte may stand in a field value: visible ASCII, obs-text, space and tab
/// (RFC 9110 §5.5).
#[inline]
pub(crate) const fn is_value_byte(byte: u8) -> bool {
    ((byte >= b' ') & (byte != 0x7f)) | (byte == b'\t')
}

/// Whether the byte may stand in a request target.
///
/// That is visible ASCII without the four characters that every browser escapes and that end a
/// URI in text (`"`, `<`, `>`) or never reach a server (`#`). The grammar of RFC 3986 is narrower,
/// but browsers send `|`, `^`, `{`, `}` and the like in queries as they are.
#[inline]
pub(crate) const fn is_target_byte(byte: u8) -> bool {
    (byte > b' ')
        & (byte < 0x7f)
        & (byte != b'"')
        & (byte != b'#')
        & (byte != b'<')
        & (byte != b'>')
}

/// The length of the token that the slice begins with; 0 if it begins with none.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(bytes.len())
}

/// Where a byte stands first.
#[inline]
pub(crate) fn find(wanted: u8, bytes: &[u8]) -> Option<usize> {
    first(bytes, |word| marks_of(wanted, word))
}

/// The length of what the slice begins with of a field value, if something ends it.
#[inline]
pub(crate) fn value_len(bytes: &[u8]) -> Option<usize> {
    first(bytes, |word| {
        let seven_bits = word & !HIGH_BITS;
        let from_space_on = seven_bits.wrapping_add(repeated(0x80 - b' ')) | word;
        let is_delete = seven_bits.wrapping_add(LOW_BITS) & !word;
        (!from_space_on & !marks_of(b'\t', word) | is_delete) & HIGH_BITS
    })
}

/// Where the first byte is that `marks` marks in its word, by the highest bit.
///
/// Lines are short: eight bytes at a time in a register beat a call. Nothing wraps, for no sum is
/// larger than the slice.
#[inline]
fn first(bytes: &[u8], marks: impl Fn(u64) -> u64) -> Option<usize> {
    let position = |found: u64| (found.trailing_zeros() / 8) as usize;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(index.wrapping_mul(8).wrapping_add(position(found)));
        }
    }
    match bytes.last_chunk().filter(|_| !rest.is_empty()) {
        // What this word shares with the one before it has no mark.
        Some(last) => {
            let found = marks(u64::from_le_bytes(*last));
            let before = bytes.len().wrapping_sub(8);
            (found != 0).then(|| before.wrapping_add(position(found)))
        }
        None => rest.iter().position(|&byte| marks(u64::from(byte)) & 0x80 != 0),
    }
}

/// Marks the bytes of a word that are the wanted one, exactly those.
#[inline]
const fn marks_of(wanted: u8, word: u64) -> u64 {
    // Without its highest bit a byte that differs carries into it, or has it anyway.
    let differing = word ^ repeated(wanted);
    let carried = (differing & !HIGH_BITS).wrapping_add(!HIGH_BITS);
    !(carried | differing) & HIGH_BITS
}

const fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const LOW_BITS: u64 = repeated(0x01);
const HIGH_BITS: u64 = repeated(0x80);

/// Whether the slice is a token of at least one byte.
#[inline]
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// Whether every byte may stand in a request target.
#[inline]
pub(crate) fn is_target(bytes: &[u8]) -> bool {
    all(bytes, is_target_byte)
}

/// Whether every byte passes, looked at in whole chunks without an early exit.
///
/// The last chunk overlaps the one before it, so that no slice of eight bytes or more is left with
/// a remainder to be looked at byte by byte.
#[inline]
fn all(bytes: &[u8], passes: impl Fn(u8) -> bool) -> bool {
    let failed =
        |chunk: &[u8]| chunk.iter().fold(0, |failed, &byte| failed | u8::from(!passes(byte)));
    let failed = if let Some(last) = bytes.last_chunk::<16>() {
        let (chunks, _) = bytes.as_chunks::<16>();
        chunks.iter().fold(failed(last), |before, chunk| before | failed(chunk))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        failed(first) | failed(last)
    } else {
        failed(bytes)
    };
    failed == 0
}

/// The slice without the optional whitespace at its start.
#[inline]
pub(crate) const fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The slice without the optional whitespace at its end.
#[inline]
pub(crate) const fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The slice without the optional whitespace at both ends.
#[inline]
pub(crate) const fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// The value of a decimal number that consists of digits alone and fits.
#[inline]
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(class: impl Fn(u8) -> bool, members: &str) {
        let found: String = (0..=127).filter(|byte| class(*byte)).map(char::from).collect();
        assert_eq!(found, members);
    }

    #[test]
    fn classes_hold_the_bytes_of_the_grammar() {
        check(
            is_token_byte,
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
        );
        check(
            is_reg_name_byte,
            "!$&'()*+-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~",
        );
        check(is_hex_byte, "0123456789ABCDEFabcdef");
        let visible: String = (b'!'..=b'~').map(char::from).collect();
        check(is_value_byte, &format!("\t {visible}"));
        check(is_quoted_byte, &format!("\t {}", visible.replace(['"', '\\'], "")));
        check(is_target_byte, &visible.replace(['"', '#', '<', '>'], ""));
    }

    #[test]
    fn only_values_and_quoted_strings_take_bytes_beyond_ascii() {
        for byte in 128..=255 {
            assert!(is_value_byte(byte) && is_quoted_byte(byte));
            assert!(!is_token_byte(byte) && !is_target_byte(byte) && !is_reg_name_byte(byte));
        }
    }

    #[test]
    fn whole_slice_checks_see_every_position() {
        for len in 1..70 {
            for at in 0..len {
                let mut bytes = vec![b'a'; len];
                bytes[at] = 0;
                assert!(!is_target(&bytes) && !is_token(&bytes));
                assert_eq!(token_len(&bytes), at);
            }
        }
        assert!(is_target(b"") && !is_token(b""));
    }

    #[test]
    fn the_end_of_a_value_is_found_wherever_it_stands() {
        for end in (0..=255).filter(|byte| !is_value_byte(*byte)) {
            for len in 0..40 {
                for other in [b'a', b' ', b'\t', 0x80, 0xff, b'~'] {
                    let mut bytes = vec![other; len];
                    assert_eq!(value_len(&bytes), None, "{}", bytes.escape_ascii());
                    for at in (0..len).rev() {
                        bytes[at] = end;
                        assert_eq!(value_len(&bytes), Some(at), "{}", bytes.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_byte_of_a_kind_is_found_wherever_it_stands() {
        for len in 0..40 {
            // Bytes one off a colon, above and below, are what a carry could be mistaken about.
            for other in [b'a', b';', b'9', 0xff, 0x00, b':' ^ 0x80] {
                let mut bytes = vec![other; len];
                assert_eq!(find(b':', &bytes), None);
                for at in (0..len).rev() {
                    bytes[at] = b':';
                    assert_eq!(find(b':', &bytes), Some(at), "{}", bytes.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn decimal_takes_digits_that_fit() {
        let cases: [(&[u8], Option<u64>); 9] = [
            (b"0", Some(0)),
            (b"007", Some(7)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"", None),
            (b"+1", None),
            (b"-1", None),
            (b"1 ", None),
            (b"0x1", None),
        ];
        for (digits, expected) in cases {
            assert_eq!(decimal(digits), expected, "{}", digits.escape_ascii());
        }
    }

    #[test]
    fn trim_takes_whitespace_off_both_ends_alone() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b" \ta b\t ", b"a b"),
            (b"", b""),
            (b" \t ", b""),
            (b"a", b"a"),
            (b"\x0ba", b"\x0ba"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(trim(bytes), expected);
        }
    }
}
