//! The pool: where work goes that may block.
//!
//! This is the third of the four seams. [`Pool`] has real threads; [`BatonPool`] has threads that
//! pass a baton, so that a simulation decides when each of them runs and for how long. Whoever
//! submits work sees only [`Offload`].
//!
//! A job belongs to a [`Lane`]: first in, first out within it, turn by turn between them. The queue
//! is bounded, for each lane and for all, and refuses at once what it has no place for or cannot
//! start in time. What waits can be taken back by its [`Ticket`], and a job that does not end when
//! it should is counted as stuck and its thread replaced.
//!
//! The pool knows no HTTP and no database, and it watches no clock: it compares times when a job
//! is submitted, taken or ended, and whoever has a timer tells it through the ticket that a job is
//! overdue. What a job answers goes through what the closure captured
//! ([`oneshot`](crate::sync::oneshot), [`pipe`](crate::sync::pipe)).

mod baton;
mod counters;
mod crew;
mod dispatch;
mod lane;
mod pace;
mod queue;
mod threads;
mod ticket;

#[cfg(all(test, loom))]
mod loom_models;

use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::baton::BatonPool;
pub use self::counters::{Counters, Discarded, Refusals, Spent};
pub use self::lane::{Admission, Lane, LaneConfig};
pub use self::threads::Pool;
pub use self::ticket::Ticket;
use crate::clock::{self, Instant};

/// Takes jobs and runs them where they may block.
pub trait Offload: Send + Sync + fmt::Debug {
    /// Queues a job. It does not block.
    ///
    /// # Errors
    ///
    /// Gives the job back when there is no place for it, or it could not start in time.
    fn submit(&self, job: Job) -> Result<Ticket, Refused>;
}

/// Work to be done once, on any thread.
///
/// A panic in it ends the job, not the thread, and is counted.
pub struct Job {
    run: Box<dyn FnOnce() + Send>,
    lane: Lane,
    finish_by: Instant,
}

impl Job {
    /// Wraps a closure, in the default lane. It may block, but only on what
    /// [`sync`](crate::sync) offers and on files.
    pub fn new(run: impl FnOnce() + Send + 'static) -> Self {
        Self { run: Box::new(run), lane: Lane::default(), finish_by: Instant::NEVER }
    }

    /// Has it wait in `lane`.
    #[must_use]
    pub fn in_lane(mut self, lane: &Lane) -> Self {
        self.lane.clone_from(lane);
        self
    }

    /// Says when it should have ended. One that still runs then is stuck, whether or not anyone
    /// holds its [`Ticket`]: the pool sees it when the next job is submitted.
    #[must_use]
    pub const fn finish_by(mut self, deadline: Instant) -> Self {
        self.finish_by = deadline;
        self
    }

    /// Does the work on this thread, for want of a pool.
    pub fn run(self) {
        (self.run)();
    }

    fn run_to_end(self) -> Ending {
        // The closure is gone afterwards, and with it whatever a panic left half done.
        outlive(self.run)
    }

    /// Drops it, and outlives a panic in what its closure held. Called with no lock held: that
    /// is foreign code.
    fn discard(self) {
        outlive(|| drop(self));
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("lane", &self.lane).finish_non_exhaustive()
    }
}

/// Runs foreign code to its end, whichever that is.
fn outlive(run: impl FnOnce()) -> Ending {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else { return Ending::Returned };
    // What a panic was thrown with may itself panic when it is dropped; there it ends.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(panic);
    }
    Ending::Panicked
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Returned,
    Panicked,
}

/// A job that was not taken.
#[derive(Debug)]
pub struct Refused {
    /// The job, as it was.
    pub job: Job,
    /// Why.
    pub reason: Refusal,
}

/// Why a pool takes no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The pool is shutting down.
    Closed,
    /// As many jobs as may be are waiting for a thread.
    Full,
    /// As many jobs of its lane as may be are waiting for a thread.
    ShareFull,
    /// By what is ahead of it, it would not start within its lane's time.
    TooLate,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Refusal::Closed => "the pool is shutting down",
            Refusal::Full => "the pool's queue is full",
            Refusal::ShareFull => "the lane's share of the pool's queue is full",
            Refusal::TooLate => "the pool cannot start the job in time",
        })
    }
}

impl std::error::Error for Refused {}

/// How large a pool is.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// How many threads it has, from its start to its end.
    pub threads: NonZero<usize>,
    /// How many jobs may wait until a thread has taken them; one more is refused.
    pub queue_len_max: usize,
    /// How many threads there may be besides, while as many are stuck.
    pub replacements_max: usize,
    /// What its threads are called, before the dash and their number.
    pub name: String,
    /// The clock by which it sees that a job comes too late, and counts how long each took.
    pub now: fn() -> Instant,
}

impl PoolConfig {
    /// Describes a pool named `avocet-pool`, with a replacement for each thread and the system's
    /// clock.
    #[must_use]
    pub fn new(threads: NonZero<usize>, queue_len_max: usize) -> Self {
        Self {
            threads,
            queue_len_max,
            replacements_max: threads.get(),
            name: "avocet-pool".to_owned(),
            now: || clock::read().instant,
        }
    }

    fn thread_name(&self, number: usize) -> String {
        format!("{}-{number}", self.name)
    }
}
