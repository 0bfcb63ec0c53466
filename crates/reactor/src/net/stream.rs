//! An accepted connection: bytes in, bytes out, nothing waited for.

use std::io::IoSlice;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use rustix::fs::sendfile;
use rustix::io::Errno;
use rustix::net::{
    RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, recv, send, sendmsg, shutdown,
};
use socket2::SockRef;

use super::error::{SocketError, Verdict, verdict};
use super::tcp::NOTSENT_LOWAT;
use crate::handle::Handle;
use crate::poller::{Interest, Poller, Readiness};
use crate::source::Source;

/// What a call that did not fail achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes were moved.
    Bytes(usize),
    /// The end: the peer sends no more, or the file has no more.
    End,
    /// None now; wait for readiness.
    NotReady,
}

/// Whether more will be sent right behind, so that the kernel may wait to fill a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// This is all for now.
    Last,
    /// More follows at once.
    Follows,
}

/// How much the kernel may take that cannot go out yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// A little, which is how each connection begins: a slow reader costs little memory.
    Short,
    /// As much as its buffer holds, a few MiB: a fast reader is sent to in fewer, longer calls.
    Long,
}

/// A connected socket, registered once with [`Interest::CONNECTION`].
#[derive(Debug)]
pub struct Stream {
    // Closed first: an event that comes after that finds the source's token stale.
    socket: OwnedFd,
    source: Source,
}

impl Stream {
    /// Registers a connected, non-blocking socket with a worker.
    ///
    /// # Errors
    ///
    /// When the kernel has no room for the registration; the socket is closed.
    pub fn register(socket: OwnedFd, handle: &Handle, poller: &Poller) -> Result<Self, Errno> {
        let source = handle.source();
        poller.add(&socket, source.token(), Interest::CONNECTION)?;
        Ok(Self { socket, source })
    }

    /// Reads what is there into `buf`.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, SocketError> {
        let asked = buf.len();
        let result = retry(|| recv(&self.socket, &mut *buf, RecvFlags::empty()).map(|(n, _)| n));
        match result {
            Ok(0) if asked > 0 => Ok(Progress::End),
            Ok(n) => {
                if n < asked {
                    self.source.on_short_read();
                }
                Ok(Progress::Bytes(n))
            }
            Err(verdict) => self.not_ready(verdict, Source::on_read_would_block),
        }
    }

    /// Sends what there is room for of `slices`.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        more: More,
    ) -> Result<Progress, SocketError> {
        let asked = slices.iter().map(|slice| slice.len()).sum::<usize>();
        let flags = SendFlags::NOSIGNAL
            | match more {
                More::Last => SendFlags::empty(),
                More::Follows => SendFlags::MORE,
            };
        let result = retry(|| match slices {
            [slice] => send(&self.socket, slice, flags),
            _ => sendmsg(&self.socket, slices, &mut SendAncillaryBuffer::default(), flags),
        });
        match result {
            Ok(n) => {
                if n < asked {
                    self.source.on_short_write();
                }
                Ok(Progress::Bytes(n))
            }
            Err(verdict) => self.not_ready(verdict, Source::on_short_write),
        }
    }

    /// Sends up to `len` bytes of `file` from `offset`, without copying them through us.
    ///
    /// After a short send try again: the kernel may have stopped at a page of the file, not for
    /// want of room; [`Progress::End`] then says that the file is shorter than it was.
    ///
    /// # Errors
    ///
    /// When the connection is lost or the file cannot be read.
    pub fn try_send_file(
        &mut self,
        file: impl AsFd,
        offset: u64,
        len: usize,
    ) -> Result<Progress, SocketError> {
        let result = retry(|| {
            let mut offset = offset;
            sendfile(&self.socket, &file, Some(&mut offset), len)
        });
        match result {
            Ok(0) if len > 0 => Ok(Progress::End),
            Ok(n) => Ok(Progress::Bytes(n)),
            Err(verdict) => self.not_ready(verdict, Source::on_short_write),
        }
    }

    /// Says how much the kernel may take that cannot go out yet. Only TCP knows the difference.
    pub fn set_queue(&self, queue: Queue) {
        let unsent_max = match queue {
            Queue::Short => NOTSENT_LOWAT,
            // The system's own bound, which is none unless the operator has set one.
            Queue::Long => 0,
        };
        // Where it is refused the queue is what it was.
        SockRef::from(&self.socket).set_tcp_notsent_lowat(unsent_max).ok();
    }

    /// Waits until any bit of `wanted` is known of the socket.
    ///
    /// # Cancel safety
    ///
    /// Nothing is consumed.
    pub fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.source.poll_ready(cx, wanted)
    }

    /// Returns what is known of the socket.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.source.readiness()
    }

    /// Ends our sending half: the peer reads to the end of what was sent, then the end.
    pub fn close_write(&mut self) {
        // It fails only when the peer is gone already, which the next read will tell.
        shutdown(&self.socket, Shutdown::Write).ok();
    }

    fn not_ready(
        &self,
        verdict: Verdict,
        note: impl FnOnce(&Source),
    ) -> Result<Progress, SocketError> {
        match verdict {
            Verdict::NotReady | Verdict::Retry => {
                note(&self.source);
                Ok(Progress::NotReady)
            }
            Verdict::Failed(error) => Err(error),
        }
    }
}

/// Runs `call` until no signal interrupts it.
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Verdict> {
    loop {
        match call().map_err(verdict) {
            Err(Verdict::Retry) => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests;
