//! All cases on one server, several at a time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use conformance::{Case, Origin, Verdict, site};
use tempfile::TempDir;

use super::progress::Progress;
use super::{Failure, cannot};

/// How many cases are tried on a server at the same time; most of each is waiting.
const LANES: usize = 4;

/// The failures of a server: the case's id, and in a line what it did instead.
pub(crate) type Failures = BTreeMap<&'static str, String>;

thread_local! {
    /// Whether a panic on this thread is how a case fails, and no news.
    static IS_JUDGING: Cell<bool> = const { Cell::new(false) };
}

/// Sees to it that a case which fails does not print its panic.
pub(crate) fn hush() {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !IS_JUDGING.get() {
            loud(info);
        }
    }));
}

/// Tries the cases on a server and returns those that failed.
pub(crate) fn judge(cases: &[&'static Case], origin: &Origin, progress: &Progress) -> Failures {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Failures::new());
    let lane = || {
        IS_JUDGING.set(true);
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Verdict::Failed(words) = case.judge(origin) {
                let mut failures = failures.lock().expect("nothing panics while it is held");
                failures.insert(case.id, words.replace('\n', " "));
            }
            progress.step();
        }
    };
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(lane);
        }
    });
    failures.into_inner().expect("nothing panics while it is held")
}

/// Makes the site in a folder that other users can read, since some servers run as another.
///
/// # Errors
///
/// When the disk refuses.
pub(crate) fn site() -> Result<TempDir, Failure> {
    let folder = folder()?;
    site::make(folder.path()).map_err(cannot("make the site"))?;
    Ok(folder)
}

/// Makes a folder that other users can read.
///
/// # Errors
///
/// When the disk refuses.
pub(crate) fn folder() -> Result<TempDir, Failure> {
    let folder = tempfile::tempdir().map_err(cannot("make a folder"))?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))
        .map_err(cannot("open a folder to others"))?;
    Ok(folder)
}
