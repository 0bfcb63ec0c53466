//! Avocet broken on purpose: a copy of the workspace, one replacement at a time, and what fails.

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use conformance::mutants::Mutant;
use conformance::{Case, Origin};

use super::judge::{Failures, judge};
use super::progress::Progress;
use super::{Failure, avocet, cannot, target, workspace};

/// Longest wait for what a broken Avocet should do, and may never.
const PATIENCE: Duration = Duration::from_secs(1);

/// A mutant on which more than this part of the cases fails shows nothing about any of them: it
/// does not serve at all.
const BLUNT_PART: usize = 3;

/// A copy of the workspace's tracked files, in which mutants are built.
#[derive(Debug)]
pub(crate) struct Copy {
    folder: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Makes the copy, or brings an older one up to date.
    ///
    /// # Errors
    ///
    /// When git cannot list the files, or the disk refuses.
    pub(crate) fn make() -> Result<Self, Failure> {
        let home = target().join("conformance");
        let copy = Self { folder: home.join("tree"), target: home.join("target") };
        let tracked = tracked()?;
        copy.drop_others(&copy.folder, &tracked).map_err(cannot("clear the copy"))?;
        for path in &tracked {
            // What is tracked and not there was deleted and not yet committed.
            let Ok(content) = fs::read(workspace().join(path)) else { continue };
            write_if_other(&copy.folder.join(path), &content).map_err(cannot("copy a file"))?;
        }
        Ok(copy)
    }

    /// Breaks the copy, builds it, runs the cases, and mends it.
    ///
    /// # Errors
    ///
    /// When the mutant does not match exactly once or does not compile, and when no case fails on
    /// it, or nearly all do.
    pub(crate) fn failures(
        &self,
        mutant: &Mutant,
        cases: &[&'static Case],
        site: &Path,
    ) -> Result<Failures, Failure> {
        let about = |why: String| Failure::new(format!("the mutant {}", mutant.name), why);
        let path = self.folder.join(mutant.file);
        let whole = fs::read_to_string(&path).map_err(|error| about(error.to_string()))?;
        let matches = whole.matches(mutant.find).count();
        if matches != 1 {
            return Err(about(format!("its text is {matches} times in {}", mutant.file)));
        }
        fs::write(&path, whole.replace(mutant.find, mutant.replace)).map_err(cannot("break"))?;
        let program = avocet::build(&self.folder, &self.target, avocet::QUICK);
        fs::write(&path, whole).map_err(cannot("mend"))?;
        let program = program.map_err(|Failure(why)| about(why))?;
        let failures = panic::catch_unwind(|| run(mutant, &program, cases, site))
            .map_err(|_| about("it does not start".to_owned()))?;
        match failures.len() {
            0 => Err(about("no case fails on it".to_owned())),
            count if count * BLUNT_PART > cases.len() && count > BLUNT_PART => {
                Err(about(format!("{count} of {} cases fail: it is too blunt", cases.len())))
            }
            _ => Ok(failures),
        }
    }

    /// Removes files of the copy that are tracked no longer.
    fn drop_others(&self, folder: &Path, tracked: &BTreeSet<PathBuf>) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(&self.folder).unwrap_or(&path);
            if path.is_dir() {
                self.drop_others(&path, tracked)?;
            } else if !tracked.contains(name) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

fn run(mutant: &Mutant, program: &Path, cases: &[&'static Case], site: &Path) -> Failures {
    let running = avocet::start(program, site);
    let addr = *running.addrs().first().expect("a TCP address was announced");
    let progress = Progress::new(mutant.name, cases.len());
    let failures = judge(cases, &Origin { addr, patience: PATIENCE }, &progress);
    progress.end();
    failures
}

/// The paths of the tracked files, from the workspace's folder.
fn tracked() -> Result<BTreeSet<PathBuf>, Failure> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(workspace())
        .output()
        .map_err(cannot("start git"))?;
    if !output.status.success() {
        return Err(Failure::new("git ls-files", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split_terminator('\0').map(PathBuf::from).collect())
}

/// Writes a file unless it is so already: its time tells cargo what to build again.
fn write_if_other(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
    fs::write(path, content)
}
