//! A folder and the program that serves it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use testkit::program::{Program, write_file};
use testkit::raw::Client;

/// The index page of every site.
pub(crate) const INDEX: &str = "<!doctype html><title>index</title>";

/// When the files of a site were last modified.
pub(crate) const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

const MODIFIED_SECONDS: u64 = 784_111_777;

/// A site that is served.
pub(crate) struct Site {
    /// Dropped before the folder.
    pub(crate) program: Program,
    folder: TempDir,
}

impl Site {
    /// Serves a folder that has an index page and `files`.
    #[track_caller]
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, &[])
    }

    /// Serves such a folder with further arguments to the program.
    #[track_caller]
    pub(crate) fn with(files: &[(&str, &[u8])], args: &[&str]) -> Self {
        Self::start(folder(files), 1, args)
    }

    /// Serves such a folder on so many workers.
    #[track_caller]
    pub(crate) fn with_workers(workers: usize, files: &[(&str, &[u8])]) -> Self {
        Self::start(folder(files), workers, &[])
    }

    #[track_caller]
    fn start(folder: TempDir, workers: usize, args: &[&str]) -> Self {
        let mut command = avocet(&["serve"]);
        command.arg(folder.path().join("site"));
        command.args(["--listen", "127.0.0.1:0", "--workers", &workers.to_string()]).args(args);
        Self { program: Program::serve(&mut command), folder }
    }

    /// Connects to the program.
    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        self.program.client()
    }

    /// Returns where a file of the site is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("site").join(name)
    }

    /// Returns the folder that the site's folder is in.
    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the site; it is as young as it looks.
    #[track_caller]
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        write_file(&self.path(name), content);
    }
}

/// Makes a folder with a folder `site` in it, which has an index page and `files`.
#[track_caller]
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let index = [("index.html", INDEX.as_bytes())];
    for (name, content) in index.iter().chain(files) {
        let path = folder.path().join("site").join(name);
        write_file(&path, content);
        make_old(&path);
    }
    folder
}

/// Sets a file's time to [`MODIFIED`]: its tag is strong then.
#[track_caller]
pub(crate) fn make_old(path: &Path) {
    let modified = UNIX_EPOCH + Duration::from_secs(MODIFIED_SECONDS);
    set_modified(path, modified);
}

/// Sets a file's time.
#[track_caller]
pub(crate) fn set_modified(path: &Path, modified: SystemTime) {
    let file = File::options().write(true).open(path).expect("the file is there");
    file.set_modified(modified).expect("the time can be set");
}

/// Makes the command of the program under test.
pub(crate) fn avocet(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avocet"));
    command.args(args);
    command
}

/// Replaces a file by another, as a deployment does: in one step.
#[track_caller]
pub(crate) fn replace(path: &Path, content: &[u8]) {
    let new = path.with_extension("new");
    write_file(&new, content);
    fs::rename(new, path).expect("the file can be replaced");
}
