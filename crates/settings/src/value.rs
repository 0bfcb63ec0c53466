//! Reading a value, by the row that describes it.

use std::fmt;

use crate::entry::{Entry, Kind};

/// A value that a setting cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The setting.
    pub key: String,
    /// The value as it was written.
    pub value: String,
    /// What is wrong with it.
    pub kind: SettingErrorKind,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingErrorKind {
    /// No setting has that key.
    UnknownKey,
    /// It does not look like a value of its kind.
    Malformed {
        /// What a value looks like.
        expected: &'static str,
    },
    /// It is below or above what is allowed.
    OutOfRange {
        /// The range, as it would be written.
        allowed: String,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SettingErrorKind::UnknownKey => write!(f, "unknown limit `{}`", self.key),
            SettingErrorKind::Malformed { expected } => {
                write!(f, "{} is {expected}, not `{}`", self.key, self.value.escape_debug())
            }
            SettingErrorKind::OutOfRange { allowed } => {
                write!(f, "{} must be {allowed}, not {}", self.key, self.value.escape_debug())
            }
        }
    }
}

impl std::error::Error for SettingError {}

/// Reads a number of the row's kind and holds it against the row's range.
pub(crate) fn parse_number(entry: &Entry, text: &str) -> Result<u64, SettingError> {
    let error = |kind| SettingError { key: entry.key.to_owned(), value: text.to_owned(), kind };
    let (units, expected): (&[(&str, u64)], _) = match entry.kind {
        Kind::Bytes => (
            &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1)],
            "a size such as `64KiB`",
        ),
        Kind::Time => (
            &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)],
            "a time such as `500ms`, `10s` or `2m`",
        ),
        Kind::Count | Kind::Text(_) | Kind::Choice(_) | Kind::Switch => {
            (&[("", 1)], "a whole number")
        }
    };
    let malformed = || error(SettingErrorKind::Malformed { expected });
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_not_a_number| malformed())?;
    let unit = unit.trim_start();
    let size = units
        .iter()
        .find_map(|(name, size)| name.eq_ignore_ascii_case(unit).then_some(*size))
        .ok_or_else(malformed)?;
    let out_of_range = || error(SettingErrorKind::OutOfRange { allowed: entry.allowed() });
    let number = number.checked_mul(size).ok_or_else(out_of_range)?;
    let is_allowed =
        entry.min.is_none_or(|min| number >= min) && entry.max.is_none_or(|max| number <= max);
    if is_allowed { Ok(number) } else { Err(out_of_range()) }
}
