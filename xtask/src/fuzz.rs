//! The fuzz targets, all of them for a while: a short run in the gate, to see that each still
//! builds and holds on its corpus, and long ones by hand.
//!
//! What a run finds goes to a scratch corpus in the target folder, so that the committed one
//! changes only when somebody means it.

mod planted;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use self::planted::{PLANTED, Planted};
use crate::failure::Failure;
use crate::{terminal, workspace};

/// What may follow the name of the task.
pub(crate) const ARGUMENTS: &str = "[SECONDS] [--record | --planted]";

/// How long each target runs if nothing is said.
const SECONDS_DEFAULT: u32 = 10;

/// How long a target may take to find a bug that was planted for it.
const SECONDS_PLANTED: u32 = 60;

/// What a target says of its run.
struct Ran {
    target: String,
    executions: u64,
}

/// Runs each target for so many seconds, as many at a time as there are CPUs.
///
/// With `--record` it writes what they did to `fuzz/RUNS.md`; with `--planted` it sees instead that
/// each finds the bug that is planted for it.
///
/// # Errors
///
/// When a target does not build, or fails on an input; the input is kept in `fuzz/artifacts`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (mut seconds, mut is_recorded) = (SECONDS_DEFAULT, false);
    for argument in arguments {
        match argument.as_str() {
            "--planted" if arguments.len() == 1 => return find_planted(),
            "--record" => is_recorded = true,
            text => seconds = text.parse().map_err(|_| Failure::unknown(text))?,
        }
    }
    let place = Place::of_checkout();
    workspace::run(place.cargo().args(["build", "--quiet", "--release", "--bins"]))?;
    let ran = run_all(&place, seconds)?;
    if is_recorded {
        let failed = |error| Failure::new("cannot write fuzz/RUNS.md", &error);
        fs::write(place.folder.join("RUNS.md"), record(&ran, seconds)).map_err(failed)?;
    }
    Ok(())
}

/// Runs every target; the first failure is what is returned, when all have ended.
fn run_all(place: &Place, seconds: u32) -> Result<Vec<Ran>, Failure> {
    let failed = |error| Failure::new("cannot read the fuzz targets", &error);
    let targets = targets(&place.folder).map_err(failed)?;
    let left = Mutex::new(targets.iter());
    let next = || left.lock().expect("no holder panics").next();
    let run_some = || {
        let mut ran = Vec::new();
        while let Some(target) = next() {
            ran.push(fuzz(place, target, seconds));
        }
        ran
    };
    let at_a_time = thread::available_parallelism().map_or(1, usize::from);
    let mut ran = thread::scope(|scope| {
        let threads: Vec<_> = (0..at_a_time).map(|_| scope.spawn(run_some)).collect();
        let ends = threads.into_iter().flat_map(|thread| thread.join().expect("none panics"));
        ends.collect::<Result<Vec<Ran>, Failure>>()
    })?;
    ran.sort_by(|one, other| one.target.cmp(&other.target));
    Ok(ran)
}

/// Runs one target.
fn fuzz(place: &Place, target: &str, seconds: u32) -> Result<Ran, Failure> {
    let mut command = place.target_command(target, seconds)?;
    let tried = workspace::shown(&command);
    let output = output(&mut command)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprint!("{said}");
        return Err(Failure::Failed(format!("`{tried}` ended with {}", output.status)));
    }
    let executions = executions(&said)
        .ok_or_else(|| Failure::Failed(format!("`{tried}` does not say what it did")))?;
    eprintln!("{}, {seconds} s: {executions} inputs", terminal::strong(target));
    Ok(Ran { target: target.to_owned(), executions })
}

/// Plants each bug in turn, and sees that its target finds it.
fn find_planted() -> Result<(), Failure> {
    let home = workspace::target_dir().join("planted");
    let failed = |error: mutation::Error| Failure::new("cannot plant a bug", &error);
    let copy = mutation::Copy::make(workspace::root(), home.join("tree")).map_err(failed)?;
    let place = Place { folder: copy.folder().join("fuzz"), target: Some(home.join("target")) };
    for planted in PLANTED {
        copy.with(&planted.bug, || find(&place, planted)).map_err(failed)??;
    }
    Ok(())
}

fn find(place: &Place, planted: &Planted) -> Result<(), Failure> {
    let target = planted.target;
    workspace::run(place.cargo().args(["build", "--quiet", "--release", "--bin", target]))?;
    let mut command = place.target_command(target, SECONDS_PLANTED)?;
    if output(&mut command)?.status.success() {
        return Err(Failure::Failed(format!(
            "{target} has not found the bug planted for it in {SECONDS_PLANTED} s"
        )));
    }
    eprintln!("{} found the bug planted for it", terminal::strong(target));
    Ok(())
}

/// A folder of targets: this checkout's, or a copy's.
struct Place {
    folder: PathBuf,
    /// Where what is built goes, if not where cargo would put it.
    target: Option<PathBuf>,
}

impl Place {
    fn of_checkout() -> Self {
        Self { folder: workspace::root().join("fuzz"), target: None }
    }

    /// Cargo in the folder of the targets, where it finds the flags that instrument.
    fn cargo(&self) -> Command {
        let mut command = workspace::cargo();
        command.current_dir(&self.folder);
        if let Some(target) = &self.target {
            command.env("CARGO_TARGET_DIR", target);
        }
        command
    }

    /// The command that runs a target, and the folders that it needs.
    fn target_command(&self, target: &str, seconds: u32) -> Result<Command, Failure> {
        let found = workspace::target_dir().join("fuzz-corpus").join(target);
        fs::create_dir_all(&found)
            .and_then(|()| fs::create_dir_all(self.folder.join("artifacts")))
            .map_err(|error| Failure::new("cannot make the folders of a fuzz run", &error))?;
        let mut command = self.cargo();
        command.args(["run", "--quiet", "--release", "--bin", target, "--"]);
        command.arg(format!("-dict=dictionaries/{}.dict", dictionary(&self.folder, target)));
        command.args(["-artifact_prefix=artifacts/", "-print_final_stats=1", "-max_len=2048"]);
        // New inputs go to the first folder.
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(found).arg(format!("corpus/{target}"));
        Ok(command)
    }
}

/// Runs a command that tells more than one wants to know, and keeps what it says.
fn output(command: &mut Command) -> Result<Output, Failure> {
    command.output().map_err(|error| {
        let tried = workspace::shown(command);
        Failure::new(format!("cannot start `{tried}`"), &error)
    })
}

/// How many inputs a target has run, by what libFuzzer said in the end.
fn executions(said: &str) -> Option<u64> {
    let line =
        said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

/// What the targets did, as a page.
fn record(ran: &[Ran], seconds: u32) -> String {
    let commit = workspace::first_line("git", &["rev-parse", "--short", "HEAD"]);
    let commit = commit.unwrap_or_else(|| "an unknown commit".to_owned());
    let mut page = format!(
        "# The last long run\n\nOf commit {commit}, without a finding, by \
         `cargo xtask fuzz {seconds} --record`.\n\n| target | seconds | inputs |\n|---|---:|---:|\n"
    );
    for Ran { target, executions } in ran {
        page.push_str(&format!("| {target} | {seconds} | {executions} |\n"));
    }
    let executions: u64 = ran.iter().map(|ran| ran.executions).sum();
    let in_all = u64::from(seconds) * ran.len() as u64;
    page.push_str(&format!("| in all | {in_all} | {executions} |\n"));
    page
}

/// The dictionary of a target: one of its own, or that of the wire.
fn dictionary<'a>(folder: &Path, target: &'a str) -> &'a str {
    let own = folder.join("dictionaries").join(target).with_extension("dict");
    if own.exists() { target } else { "http1" }
}

/// The names of the targets, in order.
fn targets(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_corpus_and_a_bug_to_find() {
        let folder = workspace::root().join("fuzz");
        let targets = targets(&folder).unwrap();
        assert!(!targets.is_empty());
        for target in &targets {
            assert!(folder.join("corpus").join(target).is_dir(), "{target}");
        }
        assert!(targets.iter().eq(PLANTED.iter().map(|planted| planted.target)), "{targets:?}");
    }

    #[test]
    fn a_target_has_its_own_dictionary_or_that_of_the_wire() {
        let folder = workspace::root().join("fuzz");
        assert_eq!(dictionary(&folder, "range"), "range");
        assert_eq!(dictionary(&folder, "head"), "http1");
    }

    #[test]
    fn what_a_target_did_is_read_from_what_it_says() {
        let said = "Done\nstat::number_of_executed_units: 4711\nstat::average_exec_per_sec: 9\n";
        assert_eq!(executions(said), Some(4711));
        assert_eq!(executions("ERROR: libFuzzer: deadly signal\n"), None);
    }

    #[test]
    fn the_record_has_every_target_and_the_sum() {
        let ran = |target: &str, executions| Ran { target: target.to_owned(), executions };
        let page = record(&[ran("head", 5), ran("path", 7)], 60);
        assert!(page.ends_with("| head | 60 | 5 |\n| path | 60 | 7 |\n| in all | 120 | 12 |\n"));
    }

    #[test]
    fn an_argument_that_means_nothing_is_refused() {
        for argument in ["long", "--fast"] {
            assert!(matches!(run(&[argument.to_owned()]), Err(Failure::Usage(_))), "{argument}");
        }
    }
}
