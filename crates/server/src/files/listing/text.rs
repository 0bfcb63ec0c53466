//! Names, sizes and times as a listing writes them.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use semantics::date;

/// A text in which HTML finds no markup, neither between tags nor in a quoted attribute.
pub(super) struct Html<'a>(pub(super) &'a str);

impl Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, special) = rest.split_at(at);
            f.write_str(before)?;
            f.write_str(match special.as_bytes()[0] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &special[1..];
        }
        f.write_str(rest)
    }
}

/// A text as a JSON string, quotes included (RFC 8259 §7).
pub(super) struct Json<'a>(pub(super) &'a str);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\0'..='\x1f' | '\x7f' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// Makes text of a name: what is no UTF-8 becomes U+FFFD.
pub(super) fn name(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A number of bytes in the unit that leaves it short: `612 B`, `1.5 KiB`, `64 MiB`.
pub(super) struct Size(pub(super) u64);

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let (len, mut unit) = (u128::from(self.0), 1024);
        let mut names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].iter();
        let mut name = names.next();
        // What would be rounded up to 1024 of a unit is one of the next.
        while rounded(len, unit) >= 1024 {
            unit *= 1024;
            name = names.next();
        }
        let name = name.expect("a number of 64 bits is at most 16 EiB");
        match rounded(10 * len, unit) {
            tenths @ ..100 => write!(f, "{}.{} {name}", tenths / 10, tenths % 10),
            _ => write!(f, "{} {name}", rounded(len, unit)),
        }
    }
}

const fn rounded(number: u128, unit: u128) -> u128 {
    (number + unit / 2) / unit
}

/// A number with commas between its thousands.
struct Thousands(u64);

impl Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// A number of things, in words.
pub(super) struct Count(pub(super) u64, pub(super) &'static str, pub(super) &'static str);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, one, many) = *self;
        let noun = if number == 1 { one } else { many };
        write!(f, "{} {noun}", Thousands(number))
    }
}

/// A time in UTC, cut into what a page shows apart.
pub(super) struct Moment {
    /// `1994-11-06`.
    day: [u8; 10],
    /// `08:49:37`.
    time: [u8; 8],
}

impl Moment {
    /// Takes a time apart; `None` for one that is not known. What no date on the wire can say is
    /// the nearest that one can.
    pub(super) fn of(time: SystemTime) -> Option<Self> {
        if time == UNIX_EPOCH {
            return None;
        }
        // `Sun, 06 Nov 1994 08:49:37 GMT`: every part has its fixed place.
        let imf = date::format(time);
        let month = MONTHS.iter().position(|month| imf[8..11] == **month)? + 1;
        let mut moment = Self { day: *b"0000-00-00", time: *b"00:00:00" };
        moment.day[..4].copy_from_slice(&imf[12..16]);
        moment.day[5] += u8::from(month > 9);
        moment.day[6] += u8::try_from(month % 10).ok()?;
        moment.day[8..].copy_from_slice(&imf[5..7]);
        moment.time.copy_from_slice(&imf[17..25]);
        Some(moment)
    }

    pub(super) fn day(&self) -> &str {
        ascii(&self.day)
    }

    /// Returns hours and minutes.
    pub(super) fn minute(&self) -> &str {
        ascii(&self.time[..5])
    }
}

/// As RFC 3339 writes it.
impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}Z", self.day(), ascii(&self.time))
    }
}

fn ascii(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("a date is ASCII")
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        for (text, html, json) in [
            ("plain", "plain", r#""plain""#),
            ("<script>", "&lt;script&gt;", r#""<script>""#),
            ("a&b;", "a&amp;b;", r#""a&b;""#),
            ("\"onclick='x'", "&quot;onclick=&#39;x&#39;", r#""\"onclick='x'""#),
            ("a\\b\n\u{1}\u{7f}", "a\\b\n\u{1}\u{7f}", r#""a\\b\u000a\u0001\u007f""#),
            ("caf\u{e9} \u{1f426}", "caf\u{e9} \u{1f426}", "\"caf\u{e9} \u{1f426}\""),
        ] {
            assert_eq!(Html(text).to_string(), html);
            assert_eq!(Json(text).to_string(), json);
        }
    }

    #[test]
    fn sizes_are_short() {
        for (len, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (10_188, "9.9 KiB"),
            (10_189, "10 KiB"),
            (1_048_063, "1023 KiB"),
            (1_048_064, "1.0 MiB"),
            (64 << 20, "64 MiB"),
            (5 << 40, "5.0 TiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(Size(len).to_string(), expected, "{len}");
        }
    }

    #[test]
    fn numbers_and_what_they_count() {
        for (number, expected) in [
            (0, "0 files"),
            (1, "1 file"),
            (999, "999 files"),
            (1000, "1,000 files"),
            (12_345_678, "12,345,678 files"),
        ] {
            assert_eq!(Count(number, "file", "files").to_string(), expected);
        }
    }

    #[test]
    fn times_are_taken_apart() {
        let at = |seconds| Moment::of(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        let moment = at(784_111_777);
        assert_eq!((moment.day(), moment.minute()), ("1994-11-06", "08:49"));
        for (seconds, expected) in [
            (1, "1970-01-01T00:00:01Z"),
            (784_111_777, "1994-11-06T08:49:37Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_733_011_199, "2024-11-30T23:59:59Z"),
            (1_733_011_200, "2024-12-01T00:00:00Z"),
            (1 << 40, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(seconds).to_string(), expected);
        }
        assert!(Moment::of(UNIX_EPOCH).is_none(), "a time that is not known");
        let before = Moment::of(UNIX_EPOCH - Duration::from_secs(1)).unwrap();
        assert_eq!(before.to_string(), "1970-01-01T00:00:00Z");
    }
}
