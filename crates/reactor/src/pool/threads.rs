//! The pool of the program: real threads on one queue.
//!
//! Threads start with the pool and end with it; only a stuck one is replaced. There is no timer
//! here: an idle pool makes no wake-ups, and a job wakes one thread.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::crew::After;
use super::dispatch::{Call, Dispatch};
use super::queue::Turn;
use super::ticket::{Desk, Ticket};
use super::{Counters, Job, Offload, PoolConfig, Refused};
use crate::Token;
use crate::clock::Instant;
use crate::sync::{Monitor, Mutex, lock};

/// Threads that run jobs, lane by lane in turn.
///
/// Dropping it shuts it down. A job that owns its pool keeps it from being dropped: whoever
/// shares a pool with its jobs calls [`Pool::shutdown`].
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread; those already started are ended.
    pub fn start(cfg: PoolConfig) -> io::Result<Self> {
        let pool = Self { shared: Arc::new(Shared::new(cfg)) };
        while pool.shared.hire() {
            if let Err(error) = pool.shared.start_thread() {
                pool.shared.dispatch.with(|dispatch| dispatch.crew.on_not_started());
                return Err(error);
            }
        }
        Ok(pool)
    }

    /// Ends the pool: refuses new jobs, discards those that wait, and returns when those that run
    /// have ended, but for those that are stuck or become so. Calling it again does nothing.
    ///
    /// # Blocking
    ///
    /// For as long as a job runs that is not stuck. When a job of this pool calls it, it does not
    /// wait at all: the pool ends behind it.
    pub fn shutdown(&self) {
        self.shared.shutdown();
    }

    /// Ends the pool without waiting for what runs: for a program that is about to exit. Jobs that
    /// run are left to themselves.
    pub fn abandon(&self) {
        self.shared.dispatch.change(Dispatch::abandon);
        self.shutdown();
    }

    /// Returns what the pool has done and is doing.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }
}

impl Offload for Pool {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        self.shared.submit(job)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// What the threads share, and the tickets.
#[derive(Debug)]
pub(super) struct Shared {
    dispatch: Monitor<Dispatch>,
    seats: Mutex<Seats>,
    cfg: PoolConfig,
}

/// The threads themselves.
#[derive(Debug, Default)]
struct Seats {
    /// By number; none where the thread has left.
    taken: Vec<Option<JoinHandle<()>>>,
    /// Threads that are past their last job.
    left: Vec<JoinHandle<()>>,
}

impl Shared {
    pub(super) fn new(cfg: PoolConfig) -> Self {
        let dispatch = Monitor::new(Dispatch::new(&cfg));
        Self { dispatch, seats: Mutex::new(Seats::default()), cfg }
    }

    pub(super) fn hire(&self) -> bool {
        self.dispatch.with(|dispatch| dispatch.crew.hire())
    }

    /// Starts a thread that has been hired, under the first free number.
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        // Held meanwhile, so that a thread cannot leave before its handle is here.
        let mut seats = lock(&self.seats);
        let number = seats.first_free();
        let shared = Arc::clone(self);
        let builder = thread::Builder::new().name(self.cfg.thread_name(number));
        seats.taken[number] = Some(builder.spawn(move || shared.run_jobs(number))?);
        Ok(())
    }

    /// Starts the threads that are missing, if some are stuck.
    fn replace_stuck(self: &Arc<Self>) {
        while self.dispatch.with(Dispatch::hire_replacement) {
            if self.start_thread().is_err() {
                // The pool has a thread less until the next job comes, or a stuck one ends.
                self.dispatch.change(Dispatch::on_not_replaced);
                return;
            }
        }
    }

    pub(super) fn submit(self: &Arc<Self>, job: Job) -> Result<Ticket, Refused> {
        let now = self.now();
        let taken = self.dispatch.change_for_one(|dispatch| dispatch.submit(job, now));
        self.replace_stuck();
        taken.map(|(token, fate)| Ticket::new(Arc::<Self>::clone(self), token, fate))
    }

    /// What each thread does: takes jobs and runs them until it is to leave.
    pub(super) fn run_jobs(&self, number: usize) {
        while let Call::Turn(turn) = self.await_call() {
            match turn {
                Turn::Discard(job) => job.discard(),
                Turn::Run(token, job) => {
                    let ending = job.run_to_end();
                    let now = self.now();
                    let end = |dispatch: &mut Dispatch| dispatch.on_end(token, ending, now);
                    if self.dispatch.with(end) == After::Leave {
                        break;
                    }
                }
            }
        }
        lock(&self.seats).leave(number);
        self.dispatch.change(|dispatch| dispatch.crew.on_gone());
    }

    fn await_call(&self) -> Call {
        self.dispatch.block_for(|dispatch| dispatch.call(self.now()))
    }

    pub(super) fn shutdown(&self) {
        let waiting = self.dispatch.change(Dispatch::close);
        waiting.into_iter().for_each(Job::discard);
        if self.is_on_own_thread() {
            return;
        }
        self.dispatch.block_for(|dispatch| dispatch.is_dismissed().then_some(()));
        let left = std::mem::take(&mut lock(&self.seats).left);
        for handle in left {
            // Jobs' panics are caught, so a thread that panicked has nothing to tell.
            drop(handle.join());
        }
    }

    pub(super) fn counters(&self) -> Counters {
        self.dispatch.with(|dispatch| dispatch.counters())
    }

    fn is_on_own_thread(&self) -> bool {
        let current = thread::current().id();
        let seats = lock(&self.seats);
        let mut handles = seats.taken.iter().flatten().chain(&seats.left);
        handles.any(|handle| handle.thread().id() == current)
    }

    fn now(&self) -> Instant {
        (self.cfg.now)()
    }
}

impl Desk for Shared {
    fn cancel(&self, token: Token) -> bool {
        let job = self.dispatch.with(|dispatch| dispatch.cancel(token));
        job.map(Job::discard).is_some()
    }

    fn on_overdue(self: Arc<Self>, token: Token) {
        let now = self.now();
        // Whoever shuts the pool down waits for one job less.
        self.dispatch.change(|dispatch| dispatch.on_overdue(token, now));
        self.replace_stuck();
    }
}

impl Seats {
    fn first_free(&mut self) -> usize {
        let free = self.taken.iter().position(Option::is_none);
        free.unwrap_or_else(|| {
            self.taken.push(None);
            self.taken.len() - 1
        })
    }

    /// The thread of that number is about to end.
    fn leave(&mut self, number: usize) {
        self.left.retain(|handle| !handle.is_finished());
        self.left.extend(self.taken.get_mut(number).and_then(Option::take));
    }
}

#[cfg(test)]
mod tests;
