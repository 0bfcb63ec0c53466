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
        let is_digit = |c: char| c.is_ascii_digit();
        let number = self.id.find('-').map_or(0, |dash| dash + 1);
        let end =
            self.id[number..].find(|c| !is_digit(c)).map_or(self.id.len(), |end| number + end);
        &self.id[..end]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_section_is_the_top_one() {
        let check = |id, section| {
            let case = Case { id, asks: "nothing", run: |_| {} };
            assert_eq!(case.section(), section);
        };
        check("9112-3.2-host-twice", "9112-3");
        check("9110-14.1.2-suffix", "9110-14");
        check("9112-8-cut-short", "9112-8");
    }

    #[test]
    fn a_panic_fails_a_case_with_its_words() {
        let origin = Origin { addr: ([127, 0, 0, 1], 1).into(), patience: Duration::ZERO };
        let check = |run, verdict| {
            assert_eq!(Case { id: "9112-2-x", asks: "nothing", run }.judge(&origin), verdict);
        };
        check(|_| {}, Verdict::Passed);
        check(|_| panic!("no words"), Verdict::Failed("no words".to_owned()));
        check(|_| panic!("{} words", 2), Verdict::Failed("2 words".to_owned()));
    }
}
