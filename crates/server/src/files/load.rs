//! From a path to what can be sent: opened, read if it is small, its heads written.
//!
//! The same function runs on a loop thread, where it gives up rather than wait, and on a pool
//! thread. What it makes crosses between them and is shared by all answers until the file changes.
//!
//! It knows neither requests nor the cache.

use std::io::IoSliceMut;
use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http1::encode::PreparedHead;
use reactor::clock::Now;
use rustix::io::{Errno, ReadWriteFlags};
use semantics::conditional::Validators;
use semantics::date;
use semantics::etag::EntityTag;
use semantics::fields::{Fields, Octets};
use semantics::media_type;
use semantics::path::SafePath;
use semantics::status::Status;

use super::slice::{DiskFile, FileSlice, FileSource};
use super::tree::{Node, OpenError, OpenFile, Patience, Stamp, Tree};
use crate::service::Body;

/// What a path was found to name.
#[derive(Clone, Debug)]
pub(super) enum Finding {
    /// A file, ready to be sent.
    File(Arc<Representation>),
    /// A directory.
    Directory,
    /// Nothing that may be served.
    Missing,
}

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
    pub(super) media_type: &'static str,
    etag: EntityTag,
    last_modified: Option<SystemTime>,
}

/// What loading needs to know besides the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// When the request was received.
    pub(super) now: Now,
    /// Largest file to be read into memory.
    pub(super) read_size_max: usize,
    /// Whether the disk may be waited for.
    pub(super) patience: Patience,
}

/// Opens what a path names and makes it ready to be sent.
///
/// A file that is as `known` has it is not read again.
///
/// # Errors
///
/// Those of [`Tree::open`] and, as such, those of reading; that nothing is there is a finding.
pub(super) fn load(
    tree: &dyn Tree,
    path: &SafePath<'_>,
    known: Option<&Arc<Representation>>,
    terms: Terms,
) -> Result<Finding, OpenError> {
    let found = load_once(tree, path, known, terms);
    match &found {
        // It has shrunk since it was opened: it is being written. What is there now is sent as
        // the file that it is.
        Ok(Finding::File(file)) if file.is_cut_short() => load_once(tree, path, None, terms),
        Err(OpenError::NotFound) => Ok(Finding::Missing),
        _ => found,
    }
}

fn load_once(
    tree: &dyn Tree,
    path: &SafePath<'_>,
    known: Option<&Arc<Representation>>,
    terms: Terms,
) -> Result<Finding, OpenError> {
    let file = match tree.open(path, terms.now.instant, terms.patience)? {
        Node::File(file) => file,
        Node::Directory => return Ok(Finding::Directory),
    };
    if let Some(known) = known.filter(|known| known.is_still(&file.stamp)) {
        return Ok(Finding::File(Arc::clone(known)));
    }
    let stamp = file.stamp;
    let content = Content::read(file, terms)?;
    let file = Representation::new(path.file_name(), content, stamp, terms.now.wall);
    Ok(Finding::File(Arc::new(file)))
}

impl Representation {
    fn new(name: &[u8], content: Content, stamp: Stamp, now: SystemTime) -> Self {
        let description = Description::new(name, &content, stamp.modified, now);
        let mut etag = Fields::new();
        put(&mut etag, "ETag", description.etag.as_bytes().to_vec());
        let whole = PreparedHead::new(Status::OK, &description.fields(), Some(content.len()));
        let not_modified = PreparedHead::new(Status::NOT_MODIFIED, &etag, None);
        Self {
            content,
            description,
            whole: Arc::new(whole),
            not_modified: Arc::new(not_modified),
            stamp,
        }
    }

    /// Tells whether a descriptor is held for it.
    pub(super) const fn is_held_open(&self) -> bool {
        matches!(self.content, Content::File { source: FileSource::Disk(_), .. })
    }

    /// Returns the bytes of memory that it holds.
    pub(super) fn size(&self) -> usize {
        let content = self.content.bytes().map_or(0, Bytes::len);
        content + self.whole.size() + self.not_modified.size()
    }

    fn is_cut_short(&self) -> bool {
        self.content.len() < self.stamp.len
    }

    /// Tells whether a file with that stamp certainly has this content. While the time of the
    /// content is so recent that the next change may leave it the same, nothing is certain.
    fn is_still(&self, stamp: &Stamp) -> bool {
        self.stamp == *stamp && !self.is_cut_short() && !self.description.etag.tag().is_weak()
    }
}

impl Description {
    fn new(name: &[u8], content: &Content, modified: SystemTime, now: SystemTime) -> Self {
        let has_time = modified != UNIX_EPOCH;
        let etag = match content.bytes() {
            Some(bytes) if !has_time => EntityTag::of_content(bytes),
            _ => EntityTag::of_file(content.len(), modified, now),
        };
        // A date later than that of the answer must not be sent (RFC 9110 §8.8.2.1).
        let last_modified = has_time.then(|| date::whole_seconds(modified.min(now)));
        Self { media_type: media_type::for_file_name(name), etag, last_modified }
    }

    /// Returns what conditions are evaluated against.
    pub(super) const fn validators(&self) -> Validators<'_> {
        Validators { etag: Some(&self.etag), last_modified: self.last_modified }
    }

    /// Returns the fields that go with the content or a part of it.
    pub(super) fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, "Content-Type", self.media_type);
        put(&mut fields, "X-Content-Type-Options", "nosniff");
        put(&mut fields, "Accept-Ranges", "bytes");
        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        if let Some(modified) = self.last_modified {
            put(&mut fields, "Last-Modified", date::format(modified));
        }
        fields
    }
}

impl Content {
    fn read(file: OpenFile, terms: Terms) -> Result<Self, OpenError> {
        let OpenFile { source, stamp: Stamp { len, .. } } = file;
        match (usize::try_from(len), source) {
            (Ok(size), FileSource::Disk(file)) if size <= terms.read_size_max => {
                let content = read(&file, size, terms.patience)?;
                Ok(Self::Bytes(content.into()))
            }
            (Ok(size), FileSource::Bytes(bytes)) if size <= terms.read_size_max => {
                Ok(Self::Bytes(bytes))
            }
            (_, source) => Ok(Self::File { source, len }),
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
        let source = match self {
            Self::Bytes(bytes) => FileSource::Bytes(bytes.clone()),
            Self::File { source, .. } => source.clone(),
        };
        Body::File(FileSlice::new(source, part))
    }

    fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) | Self::File { source: FileSource::Bytes(bytes), .. } => Some(bytes),
            Self::File { source: FileSource::Disk(_), .. } => None,
        }
    }
}

/// Reads the first `len` bytes, or as many as there are.
fn read(file: &DiskFile, len: usize, patience: Patience) -> Result<Vec<u8>, OpenError> {
    let mut content = vec![0; len];
    let mut filled = 0;
    while filled < len {
        let rest = &mut content[filled..];
        let offset = filled as u64;
        let read = match patience {
            Patience::CachedOnly => {
                let rest = &mut [IoSliceMut::new(rest)];
                rustix::io::preadv2(file, rest, offset, ReadWriteFlags::NOWAIT)
            }
            Patience::MayBlock => rustix::io::pread(file, rest, offset),
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

#[cfg(test)]
mod tests;
