//! The commit that is compared with, and its files.
//!
//! It is the last tag, or the commit that `bench/instructions/BASE` names if that is younger: a
//! cost that is meant is accepted by naming the commit that brought it. The commit must have the
//! probes, so that there is always something to compare with.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::workspace;

/// An earlier commit.
#[derive(Debug)]
pub(super) struct Base {
    commit: String,
    /// The tag or the revision that it was found by.
    name: Option<String>,
}

impl Base {
    /// The commit that this checkout is compared with.
    ///
    /// # Errors
    ///
    /// When the commit that `BASE` names is not in this clone or not before this one.
    pub(super) fn of_checkout() -> Result<Self, Failure> {
        let text = fs::read_to_string(workspace::root().join(BASE_FILE))
            .map_err(|error| Failure::new(format!("cannot read {BASE_FILE}"), &error))?;
        let named = named_in(&text).map_err(Failure::Failed)?;
        if git(&["cat-file", "-e", &format!("{named}^{{commit}}")]).is_err() {
            return Err(Failure::Failed(format!(
                "{BASE_FILE} names {named}, which this clone does not have; get it with\n  \
                 git fetch --depth 1 origin {named}"
            )));
        }
        let is_whole = git(&["rev-parse", "--is-shallow-repository"])? == "false";
        if is_whole && !is_ancestor(named, "HEAD") {
            return Err(Failure::Failed(format!(
                "{BASE_FILE} names {named}, which is not in the history of this commit"
            )));
        }
        // The tag of this very commit would compare it with itself.
        match git(&["describe", "--tags", "--abbrev=0", "HEAD^"]) {
            Ok(tag) if !is_ancestor(&tag, named) => Self::named(&tag),
            _ => Ok(Self { commit: named.to_owned(), name: None }),
        }
    }

    /// The commit of a tag or any other revision.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub(super) fn named(name: &str) -> Result<Self, Failure> {
        let commit = git(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])
            .map_err(|_| Failure::Failed(format!("this clone has no commit `{name}`")))?;
        Ok(Self { commit, name: Some(name.to_owned()) })
    }

    /// Its files, unpacked below the target folder; those of other commits are removed, with what
    /// was built of them.
    ///
    /// # Errors
    ///
    /// When the commit has no probes, or cannot be unpacked.
    pub(super) fn tree(&self) -> Result<PathBuf, Failure> {
        let probes = format!("{}:bench/instructions/Cargo.toml", self.commit);
        if git(&["cat-file", "-e", &probes]).is_err() {
            return Err(Failure::Failed(format!(
                "{self} has no bench/instructions: there is nothing to compare with; name a later \
                 commit in {BASE_FILE}"
            )));
        }
        let trees = workspace::target_dir().join("instructions/trees");
        let tree = trees.join(&self.commit);
        if !tree.exists() {
            self.unpack(&trees, &tree)?;
        }
        Ok(tree)
    }

    fn unpack(&self, trees: &Path, tree: &Path) -> Result<(), Failure> {
        let failed = |error| Failure::new(format!("cannot make {}", trees.display()), &error);
        if trees.exists() {
            fs::remove_dir_all(trees).map_err(failed)?;
        }
        // The name is given last: a folder of that name is whole.
        let half_made = trees.join("half-made");
        fs::create_dir_all(&half_made).map_err(failed)?;
        let archive = trees.join("archive.tar");
        let mut pack = Command::new("git");
        pack.args(["archive", "--format=tar", "-o"]).arg(&archive).arg(&self.commit);
        workspace::run(pack.current_dir(workspace::root()))?;
        let mut unpack = Command::new("tar");
        workspace::run(unpack.arg("-xf").arg(&archive).arg("-C").arg(&half_made))?;
        fs::remove_file(&archive).and_then(|()| fs::rename(&half_made, tree)).map_err(failed)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.commit.get(..12).unwrap_or(&self.commit);
        match &self.name {
            Some(name) if !self.commit.starts_with(name.as_str()) => write!(f, "{name} ({short})"),
            _ => write!(f, "{short}"),
        }
    }
}

/// Where a commit is named.
pub(super) const BASE_FILE: &str = "bench/instructions/BASE";

/// Reads the one commit in the text of the file; lines with a `#` say why.
fn named_in(text: &str) -> Result<&str, String> {
    let lines = text.lines().map(str::trim);
    let named: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    match named.as_slice() {
        [commit] if commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok(commit)
        }
        other => Err(format!("{BASE_FILE} names one commit by its 40 digits, not {other:?}")),
    }
}

fn is_ancestor(one: &str, other: &str) -> bool {
    git(&["merge-base", "--is-ancestor", one, other]).is_ok()
}

/// Asks git and returns what it says.
fn git(arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(workspace::root());
    let tried = workspace::shown(&command);
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("cannot start `{tried}`"), &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::Failed(format!("`{tried}` failed: {}", said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn the_file_names_one_commit() {
        let reasoned = format!("# the first with probes\n\n{COMMIT}\n");
        assert_eq!(named_in(&reasoned), Ok(COMMIT));
        for text in ["", "# none\n", "v0.1.0\n", &COMMIT[1..], &format!("{COMMIT}\n{COMMIT}\n")] {
            assert!(named_in(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_committed_file_can_be_read() {
        let text = fs::read_to_string(workspace::root().join(BASE_FILE)).unwrap();
        assert!(named_in(&text).is_ok(), "{text}");
        assert!(text.starts_with('#'), "it says why");
    }

    #[test]
    fn a_base_is_shown_by_its_name_and_its_commit() {
        let shown = |name: Option<&str>| {
            Base { commit: COMMIT.to_owned(), name: name.map(str::to_owned) }.to_string()
        };
        assert_eq!(shown(None), "0123456789ab");
        assert_eq!(shown(Some("v0.1.0")), "v0.1.0 (0123456789ab)");
        assert_eq!(shown(Some("0123456")), "0123456789ab");
    }
}
