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
//! There is no chance here, and time stands still until [`BatonPool::set_now`]: choices are offered
//! by thread number, the lane whose turn it is gives the job, and whoever calls
//! [`BatonPool::step`] picks.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::crew::After;
use super::dispatch::Dispatch;
use super::queue::Turn;
use super::ticket::{Desk, Ticket};
use super::{Counters, Ending, Job, Offload, PoolConfig, Refused};
use crate::Token;
use crate::clock::Instant;
use crate::sync::{Baton, Monitor, Mutex, Pause, Stopped, carry, lock};

/// Threads that run jobs, one thread at a time and only while the simulator waits for it.
///
/// Dropping it shuts it down. A job that owns its pool keeps it from being dropped: whoever
/// shares a pool with its jobs calls [`BatonPool::shutdown`].
#[derive(Debug)]
pub struct BatonPool {
    shared: Arc<Shared>,
}

/// What the threads share with the simulator, and the tickets.
#[derive(Debug)]
struct Shared {
    table: Monitor<Table>,
    /// By seat; of a seat that was left, the thread that left it.
    threads: Mutex<Vec<JoinHandle<()>>>,
    cfg: PoolConfig,
}

/// Who holds the baton, and what each thread would do with it.
#[derive(Debug)]
struct Table {
    dispatch: Dispatch,
    now: Instant,
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
    Given(Token, Job),
    Running,
    /// Gave the baton back in a wait, when progress stood at this.
    Waiting(u64),
    /// Has no thread any more.
    Left,
}

impl BatonPool {
    /// Starts the threads; none of them does anything before the first [`BatonPool::step`]. The
    /// clock of `cfg` is not used: time begins at [`Instant::ORIGIN`].
    ///
    /// # Errors
    ///
    /// When the system refuses a thread; those already started are ended.
    pub fn start(cfg: PoolConfig) -> io::Result<Self> {
        let table = Monitor::new(Table {
            dispatch: Dispatch::new(&cfg),
            now: Instant::ORIGIN,
            holder: Holder::Simulator,
            seats: Vec::new(),
            progress: 0,
            is_ending: false,
        });
        let pool = Self { shared: Arc::new(Shared { table, threads: Mutex::default(), cfg }) };
        while pool.shared.table.with(|table| table.dispatch.crew.hire()) {
            pool.shared.start_thread()?;
        }
        Ok(pool)
    }

    /// Sets the time by which jobs are late and their waits and runs are counted.
    pub fn set_now(&self, now: Instant) {
        self.shared.table.with(|table| table.now = now);
    }

    /// Returns how many choices there are for the next step: a thread that waits where something
    /// has happened since, or the job whose turn it is on the first idle thread.
    #[must_use]
    pub fn runnable(&self) -> usize {
        self.shared.table.with(|table| table.choices().count())
    }

    /// Hands the baton to the thread that is number `choice` of [`BatonPool::runnable`], and
    /// returns when it has given it back: its job has ended or waits. Jobs that are too late for
    /// their turn are discarded first; if there is no other, that is all.
    ///
    /// # Panics
    ///
    /// When there is no such choice, or the caller does not hold the baton.
    pub fn step(&self, choice: usize) {
        let index = self.shared.table.with(|table| table.choose(choice));
        while let Some(late) = self.shared.table.with(|table| table.deal(index)) {
            late.discard();
        }
        if self.shared.table.change(|table| table.hand_over(index)) {
            self.await_baton();
        }
    }

    /// Notes that the simulator has done something, so that waits may have ended.
    pub fn note_progress(&self) {
        self.shared.table.with(Table::note_progress);
    }

    /// Returns what the pool has done and is doing; a job that waits for something counts as
    /// running.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.table.with(|table| table.dispatch.counters())
    }

    /// Ends the pool: refuses new jobs, discards those that wait for a thread, and lets each begun
    /// one run to its end, stuck or not, in which every wait that would block fails. Calling it
    /// again does nothing.
    ///
    /// # Panics
    ///
    /// When a job calls it.
    pub fn shutdown(&self) {
        let threads = std::mem::take(&mut *lock(&self.shared.threads));
        if threads.is_empty() {
            return;
        }
        self.shared.table.change(Table::begin_ending).into_iter().for_each(Job::discard);
        for (index, handle) in threads.into_iter().enumerate() {
            if self.shared.table.change(|table| table.hand_over_last(index)) {
                self.await_baton();
            }
            // Jobs' panics are caught, so a thread that panicked has nothing to tell.
            drop(handle.join());
        }
    }

    fn await_baton(&self) {
        let is_back = |table: &mut Table| (table.holder == Holder::Simulator).then_some(());
        self.shared.table.block_for(is_back);
    }
}

impl Offload for BatonPool {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        let taken = self.shared.table.with(|table| table.dispatch.submit(job, table.now));
        taken.map(|(token, fate)| Ticket::new(Arc::<Shared>::clone(&self.shared), token, fate))
    }
}

impl Drop for BatonPool {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Shared {
    /// Starts a thread that has been hired, in the first free seat.
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let mut threads = lock(&self.threads);
        let index = self.table.with(|table| table.free_seat());
        let player = Player { index, shared: Arc::clone(self) };
        let builder = thread::Builder::new().name(self.cfg.thread_name(index));
        match builder.spawn(move || player.run_jobs()) {
            Ok(thread) if index == threads.len() => threads.push(thread),
            Ok(thread) => threads[index] = thread,
            Err(error) => {
                self.table.with(|table| table.seats[index] = Seat::Left);
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Desk for Shared {
    fn cancel(&self, token: Token) -> bool {
        let job = self.table.with(|table| table.dispatch.cancel(token));
        job.map(Job::discard).is_some()
    }

    fn on_overdue(self: Arc<Self>, token: Token) {
        self.table.with(|table| table.dispatch.on_overdue(token, table.now));
        while self.table.with(|table| table.dispatch.hire_replacement()) {
            if self.start_thread().is_err() {
                self.table.with(|table| table.dispatch.on_not_replaced());
                return;
            }
        }
    }
}

impl Table {
    /// Lists the threads that could be handed the baton.
    fn choices(&self) -> impl Iterator<Item = usize> {
        let has_jobs = self.dispatch.has_jobs();
        let first_idle = self.seats.iter().position(|seat| matches!(seat, Seat::Idle));
        self.seats.iter().enumerate().filter_map(move |(index, seat)| {
            let is_choice = match seat {
                Seat::Idle => has_jobs && first_idle == Some(index),
                Seat::Waiting(since) => *since < self.progress,
                Seat::Given(..) | Seat::Running | Seat::Left => false,
            };
            is_choice.then_some(index)
        })
    }

    fn choose(&self, choice: usize) -> usize {
        assert_eq!(self.holder, Holder::Simulator, "only the holder of the baton may pass it");
        self.choices().nth(choice).expect("a choice is less than runnable()")
    }

    /// Gives the thread a job if it has none, or returns one that is too late to be given.
    fn deal(&mut self, index: usize) -> Option<Job> {
        if !matches!(self.seats[index], Seat::Idle) {
            return None;
        }
        match self.dispatch.take(self.now)? {
            Turn::Run(token, job) => {
                self.seats[index] = Seat::Given(token, job);
                None
            }
            Turn::Discard(job) => {
                self.note_progress();
                Some(job)
            }
        }
    }

    /// Passes the baton to the thread, unless it has nothing to do.
    fn hand_over(&mut self, index: usize) -> bool {
        let has_work = !matches!(self.seats[index], Seat::Idle);
        if has_work {
            self.holder = Holder::Thread(index);
        }
        has_work
    }

    /// Passes the baton to the thread for the last time, unless it has left.
    fn hand_over_last(&mut self, index: usize) -> bool {
        let is_there = !matches!(self.seats[index], Seat::Left);
        if is_there {
            self.holder = Holder::Thread(index);
        }
        is_there
    }

    fn begin_ending(&mut self) -> Vec<Job> {
        assert_eq!(self.holder, Holder::Simulator, "only the holder of the baton ends the pool");
        self.is_ending = true;
        self.dispatch.close()
    }

    const fn note_progress(&mut self) {
        self.progress += 1;
    }

    fn free_seat(&mut self) -> usize {
        let free = self.seats.iter().position(|seat| matches!(seat, Seat::Left));
        let index = free.unwrap_or_else(|| {
            self.seats.push(Seat::Left);
            self.seats.len() - 1
        });
        self.seats[index] = Seat::Idle;
        index
    }

    /// What a thread without a job does with the baton, once it has it: a job, or end.
    fn take_job(&mut self, index: usize) -> Option<Option<(Token, Job)>> {
        if self.holder != Holder::Thread(index) {
            return None;
        }
        match std::mem::replace(&mut self.seats[index], Seat::Running) {
            Seat::Given(token, job) => Some(Some((token, job))),
            Seat::Idle | Seat::Running | Seat::Waiting(_) | Seat::Left => Some(None),
        }
    }

    fn end_job(&mut self, index: usize, token: Token, ending: Ending) -> After {
        let after = self.dispatch.on_end(token, ending, self.now);
        self.note_progress();
        // In the end the thread keeps the baton until it is gone.
        if self.is_ending {
            self.seats[index] = Seat::Idle;
            return After::Stay;
        }
        self.seats[index] = if after == After::Stay { Seat::Idle } else { Seat::Left };
        self.holder = Holder::Simulator;
        after
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
    shared: Arc<Shared>,
}

impl Player {
    fn run_jobs(self) {
        carry(Arc::new(self.clone()));
        let (index, table) = (self.index, &self.shared.table);
        while let Some((token, job)) = table.block_for(|table| table.take_job(index)) {
            let ending = job.run_to_end();
            if table.change(|table| table.end_job(index, token, ending)) == After::Leave {
                return;
            }
        }
        table.change(|table| table.holder = Holder::Simulator);
    }
}

impl Baton for Player {
    fn pause(&self, pause: Pause) -> Result<(), Stopped> {
        let table = &self.shared.table;
        table.change(|table| table.begin_wait(self.index, pause))?;
        table.block_for(|table| table.end_wait(self.index));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
