//! The pool of the program: real threads on one queue.
//!
//! Threads start with the pool and end with it; there is no growing, no shrinking and no time
//! limit here. An idle pool makes no wake-ups, and a job wakes one thread.

use std::io;
use std::thread::{self, JoinHandle};

use super::queue::{Counters, Queue};
use super::{Job, Offload, PoolConfig, Refused};
use crate::sync::{Arc, Monitor, Mutex, lock};

/// Threads that run jobs in the order in which they were submitted.
///
/// Dropping it shuts it down. A job that owns its pool keeps it from being dropped: whoever
/// shares a pool with its jobs calls [`Pool::shutdown`].
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread; those already started are ended.
    #[expect(clippy::needless_pass_by_value, reason = "a pool is described once")]
    pub fn start(cfg: PoolConfig) -> io::Result<Self> {
        let pool = Self {
            shared: Arc::new(Shared::new(cfg.queue_len_max)),
            threads: Mutex::new(Vec::new()),
        };
        for index in 0..cfg.threads.get() {
            let shared = Arc::clone(&pool.shared);
            let builder = thread::Builder::new().name(cfg.thread_name(index));
            let thread = builder.spawn(move || shared.run_jobs())?;
            lock(&pool.threads).push(thread);
        }
        Ok(pool)
    }

    /// Ends the pool: refuses new jobs, drops those that wait, and returns when those that run
    /// have ended. Calling it again does nothing.
    ///
    /// # Blocking
    ///
    /// For as long as a job runs. A job that calls it does not wait for itself.
    pub fn shutdown(&self) {
        self.shared.close();
        let threads = std::mem::take(&mut *lock(&self.threads));
        for handle in threads {
            if handle.thread().id() != thread::current().id() {
                // Jobs' panics are caught, so a thread that panicked has nothing to tell.
                drop(handle.join());
            }
        }
    }

    /// Returns what the pool has done and is doing.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.queue.with(|queue| queue.counters())
    }
}

impl Offload for Pool {
    fn submit(&self, job: Job) -> Result<(), Refused> {
        self.shared.submit(job)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// What the threads share.
#[derive(Debug)]
pub(super) struct Shared {
    queue: Monitor<Queue>,
}

impl Shared {
    pub(super) fn new(queue_len_max: usize) -> Self {
        Self { queue: Monitor::new(Queue::new(queue_len_max)) }
    }

    pub(super) fn submit(&self, job: Job) -> Result<(), Refused> {
        self.queue.change_for_one(|queue| queue.append(job))
    }

    /// What each thread does: takes jobs and runs them until the pool is closed.
    pub(super) fn run_jobs(&self) {
        while let Some(job) = self.take() {
            let ending = job.run_to_end();
            self.queue.with(|queue| queue.on_end(ending));
        }
    }

    pub(super) fn close(&self) {
        drop(self.queue.change(Queue::close));
    }

    /// Waits for the next job; without one, the pool is closed.
    fn take(&self) -> Option<Job> {
        self.queue.block_for(|queue| match queue.take() {
            Some(job) => Some(Some(job)),
            None => queue.is_closed().then_some(None),
        })
    }
}

#[cfg(test)]
mod tests;
