//! The queue of a pool: first in, first out, bounded, and the counts of what went through it.
//!
//! Pure: it knows neither lock nor thread, and both pools have one. Which job goes next is
//! decided in [`Queue::take`] and nowhere else.

use std::collections::VecDeque;

use super::{Ending, Job, Refusal, Refused};

/// What a pool has done and is doing, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Jobs that wait for a thread.
    pub queued: usize,
    /// Jobs that have a thread.
    pub running: usize,
    /// Jobs that returned, since the start.
    pub done: u64,
    /// Jobs that panicked, since the start.
    pub panicked: u64,
    /// Jobs that were given back, since the start.
    pub refused: u64,
}

#[derive(Debug)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    len_max: usize,
    is_closed: bool,
    counters: Counters,
}

impl Queue {
    pub(super) fn new(len_max: usize) -> Self {
        Self { jobs: VecDeque::new(), len_max, is_closed: false, counters: Counters::default() }
    }

    pub(super) fn append(&mut self, job: Job) -> Result<(), Refused> {
        let reason = if self.is_closed {
            Refusal::Closed
        } else if self.jobs.len() >= self.len_max {
            Refusal::Full
        } else {
            self.jobs.push_back(job);
            return Ok(());
        };
        self.counters.refused += 1;
        Err(Refused { job, reason })
    }

    /// Takes the job that goes next. [`Queue::on_end`] must follow.
    pub(super) fn take(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.counters.running += 1;
        Some(job)
    }

    pub(super) const fn on_end(&mut self, ending: Ending) {
        self.counters.running -= 1;
        match ending {
            Ending::Returned => self.counters.done += 1,
            Ending::Panicked => self.counters.panicked += 1,
        }
    }

    /// Refuses all jobs from now on and returns those that wait, to be dropped with no lock held.
    pub(super) fn close(&mut self) -> VecDeque<Job> {
        self.is_closed = true;
        std::mem::take(&mut self.jobs)
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    pub(super) fn counters(&self) -> Counters {
        Counters { queued: self.jobs.len(), ..self.counters }
    }
}
