//! Sources: what a worker knows of the readiness of each socket.
//!
//! A source is registered with the poller once. Events set bits, and only what a call itself
//! reports clears them (rule 1): edge-triggered readiness that is forgotten does not come back.

use std::task::{Context, Poll, Waker};

use crate::driver::Event;
use crate::handle::Handle;
use crate::planted::{self, Bug};
use crate::poller::Readiness;
use crate::slab::Slab;
use crate::token::Token;

/// The entry of one source in its worker's table.
#[derive(Debug, Default)]
pub(crate) struct SourceState {
    readiness: Readiness,
    /// The task that owns the source. It stays when used: the next event wakes the same task.
    waker: Option<Waker>,
}

/// The table of a worker's sources, and the count of events that came too late for it.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    table: Slab<SourceState>,
    stale_events: u64,
}

impl Sources {
    pub(crate) fn insert(&mut self) -> Token {
        self.table.insert(SourceState::default())
    }

    pub(crate) fn remove(&mut self, token: Token) -> Option<Waker> {
        self.table.remove(token)?.waker
    }

    pub(crate) const fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) const fn stale_events(&self) -> u64 {
        self.stale_events
    }

    /// Takes in an event. One for an earlier tenant of the slot is counted and dropped (rule 2).
    pub(crate) fn dispatch(&mut self, event: Event) {
        let token = if planted::is_planted(Bug::StaleTokenHonoured) {
            self.table.tokens().into_iter().find(|token| token.slot() == event.token.slot())
        } else {
            Some(event.token)
        };
        let Some(state) = token.and_then(|token| self.table.entry_mut(token)) else {
            self.stale_events += 1;
            return;
        };
        let mut seen = event.readiness;
        if seen.intersects(Readiness::GONE) {
            // An error or a full close is something to be met in both directions.
            seen = seen | Readiness::IN | Readiness::OUT;
        }
        if seen.intersects(Readiness::RDHUP) {
            seen = seen | Readiness::IN;
        }
        state.readiness = state.readiness | seen;
        if let Some(waker) = &state.waker {
            waker.wake_by_ref();
        }
    }

    fn entry_mut(&mut self, token: Token) -> &mut SourceState {
        self.table.entry_mut(token).expect("a Source keeps its entry until it is dropped")
    }
}

/// A registered file's place in its worker's table; dropping it frees the place.
///
/// It belongs to one task at a time: the task that polled it last is woken.
#[derive(Debug)]
pub struct Source {
    token: Token,
    handle: Handle,
}

impl Source {
    pub(crate) const fn new(token: Token, handle: Handle) -> Self {
        Self { token, handle }
    }

    /// Returns the token that the file's events must carry.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }

    /// Returns the worker that the source belongs to.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns what is known of the file.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.handle.sources(|sources| sources.entry_mut(self.token).readiness)
    }

    /// Waits until any bit of `wanted` is set.
    ///
    /// # Cancel safety
    ///
    /// Nothing is consumed: stopping to poll loses nothing.
    pub fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.handle.sources(|sources| {
            let state = sources.entry_mut(self.token);
            if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                state.waker = Some(cx.waker().clone());
            }
            if state.readiness.intersects(wanted) {
                Poll::Ready(state.readiness)
            } else {
                Poll::Pending
            }
        })
    }

    /// Notes that a read found nothing more.
    pub fn on_read_would_block(&self) {
        self.clear(Readiness::IN);
    }

    /// Notes that a read gave less than was asked for.
    ///
    /// That means the buffer is empty and the next arrival is a new edge, but not once urgent
    /// data, a close or an error was seen: `recv` stops at an urgent mark, and of a close no
    /// further edge tells. Then the file stays readable until a read would block (rule 1).
    pub fn on_short_read(&self) {
        self.handle.sources(|sources| {
            let state = sources.entry_mut(self.token);
            if !state.readiness.intersects(Readiness::EXCEPTIONAL) {
                state.readiness = state.readiness.without(Readiness::IN);
            }
        });
    }

    /// Notes that a write found no room, or room for a part only.
    pub fn on_short_write(&self) {
        self.clear(Readiness::OUT);
    }

    fn clear(&self, bits: Readiness) {
        self.handle.sources(|sources| {
            let state = sources.entry_mut(self.token);
            state.readiness = state.readiness.without(bits);
        });
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // The waker is dropped outside the table: its drop may run code of others.
        let waker = self.handle.sources(|sources| sources.remove(self.token));
        drop(waker);
    }
}

#[cfg(test)]
mod tests;
