//! Descriptors: how many connections and files the process may hold, and how many it does.
//!
//! ```text
//!   0 ────────────── max ────── max + lent ────── limit
//!   │  connections    │  files    │  listeners, pool, log: the rest of the reserve
//!   │  and files      │  only     │
//! ```
//!
//! A file held open for an answer takes a place as a connection does. One that finds none left is
//! lent one from the reserve, and a connection that can be spared is asked to make up for it; so a
//! file need not wait for a connection to end, and is refused only when half of the reserve is
//! lent.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is assumed where the system sets no limit.
const UNLIMITED: u64 = 1 << 20;

/// Which part of the reserve may be lent to files.
const LENT_SHARE: usize = 2;

/// Which part of the places files may have that are kept open with nobody waiting for them.
const KEPT_SHARE: usize = 4;

/// Raises the process's soft limit to its hard one; returns what holds then.
pub(super) fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Refused, the limit stays what it was.
    setrlimit(Resource::Nofile, raised).ok();
    getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED)
}

/// The places that all workers' connections and files share.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    /// For connections and files.
    max: usize,
    /// For files.
    max_lent: usize,
    /// That there are too few has been said.
    has_warned: AtomicBool,
    /// Someone waits: looked at whenever a place is given back.
    is_awaited: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Who waits for a place to be given back.
#[derive(Debug, Default)]
struct Waiting {
    wakers: Vec<Waker>,
    /// How often they have been woken.
    rounds: u64,
}

impl Places {
    /// Keeps `reserve` of `limit` descriptors back, but at most half: a server with very few still
    /// serves.
    pub(super) fn new(limit: u64, reserve: usize) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let reserve = reserve.min(limit / 2);
        let max = limit - reserve;
        Self::with(max, max.saturating_add(reserve / LENT_SHARE))
    }

    /// Makes places without end.
    pub(super) fn unlimited() -> Self {
        Self::with(usize::MAX, usize::MAX)
    }

    fn with(max: usize, max_lent: usize) -> Self {
        Self(Arc::new(Shared {
            taken: AtomicUsize::new(0),
            max,
            max_lent,
            has_warned: AtomicBool::new(false),
            is_awaited: AtomicBool::new(false),
            waiting: Mutex::default(),
        }))
    }

    /// Tells, once for all workers, that it is time to say that there are too few.
    pub(super) fn must_warn(&self) -> bool {
        !self.0.has_warned.swap(true, Ordering::Relaxed)
    }

    /// Takes a place for a connection, if there is one.
    pub(super) fn take(&self) -> Option<Place> {
        self.take_below(self.0.max)
    }

    /// Takes a place for a file, or lends it one.
    pub(crate) fn take_for_file(&self) -> Option<Place> {
        self.take_below(self.0.max_lent)
    }

    /// Returns how many files may be kept open with nobody waiting for them: the rest is always for
    /// connections.
    pub(crate) fn kept_files_max(&self) -> usize {
        self.0.max / KEPT_SHARE
    }

    /// Tells whether places are lent.
    pub(crate) fn are_overdrawn(&self) -> bool {
        self.0.taken.load(Ordering::Relaxed) > self.0.max
    }

    fn take_below(&self, max: usize) -> Option<Place> {
        let place = Place(Some(Arc::clone(&self.0)));
        let taken = self.0.taken.fetch_add(1, Ordering::Relaxed);
        if taken < max {
            Some(place)
        } else {
            place.forgo();
            None
        }
    }

    /// Returns how often those that waited for a place have been woken.
    pub(super) fn rounds(&self) -> u64 {
        self.0.lock().rounds
    }

    /// Has `waker` woken when a place is given back.
    ///
    /// A place given back at this very moment by another worker may go unnoticed: who waits looks
    /// again after a while.
    pub(super) fn wake_when_freed(&self, waker: &Waker) {
        let mut waiting = self.0.lock();
        if !waiting.wakers.iter().any(|listed| listed.will_wake(waker)) {
            waiting.wakers.push(waker.clone());
        }
        self.0.is_awaited.store(true, Ordering::Release);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that holds the lock can panic half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn wake_waiting(&self) {
        let wakers = {
            let mut waiting = self.lock();
            self.is_awaited.store(false, Ordering::Release);
            waiting.rounds += 1;
            std::mem::take(&mut waiting.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// A connection's or file's place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place(Option<Arc<Shared>>);

impl Place {
    /// Gives a place back that was not used. Nobody is woken: no descriptor has become free, and
    /// two that wait would else wake each other without end.
    pub(super) fn forgo(mut self) {
        if let Some(shared) = self.0.take() {
            shared.taken.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        let taken = shared.taken.fetch_sub(1, Ordering::AcqRel);
        // One that was lent is no use to who waits.
        if taken <= shared.max && shared.is_awaited.load(Ordering::Acquire) {
            shared.wake_waiting();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::task::Wake;

    use super::*;

    #[test]
    fn places_under_at_and_over_the_limit() {
        let places = Places::new(66, 64);
        assert_eq!((places.0.max, places.0.max_lent), (33, 49), "at most half is kept back");
        assert_eq!(Places::new(1024, 1022).0.max, 512);
        assert_eq!(Places::new(1000, 64).0.max, 936);
        for (limit, kept) in [(0, 0), (64, 8), (1024, 240), (4096, 1008), (4160, 1024)] {
            assert_eq!(Places::new(limit, 64).kept_files_max(), kept, "{limit}");
        }
        let taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        assert_eq!(taken.len(), 33);
        assert!(places.take().is_none());
        drop(taken);
        assert!(places.take().is_some());
    }

    #[test]
    fn files_are_lent_places_that_connections_cannot_have() {
        let places = Places::new(20, 8);
        let mut taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        assert_eq!(taken.len(), 12);
        assert!(!places.are_overdrawn());
        let lent: Vec<_> = std::iter::from_fn(|| places.take_for_file()).collect();
        assert_eq!(lent.len(), 4);
        assert!(places.are_overdrawn());
        taken.truncate(8);
        assert!(!places.are_overdrawn(), "it is made up for");
        assert!(places.take().is_none());
        drop(lent);
        assert!(places.take().is_some());
    }

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_is_woken_when_a_place_is_free_and_not_before() {
        let places = Places::new(20, 8);
        let mut taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        let lent = places.take_for_file();
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        for _ in 0..2 {
            places.wake_when_freed(&waker);
        }
        drop(lent);
        assert_eq!((count.0.load(Ordering::Relaxed), places.rounds()), (0, 0));
        taken.pop();
        assert_eq!((count.0.load(Ordering::Relaxed), places.rounds()), (1, 1));
        taken.pop();
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "it waits no more");
    }
}
