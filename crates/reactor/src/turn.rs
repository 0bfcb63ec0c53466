//! The longest turn: for how long a loop has kept all that it serves waiting.
//!
//! A turn reads the clock once (rule 9). To measure each would take another reading; so a worker
//! only looks whether the kernel's clock has ticked meanwhile, which costs a fifth, and reads it
//! again if so. What is longer than a tick, 1 to 10 ms, is measured for certain, and nothing
//! shorter keeps anyone waiting. A bench has all turns measured, by the CPU's clock, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Measures the turns of one worker, and is read from any thread. Clones are of the same worker.
#[derive(Clone, Debug, Default)]
pub struct TurnMeter(Arc<Longest>);

#[derive(Debug, Default)]
struct Longest {
    cpu_ns: AtomicU64,
    elapsed_ns: AtomicU64,
}

/// How long a turn took, or the longest of several, without the wait before it.
///
/// Each clock has its own longest turn; the two need not be the same turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnTime {
    /// What the thread itself used of its core; zero unless the worker measures all turns
    /// ([`Worker::measure_turns`](crate::Worker::measure_turns)).
    pub cpu: Duration,
    /// What passed meanwhile: more, if the thread had to wait for its core or blocked.
    pub elapsed: Duration,
}

impl TurnMeter {
    /// Returns how long the longest turn was; zero if none was longer than a tick of the clock.
    #[must_use]
    pub fn longest(&self) -> TurnTime {
        let read = |count: &AtomicU64| Duration::from_nanos(count.load(Ordering::Relaxed));
        TurnTime { cpu: read(&self.0.cpu_ns), elapsed: read(&self.0.elapsed_ns) }
    }

    pub(crate) fn note(&self, turn: TurnTime) {
        let note = |count: &AtomicU64, time: Duration| {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            count.fetch_max(nanos, Ordering::Relaxed);
        };
        note(&self.0.cpu_ns, turn.cpu);
        note(&self.0.elapsed_ns, turn.elapsed);
    }
}

impl TurnTime {
    /// Returns the longer of two turns, by each clock.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), elapsed: self.elapsed.max(other.elapsed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_turn_stays() {
        let time = |cpu, elapsed| TurnTime {
            cpu: Duration::from_nanos(cpu),
            elapsed: Duration::from_nanos(elapsed),
        };
        let meter = TurnMeter::default();
        for (turn, longest) in
            [(time(3, 5), time(3, 5)), (time(2, 9), time(3, 9)), (time(4, 4), time(4, 9))]
        {
            meter.note(turn);
            assert_eq!(meter.clone().longest(), longest);
        }
        assert_eq!(time(1, 9).max(time(2, 3)), time(2, 9));
    }
}
