//! Counters of one worker, plain numbers that only its thread writes.

use std::cell::Cell;

macro_rules! counters {
    ($( $(#[doc = $doc:literal])+ $name:ident; )+) => {
        /// What a worker has counted since it started.
        #[derive(Debug, Default)]
        #[non_exhaustive]
        pub struct Counters {
            $( $(#[doc = $doc])+ pub $name: Counter, )+
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
    /// Times that accepting was paused for want of descriptors.
    accepts_paused;
}

/// A number that only goes up.
#[derive(Debug, Default)]
pub struct Counter(Cell<u64>);

impl Counter {
    /// Counts one.
    pub(crate) fn add_one(&self) {
        self.0.set(self.0.get().wrapping_add(1));
    }

    /// Returns the count.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.get()
    }
}
