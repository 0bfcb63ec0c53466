//! How the program fails: one sentence with what to do, and a code that scripts can tell apart.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Why the program ends without having done what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    what: String,
    hint: String,
}

/// The exit codes. 0 is success and 2, wrong usage, comes from the command line's parser; 3 is
/// kept for what is wrong with a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// Something failed while the server ran.
    Running = 1,
    /// A folder, file or address cannot be opened, bound or read.
    Opening = 4,
    /// Begun requests were not finished in time when the server was told to end.
    Drain = 5,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, what: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { kind, what: what.to_string(), hint: hint.to_string() }
    }

    /// Tells the person at the terminal, in colour only if it is one.
    pub(crate) fn print(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        let (red, plain) = if stderr.is_terminal() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        // Nobody is told that nobody can be told.
        writeln!(stderr, "{red}avocet:{plain} {}: {}", self.what, self.hint).ok();
        ExitCode::from(self.kind as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_can_rely_on_the_codes() {
        for (kind, code) in
            [(FailureKind::Running, 1), (FailureKind::Opening, 4), (FailureKind::Drain, 5)]
        {
            let printed = Failure::new(kind, "nothing", "this is a test").print();
            assert_eq!(format!("{printed:?}"), format!("{:?}", ExitCode::from(code)), "{kind:?}");
        }
    }
}
