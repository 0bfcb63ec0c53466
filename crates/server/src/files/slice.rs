//! A file, or a part of one, as the body of a response.

use std::fmt;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::recency::Recency;
use super::simulated::SimulatedFile;
use crate::lifecycle::Place;

/// A range of a disk file or of bytes in memory. Cloning shares the file.
///
/// A disk file is held open by it: what happens to the name meanwhile does not matter.
#[derive(Clone)]
pub struct FileSlice {
    source: FileSource,
    range: Range<u64>,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
pub enum FileSource {
    /// On disk.
    Disk(Arc<DiskFile>),
    /// In memory.
    Bytes(Bytes),
    /// In memory, and as if it were on disk.
    Simulated(Arc<SimulatedFile>),
}

/// An open file of the disk.
#[derive(Debug)]
pub struct DiskFile {
    // Closed first: the place stands for the descriptor.
    file: OwnedFd,
    place: OnceLock<Place>,
    /// Where it is in the table of those that are kept open, if it is.
    slot: AtomicUsize,
    /// It was sent since it was last looked at for being in the way.
    is_used: AtomicBool,
    /// What of it was found in memory lately. All that send it write and read it.
    recency: Recency,
    /// It lies on a file system that is in memory, as far as is known.
    lies_in_memory: AtomicBool,
    /// Its file system cannot tell what is in memory.
    is_mute: AtomicBool,
    /// It could not be read.
    has_failed: AtomicBool,
}

impl DiskFile {
    pub(crate) fn new(file: OwnedFd) -> Arc<Self> {
        Arc::new(Self {
            file,
            place: OnceLock::new(),
            slot: AtomicUsize::new(usize::MAX),
            is_used: AtomicBool::new(false),
            recency: Recency::default(),
            lies_in_memory: AtomicBool::new(false),
            is_mute: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
        })
    }

    pub(super) const fn recency(&self) -> &Recency {
        &self.recency
    }

    /// Returns the slot that was noted last; one that there is not if none was.
    pub(super) fn slot(&self) -> usize {
        self.slot.load(Ordering::Relaxed)
    }

    /// Notes the slot that it is in. Only who has the lock of the table writes and reads it.
    pub(super) fn note_slot(&self, slot: usize) {
        self.slot.store(slot, Ordering::Relaxed);
    }

    /// Notes that it is sent.
    #[inline]
    pub(super) fn note_use(&self) {
        // Written when it changes only: all workers read it.
        if !self.is_used.load(Ordering::Relaxed) {
            self.is_used.store(true, Ordering::Relaxed);
        }
    }

    /// Tells whether it was sent since this was last asked.
    pub(super) fn take_use(&self) -> bool {
        self.is_used.swap(false, Ordering::Relaxed)
    }

    /// Tells whether it is known to lie on a file system that is in memory.
    pub(super) fn lies_in_memory(&self) -> bool {
        self.lies_in_memory.load(Ordering::Relaxed)
    }

    /// Notes that it lies on a file system that is in memory: nothing of it is waited for.
    pub(super) fn note_in_memory(&self) {
        self.lies_in_memory.store(true, Ordering::Relaxed);
    }

    /// Tells whether its file system was found not to tell what is in memory.
    pub(super) fn is_mute(&self) -> bool {
        self.is_mute.load(Ordering::Relaxed)
    }

    /// Notes that its file system cannot tell what is in memory.
    pub(super) fn note_mute(&self) {
        self.is_mute.store(true, Ordering::Relaxed);
    }

    /// Notes that it could not be read, and tells whether that is new.
    pub(super) fn is_first_failure(&self) -> bool {
        !self.has_failed.swap(true, Ordering::Relaxed)
    }

    /// Holds a place for as long as the file is open, unless it has one.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn settle(&self, take: impl FnOnce() -> Option<Place>) -> Result<(), NoPlace> {
        if self.place.get().is_none() {
            // Two that settle it at once hold one place between them.
            drop(self.place.set(take().ok_or(NoPlace)?));
        }
        Ok(())
    }
}

/// There is no descriptor for a file to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoPlace;

impl AsFd for DiskFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl FileSource {
    /// Returns all bytes, if they are in memory.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Disk(_) => None,
            Self::Bytes(bytes) => Some(bytes),
            Self::Simulated(file) => Some(file.bytes()),
        }
    }
}

impl FileSlice {
    /// Makes a slice of `range` of a source.
    ///
    /// # Panics
    ///
    /// When the range ends before it starts, or beyond bytes in memory.
    #[must_use]
    pub fn new(source: FileSource, range: Range<u64>) -> Self {
        assert!(range.start <= range.end, "a range runs forward");
        if let Some(bytes) = source.bytes() {
            assert!(range.end <= bytes.len() as u64, "a range of bytes ends within them");
        }
        Self { source, range }
    }

    /// Returns the length in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Tells whether the slice has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.range.start == self.range.end
    }

    /// Takes bytes off the front.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub(crate) fn advance(&mut self, count: u64) {
        assert!(count <= self.len(), "no more is taken than there is");
        self.range.start += count;
    }

    /// Returns where in the file the slice starts.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.range.start
    }

    /// Returns where the bytes are.
    #[must_use]
    pub const fn source(&self) -> &FileSource {
        &self.source
    }

    /// Returns the bytes of a part of the slice, `part` counted from the slice's start; what is
    /// beyond its end, or on disk, is left out.
    #[must_use]
    pub fn bytes(&self, part: Range<u64>) -> &[u8] {
        let Some(bytes) = self.source.bytes() else { return &[] };
        let at = |offset: u64| {
            let within = self.range.start.saturating_add(offset).min(self.range.end);
            usize::try_from(within).unwrap_or(bytes.len())
        };
        bytes.get(at(part.start)..at(part.end)).unwrap_or_default()
    }
}

impl fmt::Debug for FileSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.source {
            FileSource::Disk(_) => "disk",
            FileSource::Bytes(_) | FileSource::Simulated(_) => "memory",
        };
        write!(f, "FileSlice({place} {:?})", self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_the_start_of_the_slice() {
        let source = FileSource::Bytes(Bytes::from_static(b"0123456789"));
        let slice = FileSlice::new(source, 2..8);
        for (part, expected) in
            [(0..6, &b"234567"[..]), (1..3, b"34"), (4..99, b"67"), (6..6, b""), (9..12, b"")]
        {
            assert_eq!(slice.bytes(part.clone()), expected, "{part:?}");
        }
    }
}
