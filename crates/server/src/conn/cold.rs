//! A chunk of a file that must be read from disk before it can be sent.
//!
//! The pool reads it, in a lane of its own that is never refused: an answer that has begun is
//! finished. One chunk is outstanding for each connection, which is the lane's bound, and one
//! whose client has gone leaves the queue.

use std::future::poll_fn;
use std::task::Poll;

use reactor::clock::Instant;
use reactor::poller::Readiness;

use super::pieces::Pieces;
use super::{Conn, Lost};
use crate::files::{ColdChunk, Unreadable};
use crate::lifecycle::Offloaded;
use crate::transport::Transport;

/// Waits until what comes next of a file is in memory.
///
/// # Cancel safety
///
/// Dropped half-way, a chunk that no thread has begun to read is not read.
pub(super) async fn load_next<T: Transport>(
    conn: &mut Conn<T>,
    pieces: &mut Pieces,
) -> Result<(), Lost> {
    let Some(chunk) = pieces.take_cold() else { return Ok(()) };
    let len = chunk.len();
    load(conn, chunk).await?;
    pieces.on_loaded(len);
    Ok(())
}

/// A chunk on its way into memory.
struct Loading(Offloaded<Result<(), Unreadable>>);

impl Drop for Loading {
    fn drop(&mut self) {
        // Nobody waits for it any more; one that has begun is read for nothing.
        self.0.cancel();
    }
}

/// Waits until a chunk is in memory. It is our disk that is slow: the client has no deadline
/// meanwhile, but may go.
async fn load<T: Transport>(conn: &mut Conn<T>, chunk: ColdChunk) -> Result<(), Lost> {
    let context = &conn.worker.context;
    // Refused only by a pool that has ended.
    let offloaded = context.offload_in(context.reads(), move || chunk.load());
    let mut loading = Loading(offloaded.map_err(|_ended| Lost::CutShort)?);
    conn.worker.counters.chunks_loaded.add_one();
    conn.timer.set(Instant::NEVER);
    poll_fn(|cx| {
        if let Poll::Ready(result) = loading.0.poll_result(cx) {
            // What cannot be read cannot be sent, and its length is out already.
            return Poll::Ready(match result {
                Ok(Ok(())) => Ok(()),
                Ok(Err(Unreadable)) | Err(_) => Err(Lost::CutShort),
            });
        }
        conn.transport.poll_ready(cx, Readiness::GONE).map(|_gone| Err(Lost::Closed))
    })
    .await
}
