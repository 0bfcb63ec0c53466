//! The pool: where work goes that may block.
//!
//! This is the third of the four seams. [`Pool`] has real threads; [`BatonPool`] has threads that
//! pass a baton, so that a simulation decides when each of them runs and for how long. Whoever
//! submits work sees only [`Offload`].
//!
//! The pool knows no HTTP, no database and no deadline: it takes closures, in order, and can say
//! no. What a job answers goes through what the closure captured
//! ([`oneshot`](crate::sync::oneshot), [`pipe`](crate::sync::pipe)).

mod baton;
mod queue;
mod threads;

#[cfg(all(test, loom))]
mod loom_models;

use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::baton::BatonPool;
pub use self::queue::Counters;
pub use self::threads::Pool;

/// Takes jobs and runs them where they may block.
pub trait Offload: Send + Sync + fmt::Debug {
    /// Queues a job. It does not block.
    ///
    /// # Errors
    ///
    /// Gives the job back when there is no place for it.
    fn submit(&self, job: Job) -> Result<(), Refused>;
}

/// Work to be done once, on any thread.
///
/// A panic in it ends the job, not the thread, and is counted.
pub struct Job(Box<dyn FnOnce() + Send>);

impl Job {
    /// Wraps a closure. It may block, but only on what [`sync`](crate::sync) offers and on files.
    pub fn new(run: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(run))
    }

    /// Does the work on this thread, for want of a pool.
    pub fn run(self) {
        (self.0)();
    }

    fn run_to_end(self) -> Ending {
        // The closure is gone afterwards, and with it whatever a panic left half done.
        match catch_unwind(AssertUnwindSafe(self.0)) {
            Ok(()) => Ending::Returned,
            Err(_panic) => Ending::Panicked,
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
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
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Refusal::Closed => "the pool is shutting down",
            Refusal::Full => "the pool's queue is full",
        })
    }
}

impl std::error::Error for Refused {}

/// How large a pool is.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// How many threads it has, from its start to its end.
    pub threads: NonZero<usize>,
    /// How many jobs may wait while all threads are busy; one more is refused.
    pub queue_len_max: usize,
    /// What its threads are called, before the dash and their number.
    pub name: String,
}

impl PoolConfig {
    /// Describes a pool named `avocet-pool`.
    #[must_use]
    pub fn new(threads: NonZero<usize>, queue_len_max: usize) -> Self {
        Self { threads, queue_len_max, name: "avocet-pool".to_owned() }
    }

    fn thread_name(&self, index: usize) -> String {
        format!("{}-{index}", self.name)
    }
}
