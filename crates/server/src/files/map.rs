//! A worker's own way to the entries of the [`store`](super::store) that it uses most.
//!
//! A hit is one look at one set: no lock, no system call, nothing written but a flag of the
//! worker's own. The costs do not depend on how many entries there are, here or in the store.
//!
//! ```text
//!   hash ──► set    ┌ tag tag tag │ tag ┐     three places for files, one for paths that
//!                   └  ▓   ▓   ░  │  ░  ┘     name none: asking for those displaces no file
//! ```
//!
//! What is in the map is not let go of by the store. So the map is bounded, in sets and in bytes,
//! and each time that the worker must go to the store it looks through some sets of its map: what
//! is not believed any more and has not been used since the last such look is dropped. That is
//! also how what the store has replaced by another goes. A worker that nobody asks for anything
//! keeps what it has, which is within the bounds. No file is open for being in a map: that is for
//! the table of [`open`](super::open) files to say.

use std::cell::Cell;
use std::sync::Arc;

use reactor::clock::Instant;

use super::entry::{Entry, Key, Kind};

/// The entries that a worker uses most.
#[derive(Debug)]
pub(super) struct Map {
    /// As many as a power of two.
    sets: Vec<Set>,
    len: usize,
    /// The bytes of files, and of paths that name none.
    sizes: [usize; 2],
    /// The next set to be looked through.
    cursor: usize,
}

/// The entries whose hashes have their low bits in common: one line of the processor's cache.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Set {
    /// The upper halves of hashes, so that few other entries are looked at than the one meant.
    tags: [u32; WAYS],
    is_used: [Cell<bool>; WAYS],
    entries: [Option<Arc<Entry>>; WAYS],
}

impl Map {
    pub(super) fn new() -> Self {
        let sets = std::iter::repeat_with(Set::default).take(SETS_MIN).collect();
        Self { sets, len: 0, sizes: [0; 2], cursor: 0 }
    }

    /// Returns what was found under a path, if the worker has it and it may be believed.
    #[inline]
    pub(super) fn look_up(&self, key: Key<'_>, now: Instant) -> Option<&Entry> {
        let set = &self.sets[self.set_of(key.hash)];
        let way = set.way_of(key)?;
        let entry = set.entries[way].as_deref().filter(|entry| entry.is_fresh(now))?;
        set.is_used[way].set(true);
        Some(entry)
    }

    /// Takes an entry of the store in that was asked for again, if there is room for it among what
    /// is used more; the sizes bound the bytes of files, and of paths that name none.
    pub(super) fn admit(&mut self, entry: Arc<Entry>, size_max: [usize; 2]) {
        let share = match entry.kind() {
            Kind::File => FILES,
            Kind::Negative => NEGATIVE,
        };
        let key = Key { path: entry.path(), hash: entry.hash() };
        let index = self.set_of(key.hash);
        if let Some(way) = self.sets[index].way_of(key) {
            self.drop_entry(index, way);
        }
        let size = entry.size();
        // What was not used lately makes room.
        let mut looks = LOOKS_MAX.min(self.sets.len());
        while self.sizes[share] + size > size_max[share] && looks > 0 {
            self.drop_unused(share);
            looks -= 1;
        }
        if self.sizes[share] + size > size_max[share] {
            return;
        }
        if self.len >= 2 * self.sets.len() && self.sets.len() < SETS_MAX {
            self.grow();
        }
        let index = self.set_of(key.hash);
        let Some(way) = self.sets[index].way_for(share) else { return };
        self.drop_entry(index, way);
        self.sizes[share] += size;
        self.len += 1;
        self.sets[index].put(way, entry);
    }

    /// Looks through the next sets, and drops what is not believed any more and has not been used
    /// since it was last looked at.
    pub(super) fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT {
            let index = self.next_set();
            for way in 0..WAYS {
                let set = &self.sets[index];
                let is_idle =
                    |entry: &Arc<Entry>| !entry.is_fresh(now) && !set.is_used[way].replace(false);
                if set.entries[way].as_ref().is_some_and(is_idle) {
                    self.drop_entry(index, way);
                }
            }
        }
    }

    /// Drops what has not been used of one share in the next set since that was last looked at.
    fn drop_unused(&mut self, share: usize) {
        let index = self.next_set();
        for way in ways(share) {
            if !self.sets[index].is_used[way].replace(false) {
                self.drop_entry(index, way);
            }
        }
    }

    fn next_set(&mut self) -> usize {
        let index = self.cursor;
        self.cursor = (index + 1) % self.sets.len();
        index
    }

    fn drop_entry(&mut self, index: usize, way: usize) {
        if let Some(entry) = self.sets[index].entries[way].take() {
            self.sizes[usize::from(way == NEGATIVE_WAY)] -= entry.size();
            self.len -= 1;
        }
    }

    /// Divides each set in two.
    fn grow(&mut self) {
        let count = self.sets.len();
        self.sets.resize_with(2 * count, Set::default);
        for index in 0..count {
            let (lower, upper) = self.sets.split_at_mut(count);
            for way in 0..WAYS {
                let moves = |entry: &mut Arc<Entry>| entry.hash() & count as u64 != 0;
                if let Some(entry) = lower[index].entries[way].take_if(moves) {
                    upper[index].put(way, entry);
                }
            }
        }
    }

    fn set_of(&self, hash: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are wanted")]
        let low = hash as usize;
        low & (self.sets.len() - 1)
    }
}

impl Set {
    #[inline]
    fn way_of(&self, key: Key<'_>) -> Option<usize> {
        let tag = tag(key.hash);
        let is_of = |entry: &Arc<Entry>| entry.is_of(key);
        (0..WAYS)
            .find(|&way| self.tags[way] == tag && self.entries[way].as_ref().is_some_and(is_of))
    }

    /// Finds a place for an entry: one that is free, or has what was not used lately. If all is
    /// used, the next entry finds one that is not used again until then.
    fn way_for(&self, share: usize) -> Option<usize> {
        let is_free = |way: &usize| self.entries[*way].is_none();
        let is_unused = |way: &usize| !self.is_used[*way].get();
        let found = ways(share).find(is_free).or_else(|| ways(share).find(is_unused));
        if found.is_none() {
            ways(share).for_each(|way| self.is_used[way].set(false));
        }
        found
    }

    fn put(&mut self, way: usize, entry: Arc<Entry>) {
        self.tags[way] = tag(entry.hash());
        self.is_used[way].set(false);
        self.entries[way] = Some(entry);
    }
}

/// The places in a set of files, or of paths that name none.
fn ways(share: usize) -> std::ops::Range<usize> {
    if share == NEGATIVE { NEGATIVE_WAY..WAYS } else { 0..NEGATIVE_WAY }
}

const fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

const WAYS: usize = 4;

/// The one for paths that name no file.
const NEGATIVE_WAY: usize = 3;

/// Which of two bounds is that of files.
const FILES: usize = 0;

/// Which of two bounds is that of paths that name none.
const NEGATIVE: usize = 1;

const SETS_MIN: usize = 16;

/// At four entries each it takes a quarter of a mebibyte.
const SETS_MAX: usize = 4096;

/// Sets that are looked through each time.
const SWEPT: usize = 2;

/// Sets that are looked through for one entry's room.
const LOOKS_MAX: usize = 64;

#[cfg(test)]
mod tests;
