//! Dispatch: a queue and a crew, as both pools keep them under their lock.
//!
//! Pure like its parts. A job's turn, its end and its lateness concern both of them; what the
//! pools add is threads and a clock.

use std::sync::Arc;

use super::crew::{After, Crew};
use super::queue::{Queue, Turn};
use super::ticket::Fate;
use super::{Counters, Ending, Job, PoolConfig, Refused};
use crate::Token;
use crate::clock::Instant;

#[derive(Debug)]
pub(super) struct Dispatch {
    queue: Queue,
    pub(super) crew: Crew,
    replaced: u64,
    /// Nobody waits for the threads any more.
    is_abandoned: bool,
}

/// What a thread that wants a job is told.
#[derive(Debug)]
pub(super) enum Call {
    /// A job's turn has come.
    Turn(Turn),
    /// The pool is closed.
    Leave,
}

impl Dispatch {
    pub(super) fn new(cfg: &PoolConfig) -> Self {
        Self {
            queue: Queue::new(cfg.queue_len_max),
            crew: Crew::new(cfg),
            replaced: 0,
            is_abandoned: false,
        }
    }

    /// Takes a job in. This is also when jobs are seen to be stuck that nobody waits for any more:
    /// a pool has no timer, and as long as nothing is submitted no thread is missed.
    pub(super) fn submit(&mut self, job: Job, now: Instant) -> Result<(Token, Arc<Fate>), Refused> {
        for _ in 0..self.queue.find_overdue(now) {
            self.crew.on_stuck();
        }
        self.queue.append(job, now, self.crew.working())
    }

    pub(super) fn has_jobs(&self) -> bool {
        self.queue.has_jobs()
    }

    pub(super) fn take(&mut self, now: Instant) -> Option<Turn> {
        self.queue.take(now)
    }

    /// What a thread without a job does next; nothing, while there is no job.
    pub(super) fn call(&mut self, now: Instant) -> Option<Call> {
        if let Some(turn) = self.take(now) {
            return Some(Call::Turn(turn));
        }
        self.queue.is_closed().then(|| {
            self.crew.on_leaving();
            Call::Leave
        })
    }

    pub(super) fn on_end(&mut self, token: Token, ending: Ending, now: Instant) -> After {
        if self.queue.on_end(token, ending, now) { self.crew.on_unstuck() } else { After::Stay }
    }

    pub(super) fn cancel(&mut self, token: Token) -> Option<Job> {
        self.queue.cancel(token)
    }

    pub(super) fn on_overdue(&mut self, token: Token, now: Instant) {
        if self.queue.on_overdue(token, now) {
            self.crew.on_stuck();
        }
    }

    /// Counts in a thread that replaces a stuck one, if one is wanted.
    pub(super) const fn hire_replacement(&mut self) -> bool {
        let is_hired = !self.queue.is_closed() && self.crew.hire();
        if is_hired {
            self.replaced += 1;
        }
        is_hired
    }

    /// The system had no thread for a replacement.
    pub(super) const fn on_not_replaced(&mut self) {
        self.crew.on_not_started();
        self.replaced -= 1;
    }

    /// Has whoever shuts the pool down wait for no thread.
    pub(super) const fn abandon(&mut self) {
        self.is_abandoned = true;
    }

    /// Tells whether there is no thread left that must be waited for.
    pub(super) const fn is_dismissed(&self) -> bool {
        self.is_abandoned || self.crew.is_dismissed()
    }

    pub(super) fn close(&mut self) -> Vec<Job> {
        self.queue.close()
    }

    pub(super) const fn counters(&self) -> Counters {
        Counters { replaced: self.replaced, ..self.queue.counters() }
    }
}
