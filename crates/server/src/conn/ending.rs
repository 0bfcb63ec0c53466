//! The end of a connection.

use std::future::poll_fn;
use std::io::IoSlice;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use reactor::poller::Readiness;
use semantics::status::Status;

use super::answer::{log_no_request, write_refusal};
use super::{Conn, Lost};
use crate::transport::{More, Progress, Transport};

/// Time that a connection without a request yet is given to begin one when the server drains.
pub(super) const FIRST_REQUEST_GRACE: Duration = Duration::from_secs(1);

/// Most bytes read and thrown away while a client reads our last answer.
const LINGER_SIZE_MAX: usize = 1 << 20;

/// Most bytes of them in a turn (rule 4).
const LINGER_BUDGET: usize = 32 * 1024;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing is owed and nothing unread: it is closed.
    Close,
    /// The last answer is on its way, and the client has said that it sends nothing more: closed at
    /// once, unless it has sent something all the same.
    Part,
    /// The last answer is on its way, and the client may still be sending, be it one line end: to
    /// close before it has our answer would reset the connection and take what the kernel still
    /// holds of the answer with it (RFC 9112 §9.6).
    Linger,
    /// An answer is owed that no request asked for, then as [`Ending::Linger`].
    Refuse(Status),
    /// As [`Ending::Refuse`], but closed at once: another needs its place.
    Dismiss(Status),
    /// It cannot be used any more.
    Lost(Lost),
}

/// Ends a connection.
///
/// # Cancel safety
///
/// Dropped half-way the connection is closed at once.
pub(super) async fn end<T: Transport>(conn: &mut Conn<T>, ending: Ending) {
    match ending {
        Ending::Close | Ending::Lost(_) => {}
        Ending::Part if conn.held.is_empty() => {}
        Ending::Part | Ending::Linger => linger(conn).await,
        Ending::Refuse(status) => {
            refuse(conn, status);
            linger(conn).await;
        }
        Ending::Dismiss(status) => refuse(conn, status),
    }
}

/// Sends a last answer as far as there is room: the client that gets it has been given its time.
fn refuse<T: Transport>(conn: &mut Conn<T>, status: Status) {
    let worker = Rc::clone(&conn.worker);
    let outbox = &mut worker.scratch.borrow_mut().outbox;
    outbox.begin(worker.now());
    let reason = "the request did not arrive in time";
    let body_size = write_refusal(outbox, &conn.held, status, reason);
    log_no_request(outbox, conn, status, body_size);
    // Whether it arrives is the client's affair now.
    conn.transport.try_write(&[IoSlice::new(&outbox.bytes)], More::Last).ok();
    outbox.bytes.clear();
}

/// Ends our half and reads on until the client ends its own, within bounds.
async fn linger<T: Transport>(conn: &mut Conn<T>) {
    conn.transport.close_write();
    // Nothing that it has sent is answered any more.
    conn.hold(&[]);
    conn.set_deadline_in(conn.worker.limits().linger_timeout);
    let worker = Rc::clone(&conn.worker);
    let mut read = 0;
    poll_fn(|cx| {
        let mut scratch = worker.scratch.borrow_mut();
        let pause_at = read + LINGER_BUDGET;
        while read < LINGER_SIZE_MAX {
            if read >= pause_at {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if conn.transport.poll_ready(cx, Readiness::IN).is_pending() {
                return conn.timer.poll_expired(cx);
            }
            match conn.transport.try_read(&mut scratch.input) {
                Ok(Progress::Bytes(count)) => read += count,
                Ok(Progress::NotReady) => {}
                Ok(Progress::End) | Err(_) => break,
            }
        }
        Poll::Ready(())
    })
    .await;
}
