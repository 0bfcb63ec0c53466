//! A chunk: as much of a file as is sent in one go, and whether the disk must be waited for first.
//!
//! `sendfile` waits for what is not in the page cache, and with it the whole loop (rule 7). So a
//! part of a file that nobody has found in memory within the last second is looked at before it is
//! sent: its first and its last byte are read, without waiting. If they are not there, all of it
//! is sent to nowhere on the pool: then it is in memory, and the kernel sends it to the client.
//!
//! ```text
//!                    ┌─ within the last second ──────────────────────────────► send
//!   found in memory? ┤
//!                    └─ else look ──┬─ first and last byte are there ─────────► send
//!                                   └─ not, or nobody can tell ──► read on the pool ──► send
//! ```
//!
//! What was missing once is read before anyone sends it: to look makes the kernel fetch a little
//! there, so that who looks next might find both ends. Where one chunk was missing the next is
//! taken to be, and is read, unlooked at, while the first is being sent ([`FileSlice::behind`]).
//!
//! A small part is looked at by reading it, and sent from there.
//!
//! What is missing between two bytes that are there is waited for by the loop, which the counter
//! of the longest turn shows. What leaves memory between the look and the sending, too.
//!
//! How the pool is reached and what is sent meanwhile is the connection's.

use std::io::IoSliceMut;
use std::ops::Range;

use bytes::Bytes;
use reactor::clock::Instant;
use reactor::planted::{self, Bug};
use rustix::io::{Errno, ReadWriteFlags};

use super::nowhere;
use super::recency::{FRESH_FOR, Recency, Recollection, end_of_chunk};
use super::slice::{DiskFile, FileSlice, FileSource};
use crate::telemetry::diagnostics;

/// What a slice begins with.
#[derive(Debug)]
pub(crate) enum Front {
    /// So many bytes that can be sent at once.
    Ready(u64),
    /// A chunk that must be read first.
    Cold(ColdChunk),
}

/// A part of a file that is to be read into memory on the pool.
#[derive(Debug)]
pub(crate) struct ColdChunk {
    source: FileSource,
    part: Range<u64>,
    asked_at: Instant,
}

/// A file that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl FileSlice {
    /// Says how much of the front of the slice, which is not empty, can be sent without waiting
    /// for the disk; that is never beyond the end of a chunk.
    pub(crate) fn front(&self, now: Instant) -> Front {
        let (offset, end) = (self.offset(), self.offset() + self.len());
        let part = offset..end.min(end_of_chunk(offset));
        let len = part.end - part.start;
        if planted::is_planted(Bug::ColdSent) {
            return Front::Ready(len);
        }
        let source = self.source();
        let is_ready = match source {
            FileSource::Bytes(_) => true,
            FileSource::Disk(file) if file.lies_in_memory() => true,
            FileSource::Disk(file) => is_ready(file.recency(), &part, now, || file.is_there(&part)),
            FileSource::Simulated(file) => {
                is_ready(file.recency(), &part, now, || file.is_there(now))
            }
        };
        match is_ready {
            true => Front::Ready(len),
            false => Front::Cold(ColdChunk { source: source.clone(), part, asked_at: now }),
        }
    }

    /// Returns what comes behind the first `len` bytes, up to the end of its chunk, to be read
    /// before it is needed; `None` if nothing comes, or it need not be waited for.
    ///
    /// # Panics
    ///
    /// When the slice is shorter.
    pub(crate) fn behind(&self, len: u64, now: Instant) -> Option<ColdChunk> {
        assert!(len <= self.len(), "what is behind a part begins within the slice");
        let (offset, end) = (self.offset() + len, self.offset() + self.len());
        let part = offset..end.min(end_of_chunk(offset));
        let is_awaited = match self.source() {
            FileSource::Disk(file) => !file.lies_in_memory(),
            FileSource::Simulated(_) => true,
            FileSource::Bytes(_) => false,
        };
        (is_awaited && !part.is_empty()).then(|| ColdChunk {
            source: self.source().clone(),
            part,
            asked_at: now,
        })
    }

    /// Reads all of the slice if it is small and can be had without waiting for the disk.
    pub(super) fn read_small(&self, now: Instant) -> Option<Bytes> {
        let part = self.offset()..self.offset() + self.len();
        let is_small = (1..=SMALL_SIZE_MAX).contains(&self.len());
        if !is_small || part.end > end_of_chunk(part.start) {
            return None;
        }
        let is_there = match self.source() {
            FileSource::Bytes(_) => true,
            FileSource::Disk(file) => return file.read_small(&part, now),
            FileSource::Simulated(file) => {
                is_ready(file.recency(), &part, now, || file.is_there(now))
            }
        };
        let bytes = self.source().bytes().filter(|_| is_there)?;
        Some(bytes.slice_ref(self.bytes(0..self.len())))
    }
}

fn is_ready(
    recency: &Recency,
    part: &Range<u64>,
    now: Instant,
    look: impl FnOnce() -> bool,
) -> bool {
    match recency.recall(part, now) {
        Recollection::Present => true,
        Recollection::Missing => false,
        Recollection::Unknown if look() => {
            recency.note_present(part, now);
            true
        }
        Recollection::Unknown => {
            recency.note_missing(part, now);
            false
        }
    }
}

impl ColdChunk {
    /// Returns the length in bytes.
    pub(crate) const fn len(&self) -> u64 {
        self.part.end - self.part.start
    }

    /// Returns where in its file it begins.
    pub(crate) const fn offset(&self) -> u64 {
        self.part.start
    }

    /// Returns until when, once it was read, it is taken to be in memory.
    pub(crate) fn fresh_until(&self) -> Instant {
        self.asked_at.after(FRESH_FOR)
    }

    /// Reads the chunk, so that it is in memory. One that has become shorter is read as far as it
    /// goes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read. That is reported, once for each time it was opened.
    ///
    /// # Blocking
    ///
    /// It waits for the disk.
    pub(crate) fn load(self) -> Result<(), Unreadable> {
        let Self { source, part, asked_at } = self;
        match source {
            FileSource::Bytes(_) => {}
            FileSource::Simulated(file) => {
                file.load();
                file.recency().note_present(&part, asked_at);
            }
            FileSource::Disk(file) => {
                // Another may have read it while this one waited for its thread.
                if file.recency().recall(&part, asked_at) != Recollection::Present {
                    file.load(&part).map_err(|errno| {
                        if file.is_first_failure() {
                            let path = path_of(&file);
                            diagnostics::warn(format_args!("cannot read {path}: {errno}"));
                        }
                        Unreadable
                    })?;
                }
                // When it was asked for, not now: what is not looked at is not fresh for longer.
                file.recency().note_present(&part, asked_at);
            }
        }
        Ok(())
    }
}

impl DiskFile {
    /// Tells whether the first and the last byte of a part are in memory. What lies beyond the end
    /// of the file need not be waited for.
    fn is_there(&self, part: &Range<u64>) -> bool {
        let (first, last) = (part.start, part.end - 1);
        !self.is_mute() && self.is_byte_there(first) && self.is_byte_there(last)
    }

    /// Reads a small part if it is in memory; what was missing once is not looked at again before
    /// it has been read on the pool.
    fn read_small(&self, part: &Range<u64>, now: Instant) -> Option<Bytes> {
        let recollection = self.recency().recall(part, now);
        if recollection == Recollection::Missing || self.is_mute() {
            return None;
        }
        let mut content = vec![0; usize::try_from(part.end - part.start).ok()?];
        match self.read_if_there(part.start, &mut content) {
            Ok(count) if count == content.len() => {
                if recollection == Recollection::Unknown {
                    self.recency().note_present(part, now);
                }
                Some(content.into())
            }
            // It has become shorter, which the transport will find, too.
            Ok(0) => None,
            // The kernel has begun to fetch the rest.
            Ok(_) | Err(Errno::AGAIN) => {
                self.recency().note_missing(part, now);
                None
            }
            // An error is found again where it can be reported: on the pool.
            Err(_) => None,
        }
    }

    /// Reads what is there of a part without waiting for the disk.
    pub(super) fn read_if_there(&self, offset: u64, buf: &mut [u8]) -> Result<usize, Errno> {
        if self.lies_in_memory() {
            return rustix::io::pread(self, buf, offset);
        }
        let bufs = &mut [IoSliceMut::new(buf)];
        let read = rustix::io::preadv2(self, bufs, offset, ReadWriteFlags::NOWAIT);
        if read == Err(Errno::OPNOTSUPP) {
            self.note_mute();
        }
        read
    }

    fn is_byte_there(&self, offset: u64) -> bool {
        // An error is found again where it can be reported: on the pool.
        self.read_if_there(offset, &mut [0]).is_ok()
    }

    /// Reads a part, however long that takes.
    fn load(&self, part: &Range<u64>) -> Result<(), Errno> {
        if self.is_mute() && super::disk::is_in_memory(self) {
            self.note_in_memory();
            return Ok(());
        }
        nowhere::send(self, part)
    }
}

/// Says which file it is, as far as the system knows.
fn path_of(file: &DiskFile) -> String {
    use std::os::fd::{AsFd, AsRawFd};
    let link = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    match rustix::fs::readlink(link, Vec::new()) {
        Ok(path) => path.to_bytes().escape_ascii().to_string(),
        Err(_) => "a file that is being sent".to_owned(),
    }
}

/// Most bytes of a file that are read to be sent: as many as are copied behind a head, so that the
/// answer can be remembered. To have the kernel send more costs less than to copy them.
const SMALL_SIZE_MAX: u64 = 16 * 1024;

#[cfg(test)]
mod tests;
