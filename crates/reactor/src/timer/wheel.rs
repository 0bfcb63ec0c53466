//! The timing wheel: deadlines, kept so that setting, moving and ending one costs the same
//! whether there are ten or a million.
//!
//! Eight levels of 64 slots; a slot of level 0 is one tick of 1 ms, a slot of the next level all
//! 64 slots of the level below. Together they count every moment that [`Instant`] can name, so
//! nothing wraps and nothing is clamped. An entry stands at the level of the highest digit (base
//! 64) in which its tick differs from the tick reached so far, in the slot of that digit:
//!
//! ```text
//!   reached 00:01:07                            level 1             level 0
//!   due     00:01:09  ── differs in digit 0 ──────────────────────►  slot 9
//!   due     00:03:40  ── differs in digit 1 ──►  slot 3  ── later ►  slot 40
//! ```
//!
//! So the slots in use always lie ahead, low levels come before high ones, and the place that
//! comes up next is the lowest bit of the lowest level's bitmap. When a place of a higher level
//! comes up its entries move down; one entry moves at most seven times.
//!
//! A deadline moved later, which is what every request does to its connection's, is stored and
//! nothing else: the entry moves on when its old place comes up.
//!
//! The wheel knows no clock, no thread and no waker: it is told the time and says when it next
//! wants to be told.

use crate::clock::Instant;
use crate::slab::Slab;
use crate::token::Token;

/// Deadlines with a value each.
///
/// # Limits
///
/// Deadlines are rounded up to the next millisecond of the clock: an entry is never early, and at
/// most 1 ms late.
#[derive(Debug)]
pub struct Wheel<T> {
    entries: Slab<Entry<T>>,
    /// Every entry due at or before this tick has been visited, except those given such a
    /// deadline since; they are in the slot of this very tick.
    reached: u64,
    /// For each level the slots in use, one bit each.
    occupied: [u64; LEVELS],
    /// The first entry of each slot's list; [`NIL`] when the slot is empty.
    heads: [[Token; SLOTS]; LEVELS],
}

#[derive(Debug)]
struct Entry<T> {
    deadline: Instant,
    value: T,
    next: Token,
    previous: Token,
    /// Where the entry is linked. With a deadline moved later, a place that comes up earlier.
    place: Option<Place>,
}

/// A slot of the wheel: level and slot in one number. Places compare by when they come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u16);

impl<T> Wheel<T> {
    /// Makes an empty wheel that has been told `start` as the time.
    #[must_use]
    pub const fn new(start: Instant) -> Self {
        Self {
            entries: Slab::new(),
            reached: tick_at(start),
            occupied: [0; LEVELS],
            heads: [[NIL; SLOTS]; LEVELS],
        }
    }

    /// Returns the number of entries, with or without a deadline.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an entry. [`Instant::NEVER`] adds it without a place in the wheel.
    pub fn insert(&mut self, deadline: Instant, value: T) -> Token {
        let entry = Entry { deadline, value, next: NIL, previous: NIL, place: None };
        let token = self.entries.insert(entry);
        self.link(token, deadline);
        token
    }

    /// Returns the value of an entry for change, or nothing if the token is stale.
    #[must_use]
    pub fn value_mut(&mut self, token: Token) -> Option<&mut T> {
        self.entries.entry_mut(token).map(|entry| &mut entry.value)
    }

    /// Returns the deadline of an entry, or nothing if the token is stale.
    #[must_use]
    pub fn deadline(&self, token: Token) -> Option<Instant> {
        self.entries.entry(token).map(|entry| entry.deadline)
    }

    /// Gives an entry a new deadline; [`Instant::NEVER`] takes it out of the wheel but not out of
    /// the table. A stale token is ignored.
    pub fn set_deadline(&mut self, token: Token, deadline: Instant) {
        let place = self.place_of(tick_due(deadline));
        let Some(entry) = self.entries.entry_mut(token) else { return };
        entry.deadline = deadline;
        let comes_up_in_time = entry.place.is_some_and(|old| old <= place);
        if deadline == Instant::NEVER || !comes_up_in_time {
            self.unlink(token);
            self.link(token, deadline);
        }
    }

    /// Removes an entry and returns its value, or nothing if the token is stale.
    pub fn cancel(&mut self, token: Token) -> Option<T> {
        self.unlink(token);
        self.entries.remove(token).map(|entry| entry.value)
    }

    /// Returns when [`Wheel::advance`] must next be called; nothing while no entry is linked.
    ///
    /// It may be earlier than the earliest deadline (an entry has to move down, or its deadline
    /// was moved later), never later than its millisecond.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.next_place().map(|(_place, tick)| instant_of(tick))
    }

    /// Tells the wheel the time and visits each entry whose deadline has passed, once.
    ///
    /// A visited entry stays in the table until it is cancelled or given a new deadline. A time
    /// earlier than the last is ignored.
    pub fn advance(&mut self, now: Instant, visit: &mut impl FnMut(Token, &mut T)) {
        let now = tick_at(now);
        while let Some((place, tick)) = self.next_place() {
            if tick > now {
                break;
            }
            self.reached = tick;
            self.empty_place(place, visit);
        }
        // Nothing is due in between, and nothing changes its place: see the module's drawing.
        self.reached = self.reached.max(now);
    }

    /// Visits the entries of a place that has come up, or moves them on.
    fn empty_place(&mut self, place: Place, visit: &mut impl FnMut(Token, &mut T)) {
        loop {
            let token = self.heads[place.level()][place.slot()];
            if token == NIL {
                break;
            }
            self.unlink(token);
            let entry = self.entries.entry_mut(token).expect("a list holds entries of the table");
            if tick_due(entry.deadline) <= self.reached {
                visit(token, &mut entry.value);
            } else {
                let deadline = entry.deadline;
                self.link(token, deadline);
            }
        }
    }

    /// Returns the place that comes up next and the tick at which it does.
    fn next_place(&self) -> Option<(Place, u64)> {
        let level = self.occupied.iter().position(|&slots| slots != 0)?;
        let slot = self.occupied[level].trailing_zeros();
        let shift = SLOT_BITS * level;
        let before = (self.reached >> shift) & !SLOT_MASK;
        Some((Place::new(level, slot), (before | u64::from(slot)) << shift))
    }

    /// Returns where an entry due at `tick` belongs; one already due, in the slot reached.
    fn place_of(&self, tick: u64) -> Place {
        let tick = tick.max(self.reached);
        let highest_bit = (tick ^ self.reached).checked_ilog2().unwrap_or(0);
        let level = highest_bit as usize / SLOT_BITS;
        let slot = (tick >> (SLOT_BITS * level)) & SLOT_MASK;
        Place::new(level, slot as u32)
    }

    /// Links an unlinked entry where `deadline` belongs.
    fn link(&mut self, token: Token, deadline: Instant) {
        if deadline == Instant::NEVER {
            return;
        }
        let place = self.place_of(tick_due(deadline));
        let (level, slot) = (place.level(), place.slot());
        let head = std::mem::replace(&mut self.heads[level][slot], token);
        self.occupied[level] |= 1 << slot;
        if let Some(entry) = self.entries.entry_mut(head) {
            entry.previous = token;
        }
        if let Some(entry) = self.entries.entry_mut(token) {
            entry.next = head;
            entry.previous = NIL;
            entry.place = Some(place);
        }
    }

    /// Takes an entry out of its list, if it is in one.
    fn unlink(&mut self, token: Token) {
        let Some(entry) = self.entries.entry_mut(token) else { return };
        let Some(place) = entry.place.take() else { return };
        let (next, previous) = (entry.next, entry.previous);
        if let Some(entry) = self.entries.entry_mut(next) {
            entry.previous = previous;
        }
        if let Some(entry) = self.entries.entry_mut(previous) {
            entry.next = next;
            return;
        }
        let (level, slot) = (place.level(), place.slot());
        self.heads[level][slot] = next;
        if next == NIL {
            self.occupied[level] &= !(1 << slot);
        }
    }
}

impl Place {
    const fn new(level: usize, slot: u32) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "eight levels of 64 slots")]
        Self((level * SLOTS) as u16 + slot as u16)
    }

    const fn level(self) -> usize {
        self.0 as usize / SLOTS
    }

    const fn slot(self) -> usize {
        self.0 as usize % SLOTS
    }
}

/// Returns the tick that the clock has reached at `now`.
const fn tick_at(now: Instant) -> u64 {
    now.as_nanos() / TICK_NANOS
}

/// Returns the tick at which `deadline` has passed for certain.
const fn tick_due(deadline: Instant) -> u64 {
    deadline.as_nanos().div_ceil(TICK_NANOS)
}

const fn instant_of(tick: u64) -> Instant {
    Instant::from_nanos(tick.saturating_mul(TICK_NANOS))
}

const TICK_NANOS: u64 = 1_000_000;
const SLOT_BITS: usize = 6;
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_MASK: u64 = SLOTS as u64 - 1;

/// Enough for every tick there is: an `Instant` counts to 2⁶⁴ ns, which is less than 2⁴⁸ ms.
const LEVELS: usize = 8;

/// No entry. No slab gives this token out: it would need 2³² entries.
const NIL: Token = Token::from_bits(u64::MAX);

#[cfg(test)]
mod tests;
