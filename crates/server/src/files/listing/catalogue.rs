//! What is in a directory, gathered and sorted.
//!
//! It is what the listings of one directory share. How it comes to be known, and for how long, is
//! [`survey`](super::survey)'s.

use std::sync::{Arc, OnceLock};

use reactor::clock::Instant;
use semantics::path;

use super::order::Order;
use crate::files::target::{address, with_path};
use crate::files::tree::{Entries, Entry, OpenError, Tree};

/// A directory to be listed, as one request has found it.
#[derive(Clone, Debug)]
pub(in crate::files) struct Directory {
    pub(in crate::files) tree: Arc<dyn Tree>,
    /// Its path, relative and decoded; empty, or with a slash at its end.
    pub(in crate::files) path: Box<[u8]>,
    /// How many entries are sorted at most.
    pub(in crate::files) sorted_max: usize,
    pub(in crate::files) now: Instant,
}

impl Directory {
    /// Gives its entries; those that are not shown are left out.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::list`].
    ///
    /// # Blocking
    ///
    /// It waits for the disk, and so do the entries: for pool threads.
    pub(super) fn entries(&self) -> Result<Entries, OpenError> {
        let entries = with_path(&address(&self.path), |path| self.tree.list(path, self.now))?;
        let shown = |found: Option<Entry>| found.filter(|entry| is_shown(&entry.name));
        Ok(Box::new(entries.map(move |found| found.map(shown))))
    }
}

/// What is known of a directory.
#[derive(Clone, Debug)]
pub(super) enum Contents {
    /// All that is in it.
    All(Arc<Catalogue>),
    /// That there is more than is sorted.
    TooMany,
}

/// All that is shown of a directory.
#[derive(Debug)]
pub(super) struct Catalogue {
    entries: Vec<Entry>,
    /// The places of the entries in each order that was asked for. Two threads may want the same
    /// one; the second waits while the first sorts, which waits for nothing.
    places: [OnceLock<Box<[usize]>>; Order::COUNT],
}

impl Catalogue {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self { entries, places: Default::default() }
    }

    /// Gives the entry that has so many before it in an order; sorts them for the first who asks.
    pub(super) fn entry(&self, order: Order, before: usize) -> Option<&Entry> {
        let places = self.places[order.number()].get_or_init(|| order.of(&self.entries));
        places.get(before).map(|&place| &self.entries[place])
    }
}

/// Tells whether a name is shown: not hidden, and one that a request can ask for. The one function
/// that makes paths safe decides; what it refuses, or takes for another, would be a dead link.
fn is_shown(name: &[u8]) -> bool {
    let (address, mut scratch) = (address(name), Vec::new());
    let resolved = path::resolve(address.as_bytes(), &mut scratch);
    !matches!(name, [] | [b'.', ..]) && resolved.is_ok_and(|path| path.as_bytes() == name)
}

/// How many entries one job looks at, whether or not they are shown.
pub(super) const LOOKED_AT_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_shown() {
        for (name, expected) in [
            (b"a".as_slice(), true),
            (b"a b", true),
            (b"%41", true),
            (b"?#", true),
            (b"<script>", true),
            (b"a:b", true),
            (b"caf\xc3\xa9", true),
            (b"\xff\xfe", true),
            (b"...", false),
            (b".hidden", false),
            (b".well-known", false),
            (b"a\nb", false),
            (b"a\x7f", false),
            (b"a\\b", false),
            (b"", false),
        ] {
            assert_eq!(is_shown(name), expected, "{}", name.escape_ascii());
        }
    }
}
