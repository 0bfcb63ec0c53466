//! Why a proof failed.

use std::fmt;
use std::io;

/// Why nothing is proved.
#[derive(Debug)]
pub(crate) enum Failure {
    /// So many figures were not reached.
    Missed(usize),
    /// Server and client would share a core.
    OneCore,
    /// Something cannot be done at all; the first says what.
    Call(&'static str, io::Error),
    /// An answer is not one that the server may give.
    Answer(String),
    /// Answers are still missing long after the last request.
    Stalled(usize),
}

impl Failure {
    /// Makes the failure of a call that was to do `what`.
    pub(crate) fn of<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::Call(what, error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missed(1) => f.write_str("a figure was missed"),
            Self::Missed(count) => write!(f, "{count} figures were missed"),
            Self::OneCore => f.write_str("one core found, two are needed: server and client"),
            Self::Call(what, error) => write!(f, "cannot {what}: {error}"),
            Self::Answer(what) => write!(f, "an answer that must not be: {what}"),
            Self::Stalled(count) => write!(f, "{count} answers never came"),
        }
    }
}
