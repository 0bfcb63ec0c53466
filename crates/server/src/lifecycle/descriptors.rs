//! Descriptors: how many connections the process may hold, and how many it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is assumed where the system sets no limit.
const UNLIMITED: u64 = 1 << 20;

/// Raises the process's soft limit to its hard one; returns what holds then.
pub(super) fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Refused, the limit stays what it was.
    setrlimit(Resource::Nofile, raised).ok();
    getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED)
}

/// The places that all workers' connections share.
#[derive(Clone, Debug)]
pub(super) struct Places {
    taken: Arc<AtomicUsize>,
    max: usize,
    /// That there are too few has been said.
    has_warned: Arc<AtomicBool>,
}

impl Places {
    /// Keeps `reserve` of `limit` descriptors back, but at most half: a server with very few still
    /// serves.
    pub(super) fn new(limit: u64, reserve: usize) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let max = limit - reserve.min(limit / 2);
        Self { taken: Arc::default(), max, has_warned: Arc::default() }
    }

    /// Tells, once for all workers, that it is time to say that there are too few.
    pub(super) fn must_warn(&self) -> bool {
        !self.has_warned.swap(true, Ordering::Relaxed)
    }

    /// Takes a place, if there is one.
    pub(super) fn take(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.taken));
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        // Too many: the drop of the place gives it back.
        (taken < self.max).then_some(place)
    }
}

/// A connection's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_under_at_and_over_the_limit() {
        let places = Places::new(66, 64);
        assert_eq!(places.max, 33, "at most half is kept back");
        let places = Places::new(1024, 1022);
        assert_eq!(places.max, 512);
        let places = Places::new(1000, 998);
        assert_eq!(Places::new(1000, 64).max, 936);
        let taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        assert_eq!(taken.len(), places.max);
        assert!(places.take().is_none());
        drop(taken);
        assert!(places.take().is_some());
    }
}
