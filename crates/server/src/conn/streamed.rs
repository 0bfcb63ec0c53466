//! A body that is made as we go: frames are gathered into an output and framed for the client.
//!
//! No more is taken of a stream than one send is worth, and nothing before that is sent: a client
//! that reads slowly slows down who makes the body. Nothing here sends or waits; that is
//! [`delivery`](super::delivery)'s.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http1::encode::{CHUNK_END, LAST_CHUNK, write_chunk_head};
use http1::framing::ResponseFraming;

use crate::service::BoxError;

/// Bytes gathered from a stream from which on they are sent. With what waits in the pipe of a job
/// that writes, a stalled answer stays within 64 KiB.
const GATHERED_MAX: usize = 16 * 1024;

/// Most bytes by which a chunk is longer than its data.
const CHUNK_FRAMING_SIZE_MAX: usize = 32;

/// The frames of a streamed body.
pub(super) type Frames = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

/// A streamed body and how its frames are framed.
pub(super) struct Stream {
    frames: Frames,
    framing: ResponseFraming,
}

/// How much of a stream was gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gathered {
    /// As much as is sent at a time, or all there is for now.
    Some,
    /// All of it, and what ends its framing.
    All,
    /// What it had made when it failed, or broke its word.
    Broken,
}

impl Stream {
    pub(super) const fn new(frames: Frames, framing: ResponseFraming) -> Self {
        Self { frames, framing }
    }

    /// Takes frames into `out`, which is empty, until enough is gathered, the stream must be waited
    /// for, or it ends; adds the bytes of their data to `body_size`.
    pub(super) fn gather(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
        body_size: &mut u64,
    ) -> Poll<Gathered> {
        while out.len() < GATHERED_MAX {
            match self.frames.as_mut().poll_frame(cx) {
                Poll::Pending if out.is_empty() => return Poll::Pending,
                Poll::Pending => break,
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are for a later version; a frame is data or is passed over.
                    let Ok(data) = frame.into_data() else { continue };
                    let Some(framing) = append(out, &data, self.framing) else {
                        return Poll::Ready(Gathered::Broken);
                    };
                    self.framing = framing;
                    *body_size += data.len() as u64;
                    if framing == ResponseFraming::Length(0) {
                        // All that was announced: whether the stream says so or not.
                        return Poll::Ready(Gathered::All);
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Gathered::Broken),
                Poll::Ready(None) => return Poll::Ready(self.end(out)),
            }
        }
        Poll::Ready(Gathered::Some)
    }

    /// Ends the framing of a stream that has no more to give.
    fn end(&self, out: &mut Vec<u8>) -> Gathered {
        match self.framing {
            ResponseFraming::Length(1..) => return Gathered::Broken,
            ResponseFraming::Chunked => out.extend_from_slice(LAST_CHUNK),
            ResponseFraming::Length(0) | ResponseFraming::UntilClose | ResponseFraming::None => {}
        }
        Gathered::All
    }
}

/// Appends a frame as its framing has it; returns the framing of what follows. A frame that is
/// longer than what was left is refused: it must not run into the next answer.
fn append(out: &mut Vec<u8>, data: &[u8], framing: ResponseFraming) -> Option<ResponseFraming> {
    let size = data.len() + CHUNK_FRAMING_SIZE_MAX;
    if out.len() + size > GATHERED_MAX {
        // It is the last: no room for another is to be kept while the client does not read.
        out.reserve_exact(size);
    }
    match framing {
        ResponseFraming::Chunked if data.is_empty() => {}
        ResponseFraming::Chunked => {
            write_chunk_head(out, data.len());
            out.extend_from_slice(data);
            out.extend_from_slice(CHUNK_END);
        }
        ResponseFraming::Length(left) => {
            let left = left.checked_sub(data.len() as u64)?;
            out.extend_from_slice(data);
            return Some(ResponseFraming::Length(left));
        }
        ResponseFraming::UntilClose | ResponseFraming::None => out.extend_from_slice(data),
    }
    Some(framing)
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("framing", &self.framing).finish_non_exhaustive()
    }
}
