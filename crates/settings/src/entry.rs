//! A row of the table.

use std::fmt;

/// One setting: what it is called, what it may be, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name in code and in `--limit KEY=VALUE`.
    pub key: &'static str,
    /// What a value looks like.
    pub kind: Kind,
    /// What it is without configuration.
    pub default: Default,
    /// The least value, for kinds that are numbers.
    pub min: Option<u64>,
    /// The greatest value, for kinds that are numbers.
    pub max: Option<u64>,
    /// The flag of its own, without the dashes.
    pub flag: Option<&'static str>,
    /// What it does, in sentences.
    pub doc: &'static str,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A size, counted in bytes; written with `KiB`, `MiB` or `GiB`.
    Bytes,
    /// A number of things.
    Count,
    /// A length of time, counted in milliseconds; written with `ms`, `s` or `m`.
    Time,
    /// A folder, file or other text; named as it appears in `--help`.
    Text(&'static str),
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// Off, unless it is given.
    Switch,
}

impl Kind {
    /// Returns the unit that numbers of this kind count, empty for the rest.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Time => "ms",
            Self::Count | Self::Text(_) | Self::Choice(_) | Self::Switch => "",
        }
    }

    /// Writes a number of this kind the way a person would.
    #[must_use]
    pub fn show(self, number: u64) -> String {
        let scaled = |units: &[(u64, &str)]| {
            units
                .iter()
                .find(|(size, _)| number >= *size && number.is_multiple_of(*size))
                .map_or_else(
                    || number.to_string(),
                    |(size, unit)| format!("{}{unit}", number / size),
                )
        };
        match self {
            Self::Bytes => scaled(&[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]),
            Self::Time => scaled(&[(60_000, "m"), (1000, "s"), (1, "ms")]),
            Self::Count | Self::Text(_) | Self::Choice(_) | Self::Switch => number.to_string(),
        }
    }
}

/// What a setting is without configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// A number, in the unit of its kind.
    Number(u64),
    /// A text, a word, or in words what is computed at start.
    Text(&'static str),
}

impl Entry {
    /// Returns the default as it would be written.
    #[must_use]
    pub fn default_text(&self) -> String {
        match self.default {
            Default::Number(number) => self.kind.show(number),
            Default::Text(text) => text.to_owned(),
        }
    }

    /// Returns what values are allowed, in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        match (self.kind, self.min, self.max) {
            (Kind::Choice(words), ..) => words.join(" or "),
            (Kind::Text(name), ..) => name.to_owned(),
            (kind, Some(min), Some(max)) => format!("{} to {}", kind.show(min), kind.show(max)),
            (kind, ..) => kind.to_string(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes => f.write_str("size"),
            Self::Count => f.write_str("number"),
            Self::Time => f.write_str("time"),
            Self::Text(name) => f.write_str(name),
            Self::Choice(words) => f.write_str(&words.join("|")),
            Self::Switch => f.write_str("given or not"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_the_largest_unit_that_is_exact() {
        for (kind, number, expected) in [
            (Kind::Bytes, 8192, "8KiB"),
            (Kind::Bytes, 1 << 20, "1MiB"),
            (Kind::Bytes, 1000, "1000"),
            (Kind::Time, 10_000, "10s"),
            (Kind::Time, 60_000, "1m"),
            (Kind::Time, 1500, "1500ms"),
            (Kind::Count, 100, "100"),
        ] {
            assert_eq!(kind.show(number), expected);
        }
    }
}
