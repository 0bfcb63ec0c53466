//! Reading the counters: from any thread, while the server runs and when it has ended.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reactor::TurnMeter;
use reactor::pool::{Counters as PoolCounters, Pool};

use super::access_log::LogMeter;
use super::counters::{Counters, Totals};
use crate::conn::Account;

/// Where the numbers of a server are read, from any thread.
///
/// To read takes the pool's lock and the log's for a moment, and stops no worker: a server that
/// hangs can be read, too.
#[derive(Clone, Debug)]
pub struct Meters {
    workers: Vec<WorkerMeters>,
    log: Option<LogMeter>,
    pool: Arc<Pool>,
}

/// What one worker counts and what its connections keep.
#[derive(Clone, Debug)]
pub(crate) struct WorkerMeters {
    pub(crate) counters: Arc<Counters>,
    pub(crate) account: Arc<Account>,
    pub(crate) turns: TurnMeter,
}

impl Meters {
    pub(crate) const fn new(
        workers: Vec<WorkerMeters>,
        log: Option<LogMeter>,
        pool: Arc<Pool>,
    ) -> Self {
        Self { workers, log, pool }
    }

    /// Returns what has been counted up to now.
    ///
    /// Workers count on while their numbers are added, so that of two that belong together one may
    /// be a little ahead.
    #[must_use]
    pub fn read(&self) -> Totals {
        let mut totals = Totals::default();
        for worker in &self.workers {
            totals.add(&worker.counters);
            totals.memory = totals.memory + worker.account.memory_use();
            totals.longest_turn = totals.longest_turn.max(worker.turns.longest().elapsed);
        }
        let requests = || self.workers.iter().map(|worker| worker.counters.requests.count());
        totals.requests_busiest = requests().max().unwrap_or(0);
        totals.requests_idlest = requests().min().unwrap_or(0);
        // One that has ended meanwhile may be counted as ended and not yet as accepted.
        totals.connections_open =
            totals.connections_accepted.saturating_sub(totals.connections_ended);
        totals.log_lines_lost = self.log.as_ref().map_or(0, LogMeter::lines_lost);
        totals.pool = self.pool.counters();
        totals
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The path of the field in [`Totals`].
    pub(super) name: &'static str,
    pub(super) number: u64,
    pub(super) phrase: &'static str,
}

impl Totals {
    fn rows(&self) -> impl Iterator<Item = Row> {
        let row = |(name, number, phrase)| Row { name, number, phrase };
        let others = [
            ("connections_open", self.connections_open, "Connections that are open."),
            (
                "longest_turn",
                micros(self.longest_turn),
                "Longest that a loop kept all others waiting, in microseconds.",
            ),
            ("requests_busiest", self.requests_busiest, "Requests of the worker that had most."),
            ("requests_idlest", self.requests_idlest, "Requests of the worker that had fewest."),
            ("log_lines_lost", self.log_lines_lost, "Lines of the access log that were lost."),
            ("memory.heads", self.memory.heads as u64, "Bytes received and not consumed."),
            ("memory.bodies", self.memory.bodies as u64, "Bytes of bodies that wait for handlers."),
            ("memory.output", self.memory.output as u64, "Bytes of answers that wait for clients."),
        ];
        self.of_workers().chain(others.map(row)).chain(of_pool(&self.pool).map(row))
    }
}

fn of_pool(pool: &PoolCounters) -> [(&'static str, u64, &'static str); 18] {
    [
        ("pool.submitted", pool.submitted, "Jobs taken by the pool."),
        ("pool.queued", pool.queued as u64, "Jobs that wait for a thread."),
        ("pool.running", pool.running as u64, "Jobs that have a thread."),
        ("pool.done", pool.done, "Jobs that returned."),
        ("pool.panicked", pool.panicked, "Jobs that panicked."),
        ("pool.discarded.cancelled", pool.discarded.cancelled, "Jobs taken back before they ran."),
        ("pool.discarded.late", pool.discarded.late, "Jobs whose time to start had passed."),
        ("pool.discarded.shut_down", pool.discarded.shut_down, "Jobs that waited at the end."),
        ("pool.refused", pool.refused, "Jobs that the pool did not take."),
        ("pool.refusals.closed", pool.refusals.closed, "Of these, because the pool was ending."),
        ("pool.refusals.full", pool.refusals.full, "Of these, because the queue was full."),
        ("pool.refusals.share_full", pool.refusals.share_full, "Of these, by their route's share."),
        ("pool.refusals.too_late", pool.refusals.too_late, "Of these, by their time to start."),
        ("pool.stuck", pool.stuck as u64, "Jobs that run past their deadline."),
        ("pool.stuck_ever", pool.stuck_ever, "Jobs that have been stuck."),
        ("pool.replaced", pool.replaced, "Threads started in place of stuck ones."),
        ("pool.waited.max", micros(pool.waited.max), "Longest wait of a job, in microseconds."),
        ("pool.ran.max", micros(pool.ran.max), "Longest run of a job, in microseconds."),
    ]
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows().map(|row| row.name.len()).max().unwrap_or_default();
        for Row { name, number, phrase } in self.rows() {
            writeln!(f, "{name:width$} {number:>12}  {phrase}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_workers_are_added() {
        let (first, second) = (Counters::default(), Counters::default());
        for counters in [&first, &second, &second] {
            counters.requests.add_one();
        }
        first.connections_accepted.add_one();
        let mut totals = Totals::default();
        totals.add(&first);
        totals.add(&second);
        assert_eq!((totals.requests, totals.connections_accepted), (3, 1));
    }

    #[test]
    fn each_number_has_a_line_with_its_name_and_what_it_means() {
        let totals = Totals { requests: 12, log_lines_lost: 7, ..Totals::default() };
        let text = totals.to_string();
        let line = |name: &str| {
            let mut words = text.lines().map(str::split_whitespace);
            let mut line = words.find(|words| words.clone().next() == Some(name)).unwrap();
            line.next();
            (line.next().unwrap().to_owned(), line.collect::<Vec<_>>().join(" "))
        };
        let phrase = "Requests whose head was whole and well-formed.".to_owned();
        assert_eq!(line("requests"), ("12".to_owned(), phrase));
        assert_eq!(line("log_lines_lost").0, "7");
        assert_eq!(line("pool.discarded.late").0, "0");
        assert_eq!(text.lines().count(), totals.rows().count());
    }
}
