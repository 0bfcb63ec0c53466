//! Transports: the byte pipe under a connection.
//!
//! This is the second of the four seams. [`Plain`] is a socket; a test brings a pipe; TLS will be
//! a third. Connections are generic over it, so that the plain path pays for nothing else.

mod plain;

use std::io::IoSlice;
use std::ops::Range;
use std::task::{Context, Poll};

pub use self::plain::Plain;
pub use reactor::net::{More, Progress, Queue, SocketError as TransportError};
use reactor::poller::Readiness;

use crate::files::FileSlice;

/// A byte pipe that is ready or not, and never waits.
pub trait Transport: 'static {
    /// Reads what is there into `buf`.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError>;

    /// Sends what there is room for of `slices`, in order.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    fn try_write(&mut self, slices: &[IoSlice<'_>], more: More)
    -> Result<Progress, TransportError>;

    /// Sends what there is room for of a part of a file, `range` counted from the slice's start.
    ///
    /// [`Progress::End`] says that the file has become shorter than the range.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError>;

    /// Says how much may be taken that cannot go out yet. A transport with one queue for all keeps
    /// that.
    fn set_queue(&mut self, _queue: Queue) {}

    /// Waits until any bit of `wanted` is known of the pipe.
    ///
    /// # Cancel safety
    ///
    /// Nothing is consumed.
    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness>;

    /// Ends our sending half after what was sent.
    fn close_write(&mut self);
}
