//! The program of probes: built, and counted by callgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::workspace;

use super::lock::LockSites;

/// How many rounds of a probe are counted, after as many that are not.
pub(super) const ROUNDS: u64 = 500;

/// What so many rounds of a probe cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) probe: String,
    pub(super) instructions: u64,
    pub(super) locks: u64,
}

/// One build of the program.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// Where callgrind's files go, for whoever wants to see what was counted.
    folder: PathBuf,
    lock_sites: LockSites,
}

/// Sees that callgrind is there.
///
/// # Errors
///
/// When it is not; says how to get it.
pub(super) fn check_tool() -> Result<(), Failure> {
    match workspace::first_line("valgrind", &["--version"]) {
        Some(_) => Ok(()),
        None => Err(Failure::Failed("there is no valgrind: apt-get install valgrind".to_owned())),
    }
}

impl Program {
    /// Builds the program of a tree, as releases are built, in the target folder that is the
    /// tree's own: cargo tells trees apart by the times of their files alone, and would take what
    /// one has built for the other's. callgrind's files go below the usual one, under `name`.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub(super) fn build(
        tree: &Path,
        target: &Path,
        name: &str,
        options: &[&str],
    ) -> Result<Self, Failure> {
        let mut cargo = workspace::cargo();
        cargo.current_dir(tree).args(["build", "--quiet", "--release", "--locked"]);
        cargo.args(["-p", "instructions"]).args(options).arg("--target-dir").arg(target);
        workspace::run(&mut cargo)?;
        let folder = workspace::target_dir().join("instructions").join(name);
        fs::create_dir_all(&folder)
            .map_err(|error| Failure::new(format!("cannot make {}", folder.display()), &error))?;
        let path = target.join("release/instructions");
        let lock_sites = LockSites::of(&path)?;
        Ok(Self { path, folder, lock_sites })
    }

    /// Counts each of its probes.
    ///
    /// # Errors
    ///
    /// When a probe fails or callgrind does.
    pub(super) fn counts(&self) -> Result<Vec<Count>, Failure> {
        let list = output(Command::new(&self.path).arg("--list"))?;
        list.lines().map(|probe| self.count(probe)).collect()
    }

    /// Runs so many rounds and twice as many: what comes before the rounds is in both.
    fn count(&self, probe: &str) -> Result<Count, Failure> {
        let (once, twice) = (self.run(probe, ROUNDS)?, self.run(probe, 2 * ROUNDS)?);
        let instructions = twice.instructions.saturating_sub(once.instructions);
        if instructions < ROUNDS {
            return Err(Failure::Failed(format!("`{probe}` does nothing in its rounds")));
        }
        let locks = twice.locks.saturating_sub(once.locks);
        Ok(Count { probe: probe.to_owned(), instructions, locks })
    }

    fn run(&self, probe: &str, rounds: u64) -> Result<Count, Failure> {
        let file = self.folder.join(probe).with_extension("out");
        let mut callgrind = Command::new("valgrind");
        callgrind.args(["--tool=callgrind", "--quiet", "--dump-instr=yes"]);
        callgrind.args(["--compress-pos=no", "--compress-strings=no"]);
        callgrind.arg(format!("--callgrind-out-file={}", file.display()));
        callgrind.arg(&self.path).arg(probe).arg(rounds.to_string());
        output(&mut callgrind)?;
        let text = fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("cannot read {}", file.display()), &error))?;
        let instructions = total(&text)
            .ok_or_else(|| Failure::Failed(format!("{} has no total", file.display())))?;
        let locks = self.lock_sites.executed(&text);
        Ok(Count { probe: probe.to_owned(), instructions, locks })
    }
}

/// All instructions that one of callgrind's files tells of.
fn total(text: &str) -> Option<u64> {
    let mut totals = text.lines().filter_map(|line| line.strip_prefix("totals: "));
    totals.next()?.trim().parse().ok()
}

/// Runs a command that must end well, and returns what it prints.
///
/// # Errors
///
/// When it does not; what it complained of is in the text.
pub(super) fn output(command: &mut Command) -> Result<String, Failure> {
    let tried = workspace::shown(command);
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("cannot start `{tried}`"), &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::Failed(format!("`{tried}` ended with {}\n{said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_what_callgrind_writes() {
        assert_eq!(total("events: Ir\nfn=main\n1 5\ntotals: 4711\n"), Some(4711));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn a_command_that_fails_says_what_it_said() {
        let error = output(Command::new("ls").arg("/no such folder")).unwrap_err();
        assert!(matches!(error, Failure::Failed(text) if text.contains("no such folder")));
    }
}
