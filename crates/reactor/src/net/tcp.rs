//! TCP listeners, one per worker on one address (rule 8).

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use super::error::BindError;

/// Connections that the kernel queues for a listener; it caps the number at `somaxconn`.
const BACKLOG: i32 = 4096;

/// Unsent bytes above which a socket does not count as writable: what waits in the kernel stays
/// small, so a slow reader costs little of its memory.
pub(super) const NOTSENT_LOWAT: u32 = 128 * 1024;

/// A TCP address that is ours, to be split over the workers.
#[derive(Debug)]
pub struct TcpBinding {
    addr: SocketAddr,
    sockets: Vec<Socket>,
}

impl TcpBinding {
    /// Takes `addr` and makes one listening socket for each of `workers`.
    ///
    /// The first socket is bound without `SO_REUSEPORT`, so that an address someone else listens
    /// on is an error even when that is another Avocet; the option is set before it listens, and
    /// the others join it.
    ///
    /// # Errors
    ///
    /// When the address is taken, denied, or not of this machine.
    pub fn bind(addr: SocketAddr, workers: usize) -> Result<Self, BindError> {
        let first = socket(addr)?;
        first.bind(&addr.into()).map_err(system)?;
        first.set_reuse_port(true).map_err(system)?;
        first.listen(BACKLOG).map_err(system)?;
        let addr = local_addr(&first)?;
        let mut sockets = vec![first];
        for _ in 1..workers {
            let next = socket(addr)?;
            next.set_reuse_port(true).map_err(system)?;
            next.bind(&addr.into()).map_err(system)?;
            next.listen(BACKLOG).map_err(system)?;
            sockets.push(next);
        }
        Ok(Self { addr, sockets })
    }

    /// Returns the address, with the port that the kernel chose if it was asked to.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the listening sockets, one for each worker.
    #[must_use]
    pub fn into_sockets(self) -> Vec<OwnedFd> {
        self.sockets.into_iter().map(OwnedFd::from).collect()
    }
}

/// Makes a socket to listen with.
fn socket(addr: SocketAddr) -> Result<Socket, BindError> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))
        .map_err(system)?;
    socket.set_nonblocking(true).map_err(system)?;
    socket.set_reuse_address(true).map_err(system)?;
    set_options_to_inherit(&socket).map_err(system)?;
    if addr.is_ipv6() {
        // `[::]` beside `0.0.0.0` on one port must work, and names what it says.
        socket.set_only_v6(true).map_err(system)?;
    }
    Ok(socket)
}

/// Sets what connections shall have from the socket that they are accepted from.
pub(super) fn set_options_to_inherit(socket: &Socket) -> std::io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_notsent_lowat(NOTSENT_LOWAT)
}

fn local_addr(socket: &Socket) -> Result<SocketAddr, BindError> {
    let listener = TcpListener::from(socket.try_clone().map_err(system)?);
    listener.local_addr().map_err(system)
}

#[expect(clippy::needless_pass_by_value, reason = "it is the form that map_err takes")]
fn system(error: std::io::Error) -> BindError {
    BindError::from(Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests;
