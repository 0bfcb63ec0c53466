//! What can be sent of a file: its bytes ([`Content`]), what is said of them ([`Description`]), the
//! heads written once.
//!
//! A file that has precompressed siblings has a representation for each coding, with a tag and a
//! time of its own (RFC 9110 §8.8.3.3); what was made of the file itself has a tag of its own and
//! the file's time. Which one a request gets is chosen in `variants`.
//!
//! It reads from a file that is open already, and looks for none.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use http1::encode::PreparedHead;
use semantics::coding::Coding;
use semantics::status::Status;

use super::content::{Closed, Content};
use super::description::{Description, Form, not_modified_fields};
use super::disk;
use super::load::Terms;
use super::open::Pins;
use super::slice::{DiskFile, FileSource};
use super::tree::{OpenError, OpenFile, Stamp};

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
    /// Makes what an open file has ready to be sent, under the name that is asked for. One that is
    /// to be sent from where it is, is pinned.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or not without waiting.
    pub(super) fn read(
        name: &[u8],
        file: OpenFile,
        form: Form,
        terms: Terms,
        pins: &mut Pins,
    ) -> Result<Self, OpenError> {
        let stamp = file.stamp;
        let content = Content::read(file, terms, pins)?;
        let description = Description::new(name, &content, stamp.modified, form, terms.now.wall);
        Ok(Self::new(content, description, stamp))
    }

    /// Makes what has been made of this one in a coding ready to be sent.
    pub(super) fn made_into(&self, coding: Coding, coded: Bytes) -> Self {
        Self::new(Content::Bytes(coded), self.description.made_into(coding), self.stamp)
    }

    /// Makes the same of a file that has been opened again.
    fn reopened(&self, file: &Arc<DiskFile>) -> Self {
        Self {
            content: Content::Held { file: Arc::downgrade(file), len: self.content.len() },
            description: self.description.clone(),
            whole: Arc::clone(&self.whole),
            not_modified: Arc::clone(&self.not_modified),
            stamp: self.stamp,
        }
    }

    /// Pins the file that it is sent from, if it is sent from one.
    ///
    /// # Errors
    ///
    /// When that is not open.
    pub(super) fn pin(&self, pins: &mut Pins) -> Result<(), Closed> {
        if let Content::Held { file, .. } = &self.content {
            pins.push(file.upgrade().ok_or(Closed)?);
        }
        Ok(())
    }

    /// Pins the file that it is sent from, if it is sent from one; `opened` is that again. If it
    /// is the only one open, the same representation of that is returned.
    pub(super) fn pin_or_reopen(&self, opened: &OpenFile, pins: &mut Pins) -> Option<Self> {
        match (self.pin(pins), &opened.source) {
            (Err(Closed), FileSource::Disk(file)) => {
                pins.push(Arc::clone(file));
                Some(self.reopened(file))
            }
            _ => None,
        }
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

    /// Tells whether the file that it is sent from, if it is, is open and has not been written to
    /// since it was opened.
    ///
    /// # Blocking
    ///
    /// It may wait for the disk.
    pub(super) fn is_unchanged(&self) -> bool {
        match &self.content {
            Content::Held { file, .. } => {
                file.upgrade().is_some_and(|file| disk::stamp_of(&file) == Ok(self.stamp))
            }
            Content::Bytes(_) | Content::Large { .. } => true,
        }
    }

    /// Returns the file that it is sent from, if it is, open or not.
    pub(super) const fn held(&self) -> Option<&Weak<DiskFile>> {
        match &self.content {
            Content::Held { file, .. } => Some(file),
            Content::Bytes(_) | Content::Large { .. } => None,
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
