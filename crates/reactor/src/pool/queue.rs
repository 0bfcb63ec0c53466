//! The queue of a pool: lanes that take turns, bounds, and the counts of what went through it.
//!
//! Pure: it knows neither lock nor thread nor clock, and both pools have one. Which job goes next
//! is decided in [`Queue::take`] and nowhere else.
//!
//! ```text
//!              append                 take               on_end
//!   submitted ────────► waiting ───────────────► running ──────► done, panicked
//!       │                  │                        │              ▲
//!       ▼                  ▼                        ▼ on_overdue   │
//!    refused           discarded                  stuck ───────────┘
//!            (cancelled, late, shut down)
//! ```
//!
//! Lanes with waiting jobs stand in a ring; the first gives a job and goes to its end. So between
//! two jobs of one lane, every other lane has at most one. A lane that has as many threads as it
//! may have stands aside until one of them is done.
//!
//! A cancelled job leaves at once, but for its token in the lane's line, which is stale then and
//! is dropped when it is met. When more tokens are stale than not, the line is swept: every
//! operation is O(1) amortised, and the line is at most a constant and twice what waits.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::counters::Counters;
use super::lane::{Admission, Lane, LaneId};
use super::pace::Pace;
use super::ticket::Fate;
use super::{Ending, Job, Refusal, Refused};
use crate::Token;
use crate::clock::Instant;
use crate::slab::Slab;

#[derive(Debug)]
pub(super) struct Queue {
    /// Jobs that wait or run.
    jobs: Slab<Entry>,
    /// Lanes with such jobs, and others that have been used.
    lanes: BTreeMap<LaneId, Line>,
    /// Lanes with waiting jobs that may have a thread, and some that have lost theirs since; each
    /// once.
    turns: VecDeque<LaneId>,
    /// Running jobs with a deadline to finish: as many as there are threads, at most.
    due: Vec<(Instant, Token)>,
    /// Waiting jobs that could have been refused.
    bounded_len: usize,
    bounded_len_max: usize,
    /// How many lanes may be known before the unused ones are forgotten.
    lanes_len_max: usize,
    is_closed: bool,
    counters: Counters,
}

#[derive(Debug)]
struct Entry {
    lane: LaneId,
    fate: Arc<Fate>,
    /// When its stage began.
    since: Instant,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Waiting { job: Job, start_by: Instant },
    Running,
    Stuck,
}

/// What the queue knows of a lane.
#[derive(Debug)]
struct Line {
    lane: Lane,
    /// Jobs in their order: those that wait, and stale tokens of cancelled ones.
    tokens: VecDeque<Token>,
    waiting: usize,
    running: usize,
    /// How many of those that run are stuck.
    stuck: usize,
    pace: Pace,
    /// Whether it stands in the ring.
    has_turn: bool,
}

/// What comes of a turn.
#[derive(Debug)]
pub(super) enum Turn {
    /// A job to run; [`Queue::on_end`] must follow.
    Run(Token, Job),
    /// A job that is too late, to be dropped with no lock held.
    Discard(Job),
}

impl Queue {
    pub(super) fn new(len_max: usize) -> Self {
        Self {
            jobs: Slab::new(),
            lanes: BTreeMap::new(),
            turns: VecDeque::new(),
            due: Vec::new(),
            bounded_len: 0,
            bounded_len_max: len_max,
            lanes_len_max: LANES_LEN_MIN,
            is_closed: false,
            counters: Counters::default(),
        }
    }

    /// Takes a job in, or says why not; `threads` is how many there are that are not stuck.
    pub(super) fn append(
        &mut self,
        job: Job,
        now: Instant,
        threads: usize,
    ) -> Result<(Token, Arc<Fate>), Refused> {
        if let Err(reason) = self.admit(&job.lane, threads) {
            self.counters.refused += 1;
            self.counters.refusals.add(reason);
            return Err(Refused { job, reason });
        }
        let start_by =
            job.lane.start_timeout().map_or(Instant::NEVER, |timeout| now.after(timeout));
        let (lane, fate) = (job.lane.id(), Arc::<Fate>::default());
        self.bounded_len += bounded(&job.lane);
        self.ensure_line(&job.lane);
        let stage = Stage::Waiting { job, start_by };
        let token = self.jobs.insert(Entry { lane, fate: Arc::clone(&fate), since: now, stage });
        let line = self.lanes.get_mut(&lane).expect("the line was made above");
        line.tokens.push_back(token);
        line.waiting += 1;
        line.stand_in(&mut self.turns);
        self.counters.submitted += 1;
        self.counters.queued += 1;
        Ok((token, fate))
    }

    fn admit(&self, lane: &Lane, threads: usize) -> Result<(), Refusal> {
        if self.is_closed {
            return Err(Refusal::Closed);
        }
        if lane.admission() == Admission::Unrefusable {
            return Ok(());
        }
        let line = self.lanes.get(&lane.id());
        if line.map_or(0, |line| line.waiting) >= lane.share() {
            return Err(Refusal::ShareFull);
        }
        if self.bounded_len >= self.bounded_len_max {
            return Err(Refusal::Full);
        }
        if let Some(timeout) = lane.start_timeout() {
            let ahead = line.map_or(0, |line| line.waiting + line.running - line.stuck);
            let pace = line.map_or_else(Pace::default, |line| line.pace);
            if pace.expected_wait(ahead, threads.min(lane.threads_max())) > timeout {
                return Err(Refusal::TooLate);
            }
        }
        Ok(())
    }

    /// Has a line for the lane, and from time to time forgets those that nobody can use again.
    fn ensure_line(&mut self, lane: &Lane) {
        if self.lanes.contains_key(&lane.id()) {
            return;
        }
        if self.lanes.len() >= self.lanes_len_max {
            self.forget_lanes();
            self.lanes_len_max = LANES_LEN_MIN.max(2 * self.lanes.len());
        }
        self.lanes.insert(lane.id(), Line::new(lane.clone()));
    }

    fn forget_lanes(&mut self) {
        self.turns.retain(|lane| {
            let line = self.lanes.get_mut(lane).expect("a lane in the ring is known");
            line.has_turn = line.waiting > 0;
            line.has_turn
        });
        self.lanes.retain(|_id, line| line.is_in_use());
    }

    /// Takes the job whose turn it is.
    pub(super) fn take(&mut self, now: Instant) -> Option<Turn> {
        let (lane, token) = self.first()?;
        let line = self.lanes.get_mut(&lane)?;
        let entry = self.jobs.entry_mut(token)?;
        let Stage::Waiting { job, start_by } = std::mem::replace(&mut entry.stage, Stage::Running)
        else {
            unreachable!("a token leaves its line when its job begins");
        };
        line.tokens.pop_front();
        line.waiting -= 1;
        self.bounded_len -= bounded(&job.lane);
        self.counters.queued -= 1;
        if now > start_by {
            // No thread was used, so the lane keeps its turn.
            entry.fate.discard();
            self.jobs.remove(token);
            self.counters.discarded.late += 1;
            return Some(Turn::Discard(job));
        }
        if job.finish_by != Instant::NEVER {
            self.due.push((job.finish_by, token));
        }
        entry.fate.begin();
        self.counters.waited.add(now.since(entry.since));
        entry.since = now;
        line.running += 1;
        self.counters.running += 1;
        self.turns.pop_front();
        line.has_turn = false;
        line.stand_in(&mut self.turns);
        Some(Turn::Run(token, job))
    }

    /// Finds the first job of the first lane, dropping what is stale before it.
    fn first(&mut self) -> Option<(LaneId, Token)> {
        while let Some(&lane) = self.turns.front() {
            let line = self.lanes.get_mut(&lane).expect("a lane in the ring is known");
            while let Some(&token) = line.tokens.front() {
                if self.jobs.entry(token).is_some() {
                    return Some((lane, token));
                }
                line.tokens.pop_front();
            }
            line.has_turn = false;
            self.turns.pop_front();
        }
        None
    }

    /// Takes a job back that waits; it is to be dropped with no lock held.
    pub(super) fn cancel(&mut self, token: Token) -> Option<Job> {
        let job = self.remove(token)?;
        self.counters.discarded.cancelled += 1;
        Some(job)
    }

    /// Takes a job out that waits, wherever in its line it is.
    fn remove(&mut self, token: Token) -> Option<Job> {
        let Stage::Waiting { .. } = self.jobs.entry(token)?.stage else { return None };
        let entry = self.jobs.remove(token)?;
        let Stage::Waiting { job, .. } = entry.stage else { return None };
        entry.fate.discard();
        let line = self.lanes.get_mut(&entry.lane)?;
        line.waiting -= 1;
        if line.tokens.len() > 2 * line.waiting + STALE_MAX {
            line.tokens.retain(|token| self.jobs.entry(*token).is_some());
        }
        self.bounded_len -= bounded(&job.lane);
        self.counters.queued -= 1;
        Some(job)
    }

    /// Counts a job as stuck if it runs and was not, and tells whether it did.
    pub(super) fn on_overdue(&mut self, token: Token, now: Instant) -> bool {
        let Some(entry) = self.jobs.entry_mut(token) else { return false };
        let Stage::Running = entry.stage else { return false };
        entry.stage = Stage::Stuck;
        let line = self.lanes.get_mut(&entry.lane).expect("a lane with a job is in use");
        line.stuck += 1;
        // What it takes from now on, it takes from no other job.
        line.pace.sample(now.since(entry.since));
        line.stand_in(&mut self.turns);
        self.counters.stuck += 1;
        self.counters.stuck_ever += 1;
        true
    }

    /// Counts as stuck what runs beyond its deadline, and tells how many were not before.
    pub(super) fn find_overdue(&mut self, now: Instant) -> usize {
        let overdue: Vec<_> = self.due.extract_if(.., |(deadline, _)| *deadline <= now).collect();
        overdue.into_iter().filter(|(_, token)| self.on_overdue(*token, now)).count()
    }

    /// Counts the end of a job that was taken, and tells whether it was stuck.
    pub(super) fn on_end(&mut self, token: Token, ending: Ending, now: Instant) -> bool {
        let entry = self.jobs.remove(token).expect("a job that runs is in the table");
        self.due.retain(|(_, due)| *due != token);
        let line = self.lanes.get_mut(&entry.lane).expect("a lane with a job is in use");
        let ran = now.since(entry.since);
        let was_stuck = matches!(entry.stage, Stage::Stuck);
        line.running -= 1;
        if was_stuck {
            line.stuck -= 1;
            self.counters.stuck -= 1;
        } else {
            line.pace.sample(ran);
        }
        line.stand_in(&mut self.turns);
        self.counters.ran.add(ran);
        self.counters.running -= 1;
        match ending {
            Ending::Returned => self.counters.done += 1,
            Ending::Panicked => self.counters.panicked += 1,
        }
        was_stuck
    }

    /// Refuses all jobs from now on and returns those that wait, to be dropped with no lock held.
    pub(super) fn close(&mut self) -> Vec<Job> {
        self.is_closed = true;
        let mut jobs = Vec::with_capacity(self.counters.queued);
        // Those that stand aside, too: nothing is run any more.
        self.turns = self.lanes.keys().copied().collect();
        while let Some((_lane, token)) = self.first() {
            jobs.extend(self.remove(token));
            self.counters.discarded.shut_down += 1;
        }
        jobs
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Tells whether there is a job that may have a thread.
    pub(super) fn has_jobs(&self) -> bool {
        self.turns.iter().any(|lane| self.lanes.get(lane).is_some_and(|line| line.waiting > 0))
    }

    pub(super) const fn counters(&self) -> Counters {
        self.counters
    }
}

impl Line {
    fn new(lane: Lane) -> Self {
        Self {
            lane,
            tokens: VecDeque::new(),
            waiting: 0,
            running: 0,
            stuck: 0,
            pace: Pace::default(),
            has_turn: false,
        }
    }

    /// Takes its place at the end of the ring, if it has a job and may have a thread.
    fn stand_in(&mut self, turns: &mut VecDeque<LaneId>) {
        let may_run = self.running - self.stuck < self.lane.threads_max();
        if self.waiting > 0 && may_run && !std::mem::replace(&mut self.has_turn, true) {
            turns.push_back(self.lane.id());
        }
    }

    fn is_in_use(&self) -> bool {
        self.has_turn || self.running > 0 || self.lane.is_held_elsewhere()
    }
}

/// What a job of the lane counts towards the pool's bound.
fn bounded(lane: &Lane) -> usize {
    usize::from(lane.admission() == Admission::Bounded)
}

/// Stale tokens that a line may hold beyond as many as it has jobs.
const STALE_MAX: usize = 16;

/// Lanes that are kept whether or not they can be used again.
const LANES_LEN_MIN: usize = 64;

#[cfg(test)]
mod tests;
