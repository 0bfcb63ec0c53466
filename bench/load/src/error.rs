//! Why a run of load ended early.

use std::error::Error;
use std::fmt;
use std::io;

use crate::response::Fault;

/// Why a run of load gives no figure.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// Without a request, a connection or a request in a write there is no load.
    Nothing,
    /// A request would not be one request when it is written out; it carries method and path.
    Request(String),
    /// So many requests over a connection are no multiple of what goes out in a write.
    Reuse {
        /// Requests for each connection.
        requests: usize,
        /// Requests in each write.
        pipelined: usize,
    },
    /// The process may not have that many descriptors.
    Descriptors {
        /// How many it would have.
        needed: u64,
        /// How many it may have.
        allowed: u64,
    },
    /// A connection could not be made.
    Connect(io::Error),
    /// Reading, writing or waiting failed.
    Io(io::Error),
    /// The server closed a connection that was still owed responses.
    Closed,
    /// Nothing moved for ten seconds.
    Stalled,
    /// The server is ten seconds behind the rate that is offered.
    Behind,
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
            Self::Nothing => f.write_str("a load needs a request, a connection and a write"),
            Self::Request(request) => write!(
                f,
                "request {request:?} found, a path that starts with `/` and parts without spaces \
                 and line ends expected"
            ),
            Self::Reuse { requests, pipelined } => {
                write!(
                    f,
                    "{requests} requests a connection found, a multiple of {pipelined} expected"
                )
            }
            Self::Descriptors { needed, allowed } => write!(
                f,
                "{needed} descriptors needed, but only {allowed} are allowed: raise the hard \
                 limit, as with `ulimit -Hn {needed}`"
            ),
            Self::Connect(_) => f.write_str("cannot connect to the server"),
            Self::Io(_) => f.write_str("cannot talk to the server"),
            Self::Closed => f.write_str("the server closed a connection before it had answered"),
            Self::Stalled => f.write_str("the server sent nothing for ten seconds"),
            Self::Behind => f.write_str("the server fell ten seconds behind the offered rate"),
            Self::Response(_) => f.write_str("the server sent a response that was not expected"),
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect(error) | Self::Io(error) => Some(error),
            Self::Response(fault) => Some(fault),
            Self::Nothing
            | Self::Request(_)
            | Self::Reuse { .. }
            | Self::Descriptors { .. }
            | Self::Closed
            | Self::Stalled
            | Self::Behind => None,
        }
    }
}

impl From<Fault> for LoadError {
    fn from(fault: Fault) -> Self {
        Self::Response(fault)
    }
}
