//! The roll: the connections of a worker, and which of them can be spared.
//!
//! When descriptors or memory run short someone has to go, and it should be who loses least by it:
//! the connection that has been idle longest, then the head that has been unfinished longest. The
//! roll knows each connection's standing, which is one store each time the connection begins to
//! wait; only when something is short is it gone through.
//!
//! ```text
//!              asked to leave        reads once more: a request that has come is answered and
//!   idle ─────────────────────────►  announces the end, else the connection is closed
//!              given up              408, or nothing if nothing of the head has come
//!   unfinished head ──────────────►
//! ```
//!
//! It closes nothing itself: connections are woken, find that they were asked, and end in their own
//! turn. One that is at work is never asked.

use std::cell::{Cell, RefCell};
use std::task::Waker;
use std::time::Duration;

use reactor::Token;
use reactor::clock::Instant;
use reactor::slab::Slab;

/// How long a head may be unfinished, or a connection without its first, before another connection
/// is worth more. Younger ones are on their way: in a rush of clients each would push out the one
/// before, and none be served.
pub(crate) const HEAD_GRACE: Duration = Duration::from_secs(1);

/// Which part of the idle connections is asked at a time, so that going through the roll is rare
/// where it takes long.
const IDLE_SHARE: usize = 64;

/// Most connections that are asked at a time for the sake of places: as many as a turn accepts.
const ASKED_MAX: usize = 16;

/// The connections of one worker.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    entries: RefCell<Slab<Entry>>,
    /// Entries that were asked and are still here.
    asked: Cell<usize>,
    /// When the roll was last gone through for the sake of memory.
    sought_at: Cell<Option<Instant>>,
}

/// A connection on the roll.
#[derive(Debug)]
struct Entry {
    waker: Waker,
    since: Instant,
    size: u32,
    kind: Kind,
    asked: Asked,
}

/// What a connection does, as far as it matters to who may be spared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It answers, or ends.
    AtWork,
    /// It waits for another request.
    Idle { since: Instant },
    /// It waits for the rest of a head, of which it keeps `size` bytes; none if it has never had
    /// a request.
    Head { since: Instant, size: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AtWork,
    Idle,
    Head,
}

/// What a connection was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing.
    Nothing,
    /// To leave when it is idle: another needs its place.
    ToLeave,
    /// To give its unfinished head up.
    ToGiveUp(Shortage),
}

/// What is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// Descriptors.
    Places,
    /// Memory.
    Memory,
}

impl Roll {
    /// Adds a connection, at work; returns what it is called here.
    pub(super) fn enter(&self) -> Token {
        self.entries.borrow_mut().insert(Entry {
            waker: Waker::noop().clone(),
            since: Instant::ORIGIN,
            size: 0,
            kind: Kind::AtWork,
            asked: Asked::Nothing,
        })
    }

    /// Says who wakes the connection's task.
    pub(super) fn set_waker(&self, seat: Token, waker: Waker) {
        if let Some(entry) = self.entries.borrow_mut().entry_mut(seat) {
            entry.waker = waker;
        }
    }

    /// Notes what a connection does from now on.
    pub(super) fn set_standing(&self, seat: Token, standing: Standing) {
        let mut entries = self.entries.borrow_mut();
        let Some(entry) = entries.entry_mut(seat) else { return };
        match standing {
            Standing::AtWork => entry.kind = Kind::AtWork,
            Standing::Idle { since } => {
                entry.kind = Kind::Idle;
                entry.since = since;
            }
            Standing::Head { since, size } => {
                entry.kind = Kind::Head;
                entry.since = since;
                entry.size = u32::try_from(size).unwrap_or(u32::MAX);
            }
        }
    }

    /// Returns what a connection was asked.
    pub(super) fn asked(&self, seat: Token) -> Asked {
        if self.asked.get() == 0 {
            return Asked::Nothing;
        }
        self.entries.borrow().entry(seat).map_or(Asked::Nothing, |entry| entry.asked)
    }

    /// Strikes a connection off.
    pub(super) fn leave(&self, seat: Token) {
        let left = self.entries.borrow_mut().remove(seat);
        if left.is_some_and(|entry| entry.asked != Asked::Nothing) {
            self.asked.set(self.asked.get() - 1);
        }
    }

    /// Asks those to leave that have been idle longest, if there are any; else those to give up
    /// whose heads have been unfinished longest, for [`HEAD_GRACE`] at least. Returns how many
    /// were asked; they will have left within a turn or two.
    pub(crate) fn make_room(&self, now: Instant) -> usize {
        let mut idle = self.candidates(|entry| entry.kind == Kind::Idle);
        let count = (idle.len() / IDLE_SHARE).clamp(1, ASKED_MAX);
        if !idle.is_empty() {
            return self.ask(eldest(&mut idle, count), Asked::ToLeave);
        }
        let mut heads = self
            .candidates(|entry| entry.kind == Kind::Head && now.since(entry.since) >= HEAD_GRACE);
        self.ask(eldest(&mut heads, ASKED_MAX), Asked::ToGiveUp(Shortage::Places))
    }

    /// Asks those to give up whose heads have been unfinished longest, so many that `excess` bytes
    /// are let go. It goes through the roll once a turn at most: who was asked leaves in the next.
    pub(super) fn free_memory(&self, excess: usize, now: Instant) {
        if self.sought_at.replace(Some(now)) == Some(now) {
            return;
        }
        let mut heads = self.candidates(|entry| entry.kind == Kind::Head && entry.size > 0);
        heads.sort_unstable();
        let mut freed = 0;
        let enough = heads.iter().take_while(|(.., size)| {
            let is_needed = freed < excess;
            freed += *size as usize;
            is_needed
        });
        let count = enough.count();
        self.ask(&heads[..count], Asked::ToGiveUp(Shortage::Memory));
    }

    /// Lists those that are meant and were not asked for as much already.
    fn candidates(&self, is_meant: impl Fn(&Entry) -> bool) -> Vec<Candidate> {
        let entries = self.entries.borrow();
        let may_be_asked = |entry: &Entry| match entry.kind {
            Kind::Head => !matches!(entry.asked, Asked::ToGiveUp(_)),
            Kind::Idle | Kind::AtWork => entry.asked == Asked::Nothing,
        };
        entries
            .iter()
            .filter(|(_, entry)| is_meant(entry) && may_be_asked(entry))
            .map(|(token, entry)| (entry.since, token, entry.size))
            .collect()
    }

    fn ask(&self, candidates: &[Candidate], asked: Asked) -> usize {
        let mut entries = self.entries.borrow_mut();
        for (_, token, _) in candidates {
            let Some(entry) = entries.entry_mut(*token) else { continue };
            if std::mem::replace(&mut entry.asked, asked) == Asked::Nothing {
                self.asked.set(self.asked.get() + 1);
            }
            entry.waker.wake_by_ref();
        }
        candidates.len()
    }
}

/// A connection that may be asked: since when it waits, what it is called, what it keeps.
type Candidate = (Instant, Token, u32);

/// Returns the `count` that have waited longest, in no order.
fn eldest(candidates: &mut [Candidate], count: usize) -> &[Candidate] {
    if count < candidates.len() {
        candidates.select_nth_unstable(count);
    }
    &candidates[..count.min(candidates.len())]
}

#[cfg(test)]
mod tests;
