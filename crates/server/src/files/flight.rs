//! One loading for all who want the same file at once.
//!
//! Who wants a file that must be waited for boards the *flight* that is already on its way there,
//! or begins one. Whoever has it owns its end: when that is dropped without an arrival, be it by a
//! panic or because the pool has refused it, all aboard are told at once.
//!
//! A flight that was begun more than a second ago takes nobody in, for what it finds may be older
//! than a finding may be; the next to come begins another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reactor::clock::Instant;
use reactor::sync::oneshot::{Receiver, Sender, oneshot};

use super::entry::FRESH_FOR;
use super::load::Found;
use super::tree::OpenError;

/// What comes of a loading.
pub(super) type Loaded = Result<Found, OpenError>;

/// The loadings under way, by path.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<BTreeMap<Box<[u8]>, Vec<UnderWay>>>);

#[derive(Debug)]
struct UnderWay {
    begun: Instant,
    waiting: Vec<Sender<Loaded>>,
}

/// Where who wants a file finds itself.
pub(super) enum Boarding {
    /// It is to load the file, for itself and who comes after.
    Begun(Flight),
    /// The file is being loaded.
    Joined(Receiver<Loaded>),
}

impl Flights {
    /// Joins the loading of a path, or begins one.
    pub(super) fn board(self: &Arc<Self>, path: &[u8], now: Instant) -> Boarding {
        let mut table = self.lock();
        let flights = match table.get_mut(path) {
            Some(flights) => flights,
            None => table.entry(path.into()).or_default(),
        };
        // The last is the latest.
        if let Some(UnderWay { waiting, .. }) =
            flights.last_mut().filter(|flight| now.since(flight.begun) < FRESH_FOR)
        {
            if waiting.len() == waiting.capacity() {
                // Those who have left make room before there is more.
                waiting.retain(|sender| !sender.is_closed());
            }
            let (sender, receiver) = oneshot();
            waiting.push(sender);
            return Boarding::Joined(receiver);
        }
        flights.push(UnderWay { begun: now, waiting: Vec::new() });
        let flight = Flight { flights: Arc::clone(self), path: path.into(), begun: now };
        Boarding::Begun(flight)
    }

    /// Takes a flight off the table; returns who waits for it.
    fn remove(&self, path: &[u8], begun: Instant) -> Vec<Sender<Loaded>> {
        let mut table = self.lock();
        let Some(flights) = table.get_mut(path) else { return Vec::new() };
        let index = flights.iter().position(|flight| flight.begun == begun);
        let removed = index.map(|index| flights.remove(index));
        if flights.is_empty() {
            table.remove(path);
        }
        removed.map_or_else(Vec::new, |flight| flight.waiting)
    }

    /// Locked for a look or a change, never while a thread may wait. No code panics meanwhile, so
    /// that a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<[u8]>, Vec<UnderWay>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A loading that is under way. Dropped before it has landed, it tells those who wait that nothing
/// will come of it.
#[derive(Debug)]
pub(super) struct Flight {
    flights: Arc<Flights>,
    path: Box<[u8]>,
    begun: Instant,
}

impl Flight {
    /// Tells all who wait what was found. Called when the store has it already: who comes now finds
    /// it there.
    pub(super) fn land(self, found: &Loaded) {
        for sender in self.flights.remove(&self.path, self.begun) {
            // Who asked may be gone.
            drop(sender.send(found.clone()));
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // Outside of the lock: each of them wakes somebody.
        drop(self.flights.remove(&self.path, self.begun));
    }
}

#[cfg(test)]
mod tests;
