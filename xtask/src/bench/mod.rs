//! The bench: what a request costs Avocet, beside the floor and the servers that one would take
//! instead.
//!
//! Measured is the CPU that the server's processes used, from the kernel's scheduler, divided by
//! the requests that the load client saw answered rightly. The servers share one core and the
//! client has another; rounds are interleaved, server after server, so that what disturbs the
//! machine disturbs all of them; and a ratio is the median over the rounds of the ratio *within* a
//! round, with its 95 % interval. A ratio over its target makes the task fail.
//!
//! [`loads`] is the table of what is asked and what must be reached, [`peer`] that of the servers;
//! [`measure`] goes through a load with [`contender`]s; what came of it is in [`figures`], is
//! judged by [`judge`] and told by [`report`], [`page`], [`chart`] and [`readme`].
//!
//! It measures on loopback, where a server's own work shows most, and installs nothing: who is not
//! there is left out, and the run is called partial.

mod asked;
mod chart;
mod config;
mod contender;
mod counters;
mod effort;
mod figures;
mod interrupt;
mod judge;
mod loads;
mod machine;
mod measure;
mod options;
mod page;
mod peer;
mod probe;
mod process;
mod readme;
mod report;
mod scenario;
mod site;
mod statistics;
mod svg;
mod syscalls;
mod table;
mod usage;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::{terminal, workspace};

use self::interrupt::Interrupt;
use self::machine::{Cores, Machine};
use self::measure::Bench;
use self::options::Options;
use self::peer::Kind;
use self::process::{Daemon, Ground};
use self::report::Report;
use self::site::Site;

pub(crate) use self::options::ARGUMENTS;

/// Where the page and the drawing are in the repository.
const PAGES: &str = "docs";
const PAGE: &str = "performance.md";
const DRAWING: &str = "performance.svg";
const README: &str = "README.md";

/// A folder that is removed at the end.
struct Folder(PathBuf);

/// Measures, prints, writes what was asked for, and judges.
///
/// # Errors
///
/// When a server of ours cannot be built or nothing can be measured, or a target is missed.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let (kinds, missing) = available(&options);
    if !missing.is_empty() && (options.write_docs || options.write_readme) {
        let reason = "a partial run is not written into the pages: install what is missing first";
        return Err(Failure::Failed(reason.to_owned()));
    }
    let cores = Cores::choose()?;
    let avocet = build(options.avocet.clone())?;
    let folder = Folder::new()?;
    let failed = |error| Failure::new("cannot make the folder of the bench", &error);
    let root = folder.0.join("site");
    let ground = Ground {
        work: folder.0.join("work"),
        root: root.clone(),
        avocet,
        cores,
        daemon: Daemon::choose(),
    };
    let machine = Machine::look(&kinds);
    let mut bench = Bench {
        ground,
        site: Site::new(root).map_err(failed)?,
        effort: options.effort,
        kinds,
        descriptors: machine::raise_descriptors(),
        interrupt: Interrupt::catch()
            .map_err(|error| Failure::new("cannot catch signals", &error))?,
    };
    let scenarios = options.scenarios();
    let mut outcomes = Vec::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        let place = format!("[{}/{}]", at + 1, scenarios.len());
        outcomes.push(bench.measure(scenario, &place)?);
    }
    let report = Report { machine, rounds: options.effort.rounds(), outcomes, missing };
    print!("{}", report.text());
    write(&options, &report)?;
    report.judge()
}

/// Builds what is ours and gives the program that is Avocet.
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

/// The servers that are there and wanted, and what to say about what is not there.
fn available(options: &Options) -> (Vec<Kind>, Vec<String>) {
    let mut missing = Vec::new();
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        if !options.admits(kind) {
            missing.push(format!("{} was left out", kind.name()));
            continue;
        }
        match kind.find() {
            Ok(()) => kinds.push(kind),
            Err(remedy) => missing.push(format!("{} is missing: `{remedy}`", kind.name())),
        }
        missing.extend(kind.lacks());
    }
    if !syscalls::is_there() {
        missing.push("strace is missing, so no calls are counted: `apt-get install strace`".into());
    }
    for lack in &missing {
        eprintln!("{}", terminal::bad(&format!("partial: {lack}")));
    }
    (kinds, missing)
}

/// Writes the pages that were asked for.
fn write(options: &Options, report: &Report) -> Result<(), Failure> {
    let docs = options.write_docs.then(|| workspace::root().join(PAGES));
    for folder in docs.iter().chain(&options.pages) {
        // The first time there is none.
        let old = fs::read_to_string(folder.join(PAGE)).unwrap_or_default();
        save(&folder.join(PAGE), &page::page(report, &old))?;
        save(&folder.join(DRAWING), &chart::chart(report).draw())?;
    }
    if options.write_readme {
        let readme = workspace::root().join(README);
        let old = fs::read_to_string(&readme)
            .map_err(|error| Failure::new("cannot read README.md", &error))?;
        save(&readme, &readme::replaced(&old, report)?)?;
    }
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .map_err(|error| Failure::new(format!("cannot write {}", path.display()), &error))
}

impl Folder {
    /// Makes one below the target folder, where its files are on a disk and not in memory, and
    /// removes those of runs that did not end well.
    fn new() -> Result<Self, Failure> {
        let above = workspace::target_dir();
        for entry in fs::read_dir(&above).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(FOLDER));
            if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
                // What cannot be removed now may be the next time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = above.join(format!("{FOLDER}{}", std::process::id()));
        fs::create_dir_all(&folder)
            .map_err(|error| Failure::new("cannot make the folder of the bench", &error))?;
        Ok(Self(folder))
    }
}

/// How the folder of a run begins; its process follows.
const FOLDER: &str = "bench-site-";

impl Drop for Folder {
    fn drop(&mut self) {
        // The next run removes it otherwise.
        let _ = fs::remove_dir_all(&self.0);
    }
}
