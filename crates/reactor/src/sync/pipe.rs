//! A pipe: a bounded stream of bytes from one thread to another.
//!
//! It carries a request's body from the connection to its handler and a streamed response from a
//! pool thread to the connection. Each end can be polled by a task or used by a thread that may
//! block, whatever the other end does. The bound is what makes a fast producer wait for a slow
//! consumer instead of filling memory.
//!
//! ```text
//!   producer ── bytes ──► [ at most `capacity` bytes ] ── bytes ──► consumer
//!      │ finish ─────────────────────────────────────► None, after the bytes
//!      │ abort(error) ───────────────────────────────► Aborted, after the bytes
//!      │ dropped ────────────────────────────────────► CutShort, after the bytes
//!   Closed ◄─────────────────────────────────── dropped │
//! ```
//!
//! Chunks are not messages: one that does not fit is split, small ones are joined.

mod blocking;
mod chunks;

use std::fmt;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

pub use self::blocking::{Reader, Writer};
use self::chunks::Chunks;
use super::{Arc, Monitor, Stopped, keep, wake};

/// Makes the two ends of a pipe that holds at most `capacity` bytes.
///
/// # Limits
///
/// A capacity of 0 counts as 1: a pipe that admits nothing would never end.
#[must_use]
pub fn pipe(capacity: usize) -> (Producer, Consumer) {
    let shared = Arc::new(Monitor::new(State {
        chunks: Chunks::new(capacity.max(1)),
        end: End::Open,
        is_closed: false,
        is_awaited: false,
        producer: None,
        consumer: None,
    }));
    (Producer { shared: Arc::clone(&shared) }, Consumer { shared })
}

/// The end that bytes go into. Dropping it without [`Producer::finish`] cuts the stream short.
pub struct Producer {
    shared: Arc<Monitor<State>>,
}

/// The end that bytes come out of. Dropping it closes the pipe.
pub struct Consumer {
    shared: Arc<Monitor<State>>,
}

#[derive(Debug)]
struct State {
    chunks: Chunks,
    end: End,
    /// The consumer is gone.
    is_closed: bool,
    /// The consumer has asked for something that was not there.
    is_awaited: bool,
    /// Wakes the producer's task when there is room.
    producer: Option<Waker>,
    /// Wakes the consumer's task when there is something to receive.
    consumer: Option<Waker>,
}

/// What comes after the last byte.
#[derive(Debug)]
enum End {
    /// Not known yet.
    Open,
    /// Nothing: all has been sent.
    Finished,
    /// An error, to be received once.
    Failed(PipeError),
    /// Nothing: the error has been received.
    Told,
}

impl State {
    /// Moves what fits of `chunk` into the pipe and says whom to wake for it.
    fn send(&mut self, chunk: &mut Bytes) -> Result<Option<Waker>, PipeError> {
        if self.is_closed {
            return Err(PipeError::Closed);
        }
        let is_news = self.chunks.push(chunk);
        Ok(if is_news { self.consumer.take() } else { None })
    }

    fn is_sendable(&self) -> bool {
        self.is_closed || self.chunks.room() > 0
    }

    fn is_receivable(&self) -> bool {
        !self.chunks.is_empty() || !matches!(self.end, End::Open)
    }

    /// Notes that the consumer waits, and says whom to wake for it the first time.
    const fn on_await(&mut self) -> Option<Waker> {
        if std::mem::replace(&mut self.is_awaited, true) { None } else { self.producer.take() }
    }

    /// Takes the next chunk or the end, once there is either.
    fn receive(&mut self) -> Poll<Option<Result<Bytes, PipeError>>> {
        if let Some(chunk) = self.chunks.pop() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        match std::mem::replace(&mut self.end, End::Told) {
            End::Failed(error) => Poll::Ready(Some(Err(error))),
            End::Told => Poll::Ready(None),
            End::Finished => {
                self.end = End::Finished;
                Poll::Ready(None)
            }
            End::Open => {
                self.end = End::Open;
                Poll::Pending
            }
        }
    }

    /// Ends the stream unless it has ended, and says whom to wake for it.
    fn end(&mut self, end: End) -> Option<Waker> {
        if matches!(self.end, End::Open) {
            self.end = end;
        }
        self.consumer.take()
    }
}

impl Producer {
    /// Waits until there is room for at least one byte, and returns for how many there is.
    ///
    /// # Errors
    ///
    /// [`PipeError::Closed`] when the consumer is gone.
    pub fn poll_reserve(&mut self, cx: &Context<'_>) -> Poll<Result<usize, PipeError>> {
        self.shared.with(|state| {
            if state.is_closed {
                return Poll::Ready(Err(PipeError::Closed));
            }
            match state.chunks.room() {
                0 => {
                    keep(&mut state.producer, cx.waker());
                    Poll::Pending
                }
                room => Poll::Ready(Ok(room)),
            }
        })
    }

    /// Moves `chunk` into the pipe; pending, it has moved what fits and left the rest.
    ///
    /// A chunk no longer than what [`Producer::poll_reserve`] returned is never pending.
    ///
    /// # Errors
    ///
    /// [`PipeError::Closed`] when the consumer is gone.
    pub fn poll_send(
        &mut self,
        cx: &Context<'_>,
        chunk: &mut Bytes,
    ) -> Poll<Result<(), PipeError>> {
        let sent = self.shared.change(|state| {
            let waker = state.send(chunk)?;
            if !chunk.is_empty() {
                keep(&mut state.producer, cx.waker());
            }
            Ok(waker)
        });
        match sent {
            Ok(waker) => wake(waker),
            Err(error) => return Poll::Ready(Err(error)),
        }
        if chunk.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Moves all of `chunk` into the pipe.
    ///
    /// # Errors
    ///
    /// [`PipeError::Closed`] when the consumer is gone or goes meanwhile.
    ///
    /// # Blocking
    ///
    /// Until the consumer has made room.
    pub fn send_blocking(&mut self, mut chunk: Bytes) -> Result<(), PipeError> {
        while !chunk.is_empty() {
            self.shared.wait_for(|state| state.is_sendable().then_some(()))?;
            wake(self.shared.change(|state| state.send(&mut chunk))?);
        }
        Ok(())
    }

    /// Waits until the consumer has once asked for something that was not there yet.
    pub fn poll_awaited(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.shared.with(|state| {
            if state.is_awaited {
                return Poll::Ready(());
            }
            keep(&mut state.producer, cx.waker());
            Poll::Pending
        })
    }

    /// Changes how many bytes the pipe holds; never to less than it holds now.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.shared.change(|state| state.chunks.set_capacity(capacity));
    }

    /// Returns how many bytes wait in the pipe.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.with(|state| state.chunks.len())
    }

    /// Tells whether the consumer is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed)
    }

    /// Ends the stream: all has been sent.
    pub fn finish(self) {
        wake(self.shared.change(|state| state.end(End::Finished)));
    }

    /// Ends the stream with an error, which the consumer receives after the bytes before it.
    pub fn abort(self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) {
        let end = End::Failed(PipeError::Aborted(error.into()));
        wake(self.shared.change(|state| state.end(end)));
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        wake(self.shared.change(|state| state.end(End::Failed(PipeError::CutShort))));
    }
}

impl Consumer {
    /// Returns the next chunk, then the error if there is one, then `None` for ever.
    pub fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, PipeError>>> {
        let (received, waker) = self.shared.change(|state| {
            let received = state.receive();
            if received.is_pending() {
                keep(&mut state.consumer, cx.waker());
                return (received, state.on_await());
            }
            (received, state.producer.take())
        });
        wake(waker);
        received
    }

    /// Returns the next chunk, then the error if there is one, then `None` for ever.
    ///
    /// # Errors
    ///
    /// As [`PipeError`] says.
    ///
    /// # Blocking
    ///
    /// Until the producer sends or ends.
    pub fn recv_blocking(&mut self) -> Result<Option<Bytes>, PipeError> {
        wake(self.shared.change(
            |state| {
                if state.is_receivable() { None } else { state.on_await() }
            },
        ));
        self.shared.wait_for(|state| state.is_receivable().then_some(()))?;
        let (received, waker) =
            self.shared.change(|state| (state.receive(), state.producer.take()));
        wake(waker);
        match received {
            Poll::Ready(received) => received.transpose(),
            Poll::Pending => unreachable!("receivable, and there is no other consumer"),
        }
    }

    /// Tells whether the producer has finished: what is in the pipe is all that is to come.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.shared.with(|state| matches!(state.end, End::Finished))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let (chunks, waker) = self.shared.change(|state| {
            state.is_closed = true;
            (state.chunks.take(), state.producer.take())
        });
        wake(waker);
        drop(chunks);
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").finish_non_exhaustive()
    }
}

/// Why a pipe carries no more.
#[derive(Debug)]
#[non_exhaustive]
pub enum PipeError {
    /// To the consumer: the producer gave up, for the reason within.
    Aborted(Box<dyn std::error::Error + Send + Sync>),
    /// To the producer: the consumer is gone.
    Closed,
    /// To the consumer: the producer was dropped before it had finished.
    CutShort,
    /// To an end that blocks: its pool is ending.
    Stopped,
}

impl fmt::Display for PipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aborted(_) => "the stream was aborted",
            Self::Closed => "nobody receives the stream any more",
            Self::CutShort => "the stream was cut short",
            Self::Stopped => "the wait for the stream was given up",
        })
    }
}

impl std::error::Error for PipeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Aborted(error) => Some(&**error),
            Self::Stopped => Some(&Stopped),
            Self::Closed | Self::CutShort => None,
        }
    }
}

impl From<Stopped> for PipeError {
    fn from(_stopped: Stopped) -> Self {
        Self::Stopped
    }
}

#[cfg(test)]
mod tests;
