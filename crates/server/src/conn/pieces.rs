//! What is there already of a body, in memory and in files, and how it is handed to a transport.
//!
//! One call of the transport reaches as far as one piece: bytes go with what is encoded before
//! them, a file goes by itself. What was sent is let go of at once, so that a file that is done
//! with is closed while the next one is still being sent.

use std::io::IoSlice;
use std::vec;

use reactor::clock::Instant;

use super::Lost;
use super::cold::Loading;
use super::queueing::Origin;
use crate::files::{ColdChunk, FileSlice, FileSource, Front};
use crate::service::{Parts, Piece};
use crate::transport::{More, Progress, Transport};

/// Pieces of a body, without what was sent.
#[derive(Debug)]
pub(super) struct Pieces {
    current: Piece,
    rest: vec::IntoIter<Piece>,
    ahead: Ahead,
    /// A later chunk of the current piece that is being read from disk.
    coming: Option<Loading>,
}

/// What is known of the front of a file that is sent next.
#[derive(Debug)]
enum Ahead {
    /// Nothing yet.
    Unknown,
    /// It must be read from disk first.
    Cold(ColdChunk),
    /// So much of it was read just now. It is sent without another look: where nobody can tell
    /// what is in memory, a look would have it read for ever.
    Loaded(u64),
}

/// What became of an attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The transport was asked.
    Made(Progress),
    /// The disk must be waited for first.
    AwaitsDisk,
}

impl Pieces {
    /// Takes a single piece.
    pub(super) fn one(piece: Piece) -> Self {
        Self::new(piece, Vec::new().into_iter())
    }

    /// Takes several; `None` if there are none.
    pub(super) fn all(parts: Parts) -> Option<Self> {
        let mut rest = parts.into_iter();
        let mut pieces = Self::new(rest.next()?, rest);
        pieces.skip_sent();
        Some(pieces)
    }

    const fn new(current: Piece, rest: vec::IntoIter<Piece>) -> Self {
        Self { current, rest, ahead: Ahead::Unknown, coming: None }
    }

    /// Tells whether there is nothing left.
    pub(super) const fn is_sent(&self) -> bool {
        self.current.is_empty()
    }

    /// Says where what is sent next comes from.
    pub(super) const fn origin(&self) -> Origin {
        match &self.current {
            Piece::File(slice) if matches!(slice.source(), FileSource::Disk(_)) => {
                Origin::File { offset: slice.offset(), len: slice.len() }
            }
            Piece::File(_) | Piece::Bytes(_) => Origin::Memory,
        }
    }

    /// Returns the bytes of memory that are kept for what is not sent and for nothing else: not
    /// those that the cache keeps, too.
    pub(super) fn memory_size(&self) -> usize {
        let pieces = std::iter::once(&self.current).chain(self.rest.as_slice());
        pieces.map(Piece::memory_size).sum()
    }

    /// Sends what there is room for of `encoded` and, as far as one call reaches, of the current
    /// piece; of a file, no more than `budget` and what is in memory.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) fn send<T: Transport>(
        &mut self,
        transport: &mut T,
        encoded: &[u8],
        budget: u64,
        now: Instant,
    ) -> Result<Attempt, Lost> {
        let progress = match &self.current {
            Piece::Bytes(bytes) => {
                let slices = [IoSlice::new(encoded), IoSlice::new(bytes)];
                let skipped = usize::from(encoded.is_empty());
                let more = if self.rest.len() == 0 { More::Last } else { More::Follows };
                transport.try_write(&slices[skipped..], more)?
            }
            Piece::File(slice) if encoded.is_empty() => {
                let ready = match std::mem::replace(&mut self.ahead, Ahead::Unknown) {
                    Ahead::Unknown
                        if self.coming.as_ref().is_some_and(|it| is_front(it, slice)) =>
                    {
                        return Ok(Attempt::AwaitsDisk);
                    }
                    Ahead::Unknown => slice.front(now),
                    Ahead::Loaded(len) => Front::Ready(len),
                    Ahead::Cold(chunk) => Front::Cold(chunk),
                };
                match ready {
                    Front::Ready(len) => transport.try_send_file(slice, 0..len.min(budget))?,
                    Front::Cold(chunk) => {
                        self.ahead = Ahead::Cold(chunk);
                        return Ok(Attempt::AwaitsDisk);
                    }
                }
            }
            Piece::File(_) => transport.try_write(&[IoSlice::new(encoded)], More::Follows)?,
        };
        Ok(Attempt::Made(progress))
    }

    /// Takes the chunk that must be read before more is sent, if there is one.
    pub(super) fn take_cold(&mut self) -> Option<ColdChunk> {
        match std::mem::replace(&mut self.ahead, Ahead::Unknown) {
            Ahead::Cold(chunk) => Some(chunk),
            Ahead::Unknown | Ahead::Loaded(_) => None,
        }
    }

    /// Takes the chunk that is being read and that comes next, if there is one.
    pub(super) fn take_coming(&mut self) -> Option<Loading> {
        let Piece::File(slice) = &self.current else { return None };
        self.coming.take_if(|coming| is_front(coming, slice))
    }

    /// Notes that the front was read into memory; returns what is to be read behind it.
    pub(super) fn on_loaded(&mut self, loaded: &Loading, now: Instant) -> Option<ColdChunk> {
        // One that was read long before its turn came is looked at once more.
        if now < loaded.fresh_until {
            self.ahead = Ahead::Loaded(loaded.len);
        }
        match &self.current {
            Piece::File(slice) if self.coming.is_none() => slice.behind(loaded.len, now),
            Piece::File(_) | Piece::Bytes(_) => None,
        }
    }

    /// Keeps a later chunk of the current piece that is being read.
    pub(super) fn set_coming(&mut self, chunk: Loading) {
        self.coming = Some(chunk);
    }

    /// Takes note of bytes of the current piece that were sent.
    ///
    /// # Panics
    ///
    /// When it has fewer.
    pub(super) fn on_sent(&mut self, count: usize) {
        self.current.advance(count);
        self.skip_sent();
    }

    /// Goes on to the next piece that has something to send, if there is one.
    fn skip_sent(&mut self) {
        while self.current.is_empty()
            && let Some(next) = self.rest.next()
        {
            self.current = next;
        }
    }
}

/// Tells whether a chunk that is being read is what comes next of a slice.
const fn is_front(coming: &Loading, slice: &FileSlice) -> bool {
    coming.offset == slice.offset()
}

#[cfg(test)]
mod tests;
