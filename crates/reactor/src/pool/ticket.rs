//! Tickets: what whoever submitted a job keeps of it.
//!
//! A ticket does not carry the job's answer and does not wait: it is for the loop, which watches
//! the client and the clock while the pool works.

use std::fmt;
use std::sync::Arc;

use crate::Token;
use crate::sync::{AtomicBool, Ordering};

/// A job that a pool has taken.
///
/// Dropping it does nothing: the job goes on.
pub struct Ticket {
    /// Where the job is; a job that never was in a queue has none.
    place: Option<(Arc<dyn Desk>, Token)>,
    fate: Arc<Fate>,
}

/// What a ticket asks of its pool.
pub(super) trait Desk: Send + Sync {
    /// Takes the job out of the queue and drops it, if it waits.
    fn cancel(&self, token: Token) -> bool;

    /// Counts the job as stuck, if it runs, and has its thread replaced.
    fn on_overdue(self: Arc<Self>, token: Token);
}

/// What became of a job, for those who have no lock to look under.
#[derive(Debug, Default)]
pub(super) struct Fate {
    has_begun: AtomicBool,
    is_discarded: AtomicBool,
}

impl Ticket {
    pub(super) fn new(desk: Arc<dyn Desk>, token: Token, fate: Arc<Fate>) -> Self {
        Self { place: Some((desk, token)), fate }
    }

    /// Makes the ticket of a job that has ended already, for an [`Offload`](super::Offload) that
    /// runs each job where it is submitted.
    #[must_use]
    pub fn ended() -> Self {
        let fate = Fate::default();
        fate.begin();
        Self { place: None, fate: Arc::new(fate) }
    }

    /// Takes the job out of the queue if it has not begun, and tells whether it did.
    ///
    /// Its place is free when this returns. What its closure held is dropped on this thread, with
    /// no lock held.
    pub fn cancel(&self) -> bool {
        self.place.as_ref().is_some_and(|(desk, token)| desk.cancel(*token))
    }

    /// Tells whether a thread has begun the job; it may have ended since.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.fate.has_begun.load(Ordering::Acquire)
    }

    /// Tells whether the job will never run: it was cancelled, came too late to its turn, or
    /// waited when the pool was shut down.
    ///
    /// It is known before the closure is dropped. So whoever waits for an answer and finds its
    /// sender gone can tell a job that was discarded from one that panicked.
    #[must_use]
    pub fn is_discarded(&self) -> bool {
        self.fate.is_discarded.load(Ordering::Acquire)
    }

    /// Says that the time to finish is over. A job that runs is stuck from then on: its thread no
    /// longer counts, and the pool starts another in its place, up to
    /// [`PoolConfig::replacements_max`](super::PoolConfig::replacements_max).
    ///
    /// On a job that waits it does nothing: [`Ticket::cancel`] it first, and call this if it had
    /// begun.
    ///
    /// # Blocking
    ///
    /// For as long as the system takes to start a thread.
    pub fn on_overdue(&self) {
        if let Some((desk, token)) = &self.place {
            Arc::clone(desk).on_overdue(*token);
        }
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("fate", &self.fate).finish_non_exhaustive()
    }
}

impl Fate {
    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::Release);
    }

    pub(super) fn discard(&self) {
        self.is_discarded.store(true, Ordering::Release);
    }
}
