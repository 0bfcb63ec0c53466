//! A listing as it is being written.

use std::fmt;
use std::vec;

use bytes::Bytes;
use semantics::negotiation::ListingForm;
use semantics::path;

use super::page::Page;
use super::{Wish, json};
use crate::files::target::address;
use crate::files::tree::{Entries, Entry, EntryKind, OpenError};

/// What is left to be written of a listing.
pub(super) struct Draft {
    form: Writing,
    gathered: vec::IntoIter<Entry>,
    /// The entries after those, if there are too many to be sorted.
    more: Option<Entries>,
    tally: Tally,
    stage: Stage,
}

/// Who writes it.
enum Writing {
    Page(Box<Page>),
    Json,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begun,
    Entries,
    Complete,
}

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) directories: u64,
    pub(super) files: u64,
    /// The sum of the files' lengths.
    pub(super) size: u64,
}

impl Draft {
    /// Gathers the entries of a directory, and sorts them unless there are more than `sorted_max`.
    pub(super) fn begin(
        path: &[u8],
        wish: Wish,
        entries: Entries,
        sorted_max: usize,
    ) -> Result<Self, OpenError> {
        let mut entries = entries;
        let is_shown = |entry: &Result<Entry, _>| match entry {
            Ok(entry) => is_shown(&entry.name),
            Err(_) => true,
        };
        let mut shown = entries.by_ref().filter(is_shown);
        let mut gathered = shown.by_ref().take(sorted_max).collect::<Result<Vec<_>, _>>()?;
        let next = if gathered.len() < sorted_max { None } else { shown.next().transpose()? };
        let more = match next {
            None => {
                wish.order.sort(&mut gathered);
                None
            }
            Some(next) => {
                gathered.push(next);
                Some(entries)
            }
        };
        let form = match wish.form {
            ListingForm::Json => Writing::Json,
            ListingForm::Html => {
                let order = more.is_none().then_some(wish.order);
                Writing::Page(Box::new(Page::new(path, order)))
            }
        };
        let gathered = gathered.into_iter();
        Ok(Self { form, gathered, more, tally: Tally::default(), stage: Stage::Begun })
    }

    /// Tells whether the entries come in the order that was asked for.
    pub(super) const fn is_sorted(&self) -> bool {
        self.more.is_none()
    }

    /// Tells whether all of it is written.
    pub(super) fn is_complete(&self) -> bool {
        self.stage == Stage::Complete
    }

    /// Writes on, to about [`INSTALMENT_SIZE`] or to the end.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read on.
    pub(super) fn next_instalment(&mut self) -> Result<Bytes, OpenError> {
        let mut instalment = String::with_capacity(INSTALMENT_CAPACITY);
        if self.stage == Stage::Begun {
            self.form.open(&mut instalment);
            self.stage = Stage::Entries;
        }
        while instalment.len() < INSTALMENT_SIZE && self.stage == Stage::Entries {
            match self.next_entry()? {
                Some(entry) => {
                    self.form.write(&mut instalment, &entry, &self.tally);
                    self.tally.add(&entry);
                }
                None => {
                    self.form.close(&mut instalment, &self.tally);
                    self.stage = Stage::Complete;
                }
            }
        }
        Ok(instalment.into())
    }

    fn next_entry(&mut self) -> Result<Option<Entry>, OpenError> {
        if let Some(entry) = self.gathered.next() {
            return Ok(Some(entry));
        }
        let Some(more) = &mut self.more else { return Ok(None) };
        for entry in more {
            let entry = entry?;
            if is_shown(&entry.name) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}

impl Writing {
    fn open(&self, out: &mut String) {
        match self {
            Self::Page(page) => page.open(out),
            Self::Json => out.push_str(json::OPENING),
        }
    }

    fn write(&self, out: &mut String, entry: &Entry, before: &Tally) {
        match self {
            Self::Page(page) => page.write_entry(out, entry),
            Self::Json => json::write_entry(out, entry, before.directories + before.files),
        }
    }

    fn close(&self, out: &mut String, tally: &Tally) {
        match self {
            Self::Page(page) => page.close(out, tally),
            Self::Json => out.push_str(json::CLOSING),
        }
    }
}

impl Tally {
    fn add(&mut self, entry: &Entry) {
        match entry.kind {
            EntryKind::Directory => self.directories += 1,
            EntryKind::File { len } => {
                self.files += 1;
                self.size = self.size.saturating_add(len);
            }
        }
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("tally", &self.tally).finish_non_exhaustive()
    }
}

/// Tells whether a name is shown: not hidden, and one that a request can ask for. The one function
/// that makes paths safe decides; what it refuses, or takes for another, would be a dead link.
fn is_shown(name: &[u8]) -> bool {
    let (address, mut scratch) = (address(name), Vec::new());
    let resolved = path::resolve(address.as_bytes(), &mut scratch);
    !matches!(name, [] | [b'.', ..]) && resolved.is_ok_and(|path| path.as_bytes() == name)
}

/// How much of a listing is written at a time.
const INSTALMENT_SIZE: usize = 64 * 1024;

/// Room for a instalment with its last entry and its end.
const INSTALMENT_CAPACITY: usize = INSTALMENT_SIZE + 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_shown() {
        for (name, expected) in [
            (b"a".as_slice(), true),
            (b"a b", true),
            (b"%41", true),
            (b"?#", true),
            (b"<script>", true),
            (b"a:b", true),
            (b"caf\xc3\xa9", true),
            (b"\xff\xfe", true),
            (b"...", false),
            (b".hidden", false),
            (b".well-known", false),
            (b"a\nb", false),
            (b"a\x7f", false),
            (b"a\\b", false),
            (b"", false),
        ] {
            assert_eq!(is_shown(name), expected, "{}", name.escape_ascii());
        }
    }
}
