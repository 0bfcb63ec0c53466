//! What a system call on a socket says, and what it means: one table.
//!
//! `recv(2)` is the call with the most to say. Its rows, and the test of each on a real socket (in
//! `error/tests.rs`, unless it says `stream/tests.rs`), or why code without `unsafe` cannot meet it:
//!
//! | `recv` says | which means | and is | shown by |
//! |---|---|---|---|
//! | n > 0 | so many bytes were there | progress | `what_recv_says_of_data_and_of_its_end` |
//! | n < asked | all of them, unless an urgent mark, a close or an error cuts in | progress; unreadable until the next edge | stream: `a_short_read_saves_the_call_that_would_find_nothing`, `what_lies_behind_an_urgent_mark_is_read_too` |
//! | 0 | the peer sends no more (of an empty buffer it means nothing) | the end | `what_recv_says_of_data_and_of_its_end`; stream: `an_empty_read_or_send_is_not_an_end` |
//! | `EAGAIN` | nothing is there; never a timeout, our sockets have none | not ready | `what_recv_says_of_data_and_of_its_end` |
//! | `EINTR` | a signal came before the first byte | once more | `an_interrupted_call_is_made_again`, scripted: only a call that sleeps is interrupted, and no call here may sleep |
//! | `ECONNRESET` | the peer closed by a reset | the peer's doing | `a_reset_is_the_peers_doing` |
//! | `ECONNREFUSED` | nobody listens there; told to whoever connects | the peer's doing | `a_refused_connection_is_the_peers_doing` |
//! | `ETIMEDOUT` | the peer took nothing for too long | the peer's doing | `a_peer_that_takes_nothing_times_out` |
//! | `EHOSTUNREACH`, `ENETUNREACH` and their like | a router said so | the peer's doing | by value: loopback has no router |
//! | `ENOMEM`, `ENOBUFS` | the kernel has no memory | out of resources | by value: to have it happen is to starve the machine |
//! | `ENOTCONN` | the socket was never connected | our bug | `calls_on_the_wrong_file_are_our_bug` |
//! | `ENOTSOCK` | the file is no socket | our bug | `calls_on_the_wrong_file_are_our_bug` |
//! | `EBADF` | the descriptor is closed, or opened for its path only | our bug | the latter in `calls_on_the_wrong_file_are_our_bug`; the former cannot be: an `OwnedFd` is open as long as it is there |
//! | `EINVAL` | a flag that does not apply, such as urgent data where there is none | our bug | `calls_with_the_wrong_flag_are_our_bug`; `Stream` sets none |
//! | `EFAULT` | the buffer is not ours to write | our bug | by value: a `&mut [u8]` is |
//!
//! `send`, `sendfile` and `accept` share the verdicts. What only they say: `EPIPE` (we have closed
//! our half, or the peer both: its doing), `EMFILE`, `ENFILE` (out of descriptors: resources),
//! `ECONNABORTED`, `EPROTO`, `EPERM` (a connection that was lost in the queue, or that a firewall
//! forbids: the peer's doing).

use std::fmt;
use std::path::PathBuf;

use rustix::io::Errno;

/// A call on a socket failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketError {
    /// Whose doing it is.
    pub fault: SocketFault,
    /// What the kernel said.
    pub errno: Errno,
}

impl SocketError {
    /// Makes the error of a call that failed for good, for those who bring a transport of their
    /// own.
    #[must_use]
    pub const fn new(fault: SocketFault, errno: Errno) -> Self {
        Self { fault, errno }
    }
}

/// Whose doing a failed call is; decides between forgetting it, waiting and reporting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketFault {
    /// The peer reset the connection, or the network lost it.
    Peer,
    /// The system is out of descriptors, buffers or memory; it may pass.
    Resources,
    /// The call itself was wrong.
    Bug,
}

/// What to do after a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing now; an event will tell.
    NotReady,
    /// The same call once more: a signal interrupted it.
    Retry,
    /// The socket is of no more use.
    Failed(SocketError),
}

/// The table of the module's page, without the rows that are no errors.
pub(crate) const fn verdict(errno: Errno) -> Verdict {
    let fault = match errno {
        Errno::AGAIN => return Verdict::NotReady,
        Errno::INTR => return Verdict::Retry,
        Errno::CONNRESET
        | Errno::PIPE
        | Errno::CONNREFUSED
        | Errno::CONNABORTED
        | Errno::TIMEDOUT
        | Errno::NETDOWN
        | Errno::NETUNREACH
        | Errno::NETRESET
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::NONET
        | Errno::NOPROTOOPT
        | Errno::PROTO
        | Errno::PERM => SocketFault::Peer,
        Errno::NOMEM | Errno::NOBUFS | Errno::MFILE | Errno::NFILE => SocketFault::Resources,
        // BADF, FAULT, INVAL, NOTCONN, NOTSOCK and whatever else: who owns a connected socket
        // and calls it right does not meet them.
        _ => SocketFault::Bug,
    };
    Verdict::Failed(SocketError { fault, errno })
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            SocketFault::Peer => "the peer is gone",
            SocketFault::Resources => "out of descriptors or memory",
            SocketFault::Bug => "socket call refused",
        })
    }
}

impl std::error::Error for SocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.errno)
    }
}

/// A listening socket could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindError {
    /// Someone listens there already.
    Taken,
    /// The port needs a privilege, or the folder of a Unix path is closed to us.
    Denied,
    /// No interface of this machine has the address, or the path's folder does not exist.
    NoSuchAddress,
    /// Something that is not a socket stands at the path.
    NotASocket(PathBuf),
    /// Any other refusal.
    System(Errno),
}

impl From<Errno> for BindError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ADDRINUSE => Self::Taken,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            Errno::ADDRNOTAVAIL | Errno::NOENT | Errno::NOTDIR => Self::NoSuchAddress,
            other => Self::System(other),
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("already in use"),
            Self::Denied => f.write_str("permission denied"),
            Self::NoSuchAddress => f.write_str("no such address on this machine"),
            Self::NotASocket(path) => write!(f, "{} is there and is not a socket", path.display()),
            Self::System(errno) => write!(f, "{errno}"),
        }
    }
}

impl std::error::Error for BindError {}

#[cfg(test)]
mod tests;
