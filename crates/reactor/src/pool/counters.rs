//! What a pool counts.
//!
//! The counts are kept by the [`Queue`](super::queue::Queue) under the pool's lock, so a snapshot
//! is of one moment and adds up.

use std::time::Duration;

use super::Refusal;

/// What a pool has done and is doing, at one moment.
///
/// Every job that was taken is in one place: [`Counters::submitted`] is the sum of what waits,
/// runs, returned, panicked and was discarded. Refused jobs were never taken and are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Jobs that were taken, since the start.
    pub submitted: u64,
    /// Jobs that wait for a thread: the depth of the queue.
    pub queued: usize,
    /// Jobs that have a thread, stuck ones included.
    pub running: usize,
    /// Jobs that returned, since the start.
    pub done: u64,
    /// Jobs that panicked, since the start.
    pub panicked: u64,
    /// Jobs that were taken and never run, since the start.
    pub discarded: Discarded,
    /// Jobs that were given back, since the start.
    pub refused: u64,
    /// The same by reason.
    pub refusals: Refusals,
    /// Jobs that run past their deadline.
    pub stuck: usize,
    /// Jobs that were stuck once, since the start.
    pub stuck_ever: u64,
    /// Threads that were started in place of stuck ones, since the start.
    pub replaced: u64,
    /// How long jobs waited that have begun.
    pub waited: Spent,
    /// How long jobs ran that have ended.
    pub ran: Spent,
}

impl Counters {
    /// Returns how many jobs were taken and are accounted for; always [`Counters::submitted`].
    #[must_use]
    pub const fn accounted(&self) -> u64 {
        let present = self.queued as u64 + self.running as u64;
        present + self.done + self.panicked + self.discarded.total()
    }
}

/// Jobs that never ran, by what was in the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discarded {
    /// They were taken back by their [`Ticket`](super::Ticket).
    pub cancelled: u64,
    /// Their deadline to start had passed when their turn came.
    pub late: u64,
    /// They waited when the pool was shut down.
    pub shut_down: u64,
}

impl Discarded {
    /// Returns their sum.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.cancelled + self.late + self.shut_down
    }
}

/// Refused jobs, by [`Refusal`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusals {
    /// The pool was shutting down.
    pub closed: u64,
    /// The pool's queue was full.
    pub full: u64,
    /// The lane's share was full.
    pub share_full: u64,
    /// The deadline to start could not be met.
    pub too_late: u64,
}

impl Refusals {
    pub(super) const fn add(&mut self, reason: Refusal) {
        let count = match reason {
            Refusal::Closed => &mut self.closed,
            Refusal::Full => &mut self.full,
            Refusal::ShareFull => &mut self.share_full,
            Refusal::TooLate => &mut self.too_late,
        };
        *count += 1;
    }
}

/// Time that jobs spent, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spent {
    /// All of them together.
    pub total: Duration,
    /// The one that spent most.
    pub max: Duration,
}

impl Spent {
    pub(super) fn add(&mut self, time: Duration) {
        self.total = self.total.saturating_add(time);
        self.max = self.max.max(time);
    }
}
