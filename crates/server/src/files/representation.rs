//! What can be sent of a file: its bytes ([`Content`]), what is said of them ([`Description`]), the
//! heads written once.
//!
//! A file that has precompressed siblings has a representation for each coding, with a tag and a
//! time of its own (RFC 9110 §8.8.3.3); what was made of the file itself has a tag of its own and
//! the file's time. Which one a request gets is chosen in `variants`.
//!
//! It reads from a file that is open already, and looks for none.

use std::sync::Arc;

use bytes::Bytes;
use http1::encode::PreparedHead;
use semantics::coding::Coding;
use semantics::status::Status;

use super::content::Content;
use super::description::{Description, Form, not_modified_fields};
use super::disk;
use super::load::Terms;
use super::slice::{FileSource, NoPlace};
use super::tree::{OpenError, OpenFile, Stamp};
use crate::lifecycle::Place;

/// A state of a file, and all that answers need of it.
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) content: Content,
    pub(super) description: Description,
    /// The head of a 200.
    pub(super) whole: Arc<PreparedHead>,
    /// The head of a 304.
    pub(super) not_modified: Arc<PreparedHead>,
    stamp: Stamp,
}

impl Representation {
    /// Makes what an open file has ready to be sent, under the name that is asked for.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or not without waiting.
    pub(super) fn read(
        name: &[u8],
        file: OpenFile,
        form: Form,
        terms: Terms,
    ) -> Result<Self, OpenError> {
        let stamp = file.stamp;
        let content = Content::read(file, terms)?;
        let description = Description::new(name, &content, stamp.modified, form, terms.now.wall);
        Ok(Self::new(content, description, stamp))
    }

    /// Makes what has been made of this one in a coding ready to be sent.
    pub(super) fn made_into(&self, coding: Coding, coded: Bytes) -> Self {
        Self::new(Content::Bytes(coded), self.description.made_into(coding), self.stamp)
    }

    fn new(content: Content, description: Description, stamp: Stamp) -> Self {
        let whole = PreparedHead::new(Status::OK, &description.fields(), Some(content.len()));
        let not_modified = not_modified_fields(description.etag(), description.form());
        let not_modified = PreparedHead::new(Status::NOT_MODIFIED, &not_modified, None);
        Self {
            content,
            description,
            whole: Arc::new(whole),
            not_modified: Arc::new(not_modified),
            stamp,
        }
    }

    /// Tells whether the time of the content is so recent that the next change may leave it the
    /// same.
    pub(super) fn is_unsettled(&self) -> bool {
        self.description.etag().tag().is_weak()
    }

    /// Tells whether the file that is held open, if one is, has not been written to since it was
    /// opened.
    ///
    /// # Blocking
    ///
    /// It may wait for the disk.
    pub(super) fn is_unchanged(&self) -> bool {
        match &self.content {
            Content::File { source: FileSource::Disk(file), .. } => {
                disk::stamp_of(file) == Ok(self.stamp)
            }
            Content::File { .. } | Content::Bytes(_) => true,
        }
    }

    /// Tells whether a descriptor is held for it.
    pub(super) const fn is_held_open(&self) -> bool {
        matches!(self.content, Content::File { source: FileSource::Disk(_), .. })
    }

    /// Takes a place for the file that is held open, if one is.
    pub(super) fn settle(&self, take: impl FnOnce() -> Option<Place>) -> Result<(), NoPlace> {
        match &self.content {
            Content::File { source: FileSource::Disk(file), .. } => file.settle(take),
            Content::File { .. } | Content::Bytes(_) => Ok(()),
        }
    }

    /// Returns the bytes of memory that it holds.
    pub(super) fn size(&self) -> usize {
        let content = self.content.bytes().map_or(0, Bytes::len);
        content + self.whole.size() + self.not_modified.size()
    }

    /// Tells whether there was less to read than the file was said to have.
    pub(super) fn is_cut_short(&self) -> bool {
        self.content.len() < self.stamp.len
    }

    /// Tells whether a file with that stamp certainly has this content. While the time of the
    /// content is so recent that the next change may leave it the same, nothing is certain.
    pub(super) fn is_still(&self, stamp: &Stamp) -> bool {
        self.stamp == *stamp && !self.is_cut_short() && !self.is_unsettled()
    }
}
