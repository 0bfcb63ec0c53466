//! Listings that have begun and are not finished: how many there may be, and which must give way.
//!
//! What is left of a listing is kept here while it waits for its reader, not with the connection:
//! so a listing can be ended for another without the connection's doing, which notices when its
//! reader wants more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::stream::Rest;

/// The listings that are not finished.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    taken: Arc<AtomicUsize>,
    waiting: Mutex<Waiting>,
}

/// What is left of those that wait for their readers.
#[derive(Debug, Default)]
struct Waiting {
    /// The number of the next; who has waited longer has a lesser one.
    next: u64,
    rests: BTreeMap<u64, Rest>,
}

impl Unfinished {
    /// Gives a place to one more listing. If there are `max`, the one that has waited for its
    /// reader longest gives way; `None` if all of them are at work.
    pub(super) fn begin(&self, max: usize) -> Option<Place> {
        loop {
            if let Some(place) = Place::take(&self.taken, max) {
                return Some(place);
            }
            let (_, ended) = self.lock().rests.pop_first()?;
            // Its place is free with it.
            drop(ended);
        }
    }

    /// Keeps what is left of a listing until its reader wants more.
    pub(super) fn keep(self: &Arc<Self>, rest: Rest) -> Kept {
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.rests.insert(number, rest);
        Kept { unfinished: Arc::clone(self), number }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Locked for a change of the map, never while a thread may wait. No code panics meanwhile, so
    /// that a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claim on what is left of a listing. Dropped, it is let go.
#[derive(Debug)]
pub(super) struct Kept {
    unfinished: Arc<Unfinished>,
    number: u64,
}

impl Kept {
    /// Gives back what was kept; `None` if it had to give way.
    pub(super) fn take(&mut self) -> Option<Rest> {
        self.unfinished.lock().rests.remove(&self.number)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// One of so many places. Dropped, it is given back.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Place {
    /// Takes one, unless `max` are taken.
    pub(super) fn take(taken: &Arc<AtomicUsize>, max: usize) -> Option<Self> {
        let one_more = |count| (count < max).then_some(count + 1);
        let updated = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        updated.is_ok().then(|| Self(Arc::clone(taken)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
