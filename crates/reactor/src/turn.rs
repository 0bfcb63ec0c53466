//! The longest turn: for how long a loop has kept all that it serves waiting.
//!
//! Measuring it takes three more looks at clocks in every turn, where a turn has one (rule 9). So
//! a worker does it only when it is told to, for a bench or a search for what blocks a loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock;

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
    /// What the thread itself used of its core.
    pub cpu: Duration,
    /// What passed meanwhile: more, if the thread had to wait for its core or blocked.
    pub elapsed: Duration,
}

impl TurnMeter {
    /// Returns how long the longest turn was since the worker began to measure.
    #[must_use]
    pub fn longest(&self) -> TurnTime {
        let read = |count: &AtomicU64| Duration::from_nanos(count.load(Ordering::Relaxed));
        TurnTime { cpu: read(&self.0.cpu_ns), elapsed: read(&self.0.elapsed_ns) }
    }

    /// Begins a turn on the thread that runs it.
    pub(crate) fn begin(&self) -> TurnBegun {
        TurnBegun { meter: self.clone(), cpu: clock::thread_cpu_time() }
    }

    fn note(&self, turn: TurnTime) {
        let note = |count: &AtomicU64, time: Duration| {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            count.fetch_max(nanos, Ordering::Relaxed);
        };
        note(&self.0.cpu_ns, turn.cpu);
        note(&self.0.elapsed_ns, turn.elapsed);
    }
}

/// A turn that is being measured.
#[derive(Debug)]
pub(crate) struct TurnBegun {
    meter: TurnMeter,
    cpu: Duration,
}

impl TurnBegun {
    /// Ends the turn, which took `elapsed` by the driver's clock.
    pub(crate) fn end(self, elapsed: Duration) {
        let cpu = clock::thread_cpu_time().saturating_sub(self.cpu);
        self.meter.note(TurnTime { cpu, elapsed });
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
