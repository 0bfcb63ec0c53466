//! Avocet's one table of limits and options, as plain data.
//!
//! Every setting is declared once: its key, type, unit, default, range, flag and documentation.
//! The typed structures, the command line, `--help`, the reference page and the checks of a value
//! all come from that declaration. Nothing here reads a file, an argument or the environment.
#![forbid(unsafe_code)]

mod entry;
mod limits;
mod listen;
mod options;
mod value;

pub use self::entry::{Default as DefaultValue, Entry, Kind};
pub use self::limits::Limits;
pub use self::listen::{Listen, ListenError};
pub use self::options::{ClientLimit, Compress, LogFormat, Settings};
pub use self::value::{SettingError, SettingErrorKind};

/// The table: options first, in the order of `--help`, then limits.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    options::OPTIONS.iter().chain(limits::LIMITS)
}

/// The rows of the limits: what `--limit` takes.
pub fn limits() -> impl Iterator<Item = &'static Entry> {
    limits::LIMITS.iter()
}

/// Returns the row of `key`.
#[must_use]
pub fn entry(key: &str) -> Option<&'static Entry> {
    table().find(|entry| entry.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_and_flags_are_unique_and_rows_are_documented() {
        let (mut keys, mut flags) = (HashSet::new(), HashSet::new());
        for entry in table() {
            assert!(keys.insert(entry.key), "{} twice", entry.key);
            assert!(entry.doc.ends_with('.'), "{} has no sentence", entry.key);
            if let Some(flag) = entry.flag {
                assert!(flags.insert(flag), "--{flag} twice");
            }
        }
    }
}
