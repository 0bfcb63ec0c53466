//! What can be said behind `cargo xtask bench`.

use std::path::PathBuf;

use crate::failure::Failure;

use super::effort::Effort;
use super::loads::SCENARIOS;
use super::peer::Kind;
use super::scenario::Scenario;

/// The arguments, for the list of tasks.
pub(crate) const ARGUMENTS: &str = "[--quick] [--only LOAD]... [--peers NAME,NAME] [--avocet \
                                    PROGRAM] [--pages FOLDER] [--write-docs] [--write-readme]";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) effort: Effort,
    /// Parts of the names of loads; none means all.
    only: Vec<String>,
    /// Those that are measured beside Avocet; none means all.
    peers: Vec<Kind>,
    pub(super) avocet: Option<PathBuf>,
    /// Where the page and the drawing go, whatever was measured.
    pub(super) pages: Option<PathBuf>,
    pub(super) write_docs: bool,
    pub(super) write_readme: bool,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// When they cannot be understood, or ask to write what was not measured in full.
    pub(super) fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || {
                let needed = || Failure::Usage(format!("`{argument}` needs a value"));
                rest.next().ok_or_else(needed)
            };
            match argument.as_str() {
                "--quick" => options.effort = Effort::Quick,
                "--only" => options.only.push(value()?.to_lowercase()),
                "--peers" => options.peers = peers(value()?)?,
                "--avocet" => options.avocet = Some(value()?.into()),
                "--pages" => options.pages = Some(value()?.into()),
                "--write-docs" => options.write_docs = true,
                "--write-readme" => options.write_readme = true,
                _ => return Err(Failure::unknown(argument)),
            }
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<(), Failure> {
        let is_whole = self.effort == Effort::Full && self.only.is_empty() && self.peers.is_empty();
        if (self.write_docs || self.write_readme) && !is_whole {
            let reason = "what is written shows a whole run: leave out `--quick`, `--only` and \
                          `--peers`";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.scenarios().is_empty() {
            let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            let names = names.join("\n  ");
            return Err(Failure::Usage(format!("no load has that name; there are\n  {names}")));
        }
        Ok(())
    }

    /// The loads to be measured.
    pub(super) fn scenarios(&self) -> Vec<&'static Scenario> {
        let name = |scenario: &&Scenario| scenario.name.to_lowercase();
        let is_asked_for = |scenario: &&Scenario| {
            self.only.is_empty() || self.only.iter().any(|part| name(scenario).contains(part))
        };
        SCENARIOS.iter().filter(is_asked_for).collect()
    }

    /// Whether a server takes part; Avocet and the floor always do.
    pub(super) fn admits(&self, kind: Kind) -> bool {
        self.peers.is_empty() || kind.peer().is_none() || self.peers.contains(&kind)
    }
}

/// Reads names of servers, with commas between them.
fn peers(names: &str) -> Result<Vec<Kind>, Failure> {
    let known = || Kind::ALL.map(Kind::name).join(", ");
    let kind = |name: &str| {
        Kind::named(name)
            .ok_or_else(|| Failure::Usage(format!("no server `{name}`; there are {}", known())))
    };
    names.split(',').map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let read =
            parse("--quick --only 404 --only HEAD --peers nginx,h2o --avocet b --pages c").unwrap();
        let names: Vec<&str> = read.scenarios().iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["404", "HEAD"]);
        assert!(read.admits(Kind::Avocet) && read.admits(Kind::Floor) && read.admits(Kind::H2o));
        assert!(!read.admits(Kind::Caddy));
        assert_eq!((read.effort, read.avocet), (Effort::Quick, Some("b".into())));
        assert_eq!(read.pages, Some("c".into()));
        assert_eq!(parse("").unwrap().scenarios().len(), SCENARIOS.len());
        assert!(parse("--write-docs --write-readme").unwrap().write_docs);
    }

    #[test]
    fn a_wrong_command_line_is_refused() {
        for line in [
            "--fast",
            "--only",
            "--only nothing-like-it",
            "--peers iis",
            "--quick --write-readme",
            "--write-docs --only 404",
            "--write-docs --peers nginx",
        ] {
            assert!(matches!(parse(line), Err(Failure::Usage(_))), "{line}");
        }
    }
}
