//! Why a proof failed.

use std::fmt;
use std::io;

/// Why nothing is proved.
#[derive(Debug)]
pub(crate) enum Failure {
    /// So many figures were not reached.
    Missed(usize),
    /// Something cannot be done at all; the first says what.
    Call(&'static str, io::Error),
    /// A process of the proof said something that it never says.
    Strange(String),
    /// A process of the proof did not do in time what the text says.
    Late(&'static str),
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
            Self::Call(what, error) => write!(f, "cannot {what}: {error}"),
            Self::Strange(line) => write!(f, "a line that a process of ours never says: {line:?}"),
            Self::Late(what) => write!(f, "waited too long for {what}"),
        }
    }
}
