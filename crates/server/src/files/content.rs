//! The bytes of a representation: in memory, or in a file that is held open.
//!
//! What is small is read when the file is found, with or without waiting; what is not is read, or
//! sent, when it is needed.

use std::ops::Range;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use reactor::clock::Instant;
use rustix::io::Errno;

use super::load::Terms;
use super::open::Pins;
use super::slice::{DiskFile, FileSlice, FileSource};
use super::tree::{OpenError, OpenFile, Patience, Stamp};
use crate::service::Body;

/// Where the bytes of a representation are.
#[derive(Debug)]
pub(super) enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file of the disk, so many of them. It is open as long as somebody pins it or keeps it
    /// open, which is not for this to do.
    Held { file: Weak<DiskFile>, len: u64 },
    /// Many, in memory, and sent as those of a file are.
    Large { source: FileSource, len: u64 },
}

/// The file is not open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Content {
    /// Takes over what an open file has, and reads it if it is small; else the file is pinned.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or not without waiting.
    pub(super) fn read(file: OpenFile, terms: Terms, pins: &mut Pins) -> Result<Self, OpenError> {
        let OpenFile { source, stamp: Stamp { len, .. } } = file;
        let size = usize::try_from(len).ok().filter(|size| *size <= terms.read_size_max);
        Ok(match (source, size) {
            (FileSource::Disk(file), Some(size)) => {
                Self::Bytes(read(&file, 0, size, terms.patience)?.into())
            }
            (FileSource::Disk(file), None) => {
                let held = Arc::downgrade(&file);
                pins.push(file);
                Self::Held { file: held, len }
            }
            (FileSource::Bytes(bytes), Some(_)) => Self::Bytes(bytes),
            (FileSource::Simulated(file), Some(_)) => Self::Bytes(file.bytes().clone()),
            (source, None) => Self::Large { source, len },
        })
    }

    /// Returns the length in bytes.
    pub(super) const fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Held { len, .. } | Self::Large { len, .. } => *len,
        }
    }

    /// Returns all of it as the body of an answer.
    ///
    /// # Errors
    ///
    /// When the file is closed.
    pub(super) fn whole(&self) -> Result<Body, Closed> {
        Ok(match self {
            Self::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Self::Held { .. } | Self::Large { .. } => Body::File(self.slice(0..self.len())?),
        })
    }

    /// Returns a part, which must be within, as the body of an answer. A small one of a file that
    /// is in memory is read, for that costs less than to have it sent.
    ///
    /// # Errors
    ///
    /// When the file is closed.
    pub(super) fn part(&self, part: Range<u64>, now: Instant) -> Result<Body, Closed> {
        if let Self::Bytes(bytes) = self
            && let (Ok(start), Ok(end)) = (usize::try_from(part.start), usize::try_from(part.end))
        {
            return Ok(Body::Bytes(bytes.slice(start..end)));
        }
        let slice = self.slice(part)?;
        Ok(slice.read_small(now).map_or_else(|| Body::File(slice), Body::Bytes))
    }

    /// Returns a part, which must be within.
    ///
    /// # Errors
    ///
    /// When the file is closed.
    pub(super) fn slice(&self, part: Range<u64>) -> Result<FileSlice, Closed> {
        Ok(FileSlice::new(self.source()?, part))
    }

    /// Returns where the bytes are.
    ///
    /// # Errors
    ///
    /// When that is a file which is closed.
    pub(super) fn source(&self) -> Result<FileSource, Closed> {
        Ok(match self {
            Self::Bytes(bytes) => FileSource::Bytes(bytes.clone()),
            Self::Held { file, .. } => {
                let file = file.upgrade().ok_or(Closed)?;
                file.note_use();
                FileSource::Disk(file)
            }
            Self::Large { source, .. } => source.clone(),
        })
    }

    /// Returns all of it, if it is in memory.
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Large { source, .. } => source.bytes(),
            Self::Held { .. } => None,
        }
    }
}

/// Reads of what has `len` bytes, from an offset on, `size_max` bytes or what there is; none only
/// at the end.
///
/// # Errors
///
/// When the disk fails, or the file has shrunk.
///
/// # Blocking
///
/// It may wait for the disk.
pub(super) fn read_piece(
    source: &FileSource,
    len: u64,
    offset: u64,
    size_max: usize,
) -> Result<Bytes, OpenError> {
    let len = len.saturating_sub(offset).min(size_max as u64);
    let size = usize::try_from(len).unwrap_or(size_max);
    match source {
        FileSource::Disk(file) => {
            let piece = read(file, offset, size, Patience::MayBlock)?;
            if piece.len() < size { Err(OpenError::NotFound) } else { Ok(piece.into()) }
        }
        FileSource::Bytes(_) | FileSource::Simulated(_) => Ok(in_memory(source, offset, len)),
    }
}

/// Returns bytes that are in memory.
fn in_memory(source: &FileSource, offset: u64, len: u64) -> Bytes {
    let slice = FileSlice::new(source.clone(), offset..offset + len);
    source.bytes().map_or_else(Bytes::new, |bytes| bytes.slice_ref(slice.bytes(0..len)))
}

/// Reads `len` bytes from an offset on, or as many as there are.
fn read(file: &DiskFile, start: u64, len: usize, patience: Patience) -> Result<Vec<u8>, OpenError> {
    let mut content = vec![0; len];
    let mut filled = 0;
    while filled < len {
        let rest = &mut content[filled..];
        let offset = start + filled as u64;
        let read = match patience {
            Patience::CachedOnly => file.read_if_there(offset, rest),
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

#[cfg(test)]
mod tests;
