//! A listing as it is being written.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use semantics::negotiation::ListingForm;

use super::catalogue::{Catalogue, LOOKED_AT_MAX};
use super::order::Order;
use super::page::Page;
use super::{Wish, json};
use crate::files::tree::{Entries, Entry, EntryKind, OpenError};

/// What is left to be written of a listing.
pub(super) struct Draft {
    form: Writing,
    order: Order,
    source: Source,
    tally: Tally,
    stage: Stage,
}

/// Where its entries come from.
pub(super) enum Source {
    /// All of them are there; so many were taken.
    Sorted { catalogue: Arc<Catalogue>, taken: usize },
    /// They are read one by one, in the order in which they come.
    Unsorted(Entries),
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
    /// Begins with nothing written.
    pub(super) fn new(path: &[u8], wish: Wish, source: Source) -> Self {
        let form = match wish.form {
            ListingForm::Json => Writing::Json,
            ListingForm::Html => {
                let is_sorted = matches!(source, Source::Sorted { .. });
                Writing::Page(Box::new(Page::new(path, is_sorted.then_some(wish.order))))
            }
        };
        Self { form, order: wish.order, source, tally: Tally::default(), stage: Stage::Begun }
    }

    /// Tells whether all of it is written.
    pub(super) fn is_complete(&self) -> bool {
        self.stage == Stage::Complete
    }

    /// Writes on, to about [`INSTALMENT_SIZE`] or to the end, but looks at [`LOOKED_AT_MAX`]
    /// entries at most: so an instalment may be short, and one in the middle empty.
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
        for _ in 0..LOOKED_AT_MAX {
            if instalment.len() >= INSTALMENT_SIZE || self.is_complete() {
                break;
            }
            match self.source.next(self.order).transpose()? {
                Some(Some(entry)) => {
                    self.form.write(&mut instalment, &entry, &self.tally);
                    self.tally.add(&entry);
                }
                Some(None) => {}
                None => {
                    self.form.close(&mut instalment, &self.tally);
                    self.stage = Stage::Complete;
                }
            }
        }
        Ok(instalment.into())
    }
}

impl Source {
    /// Gives the next entry, or nothing in the place of one that is left out.
    fn next(&mut self, order: Order) -> Option<Result<Option<Cow<'_, Entry>>, OpenError>> {
        match self {
            Self::Sorted { catalogue, taken } => {
                let entry = catalogue.entry(order, *taken)?;
                *taken += 1;
                Some(Ok(Some(Cow::Borrowed(entry))))
            }
            Self::Unsorted(entries) => Some(entries.next()?.map(|found| found.map(Cow::Owned))),
        }
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

/// How much of a listing is written at a time.
const INSTALMENT_SIZE: usize = 64 * 1024;

/// Room for an instalment with its last entry and its end.
const INSTALMENT_CAPACITY: usize = INSTALMENT_SIZE + 8 * 1024;
