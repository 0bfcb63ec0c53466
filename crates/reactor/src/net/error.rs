//! What a failed system call on a socket means, in one table.

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

/// The table. `recv(2)`, `send(2)`, `sendfile(2)` and `accept(2)` share it.
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
        // BADF, FAULT, INVAL, NOTCONN, NOTSOCK and whatever else: safe code that owns a
        // connected, valid descriptor does not meet them.
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
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table() {
        let failed = |fault, errno| Verdict::Failed(SocketError { fault, errno });
        for (errno, expected) in [
            (Errno::AGAIN, Verdict::NotReady),
            (Errno::INTR, Verdict::Retry),
            (Errno::CONNRESET, failed(SocketFault::Peer, Errno::CONNRESET)),
            (Errno::CONNREFUSED, failed(SocketFault::Peer, Errno::CONNREFUSED)),
            (Errno::PIPE, failed(SocketFault::Peer, Errno::PIPE)),
            (Errno::NOMEM, failed(SocketFault::Resources, Errno::NOMEM)),
            (Errno::MFILE, failed(SocketFault::Resources, Errno::MFILE)),
            (Errno::BADF, failed(SocketFault::Bug, Errno::BADF)),
            (Errno::FAULT, failed(SocketFault::Bug, Errno::FAULT)),
            (Errno::INVAL, failed(SocketFault::Bug, Errno::INVAL)),
            (Errno::NOTCONN, failed(SocketFault::Bug, Errno::NOTCONN)),
            (Errno::NOTSOCK, failed(SocketFault::Bug, Errno::NOTSOCK)),
        ] {
            assert_eq!(verdict(errno), expected, "{errno:?}");
        }
    }

    #[test]
    fn a_refused_address_says_why() {
        for (errno, expected, text) in [
            (Errno::ADDRINUSE, BindError::Taken, "already in use"),
            (Errno::ACCESS, BindError::Denied, "permission denied"),
            (Errno::PERM, BindError::Denied, "permission denied"),
            (Errno::ADDRNOTAVAIL, BindError::NoSuchAddress, "no such address on this machine"),
            (Errno::NOENT, BindError::NoSuchAddress, "no such address on this machine"),
        ] {
            let error = BindError::from(errno);
            assert_eq!((error.to_string().as_str(), &error), (text, &expected), "{errno:?}");
        }
        assert_eq!(BindError::from(Errno::MFILE), BindError::System(Errno::MFILE));
    }
}
