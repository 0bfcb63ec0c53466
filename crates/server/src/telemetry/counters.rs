//! Counters: numbers that one worker's thread writes and any thread may read.
//!
//! Each worker has a set of its own. To count is a plain load and store, without a lock, a fence or
//! a line of memory that another worker writes; whoever wants to know adds the sets up
//! ([`Meters`](super::Meters)).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reactor::pool::Counters as PoolCounters;
use semantics::status::Status;

use super::totals::Row;
use crate::conn::MemoryUse;

macro_rules! counters {
    ($( $(#[doc = $doc:literal])+ $name:ident; )+) => {
        /// What a worker has counted since it started.
        #[derive(Debug, Default)]
        #[non_exhaustive]
        pub struct Counters {
            $( $(#[doc = $doc])+ pub $name: Counter, )+
        }

        /// What a server has counted since it started, all workers together, and what its log and
        /// its pool have.
        ///
        /// `Display` writes a table: a line for each number, with its name and what it counts.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Totals {
            $( $(#[doc = $doc])+ pub $name: u64, )+
            /// Connections that are open.
            pub connections_open: u64,
            /// The longest turn of a loop; zero if none was longer than a tick of the kernel's
            /// clock.
            pub longest_turn: Duration,
            /// Requests of the worker that had most.
            pub requests_busiest: u64,
            /// Requests of the worker that had fewest.
            pub requests_idlest: u64,
            /// Lines of the access log that its output was too slow for, or refused.
            pub log_lines_lost: u64,
            /// What connections keep in memory.
            pub memory: MemoryUse,
            /// What the pool has done and is doing.
            pub pool: PoolCounters,
        }

        impl Totals {
            /// Adds a worker's counters.
            pub(super) fn add(&mut self, worker: &Counters) {
                $( self.$name += worker.$name.count(); )+
            }

            /// Returns the rows of what workers count.
            pub(super) fn of_workers(&self) -> impl Iterator<Item = Row> {
                [$( Row {
                    name: stringify!($name),
                    number: self.$name,
                    phrase: concat!($($doc),+).trim_ascii_start(),
                }, )+]
                .into_iter()
            }
        }
    };
}

counters! {
    /// Connections accepted.
    connections_accepted;
    /// Connections ended.
    connections_ended;
    /// Requests whose head was whole and well-formed.
    requests;
    /// Requests refused for their form or size.
    requests_malformed;
    /// Answers that a request was served (2xx).
    answers_2xx;
    /// Answers that point elsewhere, or to what the client has (3xx).
    answers_3xx;
    /// Answers that a request was wrong (4xx).
    answers_4xx;
    /// Answers that the server could not do its part (5xx).
    answers_5xx;
    /// Connections closed because no request began in time.
    timeouts_idle;
    /// Connections ended because a head was not whole in time.
    timeouts_head;
    /// Bodies of requests given up because they did not come in time.
    timeouts_body;
    /// Connections ended because an answer was not taken in time.
    timeouts_answer;
    /// Handlers on the loop that panicked.
    handlers_panicked;
    /// Jobs that panicked, or gave no answer.
    answers_dropped;
    /// Connections lost while an answer was owed.
    answers_lost;
    /// Idle connections ended because others needed their places.
    idle_shed;
    /// Connections ended within a head because others needed their places.
    heads_shed_for_places;
    /// Connections ended within a head because too much was kept in memory.
    heads_shed_for_memory;
    /// Requests refused because too much was kept in memory for their bodies to be, too.
    bodies_refused_for_memory;
    /// Files not sent, and bodies not kept on disk, for want of descriptors.
    files_refused_for_places;
    /// Connections closed at once because their client had as many as one may have.
    connections_refused_for_client;
    /// Connections of clients that had more than one may have, where that is only reported.
    connections_over_client_limit;
    /// Chunks of files that were read on the pool because they were not in memory to be sent.
    chunks_loaded;
    /// Compressions of files begun: at most two for each coding, a quick one and the best.
    compressions;
    /// Times that accepting was paused for want of descriptors.
    accepts_paused;
}

impl Counters {
    /// Counts an answer by the class of its status.
    pub(crate) fn count_answer(&self, status: Status) {
        match status.code() / 100 {
            2 => self.answers_2xx.add_one(),
            3 => self.answers_3xx.add_one(),
            4 => self.answers_4xx.add_one(),
            // No answer that ends an exchange is below 200.
            _ => self.answers_5xx.add_one(),
        }
    }
}

/// A number that only goes up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one. Only the worker's own thread does, so that nothing is lost between the load and
    /// the store.
    pub(crate) fn add_one(&self) {
        self.0.store(self.count().wrapping_add(1), Ordering::Relaxed);
    }

    /// Counts one on whichever thread; for what no worker's thread counts itself.
    pub(crate) fn add_one_from_pool(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the count.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
