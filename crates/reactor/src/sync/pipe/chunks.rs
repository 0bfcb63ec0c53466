//! The bytes in a pipe: chunks in order, bounded in sum.
//!
//! Pure; it knows neither lock nor waker. Small pieces are copied together: a peer that sends its
//! body a byte at a time would else have us keep a table entry, and perhaps a whole receive
//! buffer, for each byte.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

#[derive(Debug)]
pub(super) struct Chunks {
    whole: VecDeque<Bytes>,
    /// Small pieces that came after all of `whole`.
    joined: BytesMut,
    len: usize,
    capacity: usize,
}

impl Chunks {
    pub(super) fn new(capacity: usize) -> Self {
        Self { whole: VecDeque::new(), joined: BytesMut::new(), len: 0, capacity }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many bytes there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns how many bytes may be added.
    pub(super) const fn room(&self) -> usize {
        self.capacity - self.len
    }

    /// Changes the bound, to no less than what is there.
    pub(super) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity.max(self.len).max(1);
    }

    /// Moves what fits of `chunk` to the end, and tells whether that is anything.
    pub(super) fn push(&mut self, chunk: &mut Bytes) -> bool {
        let len = chunk.len().min(self.room());
        if len < SMALL_LEN {
            self.joined.extend_from_slice(&chunk[..len]);
            chunk.advance(len);
        } else {
            self.seal();
            self.whole.push_back(chunk.split_to(len));
        }
        self.len += len;
        len > 0
    }

    /// Takes the first chunk.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        if self.whole.is_empty() {
            self.seal();
        }
        let chunk = self.whole.pop_front()?;
        self.len -= chunk.len();
        Some(chunk)
    }

    /// Takes everything.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(self.capacity))
    }

    /// Makes a chunk of the small pieces, if there are any.
    fn seal(&mut self) {
        if !self.joined.is_empty() {
            self.whole.push_back(std::mem::take(&mut self.joined).freeze());
        }
    }
}

/// Pieces below this are copied together: about where a copy costs what the bookkeeping does.
const SMALL_LEN: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes pieces of the given lengths and returns the lengths that come out.
    fn check(capacity: usize, pieces: &[usize], expected: &[usize]) {
        let mut chunks = Chunks::new(capacity);
        let mut sent = Vec::new();
        for (piece, byte) in pieces.iter().zip(0u8..) {
            let mut chunk = Bytes::from(vec![byte; *piece]);
            chunks.push(&mut chunk);
            sent.extend(std::iter::repeat_n(byte, piece - chunk.len()));
        }
        let out: Vec<Bytes> = std::iter::from_fn(|| chunks.pop()).collect();
        assert_eq!(out.iter().map(Bytes::len).collect::<Vec<_>>(), expected, "{pieces:?}");
        assert_eq!(out.concat(), sent, "{pieces:?}");
        assert_eq!((chunks.len, chunks.room()), (0, capacity));
    }

    #[test]
    fn small_pieces_are_joined_and_what_does_not_fit_is_left() {
        check(10_000, &[], &[]);
        check(10_000, &[0, 0], &[]);
        check(10_000, &[1, 1, 1], &[3]);
        check(10_000, &[511, 512, 513], &[511, 512, 513]);
        check(10_000, &[1, 600, 1, 1, 600, 2], &[1, 600, 2, 600, 2]);
        check(1_000, &[600, 600], &[600, 400]);
        check(1_000, &[999, 1, 1], &[999, 1]);
        check(1_000, &[4_000, 4_000], &[1_000]);
        check(1, &[5], &[1]);
    }
}
