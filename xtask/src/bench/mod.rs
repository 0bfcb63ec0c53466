//! The bench: what a request costs Avocet, beside the floor and Debian's nginx.
//!
//! Measured is the CPU that the server's processes used, from the kernel's scheduler, divided by
//! the requests that the load client saw answered rightly. The servers share one core and the
//! client has another; rounds are interleaved, server after server, so that what disturbs the
//! machine disturbs all of them; and a ratio is the median over the rounds of the ratio *within* a
//! round, with its 95 % interval. A ratio over its target makes the task fail.
//!
//! It measures small files on loopback, the case in which a server's own work shows most. It says
//! nothing about networks, disks or large files.

mod machine;
mod measure;
mod peer;
mod report;
mod scenario;
mod statistics;

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::{terminal, workspace};

use self::machine::{Cores, Machine};
use self::peer::{Kind, Setup};
use self::report::Report;
use self::scenario::SCENARIOS;

/// What can be said behind `bench`.
pub(crate) const ARGUMENTS: &str =
    "[--quick] [--write-readme] [--markdown FILE] [--avocet PROGRAM]";

/// Where the README has the figures.
const MARKERS: [&str; 2] = ["<!-- bench:begin -->", "<!-- bench:end -->"];

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    effort: Effort,
    write_readme: bool,
    markdown: Option<PathBuf>,
    avocet: Option<PathBuf>,
}

/// How much work a round is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Effort {
    /// Enough for a figure that can be shown.
    #[default]
    Full,
    /// A tenth of it, for a look while working.
    Quick,
}

/// Measures, prints, and judges.
///
/// # Errors
///
/// When a server cannot be built, started or measured, or a target is missed.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let cores = Cores::choose()?;
    let avocet = build(options.avocet.clone())?;
    let setup = Setup::new(avocet, cores)?;
    let (peers, missing) = available();
    let machine = Machine::look();
    let mut outcomes = Vec::new();
    for scenario in SCENARIOS {
        outcomes.push(measure::run(scenario, options.effort, &peers, &setup)?);
    }
    let report = Report { machine, outcomes, missing };
    print!("{}", report.text());
    if let Some(file) = &options.markdown {
        fs::write(file, report.markdown())
            .map_err(|error| Failure::new(format!("cannot write {}", file.display()), &error))?;
    }
    if options.write_readme {
        write_readme(&report.markdown())?;
    }
    report.judge()
}

/// Builds what is measured and gives the program that is Avocet.
fn build(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    eprintln!("building the servers");
    let mut command = workspace::cargo();
    command.args(["build", "--quiet", "--release", "--package", "floor"]);
    if given.is_none() {
        command.args(["--package", "avocet"]);
    }
    workspace::run(&mut command)?;
    Ok(given.unwrap_or_else(|| workspace::target_dir().join("release/avocet")))
}

/// The servers that are there, and what to say about those that are not.
fn available() -> (Vec<Kind>, Vec<String>) {
    let (peers, missing): (Vec<Kind>, Vec<Kind>) =
        Kind::ALL.into_iter().partition(|kind| kind.is_installed());
    let complaint = |kind: &Kind| {
        let name = kind.name();
        format!("partial: {name} is not installed; get it with `apt-get install {name}`")
    };
    let missing: Vec<String> = missing.iter().map(complaint).collect();
    for complaint in &missing {
        eprintln!("{}", terminal::bad(complaint));
    }
    (peers, missing)
}

/// Puts the figures between the README's markers.
fn write_readme(figures: &str) -> Result<(), Failure> {
    let path = workspace::root().join("README.md");
    let failed = |error| Failure::new("cannot rewrite README.md", &error);
    let readme = fs::read_to_string(&path).map_err(failed)?;
    fs::write(&path, replaced(&readme, figures)?).map_err(failed)
}

/// A page with what is between the markers replaced.
fn replaced(page: &str, figures: &str) -> Result<String, Failure> {
    let [begin, end] = MARKERS;
    let parts =
        page.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, after)) = parts else {
        return Err(Failure::Failed(format!("README.md has no `{begin}` followed by `{end}`")));
    };
    Ok(format!("{before}{begin}\n{figures}{end}{after}"))
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut path = || {
                let value = rest.next().map(PathBuf::from);
                value.ok_or_else(|| Failure::Usage(format!("`{argument}` needs a path")))
            };
            match argument.as_str() {
                "--quick" => options.effort = Effort::Quick,
                "--write-readme" => options.write_readme = true,
                "--markdown" => options.markdown = Some(path()?),
                "--avocet" => options.avocet = Some(path()?),
                _ => return Err(Failure::unknown(argument)),
            }
        }
        if options.write_readme && options.effort == Effort::Quick {
            let reason = "the README shows figures of a full run: leave out `--quick`";
            return Err(Failure::Usage(reason.to_owned()));
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let read = parse("--quick --markdown a.md --avocet b").unwrap();
        let expected = Options {
            effort: Effort::Quick,
            write_readme: false,
            markdown: Some("a.md".into()),
            avocet: Some("b".into()),
        };
        assert_eq!(read, expected);
        assert_eq!(parse("").unwrap(), Options::default());
    }

    #[test]
    fn a_wrong_command_line_is_refused() {
        for line in ["--fast", "--markdown", "--quick --write-readme"] {
            assert!(matches!(parse(line), Err(Failure::Usage(_))), "{line}");
        }
    }

    #[test]
    fn figures_go_between_the_markers() {
        let page = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let new = replaced(page, "new\n").unwrap();
        assert_eq!(new, "a\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nb\n");
        assert_eq!(replaced(&new, "new\n").unwrap(), new);
        for page in ["", "<!-- bench:begin -->", "<!-- bench:end --> <!-- bench:begin -->"] {
            assert!(replaced(page, "new\n").is_err(), "{page:?}");
        }
    }
}
