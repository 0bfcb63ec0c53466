//! Listening sockets that somebody else made: a service manager, or the program around the server.
//!
//! They cannot be split over the workers, so worker 0 accepts from them (rule 8). Others may have
//! them, too, and will go on with them: nothing here shuts one down, takes its path away, or
//! changes more of it than accepting needs.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::ListenAddr;
use super::error::BindError;
use super::tcp::set_options_to_inherit;

/// A listening socket that was handed to us.
#[derive(Debug)]
pub struct InheritedBinding {
    addr: ListenAddr,
    socket: Socket,
}

impl InheritedBinding {
    /// Takes a socket over: it will not block, nor be passed on to child processes.
    ///
    /// Not to block is a property of the socket and not of the descriptor, so that whoever else
    /// accepts from it sees the change.
    ///
    /// # Errors
    ///
    /// [`BindError::NotListening`] when it is anything but a listening TCP or Unix stream socket.
    pub fn adopt(socket: OwnedFd) -> Result<Self, BindError> {
        let socket = Socket::from(socket);
        let is_listening = socket.is_listener().unwrap_or(false);
        if !is_listening || socket.r#type().map_err(system)? != Type::STREAM {
            return Err(BindError::NotListening);
        }
        let addr = listen_addr(&socket.local_addr().map_err(system)?)?;
        socket.set_nonblocking(true).map_err(system)?;
        socket.set_cloexec(true).map_err(system)?;
        if matches!(addr, ListenAddr::Tcp(_)) {
            set_options_to_inherit(&socket).map_err(system)?;
        }
        Ok(Self { addr, socket })
    }

    /// Returns where it listens. The name of an abstract Unix socket begins with `@`.
    #[must_use]
    pub const fn addr(&self) -> &ListenAddr {
        &self.addr
    }

    /// Returns the listening socket, for the worker that accepts from it.
    #[must_use]
    pub fn into_socket(self) -> OwnedFd {
        self.socket.into()
    }
}

fn listen_addr(addr: &SockAddr) -> Result<ListenAddr, BindError> {
    if addr.domain() != Domain::UNIX {
        return addr.as_socket().map(ListenAddr::Tcp).ok_or(BindError::NotListening);
    }
    Ok(ListenAddr::Unix(match (addr.as_pathname(), addr.as_abstract_namespace()) {
        (Some(path), _) => path.to_owned(),
        (None, Some(name)) => PathBuf::from(format!("@{}", String::from_utf8_lossy(name))),
        (None, None) => PathBuf::new(),
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is the form that map_err takes")]
fn system(error: std::io::Error) -> BindError {
    BindError::from(Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests;
