//! A tree of files in memory: for tests, and for programs that carry their assets inside.
//!
//! Its files may change while they are served, through a shared reference, as those of a disk do.
//! A test may have any name, and any content, answer that the disk must be waited for.
//!
//! It knows no links and nothing that is neither file nor directory; a directory is there while a
//! file is in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reactor::clock::Instant;
use semantics::path::SafePath;

use super::simulated::SimulatedFile;
use super::slice::FileSource;
use super::tree::{Entries, Entry, EntryKind, Node, OpenError, OpenFile, Patience, Stamp, Tree};

/// Files in memory, by their paths: relative, `/` between the segments.
///
/// A file modified at the epoch counts as one without a time: its entity tag is made from its
/// content, and no Last-Modified is sent.
#[derive(Default)]
pub struct Memory {
    state: Mutex<State>,
    is_cold: Option<Box<IsCold>>,
    is_content_cold: Option<Arc<IsCold>>,
}

/// Tells of a path whether the disk must be waited for.
pub(super) type IsCold = dyn Fn(&[u8]) -> bool + Send + Sync;

impl Memory {
    /// Makes a tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `is_cold` asked at each opening from a loop thread whether the disk must be waited for.
    #[must_use]
    pub fn with_cold(mut self, is_cold: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Self {
        self.is_cold = Some(Box::new(is_cold));
        self
    }

    /// Has `is_cold` asked whether the disk must be waited for when a content is about to be sent
    /// that was not found in memory within the last second: of the files put in from now on, those
    /// that are too large to be kept in memory.
    #[must_use]
    pub fn with_cold_content(
        mut self,
        is_cold: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.is_content_cold = Some(Arc::new(is_cold));
        self
    }

    /// Puts a file in, in the place of the one that was there.
    pub fn insert(&self, path: &str, content: impl Into<Bytes>, modified: SystemTime) {
        let content = content.into();
        let mut state = self.lock();
        state.insertions += 1;
        let stamp = Stamp { len: content.len() as u64, modified, identity: (0, state.insertions) };
        let path = path.as_bytes();
        let source = match &self.is_content_cold {
            None => FileSource::Bytes(content),
            Some(is_cold) => {
                FileSource::Simulated(SimulatedFile::new(content, path, Arc::clone(is_cold)))
            }
        };
        state.files.insert(path.to_vec(), OpenFile { source, stamp });
    }

    /// Takes a file out; tells whether it was there.
    pub fn remove(&self, path: &str) -> bool {
        self.lock().files.remove(path.as_bytes()).is_some()
    }

    /// No code panics while it holds the lock, so that a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P, C> FromIterator<(P, C, SystemTime)> for Memory
where
    P: AsRef<str>,
    C: Into<Bytes>,
{
    fn from_iter<I: IntoIterator<Item = (P, C, SystemTime)>>(files: I) -> Self {
        let memory = Self::new();
        for (path, content, modified) in files {
            memory.insert(path.as_ref(), content, modified);
        }
        memory
    }
}

impl Tree for Memory {
    fn open(
        &self,
        path: &SafePath<'_>,
        _now: Instant,
        patience: Patience,
    ) -> Result<Node, OpenError> {
        let name = path.as_bytes();
        let is_cold = self.is_cold.as_ref().is_some_and(|is_cold| is_cold(name));
        if is_cold && patience == Patience::CachedOnly {
            return Err(OpenError::WouldBlock);
        }
        let state = self.lock();
        match state.files.get(name) {
            Some(file) => Ok(Node::File(file.clone())),
            None if state.has_directory(name) => Ok(Node::Directory),
            None => Err(OpenError::NotFound),
        }
    }

    fn list(&self, path: &SafePath<'_>, _now: Instant) -> Result<Entries, OpenError> {
        let entries = self.lock().entries(path.as_bytes()).ok_or(OpenError::NotFound)?;
        Ok(Box::new(entries.into_iter().map(|entry| Ok(Some(entry)))))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        let names = state.files.keys().map(|name| name.escape_ascii().to_string());
        f.debug_set().entries(names).finish()
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<Vec<u8>, OpenFile>,
    /// Counted, so that a file put in anew is another file.
    insertions: u64,
}

impl State {
    fn has_directory(&self, name: &[u8]) -> bool {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if name.is_empty() {
            return true;
        }
        let mut prefix = name.to_vec();
        prefix.push(b'/');
        let next = self.files.range(prefix.clone()..).next();
        next.is_some_and(|(found, _)| found.starts_with(&prefix))
    }

    /// Gives what is in a directory; `None` if that is not there.
    fn entries(&self, directory: &[u8]) -> Option<Vec<Entry>> {
        let mut prefix = directory.to_vec();
        if !matches!(directory, [] | [.., b'/']) {
            prefix.push(b'/');
        }
        let below = self.files.range(prefix.clone()..);
        let below = below.map_while(|(path, file)| Some((path.strip_prefix(&*prefix)?, file)));
        let mut entries: Vec<Entry> = Vec::new();
        for (path, file) in below {
            let mut segments = path.splitn(2, |&byte| byte == b'/');
            let name = segments.next().unwrap_or_default();
            let (kind, modified) = match segments.next() {
                None => (EntryKind::File { len: file.stamp.len }, file.stamp.modified),
                // The files of one directory follow one another.
                Some(_) if entries.last().is_some_and(|last| last.name == name) => continue,
                Some(_) => (EntryKind::Directory, UNIX_EPOCH),
            };
            entries.push(Entry { name: name.to_vec(), kind, modified });
        }
        (directory.is_empty() || !entries.is_empty()).then_some(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(tree: &Memory, path: &str, patience: Patience) -> String {
        let mut scratch = Vec::new();
        let path = semantics::path::resolve(path.as_bytes(), &mut scratch).unwrap();
        match tree.open(&path, Instant::ORIGIN, patience) {
            Ok(Node::File(OpenFile { source: FileSource::Bytes(bytes), .. })) => {
                bytes.escape_ascii().to_string()
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn names_and_what_they_name() {
        let files = [("a/b.txt", "one", UNIX_EPOCH), ("c.txt", "two", UNIX_EPOCH)];
        let tree: Memory = files.into_iter().collect();
        for (path, expected) in [
            ("/a/b.txt", "one"),
            ("/c.txt", "two"),
            ("/", "Ok(Directory)"),
            ("/a", "Ok(Directory)"),
            ("/a/", "Ok(Directory)"),
            ("/a/b", "Err(NotFound)"),
            ("/a/b.txt/", "Err(NotFound)"),
            ("/b", "Err(NotFound)"),
        ] {
            assert_eq!(open(&tree, path, Patience::CachedOnly), expected, "{path}");
        }
    }

    #[test]
    fn directories_are_listed() {
        let paths = ["a/b/c", "a/b/d", "a/e", "a!", "a.b/c", "f"];
        let files = paths.map(|path| (path, path, UNIX_EPOCH));
        let tree: Memory = files.into_iter().collect();
        for (path, expected) in [
            ("/", Some("a! a.b/ a/ f")),
            ("/a/", Some("b/ e")),
            ("/a", Some("b/ e")),
            ("/a/b/", Some("c d")),
            ("/f/", None),
            ("/none/", None),
        ] {
            let mut scratch = Vec::new();
            let path = semantics::path::resolve(path.as_bytes(), &mut scratch).unwrap();
            let listed = tree.list(&path, Instant::ORIGIN).ok().map(|entries| {
                let names = entries.map(|entry| match entry.unwrap().unwrap() {
                    Entry { name, kind: EntryKind::Directory, .. } => {
                        name.escape_ascii().to_string() + "/"
                    }
                    Entry { name, .. } => name.escape_ascii().to_string(),
                });
                names.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(listed.as_deref(), expected, "{path:?}");
        }
        assert_eq!(Memory::new().lock().entries(b""), Some(Vec::new()), "the root is always there");
    }

    #[test]
    fn files_change_and_go() {
        let tree = Memory::new();
        tree.insert("a", "one", UNIX_EPOCH);
        let stamp_of = |tree: &Memory| tree.lock().files[b"a".as_slice()].stamp;
        let before = stamp_of(&tree);
        tree.insert("a", "two", UNIX_EPOCH);
        assert_ne!(stamp_of(&tree), before, "the same size and time, and yet another file");
        assert_eq!(open(&tree, "/a", Patience::CachedOnly), "two");
        assert!(tree.remove("a"));
        assert!(!tree.remove("a"));
        assert_eq!(open(&tree, "/a", Patience::CachedOnly), "Err(NotFound)");
    }

    #[test]
    fn cold_names_are_for_the_patient() {
        let tree = Memory::new().with_cold(|path| path == b"cold");
        tree.insert("cold", "a", UNIX_EPOCH);
        tree.insert("warm", "b", UNIX_EPOCH);
        assert_eq!(open(&tree, "/cold", Patience::CachedOnly), "Err(WouldBlock)");
        assert_eq!(open(&tree, "/cold", Patience::MayBlock), "a");
        assert_eq!(open(&tree, "/warm", Patience::CachedOnly), "b");
    }
}
