//! The pace of a lane: how long its jobs run, and what that means for the next one.
//!
//! It is a guess by which a job is refused at once that would only wait to be discarded. It looks
//! at the lane alone. What other lanes take of the threads is not counted, so it errs towards
//! taking a job; the deadline itself is kept where the job's turn comes.

use std::time::Duration;

/// The smoothed mean of a lane's run times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// None before the first job has ended.
    mean: Option<Duration>,
}

impl Pace {
    /// Takes a run time into the mean, an eighth of the way.
    pub(super) fn sample(&mut self, ran: Duration) {
        self.mean = Some(match self.mean {
            None => ran,
            Some(mean) if ran >= mean => mean + (ran - mean) / SMOOTHING,
            Some(mean) => mean - (mean - ran) / SMOOTHING,
        });
    }

    /// Guesses how long a job waits that has `ahead` jobs of its lane before it, waiting or
    /// running, on `threads` threads that are not stuck:
    ///
    /// ```text
    ///   mean × max(0, ahead + 1 − threads) ÷ threads
    /// ```
    ///
    /// It starts when all but `threads` − 1 of those ahead have ended, and one ends every mean ÷
    /// threads. With no thread the guess is for ever; before a job of the lane has ended, it is
    /// that jobs take no time.
    pub(super) fn expected_wait(&self, ahead: usize, threads: usize) -> Duration {
        if threads == 0 {
            return Duration::MAX;
        }
        let ends = clamped((ahead + 1).saturating_sub(threads));
        self.mean.unwrap_or_default().saturating_mul(ends) / clamped(threads)
    }
}

/// How many run times the mean remembers, roughly.
const SMOOTHING: u32 = 8;

fn clamped(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_is_what_is_ahead_by_the_mean_over_the_threads() {
        let check = |ran: &[Duration], ahead, threads, expected: Duration| {
            let mut pace = Pace::default();
            ran.iter().for_each(|ran| pace.sample(*ran));
            assert_eq!(pace.expected_wait(ahead, threads), expected, "{ahead} on {threads}");
        };
        check(&[], 1_000, 8, Duration::ZERO);
        check(&[SECOND], 0, 8, Duration::ZERO);
        check(&[SECOND], 7, 8, Duration::ZERO);
        check(&[SECOND], 8, 8, SECOND / 8);
        check(&[SECOND], 15, 8, SECOND);
        check(&[SECOND], 31, 8, 3 * SECOND);
        check(&[SECOND], 3, 1, 3 * SECOND);
        check(&[SECOND; 100], 3, 1, 3 * SECOND);
        check(&[], 0, 0, Duration::MAX);
        check(&[Duration::MAX], usize::MAX - 1, 1, Duration::MAX);
    }

    #[test]
    fn the_mean_follows_by_an_eighth() {
        let mut pace = Pace::default();
        for (ran, expected) in [(8, 8), (16, 9), (1, 8), (0, 7), (7, 7)] {
            pace.sample(ran * SECOND);
            assert_eq!(pace.expected_wait(1, 1), expected * SECOND, "after {ran} s");
        }
    }
}
