//! How a task fails: called wrongly, or ended badly.

use std::error::Error;
use std::fmt;

/// Why a task did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line cannot be understood; exit code 2.
    Usage(String),
    /// What was tried did not work, or what was checked is not right; exit code 1.
    Failed(String),
}

impl Failure {
    /// Says what was tried and what came of it, causes included.
    pub(crate) fn new(tried: impl fmt::Display, error: &dyn Error) -> Self {
        let mut text = format!("{tried}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        Self::Failed(text)
    }

    /// Says that an argument is none that the task takes.
    pub(crate) fn unknown(argument: &str) -> Self {
        Self::Usage(format!("unknown argument `{argument}`"))
    }
}
