//! A listening socket on a worker: accepts in bounded batches and leaves the poller rather than
//! spin when there is no descriptor for a connection (rule 8).

use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::io::Errno;
use rustix::net::{SocketAddrAny, SocketFlags, acceptfrom_with};

use super::address::PeerAddr;
use super::error::{SocketError, Verdict};
use super::stream::retry;
use crate::handle::Handle;
use crate::poller::{Interest, Poller, Readiness};
use crate::source::Source;

/// A listening socket, level-triggered.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    source: Source,
    poller: Rc<Poller>,
}

/// An accepted connection, not yet registered with a worker.
#[derive(Debug)]
pub struct Accepted {
    /// The connected socket, non-blocking.
    pub socket: OwnedFd,
    /// Who connected.
    pub peer: PeerAddr,
}

impl Listener {
    /// Registers a listening, non-blocking socket with a worker.
    ///
    /// # Errors
    ///
    /// When the kernel has no room for the registration; the socket is closed.
    pub fn register(socket: OwnedFd, handle: &Handle, poller: Rc<Poller>) -> Result<Self, Errno> {
        let source = handle.source();
        poller.add(&socket, source.token(), Interest::IN)?;
        Ok(Self { socket, source, poller })
    }

    /// Waits until a connection may be there.
    ///
    /// # Cancel safety
    ///
    /// Nothing is consumed.
    pub async fn readable(&self) {
        poll_fn(|cx| self.source.poll_ready(cx, Readiness::IN)).await;
        // Level-triggered: if a connection is left, the next wait says so again.
        self.source.on_read_would_block();
    }

    /// Takes one connection, if there is one.
    ///
    /// # Errors
    ///
    /// When the system is out of descriptors or memory, or the connection died in the queue; the
    /// listener stays as it is.
    pub fn try_accept(&self) -> Result<Option<Accepted>, SocketError> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        match retry(|| acceptfrom_with(&self.socket, flags)) {
            Ok((socket, peer)) => Ok(Some(Accepted { socket, peer: peer_addr(peer) })),
            Err(Verdict::Failed(error)) => Err(error),
            Err(Verdict::NotReady | Verdict::Retry) => Ok(None),
        }
    }

    /// Leaves the poller: connections wait in the kernel's queue.
    pub fn pause(&self) {
        self.poller.remove(&self.socket).ok();
    }

    /// Comes back to the poller after [`Listener::pause`].
    ///
    /// # Errors
    ///
    /// When the kernel has no room for the registration; it can be tried again.
    pub fn resume(&self) -> Result<(), Errno> {
        self.poller.add(&self.socket, self.source.token(), Interest::IN)
    }
}

impl Drop for Listener {
    /// Leaves the poller: the socket may live on elsewhere, in another process or under another
    /// descriptor, and would be told of for as long as it does.
    fn drop(&mut self) {
        self.pause();
    }
}

fn peer_addr(addr: Option<SocketAddrAny>) -> PeerAddr {
    addr.and_then(|addr| std::net::SocketAddr::try_from(addr).ok())
        .map_or(PeerAddr::Unix, PeerAddr::Tcp)
}

#[cfg(test)]
mod tests;
