//! The verdict on an attack: what was measured, held against what is promised.

use std::time::Duration;

use crate::attacks::Attack;
use crate::good::Experience;
use crate::peer::Cpu;
use crate::tally::{OPEN, Tally};

/// The good client has each answer in this time, 99 of 100.
const GOOD_MAX: Duration = Duration::from_millis(100);

/// A machine on which the good client itself is woken later than this is busy with other things.
const NOISE: Duration = Duration::from_millis(40);

/// What the server may grow by, on its heap and in memory.
const GROWTH_MAX: u64 = 16 << 20;

/// What the heap may differ by when two rounds are over.
const DRIFT_MAX: u64 = 1 << 20;

/// What came of a trial.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) attack: &'static Attack,
    /// Clients of the last round.
    pub(crate) clients: u64,
    /// The longest time until the server had let go of all of a round, where it was to: seen from
    /// here, the attackers that read know better.
    pub(crate) let_go: Option<Duration>,
    pub(crate) good: Experience,
    /// What the server grew by at most, in bytes.
    pub(crate) heap: u64,
    pub(crate) resident: u64,
    /// What the kernel had in sockets at most, of both sides.
    pub(crate) sockets: u64,
    /// Of the server, in all rounds together.
    pub(crate) cpu: Cpu,
    pub(crate) tally: Tally,
    /// What was promised and not kept.
    pub(crate) misses: Vec<String>,
}

/// What the server had when a round was over and everybody had left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) descriptors: u64,
    pub(crate) heap: u64,
}

impl Verdict {
    /// Begins the verdict on an attack.
    pub(crate) fn of(attack: &'static Attack) -> Self {
        Self {
            attack,
            clients: 0,
            let_go: None,
            good: Experience::default(),
            heap: 0,
            resident: 0,
            sockets: 0,
            cpu: Cpu::default(),
            tally: Tally::default(),
            misses: Vec::new(),
        }
    }

    /// Tells whether all that was missed may be the machine's doing: latencies, while it let the
    /// good client sleep on, or the server wait for as long as they were too long.
    pub(crate) fn is_noise(&self) -> bool {
        let excess = self.good.percentile(99).saturating_sub(GOOD_MAX);
        let is_busy = self.good.late_max > NOISE || self.cpu.awaited > excess;
        self.misses.len() == 1 && !excess.is_zero() && is_busy
    }

    /// Returns the longest that an attacker was held, if the server was to let go.
    pub(crate) fn held_max(&self) -> Option<Duration> {
        let is_seen = self.tally.count(OPEN) == 0;
        self.tally.life_max.filter(|_| self.let_go.is_some() && is_seen).or(self.let_go)
    }

    /// Holds what is promised of every attack against what was found.
    pub(crate) fn judge(&mut self, rests: &[Rest]) {
        let Self { good, misses, .. } = self;
        for what in good.failures.iter().take(3) {
            misses.push(format!("the good client failed: {what}"));
        }
        if good.failures.len() > 3 {
            misses.push(format!("the good client failed {} times", good.failures.len()));
        }
        let p99 = good.percentile(99);
        if p99 > GOOD_MAX {
            let late = good.late_max;
            misses.push(format!(
                "the good client's p99 is {p99:.0?}, {GOOD_MAX:?} promised (beside that it was \
                 woken up to {late:.0?} late, and the server waited {:.1?} in all for a CPU)",
                self.cpu.awaited
            ));
        }
        for (what, grown) in [("the heap", self.heap), ("resident memory", self.resident)] {
            if grown >= GROWTH_MAX {
                misses.push(format!("{what} grew by {}", shown_size(grown)));
            }
        }
        if let [.., before, last] = rests {
            if last.descriptors != before.descriptors {
                let (before, last) = (before.descriptors, last.descriptors);
                misses
                    .push(format!("{last} descriptors after a round, {before} after that before"));
            }
            let drift = last.heap.abs_diff(before.heap);
            if drift > DRIFT_MAX {
                misses.push(format!("{} of heap between two rounds", shown_size(drift)));
            }
        }
    }
}

/// Writes a size for people.
pub(crate) fn shown_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacks::ATTACKS;

    fn verdict(times: &[u64]) -> Verdict {
        let times = times.iter().map(|&ms| Duration::from_millis(ms)).collect();
        let good = Experience { times, ..Experience::default() };
        Verdict { good, ..Verdict::of(&ATTACKS[0]) }
    }

    #[test]
    fn each_promise_is_judged_at_its_bound() {
        const REST: Rest = Rest { descriptors: 9, heap: 5 << 20 };
        let check = |change: fn(&mut Verdict), last: Rest, misses: usize| {
            let mut verdict = verdict(&[100]);
            change(&mut verdict);
            verdict.judge(&[REST, REST, last]);
            assert_eq!(verdict.misses.len(), misses, "{verdict:?}");
        };
        check(|_| {}, REST, 0);
        check(|verdict| verdict.good.times = vec![Duration::from_millis(101)], REST, 1);
        check(|verdict| verdict.good.times = Vec::new(), REST, 1);
        check(|verdict| verdict.good.failures = vec!["x".to_owned(); 5], REST, 4);
        check(|verdict| verdict.heap = GROWTH_MAX - 1, REST, 0);
        check(|verdict| verdict.heap = GROWTH_MAX, REST, 1);
        check(|verdict| verdict.resident = GROWTH_MAX, REST, 1);
        check(|_| {}, Rest { descriptors: 10, ..REST }, 1);
        check(|_| {}, Rest { heap: REST.heap + DRIFT_MAX, ..REST }, 0);
        check(|_| {}, Rest { heap: REST.heap - DRIFT_MAX - 1, ..REST }, 1);
    }

    #[test]
    fn only_a_latency_on_a_busy_machine_is_noise() {
        let check = |times: &[u64], [late, awaited]: [u64; 2], heap, expected| {
            let mut verdict = verdict(times);
            verdict.good.late_max = Duration::from_millis(late);
            verdict.cpu.awaited = Duration::from_millis(awaited);
            verdict.heap = heap;
            verdict.judge(&[]);
            assert_eq!(verdict.is_noise(), expected, "{verdict:?}");
        };
        check(&[105], [41, 0], 0, true);
        check(&[105], [40, 0], 0, false);
        check(&[105], [0, 6], 0, true);
        check(&[105], [0, 5], 0, false);
        check(&[100], [41, 6], 0, false);
        check(&[105], [41, 6], GROWTH_MAX, false);
    }

    #[test]
    fn sizes_are_shown_in_a_unit_that_fits() {
        assert_eq!(shown_size(1023), "1023 B");
        assert_eq!(shown_size(2048), "2 KiB");
        assert_eq!(shown_size(3 << 19), "1.5 MiB");
    }
}
