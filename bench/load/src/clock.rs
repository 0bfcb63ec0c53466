//! The clock of a run, and how far the run has come by it.

use std::time::{Duration, Instant};

use crate::client::Length;

/// Knows when a run began and when it is over.
#[derive(Debug)]
pub(crate) struct Progress {
    begun: Instant,
    length: Length,
}

#[expect(clippy::disallowed_methods, reason = "a load client times its run by the wall clock")]
impl Progress {
    pub(crate) fn begin(length: Length) -> Self {
        Self { begun: Instant::now(), length }
    }

    /// Time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whether a connection that wrote `rounds` times writes again.
    pub(crate) fn has_next(&self, rounds: u64) -> bool {
        match self.length {
            Length::Rounds(wanted) => rounds < wanted,
            Length::Time(wanted) => self.elapsed() < wanted,
        }
    }
}
