//! The client: connections made once, then run after run over them.

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::time::Duration;

use rustix::thread::set_current_timer_slack;

use crate::book::{Book, Walker};
use crate::clock::Progress;
use crate::connection::{Connection, STALL_TIMEOUT, Terms};
use crate::descriptors;
use crate::error::LoadError;
use crate::histogram::{Histogram, Latencies};
use crate::response::Checker;
use crate::schedule::Schedule;
use crate::target::Target;
use crate::watch::Watch;

const READ_BUF_SIZE: usize = 256 * 1024;

/// How the connections keep together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Write to all connections, then read from all.
    LockStep,
    /// Each connection asks again as soon as it was answered.
    FreeRunning,
    /// So many requests a second over all connections, evenly spaced, whether or not those before
    /// were answered: a write that finds all connections busy waits, and its wait is part of its
    /// latency.
    Offered {
        /// Requests a second, at least one.
        rate: u32,
    },
}

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Each connection writes so many times; at an offered rate, on average.
    Rounds(u64),
    /// No connection writes after so long; what was asked by then is still read. At an offered
    /// rate: what was due by then is still asked and read.
    Time(Duration),
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Requests that got a right and whole response.
    pub requests: u64,
    /// Bytes of their bodies, as they came.
    pub bytes: u64,
    /// From the first write to the last read.
    pub elapsed: Duration,
    /// How long the requests took; only at an offered rate, and if there were any.
    pub latencies: Option<Latencies>,
}

/// A client with its connections open.
#[derive(Debug)]
pub struct Client {
    connections: Vec<Connection>,
    terms: Terms,
    book: Book,
    walker: Walker,
    checker: Checker,
    read_buf: Vec<u8>,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is something to read before it can be asked again.
    Busy,
    /// It can be asked.
    Idle,
}

/// While it lives, this thread is woken at the time it asked for and not a little later.
#[derive(Debug)]
struct Exactness;

impl Client {
    /// Opens all connections, and before that raises the process's limit of descriptors if it is
    /// too low for them.
    ///
    /// # Errors
    ///
    /// When there is nothing to ask, a request cannot be written out, the limit cannot be raised,
    /// or a connection cannot be made.
    pub fn connect(target: &Target) -> Result<Self, LoadError> {
        target.check()?;
        descriptors::allow(target.connections)?;
        let (terms, book) = (Terms::new(target), Book::new(target));
        let place = |slot: usize| Connection::new(slot, slot % book.len());
        let mut connections: Vec<_> = (0..target.connections).map(place).collect();
        for connection in &mut connections {
            connection.open(&terms)?;
        }
        let walker = Walker::new(target.walk, book.len());
        let checker = Checker::new(&target.requests);
        Ok(Self { connections, terms, book, walker, checker, read_buf: vec![0; READ_BUF_SIZE] })
    }

    /// Makes one run over all connections; may be called again and again. Each run goes on in the
    /// list of requests where the one before stopped.
    ///
    /// # Errors
    ///
    /// When a response is not as expected, a connection ends, nothing moves for ten seconds, or
    /// the server is ten seconds behind an offered rate. The client is of no use after that:
    /// responses may be under way.
    ///
    /// # Blocking
    ///
    /// Until the run is over, by design: the calling thread is the load.
    pub fn run(&mut self, pace: Pace, length: Length) -> Result<Report, LoadError> {
        for connection in &mut self.connections {
            connection.writes = 0;
        }
        let mut histogram = Histogram::new();
        let progress = Progress::begin(length);
        match pace {
            Pace::LockStep => self.run_lock_step(&progress)?,
            Pace::FreeRunning => self.run_free(&progress)?,
            Pace::Offered { rate } => {
                let connections = self.connections.len();
                let schedule = Schedule::new(rate, self.book.pipelined(), connections, length);
                let _exactness = Exactness::begin();
                self.run_offered(&progress, schedule, &mut histogram)?;
            }
        }
        let elapsed = progress.elapsed();
        let writes: u64 = self.connections.iter().map(|connection| connection.writes).sum();
        Ok(Report {
            requests: writes * self.book.pipelined() as u64,
            bytes: self.checker.take_body_bytes(),
            elapsed,
            latencies: histogram.latencies(),
        })
    }

    fn run_lock_step(&mut self, progress: &Progress) -> Result<(), LoadError> {
        let Self { terms, book, walker, checker, read_buf, .. } = self;
        let mut rounds = 0;
        while progress.has_next(rounds) {
            for connection in &mut self.connections {
                connection.open(terms)?;
                connection.ask(terms, book, walker)?;
            }
            // The last first: a server answers in the order in which it was asked, so the client
            // sleeps once a round and not before each answer. Waking it is work of the server's
            // core, and how often that happens must not depend on which of the two is quicker.
            for connection in self.connections.iter_mut().rev() {
                while connection.is_busy(terms) {
                    connection.read(terms, checker, read_buf)?;
                }
            }
            rounds += 1;
        }
        Ok(())
    }

    fn run_free(&mut self, progress: &Progress) -> Result<(), LoadError> {
        let mut watch = self.watch_all()?;
        let mut running = 0;
        for slot in 0..self.connections.len() {
            if progress.has_next(0) {
                self.ask(slot, &watch)?;
                running += 1;
            }
        }
        while running > 0 {
            watch.wait()?;
            for slot in watch.ready() {
                if self.read(slot)? == State::Busy {
                    continue;
                }
                if progress.has_next(self.connections[slot].writes) {
                    self.ask(slot, &watch)?;
                } else {
                    running -= 1;
                }
            }
        }
        Ok(())
    }

    fn run_offered(
        &mut self,
        progress: &Progress,
        mut schedule: Schedule,
        histogram: &mut Histogram,
    ) -> Result<(), LoadError> {
        let mut watch = self.watch_all()?;
        // The longest idle is asked next, so that all are asked equally often.
        let mut idle: VecDeque<usize> = (0..self.connections.len()).collect();
        loop {
            let now = progress.elapsed();
            while let Some(due) = schedule.next_due().filter(|&due| due <= now)
                && let Some(slot) = idle.pop_front()
            {
                self.connections[slot].due = due;
                self.ask(slot, &watch)?;
                schedule.take();
            }
            match schedule.next_due() {
                Some(due) if now > due + STALL_TIMEOUT => return Err(LoadError::Behind),
                Some(due) if !idle.is_empty() => {
                    watch.wait_for(due.saturating_sub(progress.elapsed()))?;
                }
                None if idle.len() == self.connections.len() => return Ok(()),
                _ => watch.wait()?,
            }
            for slot in watch.ready() {
                let owed = self.connections[slot].owed();
                let state = self.read(slot)?;
                let answered = owed - self.connections[slot].owed();
                if answered > 0 {
                    let latency = progress.elapsed().saturating_sub(self.connections[slot].due);
                    histogram.record(latency, answered as u64);
                }
                if state == State::Idle {
                    idle.push_back(slot);
                }
            }
        }
    }

    /// Writes the next batch over a connection, over a new one if the last has served its time.
    fn ask(&mut self, slot: usize, watch: &Watch) -> Result<(), LoadError> {
        let connection = &mut self.connections[slot];
        if let Some(stream) = connection.open(&self.terms)? {
            watch.add(slot, stream)?;
        }
        connection.ask(&self.terms, &self.book, &mut self.walker)
    }

    /// Reads once from a connection and says what it does now.
    fn read(&mut self, slot: usize) -> Result<State, LoadError> {
        let connection = &mut self.connections[slot];
        connection.read(&self.terms, &mut self.checker, &mut self.read_buf)?;
        Ok(if connection.is_busy(&self.terms) { State::Busy } else { State::Idle })
    }

    /// Makes a watch of all connections, by their place in the table.
    fn watch_all(&self) -> Result<Watch, LoadError> {
        let watch = Watch::new()?;
        for (slot, connection) in self.connections.iter().enumerate() {
            if let Some(stream) = connection.stream() {
                watch.add(slot, stream)?;
            }
        }
        Ok(watch)
    }
}

impl Exactness {
    fn begin() -> Self {
        // Where the kernel refuses, what is due is late by up to 50 µs, and the latencies say so.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        Self
    }
}

impl Drop for Exactness {
    fn drop(&mut self) {
        let _ = set_current_timer_slack(None);
    }
}

#[cfg(test)]
mod tests;
