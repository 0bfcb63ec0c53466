//! What is going to happen in a simulated world, in order of time.
//!
//! Actions of the same moment happen in the order in which they were planned; chance is in the
//! moments, not in the queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use reactor::Token;
use reactor::clock::Instant;
use reactor::poller::Readiness;

use super::net::{LinkId, Way};

/// Something that happens beyond the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A packet reaches the end of its way.
    Arrive(LinkId, Way),
    /// The kernel tells the worker of a connection's readiness.
    Event(LinkId),
    /// It tells of one that is closed: the event was under way when it was.
    StaleEvent(Token, Readiness),
    /// A client acts.
    Client(usize),
    /// A thread of the pool runs until it waits or its job ends.
    Pool,
}

/// Actions and their moments.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    planned: u64,
}

/// Ordered by moment, then by when it was planned; that is unique, so the action never decides.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    number: u64,
    action: Action,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: Instant, action: Action) {
        self.planned += 1;
        self.heap.push(Reverse(Entry { at, number: self.planned, action }));
    }

    /// Returns the moment of the next action.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next action if its moment has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Action> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.action)
    }
}

impl Entry {
    const fn key(&self) -> (Instant, u64) {
        (self.at, self.number)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
