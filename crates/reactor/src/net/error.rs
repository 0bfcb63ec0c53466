//! What a system call on a socket says, and what it means: one table.
//!
//! `recv(2)` has the most to say. Each of its rows is tested on a real file (in `error/tests.rs`,
//! where not `stream/tests.rs`), unless code without `unsafe` cannot have it happen:
//!
//! | `recv` says | verdict | shown by |
//! |---|---|---|
//! | n > 0 | progress | `what_recv_says_of_data_and_of_its_end` |
//! | n < asked | progress, all (1) | `a_short_read_saves_the_call_that_would_find_nothing` |
//! | 0 | the end (2) | `what_recv_says_of_data_and_of_its_end` |
//! | `EAGAIN` | not ready (3) | `what_recv_says_of_data_and_of_its_end` |
//! | `EINTR` | once more (4) | `an_interrupted_call_is_made_again` |
//! | `ECONNRESET` | the peer's doing | `a_reset_is_the_peers_doing` |
//! | `ECONNREFUSED` | the peer's doing (5) | `a_refused_connection_is_the_peers_doing` |
//! | `ETIMEDOUT` | the peer's doing | `a_peer_that_takes_nothing_times_out` |
//! | `EHOSTUNREACH` and its like | the peer's doing | by value: on loopback no router says so |
//! | `ENOMEM`, `ENOBUFS` | out of resources | by value: it takes a machine without memory |
//! | `ENOTCONN` | our bug | `calls_on_the_wrong_file_are_our_bug` |
//! | `ENOTSOCK` | our bug | `calls_on_the_wrong_file_are_our_bug` |
//! | `EBADF` | our bug (6) | `calls_on_the_wrong_file_are_our_bug` |
//! | `EINVAL` | our bug (7) | `calls_with_the_wrong_flag_are_our_bug` |
//! | `EFAULT` | our bug | by value: a `&mut [u8]` is memory that may be written |
//!
//! 1. Unless urgent data, a close or an error was ever seen: `recv` stops short at an urgent mark,
//!    and no edge tells what lies behind it (`what_lies_behind_an_urgent_mark_is_read_too`).
//! 2. Of an empty buffer 0 says nothing (`an_empty_read_or_send_is_not_an_end`).
//! 3. Never a timeout, as it may be elsewhere: our sockets have none.
//! 4. Scripted. A signal interrupts only a call that sleeps, and ours do not sleep; the loop is
//!    there for files whose owner forgot to say so.
//! 5. Told to who connects. An accepted socket does not meet it; a proxy's will.
//! 6. Of a file that was opened for its path only. A closed one cannot be handed in: an `OwnedFd`
//!    is open for as long as there is one.
//! 7. Asked for urgent data where there is none. [`Stream`](super::Stream) sets no flag.
//!
//! `send`, `sendfile` and `accept` share the verdicts. What only they say: `EPIPE` (the connection
//! is closed), `ECONNABORTED`, `EPROTO` and `EPERM` (lost in the queue, or a firewall forbids it)
//! are the peer's doing; `EMFILE` and `ENFILE` (no descriptor) are want of resources.

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
    /// What was handed in is no listening stream socket.
    NotListening,
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
            Self::NotListening => f.write_str("not a listening TCP or Unix stream socket"),
            Self::System(errno) => write!(f, "{errno}"),
        }
    }
}

impl std::error::Error for BindError {}

#[cfg(test)]
mod tests;
