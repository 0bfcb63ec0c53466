//! What Avocet counts itself: asked for by a signal, read from what it prints.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::Signal;

use super::process::{Server, pause};

/// A server that has printed nothing after this many steps prints nothing.
const STEPS_MAX: usize = 100;
const STEP: Duration = Duration::from_millis(10);

/// Counters by their names.
#[derive(Debug, Default)]
pub(super) struct Counters(BTreeMap<String, u64>);

/// Asks an Avocet for its counters; none if it does not tell.
pub(super) fn read(server: &Server) -> Counters {
    server.signal(Signal::USR2);
    for _ in 0..STEPS_MAX {
        pause(STEP);
        let counters = Counters::parse(&server.said());
        // In the last lines of the table: it is whole.
        if counters.0.contains_key("pool.ran.max") {
            return counters;
        }
    }
    Counters::default()
}

impl Counters {
    /// Reads lines of a name, a number, and what it means.
    fn parse(table: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        };
        Self(table.lines().filter_map(line).collect())
    }

    /// Requests of the busiest worker to those of the idlest.
    pub(super) fn balance(&self) -> Option<f64> {
        let count = |name| self.0.get(name).copied();
        let (most, fewest) = (count("requests_busiest")?, count("requests_idlest")?);
        (fewest > 0).then(|| most as f64 / fewest as f64)
    }

    /// The longest turn of a loop, in milliseconds.
    pub(super) fn longest_turn_ms(&self) -> Option<f64> {
        Some(*self.0.get("longest_turn")? as f64 / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_from_their_lines() {
        let table = "listening on http://127.0.0.1:80\nrequests_busiest   30  Requests of the \
                     worker that had most.\nrequests_idlest   20  Requests.\nlongest_turn 1500  \
                     Longest, in microseconds.\n";
        let counters = Counters::parse(table);
        assert_eq!((counters.balance(), counters.longest_turn_ms()), (Some(1.5), Some(1.5)));
        assert_eq!(Counters::parse("requests_busiest 1 x\nrequests_idlest 0 x\n").balance(), None);
    }
}
