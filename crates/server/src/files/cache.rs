//! The files that a worker keeps ready, by the paths they are asked for under.
//!
//! What was found under a path is believed for one second, then it must be found again; that makes
//! the common request one look into a table, without a system call or a lock. The cache belongs to
//! one worker and is bounded: bytes, descriptors held open, and a small share for paths that name
//! nothing, so that asking for those pushes no file out.
//!
//! It opens nothing and knows no time but the one it is told. What it evicts does not depend on the
//! order of a hash table: the same requests give the same evictions.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use reactor::clock::Instant;
use settings::Limits;

use super::load::Finding;
use super::variants::Variants;

/// What a worker found under paths lately.
pub(super) struct Cache {
    /// Hashed with a seed that no client knows; should one find collisions all the same, the
    /// shelves bound how many.
    places: HashMap<Rc<[u8]>, Place, RandomState>,
    shelves: [Shelf; ShelfName::COUNT],
}

/// What the cache says of a path.
pub(super) enum Lookup<'a> {
    /// It was found within the last second.
    Fresh(&'a Finding),
    /// This file was found longer ago.
    Stale(Arc<Variants>),
    /// Nothing that would help.
    Unknown,
}

impl Cache {
    pub(super) fn new(limits: &Limits) -> Self {
        let negative_size_max = limits.cache_size / NEGATIVE_SHARE;
        let held_size_max = limits.cache_size / HELD_SIZE_SHARE;
        let memory_size_max = limits.cache_size - negative_size_max - held_size_max;
        let descriptors = limits.descriptor_reserve / HELD_SHARE;
        Self {
            places: HashMap::default(),
            shelves: [
                Shelf::new(Cost { size: memory_size_max, descriptors: 0 }),
                Shelf::new(Cost { size: held_size_max, descriptors }),
                Shelf::new(Cost { size: negative_size_max, descriptors: 0 }),
            ],
        }
    }

    /// Says what is known of a path.
    pub(super) fn look_up(&mut self, path: &[u8], now: Instant) -> Lookup<'_> {
        let Some(place) = self.places.get(path) else { return Lookup::Unknown };
        let Some(entry) = self.shelves[place.shelf as usize].entry_mut(place.slot) else {
            return Lookup::Unknown;
        };
        entry.is_used = true;
        match &entry.finding {
            finding if now.since(entry.checked_at) < FRESH_FOR => Lookup::Fresh(finding),
            Finding::File(file) => Lookup::Stale(Arc::clone(file)),
            Finding::Directory | Finding::Missing => Lookup::Unknown,
        }
    }

    /// Keeps what was found under a path at a moment, and lets go of what that leaves no room for.
    pub(super) fn insert(&mut self, path: &[u8], finding: Finding, checked_at: Instant) {
        self.remove(path);
        let key = Rc::<[u8]>::from(path);
        let (name, cost) = shelf_and_cost(&key, &finding);
        let shelf = &mut self.shelves[name as usize];
        if !cost.fits(shelf.cost_max) {
            return;
        }
        while !shelf.cost.plus(cost).fits(shelf.cost_max) {
            let evicted = shelf.evict().expect("a shelf without entries has room for any");
            self.places.remove(&evicted);
        }
        let entry = Entry { key: Rc::clone(&key), finding, cost, checked_at, is_used: false };
        let slot = shelf.put(entry);
        self.places.insert(key, Place { shelf: name, slot });
    }

    /// Lets go of all files that are held open, because descriptors are short; tells whether there
    /// were any. Those that are being sent are closed when that is done.
    pub(super) fn let_go_of_files(&mut self) -> bool {
        let shelf = &mut self.shelves[ShelfName::Held as usize];
        let mut has_held = false;
        while let Some(key) = shelf.evict() {
            self.places.remove(&key);
            has_held = true;
        }
        has_held
    }

    fn remove(&mut self, path: &[u8]) {
        if let Some(place) = self.places.remove(path) {
            self.shelves[place.shelf as usize].take(place.slot);
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    shelf: ShelfName,
    slot: usize,
}

/// Each shelf has its own bound, so that no kind of entry pushes out another.
#[derive(Clone, Copy)]
enum ShelfName {
    /// Files in memory, bounded in bytes.
    Memory,
    /// Files of which a representation is held open, bounded in descriptors, and in bytes too.
    Held,
    /// Paths that name no file, bounded in bytes.
    Negative,
}

impl ShelfName {
    const COUNT: usize = 3;
}

/// What an entry takes of what is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    /// In bytes of memory.
    size: usize,
    descriptors: usize,
}

impl Cost {
    const NONE: Self = Self { size: 0, descriptors: 0 };

    const fn plus(self, other: Self) -> Self {
        Self { size: self.size + other.size, descriptors: self.descriptors + other.descriptors }
    }

    const fn minus(self, other: Self) -> Self {
        Self { size: self.size - other.size, descriptors: self.descriptors - other.descriptors }
    }

    const fn fits(self, max: Self) -> bool {
        self.size <= max.size && self.descriptors <= max.descriptors
    }
}

fn shelf_and_cost(key: &[u8], finding: &Finding) -> (ShelfName, Cost) {
    let (content, descriptors) = match finding {
        Finding::File(file) => (file.size(), file.held()),
        Finding::Directory | Finding::Missing => (0, 0),
    };
    let shelf = match finding {
        Finding::File(_) if descriptors > 0 => ShelfName::Held,
        Finding::File(_) => ShelfName::Memory,
        Finding::Directory | Finding::Missing => ShelfName::Negative,
    };
    (shelf, Cost { size: ENTRY_OVERHEAD + key.len() + content, descriptors })
}

/// Entries under a common bound. A hand goes round them and evicts those not used since it last
/// came by: nearly the least recently used one, at no cost to a hit but a flag.
struct Shelf {
    slots: Vec<Option<Entry>>,
    free: Vec<usize>,
    hand: usize,
    cost: Cost,
    cost_max: Cost,
}

struct Entry {
    key: Rc<[u8]>,
    finding: Finding,
    cost: Cost,
    checked_at: Instant,
    is_used: bool,
}

impl Shelf {
    const fn new(cost_max: Cost) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), hand: 0, cost: Cost::NONE, cost_max }
    }

    fn entry_mut(&mut self, slot: usize) -> Option<&mut Entry> {
        self.slots.get_mut(slot)?.as_mut()
    }

    fn put(&mut self, entry: Entry) -> usize {
        self.cost = self.cost.plus(entry.cost);
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(entry);
                slot
            }
            None => {
                self.slots.push(Some(entry));
                self.slots.len() - 1
            }
        }
    }

    fn take(&mut self, slot: usize) -> Option<Entry> {
        let entry = self.slots.get_mut(slot)?.take()?;
        self.cost = self.cost.minus(entry.cost);
        self.free.push(slot);
        Some(entry)
    }

    /// Takes out the next entry that was not used since the hand last passed it, and gives its key;
    /// `None` if there are no entries. Two rounds always find one.
    fn evict(&mut self) -> Option<Rc<[u8]>> {
        for _ in 0..2 * self.slots.len() {
            let slot = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            match self.entry_mut(slot) {
                Some(entry) if entry.is_used => entry.is_used = false,
                Some(_) => return self.take(slot).map(|entry| entry.key),
                None => {}
            }
        }
        None
    }
}

/// How long a finding is believed. A cached file is never more stale than that.
pub(super) const FRESH_FOR: Duration = Duration::from_secs(1);

/// Which part of the cache's memory paths that name no file may have.
const NEGATIVE_SHARE: usize = 64;

/// Which part of the cache's memory files held open may have: for their heads, and for siblings
/// that are small.
const HELD_SIZE_SHARE: usize = 8;

/// Which part of the descriptors in reserve files may hold open in one worker.
const HELD_SHARE: usize = 4;

/// The bytes that an entry takes besides its key, its content and its heads: places in the tables,
/// the structures themselves and what the allocator adds, generously.
const ENTRY_OVERHEAD: usize = 512;

#[cfg(test)]
mod tests;
