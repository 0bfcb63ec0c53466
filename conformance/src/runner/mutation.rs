//! Avocet broken on purpose: a copy of the workspace, one replacement at a time, and what fails.

use std::panic;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conformance::mutants::Mutant;
use conformance::{Case, Origin};

use super::judge::{Failures, judge};
use super::progress::Progress;
use super::{Failure, avocet, target, workspace};

/// Longest wait for what a broken Avocet should do, and may never.
const PATIENCE: Duration = Duration::from_secs(1);

/// A mutant on which more than this part of the cases fails shows nothing about any of them: it
/// does not serve at all.
const BLUNT_PART: usize = 3;

/// A copy of the workspace, in which mutants are built.
#[derive(Debug)]
pub(crate) struct Copy {
    tree: mutation::Copy,
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
        let tree = mutation::Copy::make(workspace(), home.join("tree"))
            .map_err(|error| Failure::new("cannot copy the workspace", said(&error)))?;
        Ok(Self { tree, target: home.join("target") })
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
        let build = || avocet::build(self.tree.folder(), &self.target, avocet::QUICK);
        let built = self.tree.with(&mutant.change(), build);
        let program = built.map_err(|error| about(said(&error)))?;
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
}

fn run(mutant: &Mutant, program: &Path, cases: &[&'static Case], site: &Path) -> Failures {
    let running = avocet::start(program, site);
    let addr = *running.addrs().first().expect("a TCP address was announced");
    let progress = Progress::new(mutant.name, cases.len());
    let failures = judge(cases, &Origin { addr, patience: PATIENCE }, &progress);
    progress.end();
    failures
}

/// An error and what caused it.
fn said(error: &mutation::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
