//! Reading a directory: each entry is opened as a request for it would open it.
//!
//! That alone says what can be served: whether it may be read, and whether a link leads to
//! something inside the root. What cannot be a file or directory at all is not even opened. It
//! costs an opening for each entry, and a listing never promises what a request does not get.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, Dir, DirEntry, FileType};
use rustix::io::Errno;

use super::{FACTS, Lookup, modified, open_error};
use crate::files::tree::{Entries, Entry, EntryKind, OpenError, Patience};

/// Lists the directory at `path` beneath the root.
pub(super) fn list(root: Arc<OwnedFd>, lookup: Lookup, path: &[u8]) -> Result<Entries, OpenError> {
    let mut prefix = path.to_vec();
    if !matches!(path, [] | [.., b'/']) {
        prefix.push(b'/');
    }
    let name = if prefix.is_empty() { b"." } else { prefix.as_slice() };
    let directory = lookup.open(root.as_fd(), name, Patience::MayBlock).and_then(Dir::new);
    let directory = directory.map_err(|errno| open_error(errno, Patience::MayBlock))?;
    Ok(Box::new(Listed { directory, prefix, root, lookup }))
}

/// The entries of a directory of the disk.
struct Listed {
    directory: Dir,
    /// The path of the directory from the root, with its slash.
    prefix: Vec<u8>,
    root: Arc<OwnedFd>,
    lookup: Lookup,
}

impl Iterator for Listed {
    type Item = Result<Option<Entry>, OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = match self.directory.next()? {
            Ok(found) if is_candidate(&found) => self.look_at(found.file_name().to_bytes()),
            Ok(_) => Ok(None),
            Err(errno) => return Some(Err(open_error(errno, Patience::MayBlock))),
        };
        match found.map_err(|errno| open_error(errno, Patience::MayBlock)) {
            Err(error @ OpenError::Resources(_)) => Some(Err(error)),
            // What a request for it would not get.
            Err(_) => Some(Ok(None)),
            Ok(entry) => Some(Ok(entry)),
        }
    }
}

impl Listed {
    /// Opens an entry and says what it is; `None` if it is neither file nor directory.
    fn look_at(&mut self, name: &[u8]) -> Result<Option<Entry>, Errno> {
        let len = self.prefix.len();
        self.prefix.extend_from_slice(name);
        let opened = self.lookup.open(self.root.as_fd(), &self.prefix, Patience::MayBlock);
        self.prefix.truncate(len);
        let facts = rustix::fs::statx(opened?, "", AtFlags::EMPTY_PATH, FACTS)?;
        let kind = match FileType::from_raw_mode(facts.stx_mode.into()) {
            FileType::RegularFile => EntryKind::File { len: facts.stx_size },
            FileType::Directory => EntryKind::Directory,
            _ => return Ok(None),
        };
        Ok(Some(Entry { name: name.to_vec(), kind, modified: modified(&facts) }))
    }
}

/// Tells whether an entry is worth a look: not hidden (nor `.` or `..`), and neither a pipe, socket
/// nor device as far as the directory knows. To open a pipe would let go whoever waits to write.
fn is_candidate(found: &DirEntry) -> bool {
    let is_other = matches!(
        found.file_type(),
        FileType::BlockDevice | FileType::CharacterDevice | FileType::Fifo | FileType::Socket
    );
    !is_other && !found.file_name().to_bytes().starts_with(b".")
}
