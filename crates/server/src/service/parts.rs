//! A body of several pieces, sent one after another.
//!
//! It exists for multipart/byteranges: lines in memory with parts of a file between them, of which
//! nothing is copied and the total length is known before the first byte goes out. What comes bit
//! by bit, or is of unknown length, is a stream and not this.

use std::vec;

use bytes::{Buf, Bytes};

use crate::files::FileSlice;

/// Several pieces, one after another, and their total length.
#[derive(Debug, Default)]
pub struct Parts {
    pieces: Vec<Piece>,
    len: u64,
}

/// A piece of a body that is there already.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file or a part of one.
    File(FileSlice),
}

impl Parts {
    /// Makes a body of no pieces.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }

    /// Adds a piece behind the others.
    ///
    /// # Panics
    ///
    /// When all pieces together have more bytes than a length can say.
    pub fn push(&mut self, piece: impl Into<Piece>) {
        let piece = piece.into();
        let len = self.len.checked_add(piece.len());
        self.len = len.expect("bodies are shorter than 2^64 bytes");
        self.pieces.push(piece);
    }

    /// Returns the length of all pieces in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Tells whether there are no bytes in any piece.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl IntoIterator for Parts {
    type Item = Piece;
    type IntoIter = vec::IntoIter<Piece>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter()
    }
}

impl<P: Into<Piece>> FromIterator<P> for Parts {
    fn from_iter<I: IntoIterator<Item = P>>(pieces: I) -> Self {
        let mut parts = Self::new();
        for piece in pieces {
            parts.push(piece);
        }
        parts
    }
}

impl Piece {
    /// Returns the length in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(slice) => slice.len(),
        }
    }

    /// Tells whether the piece has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes of memory that nothing else keeps.
    pub(crate) fn memory_size(&self) -> usize {
        match self {
            Self::Bytes(bytes) if bytes.is_unique() => bytes.len(),
            Self::Bytes(_) | Self::File(_) => 0,
        }
    }

    /// Takes bytes that were sent off the front.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub(crate) fn advance(&mut self, count: usize) {
        match self {
            Self::Bytes(bytes) => bytes.advance(count),
            Self::File(slice) => slice.advance(count as u64),
        }
    }
}

impl From<Bytes> for Piece {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<FileSlice> for Piece {
    fn from(slice: FileSlice) -> Self {
        Self::File(slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileSource;

    fn slice(len: u64) -> FileSlice {
        FileSlice::new(FileSource::Bytes(Bytes::from_static(b"0123456789")), 0..len)
    }

    #[test]
    fn the_length_is_that_of_all_pieces() {
        let mut parts = Parts::new();
        assert!(parts.is_empty());
        for (piece, len) in [
            (Piece::from(Bytes::from_static(b"ab")), 2),
            (slice(7).into(), 9),
            (slice(0).into(), 9),
            (Bytes::new().into(), 9),
        ] {
            parts.push(piece);
            assert_eq!(parts.len(), len);
        }
        let lens: Vec<_> = parts.into_iter().map(|piece| piece.len()).collect();
        assert_eq!(lens, [2, 7, 0, 0]);
    }

    #[test]
    fn what_was_sent_is_off_the_front() {
        for mut piece in [Piece::from(Bytes::from_static(b"0123")), slice(4).into()] {
            for (count, left) in [(1, 3), (0, 3), (3, 0)] {
                piece.advance(count);
                assert_eq!((piece.len(), piece.is_empty()), (left, left == 0), "{piece:?}");
            }
        }
    }
}
