//! A folder as a tree of files, which nothing leads out of.
//!
//! Names are resolved by the kernel beneath a directory descriptor, so that neither `..` nor a
//! link can reach beyond the root, whatever is renamed meanwhile. The path of the root itself is
//! looked at again once a second: a build that removes its folder and makes a new one of the same
//! name is served without a restart.
//!
//! It decides nothing about names (hidden files are refused when the path is parsed), keeps no
//! file open and remembers none.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reactor::clock::Instant;
use rustix::fs::{AtFlags, CWD, FileType, FsWord, Mode, OFlags, ResolveFlags, Statx, StatxFlags};
use rustix::io::Errno;
use semantics::path::SafePath;

use super::slice::{DiskFile, FileSource};
use super::tree::{Entries, Node, OpenError, OpenFile, Patience, Stamp, Tree};

mod list;
mod walk;

/// A folder of the disk.
///
/// Relative links inside the folder work. Regular files alone are served; opening anything else
/// never waits and has no effect.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    lookup: Lookup,
    /// Held for a few instructions at a time, never during a system call.
    root: Mutex<Root>,
}

/// A folder that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the folder \"{}\"", path.display())]
pub struct DiskError {
    path: PathBuf,
    #[source]
    cause: Errno,
}

impl DiskError {
    /// Returns the path that was to be opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what the kernel said; `ENOTDIR` if the path is no folder.
    #[must_use]
    pub const fn cause(&self) -> Errno {
        self.cause
    }
}

impl Disk {
    /// Opens a folder and finds out how the kernel can be asked for what is in it.
    ///
    /// # Errors
    ///
    /// When the path is not there, is no folder, or may not be entered.
    ///
    /// # Blocking
    ///
    /// It may wait for the disk: to be called before the server starts.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let path = path.into();
        match RootDirectory::open(&path) {
            Ok(directory) => {
                let lookup = Lookup::probe(directory.file.as_fd());
                let root = Root { directory: Some(Arc::new(directory)), checked_at: None };
                Ok(Self { path, lookup, root: Mutex::new(root) })
            }
            Err(cause) => Err(DiskError { path, cause }),
        }
    }

    /// Returns the root, looked at within the last second; `None` while nothing is there.
    fn root(
        &self,
        now: Instant,
        patience: Patience,
    ) -> Result<Option<Arc<RootDirectory>>, OpenError> {
        let held = {
            let root = self.lock();
            if root.is_fresh(now) {
                return Ok(root.directory.clone());
            }
            root.directory.as_ref().map(|directory| directory.identity)
        };
        let found = look_at(&self.path).map_err(|errno| open_error(errno, patience))?;
        let replaced = match found {
            Some(identity) if held == Some(identity) => None,
            // Another directory stands there. To open it may mean to wait.
            Some(_) if patience == Patience::CachedOnly => return Err(OpenError::WouldBlock),
            Some(_) => Some(RootDirectory::open(&self.path).ok()),
            None => Some(None),
        };
        let mut root = self.lock();
        if let Some(directory) = replaced {
            root.directory = directory.map(Arc::new);
        }
        root.checked_at = Some(now);
        Ok(root.directory.clone())
    }

    /// No code panics while it holds the lock, so that a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Root> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tree for Disk {
    fn open(
        &self,
        path: &SafePath<'_>,
        now: Instant,
        patience: Patience,
    ) -> Result<Node, OpenError> {
        let Some(root) = self.root(now, patience)? else { return Err(OpenError::NotFound) };
        let relative = path.as_bytes();
        if relative.is_empty() {
            return Ok(Node::Directory);
        }
        let opened = self.lookup.open(root.file.as_fd(), relative, patience);
        let file = opened.map_err(|errno| open_error(errno, patience))?;
        match describe(file, &root).map_err(|errno| open_error(errno, patience))? {
            Node::File(_) if path.is_directory_form() => Err(OpenError::NotFound),
            node => Ok(node),
        }
    }

    fn list(&self, path: &SafePath<'_>, now: Instant) -> Result<Entries, OpenError> {
        match self.root(now, Patience::MayBlock)? {
            Some(root) => list::list(Arc::clone(&root.file), self.lookup, path.as_bytes()),
            None => Err(OpenError::NotFound),
        }
    }
}

/// The root as it was when it was last looked at.
#[derive(Debug)]
struct Root {
    directory: Option<Arc<RootDirectory>>,
    checked_at: Option<Instant>,
}

impl Root {
    fn is_fresh(&self, now: Instant) -> bool {
        self.checked_at.is_some_and(|checked_at| now.since(checked_at) < ROOT_CHECK_INTERVAL)
    }
}

/// A directory that is held, so that no other can come by its inode number meanwhile.
#[derive(Debug)]
struct RootDirectory {
    file: Arc<OwnedFd>,
    identity: (u64, u64),
    /// Whether the file system that it is on is in memory.
    is_in_memory: bool,
}

impl RootDirectory {
    fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        let facts = rustix::fs::statx(&file, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?;
        let is_in_memory = is_in_memory(&file);
        Ok(Self { file: Arc::new(file), identity: identity(&facts), is_in_memory })
    }
}

/// How names below the root are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lookup {
    /// By `openat2`, which can leave it when the answer is not in memory (Linux 5.12).
    Cached,
    /// By `openat2`, which may wait for the disk.
    Waiting,
    /// Component by component: a sandbox or an old kernel refuses `openat2`.
    Walk,
}

impl Lookup {
    fn probe(root: BorrowedFd<'_>) -> Self {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let resolve = RESOLVE | ResolveFlags::CACHED;
        match rustix::fs::openat2(root, ".", flags, Mode::empty(), resolve) {
            Ok(_) | Err(Errno::AGAIN) => Self::Cached,
            Err(Errno::NOSYS | Errno::PERM) => Self::Walk,
            Err(_) => Self::Waiting,
        }
    }

    /// Opens a name beneath the root.
    fn open(self, root: BorrowedFd<'_>, path: &[u8], patience: Patience) -> Result<OwnedFd, Errno> {
        match (self, patience) {
            (Self::Walk | Self::Waiting, Patience::CachedOnly) => Err(Errno::AGAIN),
            (Self::Walk, Patience::MayBlock) => walk::open(root, path),
            (Self::Waiting | Self::Cached, _) => open_beneath(root, path, patience),
        }
    }
}

/// Opens a name beneath the root by one system call, or a few when a rename came between.
fn open_beneath(root: BorrowedFd<'_>, path: &[u8], patience: Patience) -> Result<OwnedFd, Errno> {
    let (resolve, attempts) = match patience {
        Patience::CachedOnly => (RESOLVE | ResolveFlags::CACHED, 1),
        Patience::MayBlock => (RESOLVE, OPEN_ATTEMPTS_MAX),
    };
    let mut errno = Errno::AGAIN;
    for _ in 0..attempts {
        match rustix::fs::openat2(root, path, OPEN, Mode::empty(), resolve) {
            Err(again @ (Errno::AGAIN | Errno::INTR)) => errno = again,
            opened => return opened,
        }
    }
    Err(errno)
}

/// Says what an open file below the root is.
fn describe(file: OwnedFd, root: &RootDirectory) -> Result<Node, Errno> {
    let facts = rustix::fs::statx(&file, "", AtFlags::EMPTY_PATH, FACTS)?;
    match FileType::from_raw_mode(facts.stx_mode.into()) {
        FileType::RegularFile => {
            let stamp = stamp(&facts);
            let file = DiskFile::new(file);
            let (device, root_device) = (stamp.identity.0, root.identity.0);
            // To ask for each file would take a call, which may wait on other file systems.
            if root.is_in_memory && device == root_device {
                file.note_in_memory();
            }
            Ok(Node::File(OpenFile { source: FileSource::Disk(file), stamp }))
        }
        FileType::Directory => Ok(Node::Directory),
        _ => Err(Errno::NOENT),
    }
}

/// Says what the size and times of an open file are now.
///
/// # Errors
///
/// When the disk fails.
pub(super) fn stamp_of(file: &DiskFile) -> Result<Stamp, Errno> {
    rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, FACTS).map(|facts| stamp(&facts))
}

fn stamp(facts: &Statx) -> Stamp {
    Stamp { len: facts.stx_size, modified: modified(facts), identity: identity(facts) }
}

/// Says which directory stands at a path; `None` if none does.
fn look_at(path: &Path) -> Result<Option<(u64, u64)>, Errno> {
    let wanted = StatxFlags::TYPE | StatxFlags::INO;
    match rustix::fs::statx(CWD, path, AtFlags::empty(), wanted) {
        Ok(facts) => {
            let kind = FileType::from_raw_mode(facts.stx_mode.into());
            Ok((kind == FileType::Directory).then(|| identity(&facts)))
        }
        Err(errno) if is_absence(errno) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Tells whether a file is on a file system that is in memory. One that does not say is not.
///
/// # Blocking
///
/// On the network, or where a program makes the files, it waits for whoever knows.
pub(super) fn is_in_memory(file: impl AsFd) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|facts| facts.f_type == TMPFS_MAGIC)
}

fn open_error(errno: Errno, patience: Patience) -> OpenError {
    match errno {
        // EINVAL: a file system that cannot tell what is in memory.
        Errno::AGAIN | Errno::INTR | Errno::INVAL if patience == Patience::CachedOnly => {
            OpenError::WouldBlock
        }
        Errno::XDEV => OpenError::Escapes,
        Errno::AGAIN | Errno::INTR | Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
            OpenError::Resources(errno)
        }
        errno if is_absence(errno) => OpenError::NotFound,
        errno => OpenError::Failed(errno),
    }
}

/// Tells whether an error means that nothing which may be served is there. ENXIO and ENODEV are
/// sockets and devices, ESTALE is a file that its server has forgotten.
fn is_absence(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::ACCESS
            | Errno::LOOP
            | Errno::NAMETOOLONG
            | Errno::NODEV
            | Errno::NOENT
            | Errno::NOTDIR
            | Errno::NXIO
            | Errno::PERM
            | Errno::STALE
    )
}

fn identity(facts: &Statx) -> (u64, u64) {
    let device = u64::from(facts.stx_dev_major) << 32 | u64::from(facts.stx_dev_minor);
    (device, facts.stx_ino)
}

/// A time that cannot be told counts as the epoch.
fn modified(facts: &Statx) -> SystemTime {
    let (seconds, nanos) = (facts.stx_mtime.tv_sec, facts.stx_mtime.tv_nsec);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let second = match seconds {
        0.. => UNIX_EPOCH.checked_add(whole),
        _ => UNIX_EPOCH.checked_sub(whole),
    };
    let time = second.and_then(|second| second.checked_add(Duration::from_nanos(nanos.into())));
    time.unwrap_or(UNIX_EPOCH)
}

/// How tmpfs calls itself (`statfs(2)`).
const TMPFS_MAGIC: FsWord = 0x0102_1994;

/// How long the root is taken to be where it was.
const ROOT_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How often a name is resolved again when a rename came between.
const OPEN_ATTEMPTS_MAX: u32 = 32;

/// `O_NONBLOCK`: opening a FIFO must not wait for its other end.
const OPEN: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

const FACTS: StatxFlags =
    StatxFlags::TYPE.union(StatxFlags::SIZE).union(StatxFlags::MTIME).union(StatxFlags::INO);

#[cfg(test)]
mod tests;
