//! One thing that is asked of an origin server, and the exchange that shows whether it is done.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::origin::Origin;

/// An exchange with a server and what must come of it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name in tables: the RFC, the section, and what is tried, such as
    /// `9112-3.2-host-twice`.
    pub id: &'static str,
    /// What the server must do, in a phrase.
    pub asks: &'static str,
    /// Does the exchange; panics if the server does not do as asked.
    pub run: fn(&Origin),
}

/// How a server stood a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did as asked.
    Passed,
    /// It did something else.
    Failed(String),
}

impl Case {
    /// Tries the case on a server.
    #[must_use]
    pub fn judge(&self, origin: &Origin) -> Verdict {
        match catch_unwind(AssertUnwindSafe(|| (self.run)(origin))) {
            Ok(()) => Verdict::Passed,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                Verdict::Failed(text.unwrap_or_else(|| "a panic without words".to_owned()))
            }
        }
    }

    /// The RFC and top section of the case, such as `9112-3`.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }
}
