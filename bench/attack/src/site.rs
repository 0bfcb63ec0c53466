//! The folder that is served, and the secret beside it.

use std::fs::{self, File};
use std::path::PathBuf;

use tempfile::TempDir;

use crate::error::Failure;
use crate::escape::{HARMLESS, NAME, SECRET, notes};

/// Sizes of the files that are read slowly.
const MEDIUM_SIZE: usize = 64 * 1024;
const LARGE_SIZE: usize = 50 << 20;

/// A temporary folder with a root in it; it goes with this.
#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub(crate) fn make() -> Result<Self, Failure> {
        let failed = || Failure::of("make the folder to serve");
        let site = Self { folder: tempfile::tempdir().map_err(failed())? };
        let root = site.root();
        fs::create_dir_all(root.join("inside")).map_err(failed())?;
        let write = |path: PathBuf, text: &[u8]| fs::write(path, text).map_err(failed());
        write(site.folder.path().join(NAME), SECRET.as_bytes())?;
        write(root.join("inside").join(NAME), HARMLESS.as_bytes())?;
        for note in notes() {
            write(site.folder.path().join(&note), SECRET.as_bytes())?;
            write(root.join("inside").join(&note), HARMLESS.as_bytes())?;
        }
        write(root.join("index.html"), b"<!doctype html><title>index</title>\n")?;
        write(root.join("page.html"), &b"<!doctype html><p>words and words\n".repeat(100))?;
        write(root.join("medium.bin"), &vec![b'm'; MEDIUM_SIZE])?;
        // Written, not made by its length alone: a hole would be sent in another way.
        let large = File::create(root.join("large.bin")).map_err(failed())?;
        let mut left = LARGE_SIZE;
        let block = vec![b'l'; 1 << 20];
        while left > 0 {
            std::io::Write::write_all(&mut &large, &block).map_err(failed())?;
            left -= block.len();
        }
        Ok(site)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("site")
    }
}
