//! The body of a request, as a handler takes it.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use reactor::sync::pipe::{Consumer, PipeError, Producer, Reader, pipe};

use crate::lifecycle::SpoolSpace;

/// Bytes of a body that wait for a handler which takes it as it arrives.
const WAITING_SIZE_MAX: usize = 64 * 1024;

/// Bytes read at a time from a body on disk.
const SPOOLED_READ_SIZE: usize = 16 * 1024;

/// The receiving half of a request's body; the connection keeps the other.
///
/// A handler on the loop takes it chunk by chunk, one on the pool reads it as [`std::io::Read`],
/// and code that speaks [`http_body`] gets it as such a body. What waits in it is bounded (64 KiB,
/// or the whole body for a job that starts when it is complete); the client waits meanwhile.
#[derive(Debug)]
pub struct Incoming {
    consumer: Consumer,
    /// The length that the head announced, less what has been taken.
    left: Option<u64>,
    /// What comes behind the bytes of the pipe: a large body, kept whole for a job.
    spooled: Slot,
    /// So much of that has been taken.
    offset: u64,
}

/// Where the connection puts a body that was too large for memory.
pub(crate) type Slot = Arc<OnceLock<SpooledFile>>;

/// A whole body in an unlinked temporary file.
#[derive(Debug)]
pub(crate) struct SpooledFile {
    file: Arc<File>,
    len: u64,
    /// Given back with the file.
    _space: SpoolSpace,
}

impl SpooledFile {
    pub(crate) const fn new(file: Arc<File>, len: u64, space: SpoolSpace) -> Self {
        Self { file, len, _space: space }
    }

    /// Reads on from `offset`, which it moves; nothing at the end.
    fn read_at(&self, buf: &mut [u8], offset: &mut u64) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(*offset)).unwrap_or(usize::MAX);
        let room = buf.len().min(left);
        let count = self.file.read_at(&mut buf[..room], *offset)?;
        *offset += count as u64;
        Ok(count)
    }
}

impl Incoming {
    /// Makes both halves of a body whose head announced `length`, if it did.
    pub(crate) fn new(length: Option<u64>) -> (Producer, Slot, Self) {
        let (producer, consumer) = pipe(WAITING_SIZE_MAX);
        let slot = Slot::default();
        let spooled = Arc::clone(&slot);
        (producer, slot, Self { consumer, left: length, spooled, offset: 0 })
    }

    /// Returns how many bytes are to come, if the head said.
    #[must_use]
    pub const fn left(&self) -> Option<u64> {
        self.left
    }

    /// Takes the next chunk; `None` is the end.
    ///
    /// # Errors
    ///
    /// [`BodyError`] when the body ends before its end.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, no chunk is lost.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    /// Takes all of it.
    ///
    /// # Errors
    ///
    /// [`BodyError::TooLarge`] when it is larger than `size_max`, or when it ends before its end.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, what was taken is lost.
    pub async fn collect(mut self, size_max: usize) -> Result<Bytes, BodyError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > size_max - whole.len() {
                return Err(BodyError::TooLarge);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Turns it into something to read on a pool thread.
    ///
    /// # Blocking
    ///
    /// Reading waits for the client; never read on a loop thread.
    #[must_use]
    pub fn into_reader(self) -> impl Read + Send {
        BodyReader {
            reader: Reader::new(self.consumer),
            spooled: self.spooled,
            offset: self.offset,
        }
    }

    fn poll_chunk(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let chunk = match ready!(self.consumer.poll_recv(cx)) {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => match self.spooled_chunk() {
                Ok(chunk) if chunk.is_empty() => return Poll::Ready(None),
                Ok(chunk) => chunk,
                Err(_disk) => return Poll::Ready(Some(Err(BodyError::CutShort))),
            },
        };
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

impl Incoming {
    /// Reads on in what was kept on disk, which only a job on the pool is given.
    fn spooled_chunk(&mut self) -> io::Result<Bytes> {
        let Some(file) = self.spooled.get() else { return Ok(Bytes::new()) };
        let mut chunk = BytesMut::zeroed(SPOOLED_READ_SIZE);
        let count = file.read_at(&mut chunk, &mut self.offset)?;
        chunk.truncate(count);
        Ok(chunk.freeze())
    }
}

/// A body as something to read: first what comes through the pipe, then what is on disk.
struct BodyReader {
    reader: Reader,
    spooled: Slot,
    offset: u64,
}

impl Read for BodyReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match (self.reader.read(buf)?, self.spooled.get()) {
            (0, Some(file)) => file.read_at(buf, &mut self.offset),
            (count, _) => Ok(count),
        }
    }
}

impl http_body::Body for Incoming {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let chunk = ready!(self.get_mut().poll_chunk(cx));
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

/// Why a body could not be taken whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The client broke off, broke the framing, or was too slow; the connection is lost.
    #[error("the body was cut short")]
    CutShort,
    /// It is larger than the handler takes.
    #[error("the body is larger than is taken here")]
    TooLarge,
}

impl From<PipeError> for BodyError {
    fn from(_error: PipeError) -> Self {
        Self::CutShort
    }
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        Self::new(io::ErrorKind::UnexpectedEof, error)
    }
}
