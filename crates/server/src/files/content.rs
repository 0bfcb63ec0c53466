//! The bytes of a representation: in memory, or in a file that is held open.
//!
//! What is small is read when the file is found, with or without waiting; what is not is read, or
//! sent, when it is needed.

use std::io::IoSliceMut;
use std::ops::Range;

use bytes::Bytes;
use rustix::io::{Errno, ReadWriteFlags};

use super::load::Terms;
use super::slice::{DiskFile, FileSlice, FileSource};
use super::tree::{OpenError, OpenFile, Patience, Stamp};
use crate::service::Body;

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

impl Content {
    /// Takes over what an open file has, and reads it if it is small.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or not without waiting.
    pub(super) fn read(file: OpenFile, terms: Terms) -> Result<Self, OpenError> {
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

    /// Returns all of it, if it is in memory.
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::File { source, .. } => source.bytes(),
        }
    }
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

#[cfg(test)]
mod tests;
