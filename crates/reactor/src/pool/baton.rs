//! The pool of the simulator: real threads that pass a baton.
//!
//! Whoever holds the baton runs, everyone else sleeps: at any time that is the simulator's thread
//! or one thread of the pool. So a simulation with blocking jobs has one order of events, and the
//! simulator chooses it.
//!
//! ```text
//!   simulator ── step(choice) ──► thread runs ──┬─ job ends ─────────────► simulator
//!                                               └─ Monitor::wait_for ────► simulator
//! ```
//!
//! There is no time here and no chance: choices are offered by thread number, and whoever calls
//! [`BatonPool::step`] picks.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::queue::{Counters, Queue};
use super::{Ending, Job, Offload, PoolConfig, Refused};
use crate::sync::{Baton, Monitor, Mutex, Pause, Stopped, carry, lock};

/// Threads that run jobs, one thread at a time and only while the simulator waits for it.
///
/// Dropping it shuts it down. A job that owns its pool keeps it from being dropped: whoever
/// shares a pool with its jobs calls [`BatonPool::shutdown`].
#[derive(Debug)]
pub struct BatonPool {
    table: Arc<Monitor<Table>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Who holds the baton, and what each thread would do with it.
#[derive(Debug)]
struct Table {
    queue: Queue,
    holder: Holder,
    seats: Vec<Seat>,
    /// Counts everything that may let a wait end.
    progress: u64,
    is_ending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Simulator,
    Thread(usize),
}

/// A thread of the pool.
#[derive(Debug)]
enum Seat {
    Idle,
    /// Has been given a job and has not begun.
    Given(Job),
    Running,
    /// Gave the baton back in a wait, when progress stood at this.
    Waiting(u64),
}

impl BatonPool {
    /// Starts the threads; none of them does anything before the first [`BatonPool::step`].
    ///
    /// # Errors
    ///
    /// When the system refuses a thread; those already started are ended.
    #[expect(clippy::needless_pass_by_value, reason = "a pool is described once")]
    pub fn start(cfg: PoolConfig) -> io::Result<Self> {
        let pool = Self {
            table: Arc::new(Monitor::new(Table {
                queue: Queue::new(cfg.queue_len_max),
                holder: Holder::Simulator,
                seats: Vec::new(),
                progress: 0,
                is_ending: false,
            })),
            threads: Mutex::new(Vec::new()),
        };
        for index in 0..cfg.threads.get() {
            pool.table.with(|table| table.seats.push(Seat::Idle));
            let player = Player { index, table: Arc::clone(&pool.table) };
            let builder = thread::Builder::new().name(cfg.thread_name(index));
            let thread = builder.spawn(move || player.run_jobs())?;
            lock(&pool.threads).push(thread);
        }
        Ok(pool)
    }

    /// Returns how many choices there are for the next step: a thread that waits where something
    /// has happened since, or the queue's first job on the first idle thread.
    #[must_use]
    pub fn runnable(&self) -> usize {
        self.table.with(|table| table.choices().count())
    }

    /// Hands the baton to the thread that is number `choice` of [`BatonPool::runnable`], and
    /// returns when it has given it back: its job has ended or waits.
    ///
    /// # Panics
    ///
    /// When there is no such choice, or the caller does not hold the baton.
    pub fn step(&self, choice: usize) {
        self.table.change(|table| table.begin_step(choice));
        self.await_baton();
    }

    /// Notes that the simulator has done something, so that waits may have ended.
    pub fn note_progress(&self) {
        self.table.with(Table::note_progress);
    }

    /// Returns what the pool has done and is doing; a job that waits counts as running.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.table.with(|table| table.queue.counters())
    }

    /// Ends the pool: refuses new jobs, drops those that wait for a thread, and lets each begun
    /// one run to its end, in which every wait that would block fails. Calling it again does
    /// nothing.
    ///
    /// # Panics
    ///
    /// When a job calls it.
    pub fn shutdown(&self) {
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.is_empty() {
            return;
        }
        drop(self.table.change(Table::begin_ending));
        for (index, handle) in threads.into_iter().enumerate() {
            self.table.change(|table| table.holder = Holder::Thread(index));
            self.await_baton();
            // Jobs' panics are caught, so a thread that panicked has nothing to tell.
            drop(handle.join());
        }
    }

    fn await_baton(&self) {
        self.table.block_for(|table| (table.holder == Holder::Simulator).then_some(()));
    }
}

impl Offload for BatonPool {
    fn submit(&self, job: Job) -> Result<(), Refused> {
        self.table.with(|table| table.queue.append(job))
    }
}

impl Drop for BatonPool {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Table {
    /// Lists the threads that could be handed the baton.
    fn choices(&self) -> impl Iterator<Item = usize> {
        let has_jobs = self.queue.has_jobs();
        let first_idle = self.seats.iter().position(|seat| matches!(seat, Seat::Idle));
        self.seats.iter().enumerate().filter_map(move |(index, seat)| {
            let is_choice = match seat {
                Seat::Idle => has_jobs && first_idle == Some(index),
                Seat::Waiting(since) => *since < self.progress,
                Seat::Given(_) | Seat::Running => false,
            };
            is_choice.then_some(index)
        })
    }

    fn begin_step(&mut self, choice: usize) {
        assert_eq!(self.holder, Holder::Simulator, "only the holder of the baton may pass it");
        let index = self.choices().nth(choice).expect("a choice is less than runnable()");
        if matches!(self.seats[index], Seat::Idle) {
            let job = self.queue.take().expect("an idle thread is a choice if there is a job");
            self.seats[index] = Seat::Given(job);
        }
        self.holder = Holder::Thread(index);
    }

    fn begin_ending(&mut self) -> impl Sized + use<> {
        assert_eq!(self.holder, Holder::Simulator, "only the holder of the baton ends the pool");
        self.is_ending = true;
        self.queue.close()
    }

    const fn note_progress(&mut self) {
        self.progress += 1;
    }

    /// What a thread without a job does with the baton, once it has it: a job, or end.
    fn take_job(&mut self, index: usize) -> Option<Option<Job>> {
        if self.holder != Holder::Thread(index) {
            return None;
        }
        match std::mem::replace(&mut self.seats[index], Seat::Running) {
            Seat::Given(job) => Some(Some(job)),
            Seat::Idle | Seat::Running | Seat::Waiting(_) => Some(None),
        }
    }

    fn end_job(&mut self, index: usize, ending: Ending) {
        self.queue.on_end(ending);
        self.note_progress();
        self.seats[index] = Seat::Idle;
        // In the end the thread keeps the baton until it is gone.
        if !self.is_ending {
            self.holder = Holder::Simulator;
        }
    }

    fn begin_wait(&mut self, index: usize, pause: Pause) -> Result<(), Stopped> {
        if self.is_ending {
            return Err(Stopped);
        }
        // A thread that looked and found its wait not over has changed nothing: if that counted,
        // two of them would keep each other awake for ever.
        if pause == Pause::Reached {
            self.note_progress();
        }
        self.seats[index] = Seat::Waiting(self.progress);
        self.holder = Holder::Simulator;
        Ok(())
    }

    /// Goes on with a thread that waits, once it has the baton.
    fn end_wait(&mut self, index: usize) -> Option<()> {
        if self.holder != Holder::Thread(index) {
            return None;
        }
        self.seats[index] = Seat::Running;
        Some(())
    }
}

/// One thread of the pool, as the thread itself sees it.
#[derive(Clone)]
struct Player {
    index: usize,
    table: Arc<Monitor<Table>>,
}

impl Player {
    fn run_jobs(self) {
        carry(Arc::new(self.clone()));
        while let Some(job) = self.table.block_for(|table| table.take_job(self.index)) {
            let ending = job.run_to_end();
            self.table.change(|table| table.end_job(self.index, ending));
        }
        self.table.change(|table| table.holder = Holder::Simulator);
    }
}

impl Baton for Player {
    fn pause(&self, pause: Pause) -> Result<(), Stopped> {
        self.table.change(|table| table.begin_wait(self.index, pause))?;
        self.table.block_for(|table| table.end_wait(self.index));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
