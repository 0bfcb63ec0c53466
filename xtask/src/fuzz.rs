//! A short run of every fuzz target: enough to see that each still builds and holds on its corpus.
//!
//! A long run is made by hand, as `fuzz/README.md` tells. What this one finds goes to a scratch
//! corpus in the target folder, so that the committed one changes only when somebody means it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::{terminal, workspace};

/// How long each target runs if nothing is said.
const SECONDS_DEFAULT: u32 = 10;

/// Runs each target for so many seconds.
///
/// # Errors
///
/// When a target does not build, or fails on an input; the input is kept in `fuzz/artifacts`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let seconds = match arguments {
        [] => SECONDS_DEFAULT,
        [text] => text.parse().map_err(|_| Failure::unknown(text))?,
        [_, other, ..] => return Err(Failure::unknown(other)),
    };
    let folder = workspace::root().join("fuzz");
    workspace::run(cargo(&folder).args(["build", "--quiet", "--release", "--bins"]))?;
    let failed = |error| Failure::new("cannot read the fuzz targets", &error);
    for target in targets(&folder).map_err(failed)? {
        eprintln!("{}, {seconds} s", terminal::strong(&target));
        let found = workspace::target_dir().join("fuzz-corpus").join(&target);
        fs::create_dir_all(&found)
            .and_then(|()| fs::create_dir_all(folder.join("artifacts")))
            .map_err(|error| Failure::new("cannot make the folders of a fuzz run", &error))?;
        let mut command = cargo(&folder);
        command.args(["run", "--quiet", "--release", "--bin", &target, "--"]);
        command.args(["-dict=dictionaries/http1.dict", "-artifact_prefix=artifacts/"]);
        command.arg(format!("-max_total_time={seconds}"));
        // New inputs go to the first folder.
        command.arg(found).arg(format!("corpus/{target}"));
        run_silently(&mut command)?;
    }
    Ok(())
}

/// Cargo in the folder of the targets, where it finds the flags that instrument.
fn cargo(folder: &Path) -> Command {
    let mut command = workspace::cargo();
    command.current_dir(folder);
    command
}

/// Runs a command that tells more than one wants to know, unless it fails.
fn run_silently(command: &mut Command) -> Result<(), Failure> {
    let tried = workspace::shown(command);
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("cannot start `{tried}`"), &error))?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Failure::Failed(format!("`{tried}` ended with {}", output.status)))
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
    fn every_target_has_a_corpus() {
        let folder = workspace::root().join("fuzz");
        let targets = targets(&folder).unwrap();
        assert!(!targets.is_empty());
        for target in targets {
            assert!(folder.join("corpus").join(&target).is_dir(), "{target}");
        }
    }

    #[test]
    fn a_run_that_fails_says_which() {
        assert!(run_silently(&mut Command::new("true")).is_ok());
        let failure = run_silently(&mut Command::new("false")).unwrap_err();
        assert!(matches!(failure, Failure::Failed(text) if text.starts_with("`false` ended with")));
    }

    #[test]
    fn a_length_that_is_no_number_is_refused() {
        assert!(matches!(run(&["long".to_owned()]), Err(Failure::Usage(_))));
    }
}
