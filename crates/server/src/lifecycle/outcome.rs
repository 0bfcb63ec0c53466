//! How a server ended, or why there was none.

use std::io;
use std::os::fd::RawFd;

use reactor::driver::WaitError;
use reactor::net::{BindError, ListenAddr};
use rustix::io::Errno;

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerEnd {
    /// Every request that was begun has been answered.
    Drained,
    /// It was stopped, or the drain took too long: some were cut short.
    Stopped,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Bind {
        /// The address.
        addr: ListenAddr,
        /// Why.
        source: BindError,
    },
    /// A descriptor that was handed in cannot be listened on.
    #[error("cannot listen on the inherited descriptor {fd}")]
    Inherit {
        /// The descriptor's number.
        fd: RawFd,
        /// Why.
        source: BindError,
    },
    /// The system refuses a thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// A worker cannot set itself up.
    #[error("cannot set a worker up")]
    Worker(#[source] Errno),
}

/// Why a server ended that should not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A worker cannot wait for events.
    #[error("a worker failed")]
    Wait(#[source] WaitError),
    /// A worker's thread panicked: a bug of ours.
    #[error("a worker panicked")]
    Panicked,
}
