//! The files of the workspace, read once for all checks.

use std::fs;
use std::io;
use std::path::Path;

use super::source::Source;

/// Folders that hold what is built or kept by tools, not what is written.
const SKIPPED: &[&str] = &[".git", "target", "fuzz/artifacts", "fuzz/corpus"];

/// The workspace's files, in the order of their paths.
#[derive(Debug, Default)]
pub(super) struct Tree {
    files: Vec<File>,
}

/// One file.
#[derive(Debug)]
pub(super) struct File {
    /// Its path from the workspace's folder, with `/`.
    pub(super) path: String,
    /// Its size in bytes.
    pub(super) size: usize,
    /// What it says; empty if it is not text.
    pub(super) text: String,
    /// Its code and comments; empty if it is not Rust.
    pub(super) source: Source,
}

impl Tree {
    /// Reads all files below `root`.
    ///
    /// # Errors
    ///
    /// When a folder or a file cannot be read.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            let is_skipped = SKIPPED.contains(&path.as_str()) || path.ends_with("/target");
            if kind.is_dir() && !is_skipped {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                self.files.push(File::new(path, fs::read(entry.path())?));
            }
        }
        Ok(())
    }

    /// Makes a tree of made-up files.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File::new((*path).to_owned(), (*text).into());
        Self { files: files.iter().map(file).collect() }
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The files of Rust.
    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.is_rust())
    }

    /// The file at a path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files().find(|file| file.path == path)
    }

    /// Whether there is a file or a folder at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty() || self.files().any(|f| f.path == path || f.path.starts_with(&folder))
    }
}

impl File {
    fn new(path: String, bytes: Vec<u8>) -> Self {
        let size = bytes.len();
        let text = String::from_utf8(bytes).unwrap_or_default();
        let source = if path.ends_with(".rs") { Source::split(&text) } else { Source::default() };
        Self { path, size, text, source }
    }

    /// Whether it is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it holds tests and nothing that ships.
    pub(super) fn is_test(&self) -> bool {
        let is_test_folder = |part: &str| matches!(part, "tests" | "benches");
        self.path.ends_with("/tests.rs") || self.path.split('/').any(is_test_folder)
    }
}
