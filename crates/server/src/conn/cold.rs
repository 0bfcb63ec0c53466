//! A chunk of a file that must be read from disk before it can be sent.
//!
//! The pool reads it, in a lane of its own that is never refused: an answer that has begun is
//! finished. While what was read is sent, the chunk behind it is read: one is outstanding for each
//! connection, which is the lane's bound and bounds how far ahead a client can have us read, and
//! one whose client has gone leaves the queue.

use std::future::poll_fn;
use std::task::{Context, Poll};

use reactor::clock::Instant;
use reactor::poller::Readiness;

use super::pieces::Pieces;
use super::{Conn, Lost};
use crate::files::{ColdChunk, Unreadable};
use crate::lifecycle::Offloaded;
use crate::transport::Transport;

/// Waits until what comes next of a file is in memory, and has what is behind it read. It is our
/// disk that is slow: the client has no deadline meanwhile, but may go.
///
/// # Cancel safety
///
/// Dropped half-way, a chunk that no thread has begun to read is not read.
pub(super) async fn load_next<T: Transport>(
    conn: &mut Conn<T>,
    pieces: &mut Pieces,
) -> Result<(), Lost> {
    let mut loading = if let Some(chunk) = pieces.take_cold() {
        // Whenever that ends, it is sent then.
        Loading::begin(conn, chunk, Instant::NEVER)?
    } else if let Some(coming) = pieces.take_coming() {
        coming
    } else {
        return Ok(());
    };
    conn.timer.set(Instant::NEVER);
    poll_fn(|cx| {
        if let Poll::Ready(result) = loading.poll_end(cx) {
            return Poll::Ready(result);
        }
        conn.transport.poll_ready(cx, Readiness::GONE).map(|_gone| Err(Lost::Closed))
    })
    .await?;
    let now = conn.worker.now().instant;
    if let Some(chunk) = pieces.on_loaded(&loading, now) {
        let fresh_until = chunk.fresh_until();
        pieces.set_coming(Loading::begin(conn, chunk, fresh_until)?);
    }
    Ok(())
}

/// A chunk on its way into memory. Dropped, it is not read unless a thread has begun to.
#[derive(Debug)]
pub(super) struct Loading {
    offloaded: Offloaded<Result<(), Unreadable>>,
    pub(super) offset: u64,
    pub(super) len: u64,
    /// Sent later than that it is looked at once more.
    pub(super) fresh_until: Instant,
}

impl Loading {
    fn begin<T: Transport>(
        conn: &Conn<T>,
        chunk: ColdChunk,
        fresh_until: Instant,
    ) -> Result<Self, Lost> {
        let context = &conn.worker.context;
        let (offset, len) = (chunk.offset(), chunk.len());
        // Refused only by a pool that has ended.
        let offloaded = context.offload_in(context.reads(), move || chunk.load());
        let offloaded = offloaded.map_err(|_ended| Lost::CutShort)?;
        conn.worker.counters.chunks_loaded.add_one();
        Ok(Self { offloaded, offset, len, fresh_until })
    }

    fn poll_end(&mut self, cx: &Context<'_>) -> Poll<Result<(), Lost>> {
        self.offloaded.poll_result(cx).map(|result| match result {
            Ok(Ok(())) => Ok(()),
            // What cannot be read cannot be sent, and its length is out already.
            Ok(Err(Unreadable)) | Err(_) => Err(Lost::CutShort),
        })
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        // Nobody waits for it any more; one that has begun is read for nothing.
        self.offloaded.cancel();
    }
}
