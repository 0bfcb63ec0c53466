//! A body on its way out: the kinds there are, by where the bytes come from.
//!
//! What is ready is in [`pieces`](super::pieces), what is made as we go in
//! [`streamed`](super::streamed); sending either is [`delivery`](super::delivery)'s.

use std::fmt;

use http1::framing::ResponseFraming;

use super::pieces::Pieces;
use super::queueing::Origin;
use super::streamed::{Frames, Stream};
use crate::service::{Parts, Piece};

/// A body that is sent from where it is.
pub(super) enum Outgoing {
    /// There is none, or it is all encoded.
    None,
    /// From memory and files.
    Pieces(Pieces),
    /// From a stream that makes it as we go.
    Stream(Stream),
    /// From a stream that failed; what it had made before goes out first.
    Broken,
}

impl Outgoing {
    /// Makes a body of one piece.
    pub(super) fn piece(piece: impl Into<Piece>) -> Self {
        Self::Pieces(Pieces::one(piece.into()))
    }

    /// Makes a body of several pieces.
    pub(super) fn parts(parts: Parts) -> Self {
        Pieces::all(parts).map_or(Self::None, Self::Pieces)
    }

    /// Makes a streamed body.
    pub(super) const fn stream(frames: Frames, framing: ResponseFraming) -> Self {
        Self::Stream(Stream::new(frames, framing))
    }

    /// Says where what is sent next comes from.
    pub(super) const fn origin(&self) -> Origin {
        match self {
            Self::Pieces(pieces) => pieces.origin(),
            Self::None | Self::Stream(_) | Self::Broken => Origin::Memory,
        }
    }

    /// Returns the bytes of memory that are kept for it and for nothing else.
    pub(super) fn memory_size(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.memory_size(),
            Self::None | Self::Stream(_) | Self::Broken => 0,
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Pieces(pieces) => f.debug_tuple("Pieces").field(pieces).finish(),
            Self::Stream(stream) => f.debug_tuple("Stream").field(stream).finish(),
            Self::Broken => f.write_str("Broken"),
        }
    }
}
