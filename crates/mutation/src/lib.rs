//! A copy of the workspace's sources, broken in one place at a time: to see that something notices.
//!
//! The conformance cases are seen to fail on a broken server, and the fuzz targets to find a bug
//! that was planted for them. What is built of a copy, and what must notice, is the caller's.
//!
//! # Example
//!
//! ```
//! let change = avocet_mutation::Replacement {
//!     file: "crates/http1/src/framing.rs",
//!     find: "a == b",
//!     replace: "a != b",
//! };
//! assert_eq!(change.broken("if a == b {"), Ok("if a != b {".to_owned()));
//! assert_eq!(change.broken("if a == b && a == b {"), Err(2));
//! ```
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One replacement in one source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The source file, from the workspace's folder.
    pub file: &'static str,
    /// Text that stands in it exactly once.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
}

impl Replacement {
    /// Breaks a text.
    ///
    /// # Errors
    ///
    /// How often the text has what is to be replaced, if not once.
    pub fn broken(&self, text: &str) -> Result<String, usize> {
        match text.matches(self.find).count() {
            1 => Ok(text.replace(self.find, self.replace)),
            count => Err(count),
        }
    }

    /// Sees that it has its place in the sources of a workspace.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or does not have the text exactly once.
    pub fn check(&self, workspace: &Path) -> Result<(), Error> {
        self.read(workspace).map(drop)
    }

    /// Reads the file, whole and broken.
    fn read(&self, workspace: &Path) -> Result<(String, String), Error> {
        let whole = fs::read_to_string(workspace.join(self.file)).map_err(cannot("read"))?;
        match self.broken(&whole) {
            Ok(broken) => Ok((whole, broken)),
            Err(count) => Err(Error::Misfit { change: *self, count }),
        }
    }
}

/// A copy of a workspace's files, those aside that git ignores.
#[derive(Debug)]
pub struct Copy {
    folder: PathBuf,
}

impl Copy {
    /// Makes the copy in a folder of its own, or brings an older one up to date: files that are the
    /// same already are left alone, so that they are not built again, and others are removed.
    ///
    /// What is built of it belongs elsewhere, and not where the workspace's own builds are: cargo
    /// takes what it has built of one tree for the same of another.
    ///
    /// # Errors
    ///
    /// When git cannot list the files, or the disk refuses.
    pub fn make(workspace: &Path, folder: PathBuf) -> Result<Self, Error> {
        let kept = kept(workspace)?;
        drop_others(&folder, &folder, &kept).map_err(cannot("clear the copy"))?;
        for path in &kept {
            let content = fs::read(workspace.join(path)).map_err(cannot("read a file"))?;
            write_if_other(&folder.join(path), &content).map_err(cannot("copy a file"))?;
        }
        Ok(Self { folder })
    }

    /// Returns its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Breaks the copy, has `work` done, and mends it. A panic of `work` leaves it broken until it
    /// is made again.
    ///
    /// # Errors
    ///
    /// When the replacement has no place, or the disk refuses.
    pub fn with<T>(&self, change: &Replacement, work: impl FnOnce() -> T) -> Result<T, Error> {
        let (whole, broken) = change.read(&self.folder)?;
        let path = self.folder.join(change.file);
        fs::write(&path, broken).map_err(cannot("break the copy"))?;
        let done = work();
        fs::write(&path, whole).map_err(cannot("mend the copy"))?;
        Ok(done)
    }
}

/// Why there is no copy, or none that is broken.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file does not have the text exactly once.
    Misfit {
        /// What was to be replaced.
        change: Replacement,
        /// How often it is there.
        count: usize,
    },
    /// Git does not say which files there are.
    Git(String),
    /// The system refuses.
    Io {
        /// What was tried.
        tried: &'static str,
        /// What it says.
        error: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misfit { change: Replacement { file, find, .. }, count } => {
                write!(f, "this is {count} times in {file}, and not once: {find}")
            }
            Self::Git(said) => write!(f, "git does not list the files: {said}"),
            Self::Io { tried, .. } => write!(f, "cannot {tried}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Misfit { .. } | Self::Git(_) => None,
        }
    }
}

fn cannot(tried: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::Io { tried, error }
}

/// The paths of the files that git does not ignore, from the workspace's folder.
fn kept(workspace: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(workspace)
        .output()
        .map_err(cannot("start git"))?;
    if !output.status.success() {
        return Err(Error::Git(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text.split_terminator('\0').map(PathBuf::from);
    // What git knows and is not there was deleted and not yet committed.
    Ok(paths.filter(|path| workspace.join(path).exists()).collect())
}

/// Removes files of the copy that the workspace does not have any more.
fn drop_others(copy: &Path, folder: &Path, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            drop_others(copy, &path, kept)?;
        } else if !kept.contains(path.strip_prefix(copy).unwrap_or(&path)) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Writes a file unless it is so already: its time tells cargo what to build again.
fn write_if_other(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
    fs::write(path, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGE: Replacement = Replacement { file: "src/a.rs", find: "==", replace: "!=" };

    /// Makes a repository with these files, and a folder for its copy.
    fn workspace(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let (workspace, copy) = (home.path().join("workspace"), home.path().join("copy"));
        for (name, text) in files {
            write_if_other(&workspace.join(name), text.as_bytes()).unwrap();
        }
        // Some are known to git, some are new.
        for arguments in [&["init", "--quiet"][..], &["add", files[0].0]] {
            let mut git = Command::new("git");
            assert!(git.args(arguments).current_dir(&workspace).status().unwrap().success());
        }
        (home, workspace, copy)
    }

    #[test]
    fn a_copy_is_broken_while_it_is_worked_on() {
        let (_home, workspace, folder) = workspace(&[("src/a.rs", "a == b")]);
        let copy = Copy::make(&workspace, folder).unwrap();
        let read = |folder: &Path| fs::read_to_string(folder.join(CHANGE.file)).unwrap();
        let (broken, original) =
            copy.with(&CHANGE, || (read(copy.folder()), read(&workspace))).unwrap();
        assert_eq!((&*broken, &*original), ("a != b", "a == b"));
        assert_eq!(read(copy.folder()), "a == b");
    }

    #[test]
    fn a_replacement_that_has_no_single_place_is_refused() {
        for (text, count) in [("a", 0), ("a == b == c", 2)] {
            let (_home, workspace, _) = workspace(&[("src/a.rs", text)]);
            let error = CHANGE.check(&workspace).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("this is {count} times in src/a.rs, and not once: ==")
            );
        }
    }

    #[test]
    fn a_copy_that_is_made_again_follows_and_leaves_alone_what_is_the_same() {
        let files = [("c", "3"), ("a", "1"), ("b", "2"), (".gitignore", "built"), ("built", "4")];
        let (_home, workspace, folder) = workspace(&files);
        let modified = |name: &str| fs::metadata(folder.join(name)).unwrap().modified().unwrap();
        Copy::make(&workspace, folder.clone()).unwrap();
        let before = modified("a");
        fs::write(folder.join("old"), "").unwrap();
        fs::write(workspace.join("b"), "two").unwrap();
        fs::remove_file(workspace.join("c")).unwrap();
        Copy::make(&workspace, folder.clone()).unwrap();
        assert_eq!(modified("a"), before);
        assert_eq!(fs::read_to_string(folder.join("b")).unwrap(), "two");
        for name in ["c", "old", "built"] {
            assert!(!folder.join(name).exists(), "{name}");
        }
    }
}
