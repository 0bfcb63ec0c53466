//! What came of the cases when they were last run: on which servers and which broken builds of
//! Avocet each case failed.
//!
//! It is a committed text, a line for each case, so that the page made of it can be checked without
//! the servers, and so that a change of what is known shows as a change of lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What came of all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The servers, in the order of the table, Avocet first: name and version.
    pub servers: Vec<(String, String)>,
    /// How many mutants were tried.
    pub mutants: usize,
    /// Where each case failed, by its id.
    pub cases: BTreeMap<String, Failed>,
}

/// Where a case failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// On these servers.
    pub servers: BTreeSet<String>,
    /// On Avocet broken in these ways.
    pub mutants: BTreeSet<String>,
}

/// A line that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Its number, from 1.
    pub line: usize,
}

const HEADER: &str = "\
# Where each case failed: case | servers | broken builds of Avocet.
# Written by `cargo run -p avocet-conformance -- record`.
";

impl Results {
    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// At the first line that is none of those.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut results = Self::default();
        for (at, line) in text.lines().enumerate() {
            results.take(line).ok_or(Malformed { line: at + 1 })?;
        }
        Ok(results)
    }

    /// Where the case failed; `None` if it was not run.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Failed> {
        self.cases.get(id)
    }

    /// How many cases failed on a mutant.
    #[must_use]
    pub fn failed_by(&self, mutant: &str) -> usize {
        self.cases.values().filter(|failed| failed.mutants.contains(mutant)).count()
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        match kind {
            "#" => {}
            "server" => {
                let (name, version) = rest.split_once(' ')?;
                self.servers.push((name.to_owned(), version.to_owned()));
            }
            "mutants" => self.mutants = rest.parse().ok()?,
            "case" => {
                let mut parts = rest.split('|');
                let (id, servers, mutants) = (parts.next()?, parts.next()?, parts.next()?);
                let names = |text: &str| text.split_whitespace().map(str::to_owned).collect();
                let failed = Failed { servers: names(servers), mutants: names(mutants) };
                self.cases.insert(id.trim().to_owned(), failed);
            }
            _ => return None,
        }
        Some(())
    }
}

impl Failed {
    /// Whether the case was seen to fail anywhere but on Avocet as it is.
    #[must_use]
    pub fn has_witness(&self) -> bool {
        !self.mutants.is_empty() || self.servers.iter().any(|name| name != "avocet")
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        for (name, version) in &self.servers {
            writeln!(f, "server {name} {version}")?;
        }
        writeln!(f, "mutants {}", self.mutants)?;
        for (id, failed) in &self.cases {
            write!(f, "case {id} |")?;
            failed.servers.iter().try_for_each(|name| write!(f, " {name}"))?;
            f.write_str(" |")?;
            failed.mutants.iter().try_for_each(|name| write!(f, " {name}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "server avocet 0.1.0\nserver nginx 1.22.1\nmutants 2\n\
                        case 9112-2-a | nginx | takes-a takes-b\ncase 9112-2-b | |\n";

    #[test]
    fn what_is_written_is_read() {
        let results = Results::parse(TEXT).expect("it is well-formed");
        assert_eq!(results.to_string(), format!("{HEADER}{TEXT}"));
        assert_eq!(Results::parse(&results.to_string()), Ok(results));
    }

    #[test]
    fn a_case_has_a_witness_if_it_failed_elsewhere() {
        let check = |line: &str, wanted: bool| {
            let results = Results::parse(&format!("case a | {line}\n")).expect("well-formed");
            assert_eq!(results.of("a").is_some_and(Failed::has_witness), wanted, "{line}");
        };
        check("|", false);
        check("avocet |", false);
        check("caddy |", true);
        check("| takes-a", true);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let check = |text: &str, line: usize| {
            assert_eq!(Results::parse(text), Err(Malformed { line }), "{text:?}");
        };
        check("x", 1);
        check("# a comment\nmutants many\n", 2);
        check("case a | b\n", 1);
        check("server nginx\n", 1);
    }
}
