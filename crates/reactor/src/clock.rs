//! The clock: the one module that asks the kernel for the time.
//!
//! Everything above receives a [`Now`] from its [`Driver`](crate::Driver), so that a simulated
//! driver can hand out a time of its own. Nothing here sleeps or waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, Timespec, clock_gettime};

/// What a driver answers when asked for the time: both clocks, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock, for deadlines.
    pub instant: Instant,
    /// The wall clock, for dates in messages and comparisons with file times.
    pub wall: SystemTime,
}

/// A moment on the monotonic clock, in nanoseconds since an origin of the driver's choosing.
///
/// Unlike [`std::time::Instant`] it can be made from a number, which is what virtual time needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The origin of the clock.
    pub const ORIGIN: Self = Self(0);

    /// The last moment that can be named: a deadline that never comes.
    pub const NEVER: Self = Self(u64::MAX);

    /// Makes a moment from nanoseconds since the origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since the origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the moment `duration` later, or [`Instant::NEVER`] where it cannot be named.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(duration)))
    }

    /// Returns the time since `earlier`, zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Reads both clocks.
#[must_use]
pub fn read() -> Now {
    Now { instant: instant(), wall: wall() }
}

/// Tells whether the kernel's clock has ticked since `begun` was read, which it does every 1 to
/// 10 ms. No hardware is asked: it takes a fifth of [`read`].
#[must_use]
pub(crate) fn has_ticked_since(begun: Now) -> bool {
    wall() != begun.wall
}

/// Reads the CPU time that the calling thread has used, for the longest-turn counter.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    to_duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn instant() -> Instant {
    Instant(saturating_nanos(to_duration(clock_gettime(ClockId::Monotonic))))
}

/// The coarse clock is at most one kernel tick behind and costs a fifth of the exact one; dates
/// in messages have whole seconds.
fn wall() -> SystemTime {
    UNIX_EPOCH + to_duration(clock_gettime(ClockId::RealtimeCoarse))
}

/// Times before the epoch, which a badly set wall clock may show, count as the epoch.
fn to_duration(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}

fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_never_wraps() {
        assert_eq!(Instant::NEVER.after(Duration::from_secs(1)), Instant::NEVER);
        assert_eq!(Instant::ORIGIN.after(Duration::MAX), Instant::NEVER);
        assert_eq!(Instant::from_nanos(5).since(Instant::from_nanos(9)), Duration::ZERO);
        assert_eq!(Instant::from_nanos(9).since(Instant::from_nanos(5)), Duration::from_nanos(4));
    }

    #[test]
    fn it_ticks_often_but_not_always() {
        let begun = read();
        while !has_ticked_since(begun) {}
        let passed = read().instant.since(begun.instant);
        assert!(passed < Duration::from_secs(1), "{passed:?}");
        let unchanged = (0..1000).filter(|_| !has_ticked_since(read())).count();
        assert!(unchanged > 900, "{unchanged} of 1000");
    }

    #[test]
    fn the_clock_moves_forward() {
        let first = read();
        let second = read();
        assert!(second.instant >= first.instant);
        assert!(first.wall > UNIX_EPOCH);
    }
}
