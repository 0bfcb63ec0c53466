//! A line that tells whoever waits where the run is; only on a terminal.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};

/// The line on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    is_watched: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_watched: std::io::stderr().is_terminal() }
    }

    /// Puts this in the place of what was there.
    pub(crate) fn show(&self, text: fmt::Arguments<'_>) {
        if self.is_watched {
            // With standard error gone there is nobody left to tell.
            write!(std::io::stderr(), "\r\x1b[K{text}").ok();
        }
    }

    /// Takes it away.
    pub(crate) fn clear(&self) {
        self.show(format_args!(""));
    }
}
