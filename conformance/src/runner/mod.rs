//! The runner: the cases on Avocet, on other servers, on Avocet broken on purpose.

pub(crate) mod avocet;
pub(crate) mod judge;
pub(crate) mod mutation;
pub(crate) mod peer;
pub(crate) mod progress;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the runner could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// Says what was tried and why it did not work.
    pub(crate) fn new(tried: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{tried}: {why}"))
    }
}

/// Turns an error of the system into a failure that says what was tried.
pub(crate) fn cannot(tried: impl fmt::Display) -> impl FnOnce(io::Error) -> Failure {
    move |error| Failure::new(format!("cannot {tried}"), error)
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("this package lies in a folder of the workspace")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    // `join` keeps an absolute path.
    workspace().join(chosen.unwrap_or_else(|| PathBuf::from("target")))
}
