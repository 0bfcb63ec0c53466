//! A file and its precompressed siblings: what a request chooses from (RFC 9110 §12.5.3).
//!
//! `app.js.br`, `app.js.zst` and `app.js.gz` beside `app.js` are that file in another coding. They
//! are loaded, kept and found to have changed together, so that a choice is one look at what is in
//! memory. A file without siblings chooses nothing: the field is not even looked for.
//!
//! It compresses nothing.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http1::encode::PreparedHead;
use semantics::coding::{AcceptEncoding, Coding, Selection};
use semantics::fields::Fields;
use semantics::status::Status;

use super::load::Terms;
use super::representation::{Form, Representation, put};
use super::slice::NoPlace;
use super::tree::{OpenError, OpenFile, Stamp};
use crate::lifecycle::Place;

/// Open siblings of a file, in the order of [`Coding::ALL`].
pub(super) type Siblings = Vec<(Coding, OpenFile)>;

/// The representations of a file.
#[derive(Debug)]
pub(super) struct Variants {
    identity: Representation,
    /// In the order of [`Coding::ALL`].
    coded: Vec<(Coding, Representation)>,
    /// The head of a 404 with this file; made for the one that is the site's page for it.
    not_found: OnceLock<Arc<PreparedHead>>,
}

impl Variants {
    /// Makes an open file and its siblings ready to be sent.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or something of it must be waited for.
    pub(super) fn read(
        name: &[u8],
        file: OpenFile,
        siblings: Siblings,
        terms: Terms,
    ) -> Result<Self, OpenError> {
        let mut coded = Vec::with_capacity(siblings.len());
        for (coding, sibling) in siblings {
            let read = Representation::read(name, sibling, Form::Coded(coding), terms);
            // One that has shrunk since it was opened is being written, and cannot be decoded.
            if let Some(sibling) = unless_unusable(read)?.filter(|read| !read.is_cut_short()) {
                coded.push((coding, sibling));
            }
        }
        let form = if coded.is_empty() { Form::Sole } else { Form::Identity };
        let identity = Representation::read(name, file, form, terms)?;
        Ok(Self { identity, coded, not_found: OnceLock::new() })
    }

    /// Chooses for a request with these lines of Accept-Encoding.
    ///
    /// # Errors
    ///
    /// What is there, if the request takes nothing of it.
    pub(super) fn choose<'h>(
        &self,
        accept_encoding: impl IntoIterator<Item = &'h [u8]>,
    ) -> Result<&Representation, Available> {
        if self.coded.is_empty() {
            return Ok(&self.identity);
        }
        let available = self.coded.iter().map(|(coding, coded)| (*coding, coded.content.len()));
        let accepted = AcceptEncoding::gather(accept_encoding);
        match accepted.preferred(available, self.identity.content.len()) {
            Selection::Identity => Ok(&self.identity),
            Selection::Coded(chosen) => {
                let found = self.coded.iter().find(|(coding, _)| *coding == chosen);
                found.map(|(_, coded)| coded).ok_or_else(|| self.available())
            }
            Selection::NotAcceptable => Err(self.available()),
        }
    }

    fn available(&self) -> Available {
        let is_there = |coding: &Coding| self.coded.iter().any(|(there, _)| there == coding);
        Available(Coding::ALL.map(|coding| Some(coding).filter(is_there)))
    }

    /// Returns the file itself.
    pub(super) const fn identity(&self) -> &Representation {
        &self.identity
    }

    /// Returns the head of a 404 that has this file as its page.
    pub(super) fn not_found(&self) -> &Arc<PreparedHead> {
        self.not_found.get_or_init(|| {
            let mut fields = Fields::new();
            put(&mut fields, "Content-Type", self.identity.description.media_type());
            put(&mut fields, "X-Content-Type-Options", "nosniff");
            put(&mut fields, "Vary", "Accept");
            let len = self.identity.content.len();
            Arc::new(PreparedHead::new(Status::NOT_FOUND, &fields, Some(len)))
        })
    }

    /// Tells whether a file with that stamp and these siblings certainly has these contents.
    pub(super) fn are_still(&self, stamp: &Stamp, siblings: &Siblings) -> bool {
        self.identity.is_still(stamp)
            && self.coded.len() == siblings.len()
            && self.coded.iter().zip(siblings).all(|((coding, coded), (found, sibling))| {
                coding == found && coded.is_still(&sibling.stamp)
            })
    }

    /// Takes a place for each file that is held open.
    ///
    /// # Errors
    ///
    /// When there are too few; those taken stay until the files are closed.
    pub(super) fn settle(&self, take: impl Fn() -> Option<Place>) -> Result<(), NoPlace> {
        self.all().try_for_each(|representation| representation.settle(&take))
    }

    /// Returns how many descriptors are held.
    pub(super) fn held(&self) -> usize {
        self.all().filter(|representation| representation.is_held_open()).count()
    }

    /// Returns the bytes of memory that are held.
    pub(super) fn size(&self) -> usize {
        let structures = self.coded.capacity() * size_of::<(Coding, Representation)>();
        structures + self.all().map(Representation::size).sum::<usize>()
    }

    fn all(&self) -> impl Iterator<Item = &Representation> {
        let coded = self.coded.iter().map(|(_, coded)| coded);
        std::iter::once(&self.identity).chain(coded)
    }
}

/// The codings of a file of which a request takes none; the identity is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Available([Option<Coding>; Coding::ALL.len()]);

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for coding in self.0.into_iter().flatten() {
            write!(f, "{}, ", coding.as_str())?;
        }
        f.write_str("identity")
    }
}

/// Takes a sibling that is no use for none; what concerns more than it stays an error.
///
/// # Errors
///
/// When it must be waited for, or the process is out of descriptors or memory.
pub(super) fn unless_unusable<T>(sibling: Result<T, OpenError>) -> Result<Option<T>, OpenError> {
    match sibling {
        Ok(usable) => Ok(Some(usable)),
        Err(error @ (OpenError::WouldBlock | OpenError::Resources(_))) => Err(error),
        Err(OpenError::NotFound | OpenError::Escapes | OpenError::Failed(_)) => Ok(None),
    }
}
