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
