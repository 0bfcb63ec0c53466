//! What can be sent of a file: its bytes, what is said of them, the heads written once.
//!
//! A file that has precompressed siblings has a representation for each coding, with a tag and a
//! time of its own (RFC 9110 §8.8.3.3); what was made of the file itself has a tag of its own and
//! the file's time. Which one a request gets is chosen in `variants`.
//!
//! It reads from a file that is open already, and looks for none.

use std::io::IoSliceMut;
use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http1::encode::PreparedHead;
use rustix::io::{Errno, ReadWriteFlags};
use semantics::coding::Coding;
use semantics::conditional::Validators;
use semantics::date;
use semantics::etag::EntityTag;
use semantics::fields::{Fields, Octets};
use semantics::media_type::{self, MediaType};
use semantics::status::Status;

use super::disk;
use super::load::Terms;
use super::slice::{DiskFile, FileSlice, FileSource, NoPlace};
use super::tree::{OpenError, OpenFile, Patience, Stamp};
use crate::lifecycle::Place;
use crate::service::Body;

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

/// Where the bytes of a representation are.
#[derive(Debug)]
pub(super) enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file held open.
    File {
        /// The file.
        source: FileSource,
        /// How many there are.
        len: u64,
    },
}

/// What is said of a representation.
#[derive(Debug)]
pub(super) struct Description {
    media_type: MediaType,
    form: Form,
    etag: EntityTag,
    last_modified: Option<SystemTime>,
}

/// Which of a file's representations one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The only one.
    Sole,
    /// The file itself, which has siblings or may be compressed.
    Identity,
    /// A sibling.
    Coded(Coding),
    /// What has been made of the file.
    Made(Coding),
}

impl Form {
    /// Returns the coding.
    pub(super) const fn coding(self) -> Option<Coding> {
        match self {
            Self::Sole | Self::Identity => None,
            Self::Coded(coding) | Self::Made(coding) => Some(coding),
        }
    }

    /// Tells whether a request chooses among several by its Accept-Encoding. Then the answer says
    /// so, whichever was chosen: a cache must not give it to who would choose otherwise.
    pub(super) fn is_chosen(self) -> bool {
        self != Self::Sole
    }
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
        let description = Description {
            media_type: media_type::for_file_name(name),
            form,
            etag: entity_tag(&content, stamp.modified, terms.now.wall, form.coding()),
            last_modified: last_modified(stamp.modified, terms.now.wall),
        };
        Ok(Self::new(content, description, stamp))
    }

    /// Makes what has been made of this one in a coding ready to be sent.
    pub(super) fn made_into(&self, coding: Coding, coded: Bytes) -> Self {
        let description = Description {
            media_type: self.description.media_type,
            form: Form::Made(coding),
            etag: self.description.etag.made_into(coding),
            last_modified: self.description.last_modified,
        };
        Self::new(Content::Bytes(coded), description, self.stamp)
    }

    fn new(content: Content, description: Description, stamp: Stamp) -> Self {
        let whole = PreparedHead::new(Status::OK, &description.fields(), Some(content.len()));
        let not_modified = not_modified_fields(&description.etag, description.form);
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
        self.description.etag.tag().is_weak()
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

impl Description {
    /// Returns what conditions are evaluated against.
    pub(super) const fn validators(&self) -> Validators<'_> {
        Validators { etag: Some(&self.etag), last_modified: self.last_modified }
    }

    /// Returns the tag.
    pub(super) const fn etag(&self) -> &EntityTag {
        &self.etag
    }

    /// Returns the media type.
    pub(super) const fn media_type(&self) -> &'static str {
        self.media_type.as_str()
    }

    /// Returns which of the file's representations it is.
    pub(super) const fn form(&self) -> Form {
        self.form
    }

    /// Returns the fields that go with the content or a part of it.
    pub(super) fn fields(&self) -> Fields {
        self.fields_as(self.media_type())
    }

    /// Returns the fields that go with parts of the content in an envelope of that type.
    pub(super) fn fields_as(&self, media_type: impl Into<Octets>) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, "Content-Type", media_type);
        put(&mut fields, "X-Content-Type-Options", "nosniff");
        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        }
        // Of what was made there are no parts to be had: a Range gets those of the file.
        if !matches!(self.form, Form::Made(_)) {
            put(&mut fields, "Accept-Ranges", "bytes");
        }
        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        if let Some(modified) = self.last_modified {
            put(&mut fields, "Last-Modified", date::format(modified));
        }
        put_vary(&mut fields, self.form);
        fields
    }

    /// Returns the fields that go with parts for a client that has others of the same
    /// representation, and with them all that does not name it (RFC 9110 §15.3.7).
    pub(super) fn further_fields(&self) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, "X-Content-Type-Options", "nosniff");
        put(&mut fields, "Accept-Ranges", "bytes");
        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        put_vary(&mut fields, self.form);
        fields
    }
}

/// Returns the fields of an answer that the client has the content already.
pub(super) fn not_modified_fields(etag: &EntityTag, form: Form) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "ETag", etag.as_bytes().to_vec());
    put_vary(&mut fields, form);
    fields
}

impl Content {
    fn read(file: OpenFile, terms: Terms) -> Result<Self, OpenError> {
        let OpenFile { source, stamp: Stamp { len, .. } } = file;
        match (usize::try_from(len), source) {
            (Ok(size), FileSource::Disk(file)) if size <= terms.read_size_max => {
                let content = read(&file, 0, size, terms.patience)?;
                Ok(Self::Bytes(content.into()))
            }
            (Ok(size), FileSource::Bytes(bytes)) if size <= terms.read_size_max => {
                Ok(Self::Bytes(bytes))
            }
            (Ok(size), FileSource::Simulated(file)) if size <= terms.read_size_max => {
                Ok(Self::Bytes(file.bytes().clone()))
            }
            (_, source) => Ok(Self::File { source, len }),
        }
    }

    /// Reads from an offset on, `size_max` bytes or what there is; none only at the end.
    ///
    /// # Errors
    ///
    /// When the disk fails, or the file has shrunk.
    ///
    /// # Blocking
    ///
    /// It may wait for the disk.
    pub(super) fn read_piece(&self, offset: u64, size_max: usize) -> Result<Bytes, OpenError> {
        let len = self.len().saturating_sub(offset).min(size_max as u64);
        let part = offset..offset + len;
        let size = usize::try_from(len).unwrap_or(size_max);
        match (self.bytes(), self) {
            (Some(bytes), _) => {
                let slice = FileSlice::new(FileSource::Bytes(bytes.clone()), part);
                Ok(bytes.slice_ref(slice.bytes(0..len)))
            }
            (None, Self::File { source: FileSource::Disk(file), .. }) => {
                let piece = read(file, offset, size, Patience::MayBlock)?;
                if piece.len() < size { Err(OpenError::NotFound) } else { Ok(piece.into()) }
            }
            (None, Self::File { .. } | Self::Bytes(_)) => {
                unreachable!("what is no disk's is bytes")
            }
        }
    }

    /// Returns the length in bytes.
    pub(super) const fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    /// Returns all of it as the body of an answer.
    pub(super) fn whole(&self) -> Body {
        match self {
            Self::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Self::File { source, len } => Body::File(FileSlice::new(source.clone(), 0..*len)),
        }
    }

    /// Returns a part, which must be within, as the body of an answer.
    pub(super) fn part(&self, part: Range<u64>) -> Body {
        if let Self::Bytes(bytes) = self
            && let (Ok(start), Ok(end)) = (usize::try_from(part.start), usize::try_from(part.end))
        {
            return Body::Bytes(bytes.slice(start..end));
        }
        Body::File(self.slice(part))
    }

    /// Returns a part, which must be within.
    pub(super) fn slice(&self, part: Range<u64>) -> FileSlice {
        let source = match self {
            Self::Bytes(bytes) => FileSource::Bytes(bytes.clone()),
            Self::File { source, .. } => source.clone(),
        };
        FileSlice::new(source, part)
    }

    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::File { source, .. } => source.bytes(),
        }
    }
}

/// Makes the tag of a content, from which no other coding of it has the same.
fn entity_tag(
    content: &Content,
    modified: SystemTime,
    now: SystemTime,
    coding: Option<Coding>,
) -> EntityTag {
    match (content.bytes().filter(|_| !has_time(modified)), coding) {
        (Some(bytes), None) => EntityTag::of_content(bytes),
        (Some(bytes), Some(coding)) => EntityTag::of_coded_content(bytes, coding),
        (None, None) => EntityTag::of_file(content.len(), modified, now),
        (None, Some(coding)) => EntityTag::of_coded_file(content.len(), modified, now, coding),
    }
}

/// Gives the time that is sent: one later than that of the answer must not be (RFC 9110 §8.8.2.1).
fn last_modified(modified: SystemTime, now: SystemTime) -> Option<SystemTime> {
    has_time(modified).then(|| date::whole_seconds(modified.min(now)))
}

/// Tells whether a file has a time: those that a program carries inside have none.
fn has_time(modified: SystemTime) -> bool {
    modified != UNIX_EPOCH
}

/// Reads `len` bytes from an offset on, or as many as there are.
fn read(file: &DiskFile, start: u64, len: usize, patience: Patience) -> Result<Vec<u8>, OpenError> {
    let mut content = vec![0; len];
    let mut filled = 0;
    while filled < len {
        let rest = &mut content[filled..];
        let offset = start + filled as u64;
        let read = match patience {
            Patience::CachedOnly if !file.lies_in_memory() => {
                let rest = &mut [IoSliceMut::new(rest)];
                rustix::io::preadv2(file, rest, offset, ReadWriteFlags::NOWAIT)
            }
            Patience::CachedOnly | Patience::MayBlock => rustix::io::pread(file, rest, offset),
        };
        match read {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            // EOPNOTSUPP: a file system that cannot tell what is in memory.
            Err(Errno::AGAIN | Errno::OPNOTSUPP) if patience == Patience::CachedOnly => {
                return Err(OpenError::WouldBlock);
            }
            Err(errno @ Errno::NOMEM) => return Err(OpenError::Resources(errno)),
            Err(errno) => return Err(OpenError::Failed(errno)),
        }
    }
    content.truncate(filled);
    Ok(content)
}

/// Adds a field made here: of the names and values above, none can be invalid.
pub(super) fn put(fields: &mut Fields, name: &'static str, value: impl Into<Octets>) {
    fields.push(name, value).expect("a fixed name and a value of tokens, numbers or dates");
}

/// Adds what a cache must know of the choice.
fn put_vary(fields: &mut Fields, form: Form) {
    if form.is_chosen() {
        put(fields, "Vary", "Accept-Encoding");
    }
}

#[cfg(test)]
mod tests;
