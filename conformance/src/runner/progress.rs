//! How far the runner has come, on one line of a terminal; nothing where nobody watches.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts steps towards a total.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    done: AtomicUsize,
    total: usize,
    is_watched: bool,
}

impl Progress {
    /// Begins to count.
    pub(crate) fn new(what: impl Into<String>, total: usize) -> Self {
        let is_watched = std::io::stderr().is_terminal();
        Self { what: what.into(), done: AtomicUsize::new(0), total, is_watched }
    }

    /// Counts one step.
    pub(crate) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.say(&format!("{}: {done} of {}", self.what, self.total));
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.say("");
    }

    fn say(&self, text: &str) {
        if self.is_watched {
            // A line that cannot be shown is not missed.
            write!(std::io::stderr(), "\r\x1b[K{text}").ok();
        }
    }
}
