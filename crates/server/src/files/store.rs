//! What has been found under paths, for all workers of a server.
//!
//! A worker comes here when its own [`map`](super::map) does not know a path, or has known it for a
//! second; what one of them has found then, all believe, so that a file is looked at once a second,
//! not once for each worker. The common request does not come here at all.
//!
//! ```text
//!   shard 0  ┌ table: path → slot ┐   slots of files             ▓▓░▓░░▓░
//!      ⋮     └────────────────────┘   … of what is not there     ░░░░░░
//!   shard 15                                                        ▲ hand
//! ```
//!
//! The tables are divided into shards, each with a lock, by the hash of the path. Each kind of
//! entry has a share of the memory and a *hand* that goes round the slots of all shards and takes
//! out what makes room: nearly the least recently used, at no cost to who uses it. An entry that
//! some worker's map has is in use, and stays: taken out it would not be freed. So what is
//! accounted for is all that there is. Maps are bounded to leave room beside them, and have an
//! entry only from its second use on; what is asked for once, be it every file of a large tree,
//! passes through the store and leaves them as they are.
//!
//! Which of the files that are too large for memory are held open is another matter, of
//! [`open`](super::open): what else is kept of a file, a form that was made of it above all,
//! outlives its descriptor.
//!
//! It opens nothing and knows no time but the one it is told. What it takes out follows from what
//! is asked of it, not from the order of a hash table.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::fast::RandomState;
use reactor::clock::Instant;
use settings::Limits;

use super::entry::{Entry, FRESH_FOR, Key, Kind};
use super::load::{Finding, Found};
use super::open::OpenFiles;
use super::shelf::Shelf;
use super::slice::DiskFile;
use super::variants::Variants;

/// The findings that all workers share.
#[derive(Debug)]
pub(super) struct Store {
    shards: [Mutex<Shard>; SHARDS],
    rations: [Mutex<Ration>; Kind::COUNT],
    open: OpenFiles,
    /// How many workers' maps there are.
    maps: AtomicUsize,
    /// For files, for paths that name none.
    map_size_max: [usize; 2],
}

/// What the store says of a path.
#[derive(Debug)]
pub(super) enum Lookup {
    /// It was found within the last second.
    Fresh(Arc<Entry>),
    /// This file was found longer ago.
    Stale(Arc<Variants>),
    /// Nothing that would help.
    Unknown,
}

impl Store {
    /// Makes one that keeps at most so many files open, whatever the limits say.
    pub(super) fn new(limits: &Limits, open_files_max: usize) -> Self {
        let negative = limits.cache_size / NEGATIVE_SHARE;
        let files = limits.cache_size - negative - limits.cache_size / UNCOUNTED_SHARE;
        Self {
            shards: Default::default(),
            rations: [files, negative].map(|size| Mutex::new(Ration::new(size))),
            open: OpenFiles::new(limits.open_files_max.min(open_files_max)),
            maps: AtomicUsize::new(0),
            map_size_max: [files / MAP_SHARE, negative / MAP_SHARE],
        }
    }

    /// Notes that a worker has a map.
    pub(super) fn add_map(&self) {
        self.maps.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the bytes that each worker's map may have, of files and of paths that name none.
    ///
    /// All of them together have half of what the store has. Where there are many each may have
    /// an eighth of that, for most of what they have they share.
    pub(super) fn map_size_max(&self) -> [usize; 2] {
        let maps = self.maps.load(Ordering::Relaxed).clamp(1, MAPS_MAX);
        self.map_size_max.map(|size| size / maps)
    }

    /// Says what is known of a path.
    pub(super) fn look_up(&self, key: Key<'_>, now: Instant) -> Lookup {
        let mut shard = self.shard(key.hash);
        let Some(kept) = shard.kept_mut(key) else { return Lookup::Unknown };
        match kept.finding() {
            _ if kept.is_fresh(now) => Lookup::Fresh(Arc::clone(kept)),
            Finding::File(file) => Lookup::Stale(Arc::clone(file)),
            Finding::Directory | Finding::Missing => Lookup::Unknown,
        }
    }

    /// Returns the file that is kept under a path, however long ago it was found.
    pub(super) fn file(&self, key: Key<'_>) -> Option<Arc<Variants>> {
        match self.shard(key.hash).kept_mut(key)?.finding() {
            Finding::File(file) => Some(Arc::clone(file)),
            Finding::Directory | Finding::Missing => None,
        }
    }

    /// Keeps what was found under a path at a moment, and lets go of what that leaves no room for.
    ///
    /// What was found later is not replaced by it: who found this had to wait.
    pub(super) fn keep(&self, key: Key<'_>, found: &Found, checked_at: Instant) {
        let Found { finding, pins } = found;
        let fresh_until = checked_at.after(FRESH_FOR);
        let replaced = {
            let mut shard = self.shard(key.hash);
            match shard.kept_mut(key) {
                Some(kept) if kept.finding().is_same(finding) => {
                    kept.renew(fresh_until);
                    drop(shard);
                    pins.iter().for_each(|file| self.open.keep(file));
                    return;
                }
                Some(kept) if kept.fresh_until() > fresh_until => return,
                Some(_) => shard.take(key),
                None => None,
            }
        };
        self.give_back(replaced, Some(finding));
        let entry = Arc::new(Entry::new(key, finding.clone(), fresh_until));
        if self.make_room(entry.kind(), entry.size()) {
            // Before anyone can find them, and replace them.
            pins.iter().for_each(|file| self.open.keep(file));
            let replaced = self.shard(key.hash).put(entry);
            self.give_back(replaced, Some(finding));
        }
    }

    /// Puts another form of a file in the place of the one that is kept, `old`, and has it believed
    /// as long; tells whether it did. It does not if that is not kept any more, or there is no
    /// room.
    ///
    /// All workers see it at once. It is for what is made of the file later: a coding of it.
    pub(super) fn replace_if_same(
        &self,
        key: Key<'_>,
        old: &Arc<Variants>,
        new: Arc<Variants>,
    ) -> bool {
        let finding = Finding::File(new);
        let (is_old, mut replaced) = (Finding::File(Arc::clone(old)), None);
        // In use meanwhile, so that it need not make room for what takes its place.
        let in_use = self.shard(key.hash).kept_mut(key).map(|kept| Arc::clone(kept));
        if !in_use.as_ref().is_some_and(|kept| kept.finding().is_same(&is_old)) {
            return false;
        }
        let entry = Entry::new(key, finding.clone(), Instant::ORIGIN);
        let (kind, size) = (entry.kind(), entry.size());
        if !self.make_room(kind, size) {
            return false;
        }
        let mut shard = self.shard(key.hash);
        if let Some(kept) = shard.kept_mut(key).filter(|kept| kept.finding().is_same(&is_old)) {
            entry.renew(kept.fresh_until());
            replaced = shard.put(Arc::new(entry));
        }
        drop(shard);
        let is_replaced = replaced.is_some();
        self.give_back(replaced, Some(&finding));
        if !is_replaced {
            self.ration(kind).give_back(size);
        }
        is_replaced
    }

    /// Closes all files that are held open, because descriptors are short; tells whether there were
    /// any. Those that are being sent are closed when that is done.
    pub(super) fn let_go_of_files(&self) -> bool {
        self.open.let_go_of_all()
    }

    /// Takes the memory of an entry, letting go of others until it fits; tells whether it does.
    fn make_room(&self, kind: Kind, size: usize) -> bool {
        let mut ration = self.ration(kind);
        let mut looks = LOOKS_MAX;
        let mut evicted = Vec::new();
        let has_room = size <= ration.max
            && loop {
                if ration.taken + size <= ration.max {
                    ration.taken += size;
                    break true;
                }
                if looks == 0 {
                    break false;
                }
                if let Some(entry) = self.advance(&mut ration.hand, kind, &mut looks) {
                    ration.give_back(entry.size());
                    evicted.push(entry);
                }
            };
        drop(ration);
        // Files are closed and memory is freed with no lock held.
        evicted.iter().for_each(|entry| self.close(entry, None));
        has_room
    }

    /// Moves a hand on within its shard, to the end of it or to the next entry that is let go of.
    fn advance(&self, hand: &mut Hand, kind: Kind, looks: &mut usize) -> Option<Arc<Entry>> {
        let mut shard = lock(&self.shards[hand.shard]);
        while let Some(look) = shard.look(kind, hand.slot) {
            hand.slot += 1;
            *looks = looks.saturating_sub(1);
            if look.is_some() || *looks == 0 {
                return look;
            }
        }
        // To go to the next shard is a look as well: there is an end to it though all are empty.
        *looks = looks.saturating_sub(1);
        *hand = Hand { shard: (hand.shard + 1) % SHARDS, slot: 0 };
        None
    }

    /// Gives back what an entry took that was taken out, perhaps for another finding to take its
    /// place.
    fn give_back(&self, entry: Option<Arc<Entry>>, successor: Option<&Finding>) {
        if let Some(entry) = entry {
            self.ration(entry.kind()).give_back(entry.size());
            self.close(&entry, successor);
        }
    }

    /// Closes the files that an entry is sent from, but for those that its successor is, too.
    fn close(&self, entry: &Entry, successor: Option<&Finding>) {
        let Finding::File(file) = entry.finding() else { return };
        let is_kept = |held: &Weak<DiskFile>| match successor {
            Some(Finding::File(file)) => file.held().any(|other| other.ptr_eq(held)),
            _ => false,
        };
        file.held().filter(|held| !is_kept(held)).for_each(|held| self.open.let_go(held));
    }

    /// Never locked by who has the lock of a shard: the hand locks shards.
    fn ration(&self, kind: Kind) -> MutexGuard<'_, Ration> {
        lock(&self.rations[kind as usize])
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        // The low bits choose in the maps.
        lock(&self.shards[(hash >> SHARD_SHIFT) as usize])
    }

    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        self.open.len()
    }

    #[cfg(test)]
    pub(super) fn taken(&self, kind: Kind) -> usize {
        self.ration(kind).taken
    }
}

/// What a kind of entry may take of the memory, in bytes, and who is asked to give.
#[derive(Debug)]
struct Ration {
    taken: usize,
    max: usize,
    hand: Hand,
}

/// The next slot to be looked at for room.
#[derive(Clone, Copy, Debug, Default)]
struct Hand {
    shard: usize,
    slot: usize,
}

impl Ration {
    fn new(max: usize) -> Self {
        Self { taken: 0, max, hand: Hand::default() }
    }

    const fn give_back(&mut self, size: usize) {
        self.taken -= size;
    }
}

/// The entries whose paths have hashes of one range.
#[derive(Debug, Default)]
struct Shard {
    /// Hashed with a seed that no client knows; should one find collisions all the same, the
    /// rations bound how many.
    places: HashMap<ByPath, usize, RandomState>,
    shelves: [Shelf; Kind::COUNT],
}

impl Shard {
    /// Returns what is kept under a path, which is a use of it.
    fn kept_mut(&mut self, key: Key<'_>) -> Option<&mut Arc<Entry>> {
        let (ByPath(entry), &slot) = self.places.get_key_value(key.path)?;
        self.shelves[entry.kind() as usize].use_mut(slot)
    }

    /// Puts an entry in; returns the one that was there.
    fn put(&mut self, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        let key = Key { path: entry.path(), hash: entry.hash() };
        let replaced = self.take(key);
        let slot = self.shelves[entry.kind() as usize].put(Arc::clone(&entry));
        self.places.insert(ByPath(entry), slot);
        replaced
    }

    fn take(&mut self, key: Key<'_>) -> Option<Arc<Entry>> {
        let (ByPath(entry), slot) = self.places.remove_entry(key.path)?;
        self.shelves[entry.kind() as usize].take(slot);
        entry.retire();
        Some(entry)
    }

    /// Looks at a slot for the hand: takes the entry in it out, unless it is in use or was used
    /// since the hand last came by. `None` behind the last slot.
    #[expect(clippy::option_option, reason = "whether there is a slot, whether it gave its entry")]
    fn look(&mut self, kind: Kind, slot: usize) -> Option<Option<Arc<Entry>>> {
        // The table has it, and the shelf; whoever else has it is using it, or is a worker's map.
        // Nobody can begin to: this shard is locked.
        const OWN: usize = 2;
        let shelf = &mut self.shelves[kind as usize];
        let Some(entry) = shelf.unused(slot)? else { return Some(None) };
        if Arc::strong_count(entry) > OWN {
            return Some(None);
        }
        let entry = shelf.take(slot)?;
        self.places.remove(entry.path());
        entry.retire();
        Some(Some(entry))
    }
}

/// An entry under its path.
#[derive(Debug)]
struct ByPath(Arc<Entry>);

impl Borrow<[u8]> for ByPath {
    fn borrow(&self) -> &[u8] {
        self.0.path()
    }
}

impl PartialEq for ByPath {
    fn eq(&self, other: &Self) -> bool {
        self.0.path() == other.0.path()
    }
}

impl Eq for ByPath {}

impl Hash for ByPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.path().hash(state);
    }
}

/// No code panics while it holds one of the locks, so that a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const SHARDS: usize = 16;

/// What is left of a hash is the number of a shard.
const SHARD_SHIFT: u32 = u64::BITS - SHARDS.trailing_zeros();

/// Slots that are looked at for one entry's room: there is an end to it though all are in use.
const LOOKS_MAX: usize = 256;

/// Which part of the memory paths that name no file may have.
const NEGATIVE_SHARE: usize = 64;

/// Which part of the memory is left for what is not counted: the structures of open files, and what
/// maps have that has been replaced.
const UNCOUNTED_SHARE: usize = 8;

/// Which part of the memory maps may have.
const MAP_SHARE: usize = 2;

/// The maps among which that part is divided, if there are as many or more.
const MAPS_MAX: usize = 8;

#[cfg(test)]
mod tests;
