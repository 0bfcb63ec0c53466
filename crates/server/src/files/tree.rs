//! The tree seam: where files come from.
//!
//! This is the fourth of the four seams. [`Disk`](super::Disk) is a folder; a test, or a program
//! that carries its assets inside, brings a [`Memory`](super::Memory).

use std::fmt;
use std::time::SystemTime;

use reactor::clock::Instant;
use rustix::io::Errno;
use semantics::path::SafePath;

use super::slice::FileSource;

/// A tree of files below a root that nothing leads out of.
pub trait Tree: Send + Sync + fmt::Debug + 'static {
    /// Opens what `path` names.
    ///
    /// `now` lets the tree look at its root again, at most once a second.
    ///
    /// # Errors
    ///
    /// [`OpenError::WouldBlock`] only with [`Patience::CachedOnly`]: ask again from a pool thread.
    ///
    /// # Blocking
    ///
    /// With [`Patience::MayBlock`] it may wait for the disk.
    fn open(
        &self,
        path: &SafePath<'_>,
        now: Instant,
        patience: Patience,
    ) -> Result<Node, OpenError>;

    /// Lists what is in the directory that `path` names, in no order.
    ///
    /// An entry is as [`Tree::open`] would find it: a link is what it leads to, and what would not
    /// be opened is `None`, so that its reader may pause there too. Names may be any that the tree
    /// has; which of them are shown is the caller's to say. A tree that is not to be listed leaves
    /// this method as it is.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] when no directory that can be read is there; never
    /// [`OpenError::WouldBlock`]. An error among the entries ends them.
    ///
    /// # Blocking
    ///
    /// It waits for the disk, and so do the entries: for pool threads.
    fn list(&self, path: &SafePath<'_>, now: Instant) -> Result<Entries, OpenError> {
        let _unlisted = (path, now);
        Err(OpenError::NotFound)
    }
}

/// Whether a call may wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Only what is in memory: for loop threads.
    CachedOnly,
    /// Whatever it takes: for pool threads.
    MayBlock,
}

/// What a path names.
#[derive(Clone, Debug)]
pub enum Node {
    /// A regular file.
    File(OpenFile),
    /// A directory.
    Directory,
}

/// What is in a directory, read bit by bit; `None` stands for what is left out.
pub type Entries = Box<dyn Iterator<Item = Result<Option<Entry>, OpenError>> + Send>;

/// A file or directory in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called there: bytes, as names of files are.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// When it was changed last; the epoch if that is not known.
    pub modified: SystemTime,
}

/// What an entry of a directory is. Directories come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Its length in bytes.
        len: u64,
    },
}

/// An open file and what is known of it.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// Its bytes.
    pub source: FileSource,
    /// Its size and times.
    pub stamp: Stamp,
}

/// What tells two states of a file apart: when it is unchanged, so is the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its length in bytes.
    pub len: u64,
    /// When its content was changed last.
    pub modified: SystemTime,
    /// Device and inode, or a number of the tree's choosing.
    pub identity: (u64, u64),
}

/// Why a path cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing that may be served is there: no such name, no regular file, or not ours to read.
    NotFound,
    /// A link on the way leads out of the root.
    Escapes,
    /// The disk must be waited for.
    WouldBlock,
    /// The process is out of descriptors or memory.
    Resources(Errno),
    /// The disk failed.
    Failed(Errno),
}
