//! Why a run of load ended early.

use std::error::Error;
use std::fmt;
use std::io;

use crate::response::Fault;

/// Why a run of load gives no figure.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The path cannot stand in a request line; it carries the path.
    Path(String),
    /// A connection could not be made.
    Connect(io::Error),
    /// Reading, writing or waiting failed.
    Io(io::Error),
    /// The server closed a connection that was still owed responses.
    Closed,
    /// Nothing moved for ten seconds.
    Stalled,
    /// A response is not the one that was expected.
    Response(Fault),
}

impl LoadError {
    /// Tells a timed-out call from one that failed.
    pub(crate) fn from_call(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Stalled,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => {
                write!(f, "path {path:?} found, one that starts with `/` and has no space expected")
            }
            Self::Connect(_) => f.write_str("cannot connect to the server"),
            Self::Io(_) => f.write_str("cannot talk to the server"),
            Self::Closed => f.write_str("the server closed a connection before it had answered"),
            Self::Stalled => f.write_str("the server sent nothing for ten seconds"),
            Self::Response(_) => f.write_str("the server sent a response that was not expected"),
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect(error) | Self::Io(error) => Some(error),
            Self::Response(fault) => Some(fault),
            Self::Path(_) | Self::Closed | Self::Stalled => None,
        }
    }
}

impl From<Fault> for LoadError {
    fn from(fault: Fault) -> Self {
        Self::Response(fault)
    }
}
