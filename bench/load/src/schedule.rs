//! When each write of an open loop is due, whatever became of those before.

use std::time::Duration;

use crate::client::Length;

/// Evenly spaced moments, counted from the begin of a run.
#[derive(Debug)]
pub(crate) struct Schedule {
    spacing: f64,
    taken: u64,
    total: u64,
}

impl Schedule {
    /// Spreads the writes of a run over the time that they take at `rate` requests a second.
    pub(crate) fn new(rate: u32, pipelined: usize, connections: usize, length: Length) -> Self {
        let spacing = pipelined as f64 / f64::from(rate.max(1));
        let total = match length {
            Length::Rounds(rounds) => rounds * connections as u64,
            // A cast to an integer rounds down and saturates.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "see above"
            )]
            Length::Time(time) => (time.as_secs_f64() / spacing).ceil() as u64,
        };
        Self { spacing, taken: 0, total }
    }

    /// When the next write is due; `None` when the run has all its writes.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let due = Duration::from_secs_f64(self.taken as f64 * self.spacing);
        (self.taken < self.total).then_some(due)
    }

    /// Counts the next write as done.
    pub(crate) fn take(&mut self) {
        self.taken += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments in milliseconds, of two connections.
    fn moments(rate: u32, pipelined: usize, length: Length) -> Vec<u128> {
        let mut schedule = Schedule::new(rate, pipelined, 2, length);
        let mut moments = Vec::new();
        while let Some(due) = schedule.next_due() {
            moments.push(due.as_millis());
            schedule.take();
        }
        moments
    }

    #[test]
    fn writes_are_due_evenly() {
        let millis = |millis: u64| Length::Time(Duration::from_millis(millis));
        assert_eq!(moments(100, 1, millis(30)), [0, 10, 20]);
        assert_eq!(moments(100, 1, millis(31)), [0, 10, 20, 30]);
        assert_eq!(moments(100, 4, millis(81)), [0, 40, 80]);
        assert_eq!(moments(200, 1, Length::Rounds(2)), [0, 5, 10, 15]);
        assert_eq!(moments(1, 1, Length::Rounds(0)), []);
        assert_eq!(moments(0, 1, Length::Time(Duration::from_secs(1))), [0]);
    }
}
