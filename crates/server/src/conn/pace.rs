//! The pace of a request's body: when its peer is too slow.
//!
//! It is late when nothing comes for `body_timeout`, or when over any such time less comes than
//! `body_rate_min` asks for. Silence is only the slowest pace, so both are judged over the same
//! time, and an operator has one length to choose.
//!
//! ```text
//!    │ 5 s │ 5 s │ 5 s │ 5 s │ 5 s │ 5 s │ under way │     six segments are a window,
//!    └────────────── 30 s ───────────────┘                 which moves on by one
//! ```
//!
//! Only time counts in which the peer is what is waited for: while the handler or the disk is, none
//! of the peer's passes. Only data counts: chunks of a byte, extensions and trailers are no
//! progress, so that a body of a given size takes no longer than that size allows. Nothing here
//! asks for the time or sets a timer.

use std::time::Duration;

use reactor::clock::Instant;
use settings::Limits;

/// Parts of the window: it is judged as often, and a peer that was fast once and is slow now is
/// found that much later.
const SEGMENTS: u32 = 6;

/// How a body has come so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Set while the peer is waited for.
    wait: Option<Wait>,
    /// How long nothing has come while it was.
    silent: Duration,
    /// How much of the segment under way has passed.
    passed: Duration,
    /// The data of the latest segments, that under way included.
    data: [u64; SEGMENTS as usize],
    /// Segments that are over.
    segments: usize,
}

/// A wait for the peer, counted up to `since` and to be looked at again at `until`.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Instant,
    until: Instant,
}

/// The peer is too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooSlow;

impl Pace {
    /// Notes that something came, of which `data` bytes were of the body.
    pub(super) fn on_input(&mut self, data: usize, now: Instant) {
        self.count(now);
        self.silent = Duration::ZERO;
        let current = self.current();
        self.data[current] = self.data[current].saturating_add(data as u64);
    }

    /// Notes that the peer is waited for no longer.
    pub(super) const fn pause(&mut self) {
        self.wait = None;
        self.silent = Duration::ZERO;
    }

    /// Notes that the peer is waited for; returns when to look again.
    ///
    /// # Errors
    ///
    /// When it has been waited for too long, or has sent too little.
    pub(super) fn wait(&mut self, now: Instant, limits: &Limits) -> Result<Instant, TooSlow> {
        self.count(now);
        let segment = limits.body_timeout / SEGMENTS;
        if self.passed >= segment {
            self.end_segment(limits)?;
        }
        if self.silent >= limits.body_timeout {
            return Err(TooSlow);
        }
        let left = (segment - self.passed).min(limits.body_timeout - self.silent);
        let until = now.after(left);
        self.wait = Some(Wait { since: now, until });
        Ok(until)
    }

    /// Counts the time that the peer was waited for. What passed beyond the moment at which it was
    /// to be looked at again is our own delay.
    fn count(&mut self, now: Instant) {
        let Some(wait) = &mut self.wait else { return };
        let passed = now.min(wait.until).since(wait.since);
        wait.since = now.max(wait.since);
        self.silent += passed;
        self.passed += passed;
    }

    /// Begins the next segment, and judges the window that ends here if there is a whole one.
    fn end_segment(&mut self, limits: &Limits) -> Result<(), TooSlow> {
        self.passed = Duration::ZERO;
        self.segments += 1;
        let data = self.data.iter().fold(0_u64, |sum, data| sum.saturating_add(*data));
        let current = self.current();
        self.data[current] = 0;
        let is_whole = self.segments >= self.data.len();
        if is_whole && data < data_min(limits) { Err(TooSlow) } else { Ok(()) }
    }

    const fn current(&self) -> usize {
        self.segments % self.data.len()
    }
}

/// The least data of a window.
fn data_min(limits: &Limits) -> u64 {
    let millis = limits.body_timeout.as_millis();
    let data = limits.body_rate_min as u128 * millis / 1000;
    u64::try_from(data).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets `steps` pass, in each of which so many milliseconds go by and then so much comes;
    /// returns after how many seconds the peer is too slow.
    fn late_after(steps: impl IntoIterator<Item = (u64, usize)>) -> Option<u64> {
        let limits = Limits::default();
        let mut pace = Pace::default();
        let mut now = Instant::ORIGIN;
        let mut look_at = pace.wait(now, &limits).expect("it has only begun");
        for (millis, data) in steps {
            let then = now.after(Duration::from_millis(millis));
            while look_at <= then {
                now = look_at;
                let Ok(next) = pace.wait(now, &limits) else {
                    return Some(now.as_nanos() / 1_000_000_000);
                };
                look_at = next;
            }
            now = then;
            pace.on_input(data, now);
            let Ok(next) = pace.wait(now, &limits) else {
                return Some(now.as_nanos() / 1_000_000_000);
            };
            look_at = next;
        }
        None
    }

    /// A peer that sends so much in the middle of each second.
    fn steady(data: usize) -> impl Iterator<Item = (u64, usize)> {
        std::iter::once((500, data)).chain(std::iter::repeat_n((1000, data), 599))
    }

    #[test]
    fn the_floor_under_at_and_over() {
        for (data, expected) in [(511, Some(30)), (512, None), (513, None)] {
            assert_eq!(late_after(steady(data)), expected, "{data} B/s");
        }
    }

    #[test]
    fn silence_under_at_and_over() {
        for (millis, expected) in [(29_999, None), (30_000, Some(30)), (30_001, Some(30))] {
            let silence = [(0, 100_000), (millis, 100_000)];
            assert_eq!(late_after(silence), expected, "{millis} ms");
        }
    }

    #[test]
    fn what_came_before_the_window_does_not_count() {
        let fast_once = std::iter::once((1000, 10 << 20)).chain(steady(100));
        assert_eq!(late_after(fast_once), Some(35));
        // But what comes at any time within it does.
        let in_gusts = std::iter::repeat_n((24_000, 512 * 30), 20);
        assert_eq!(late_after(in_gusts), None);
    }

    #[test]
    fn input_without_data_is_no_silence_and_no_progress() {
        assert_eq!(late_after(std::iter::repeat_n((29_000, 0), 20)), Some(30));
        let mut limits = Limits::default();
        limits.body_rate_min = 0;
        let mut pace = Pace::default();
        let mut now = Instant::ORIGIN;
        for _ in 0..600 {
            let until = pace.wait(now, &limits).expect("there is no floor");
            now = until;
            pace.on_input(0, now);
        }
    }

    #[test]
    fn only_time_that_is_waited_for_the_peer_counts() {
        let limits = Limits::default();
        let mut pace = Pace::default();
        let mut now = Instant::ORIGIN;
        for _ in 0..100 {
            pace.wait(now, &limits).expect("a second of each hour");
            now = now.after(Duration::from_secs(1));
            pace.on_input(5120, now);
            pace.pause();
            now = now.after(Duration::from_secs(3599));
        }
        // Nor does a delay of our own: it was to be looked at after five seconds.
        let until = pace.wait(now, &limits).expect("it has just begun to be waited for");
        assert!(pace.wait(until.after(Duration::from_secs(100)), &limits).is_ok());
    }
}
