//! How long an answer may wait for its client to read.
//!
//! The kernel tells of room when a third of its queue is free, and that may take long though the
//! client reads all the while: at 20 kB/s, 40 s of a queue of 2.5 MiB. So the time grows with what
//! the queue may hold. That is not asked of the kernel but bounded: by all that was ever put into
//! the queue, and by how long it can be. What the client has read meanwhile is not known (that it
//! sends a request says nothing, RFC 9112 §9.3.2), and a bound too high only gives one that does
//! not read a longer time, which `send_timeout_max` ends.
//!
//! A handler that has nothing to send is not waited for here.

use std::time::Duration;

use reactor::clock::Instant;
use settings::Limits;

/// Most bytes that the kernel holds for a client: the longest queue that Linux gives a TCP socket
/// unless `tcp_wmem` is raised.
pub(super) const SEND_QUEUE_MAX: u64 = 4 << 20;

/// Whether an answer waits for its client, and since when.
#[derive(Debug)]
pub(super) struct Stall {
    since: Option<Instant>,
    /// Bytes given to the transport when it was last looked at.
    handed: u64,
}

impl Stall {
    /// Begins with nothing to wait for.
    pub(super) const fn new(handed: u64) -> Self {
        Self { since: None, handed }
    }

    /// Notes that there is no room, with `handed` bytes given to the transport so far; returns
    /// when the client is given up.
    pub(super) fn give_up_at(&mut self, now: Instant, handed: u64, limits: &Limits) -> Instant {
        if handed > self.handed {
            *self = Self::new(handed);
        }
        self.since.get_or_insert(now).after(stall_max(handed, limits))
    }

    /// Notes that it is not the client that is waited for.
    pub(super) const fn end(&mut self) {
        self.since = None;
    }
}

/// Returns how long a client that was given `handed` bytes may take to make room.
fn stall_max(handed: u64, limits: &Limits) -> Duration {
    let held = handed.min(SEND_QUEUE_MAX);
    let more = match limits.send_rate_min as u64 {
        0 => Duration::ZERO,
        rate => Duration::from_millis(held * 1000 / rate),
    };
    (limits.send_timeout + more).min(limits.send_timeout_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_grows_with_what_the_kernel_may_hold() {
        let mut limits = Limits::default();
        for (handed, seconds) in [
            (0, 30),
            (511, 30),
            (512, 31),
            (64 << 10, 30 + 128),
            (570 * 512 - 512, 599),
            (570 * 512, 600),
            (1 << 40, 600),
        ] {
            assert_eq!(stall_max(handed, &limits).as_secs(), seconds, "{handed} bytes");
        }
        limits.send_rate_min = 1 << 20;
        assert_eq!(stall_max(1 << 40, &limits).as_secs(), 34, "no queue is longer than 4 MiB");
        limits.send_rate_min = 0;
        assert_eq!(stall_max(1 << 40, &limits).as_secs(), 30, "it does not grow");
    }

    #[test]
    fn progress_begins_it_anew_and_a_vain_attempt_does_not() {
        let limits = Limits::default();
        let at = |seconds| Instant::ORIGIN.after(Duration::from_secs(seconds));
        let mut stall = Stall::new(0);
        assert_eq!(stall.give_up_at(at(10), 512, &limits), at(10 + 31));
        assert_eq!(stall.give_up_at(at(20), 512, &limits), at(10 + 31));
        assert_eq!(stall.give_up_at(at(30), 1024, &limits), at(30 + 32));
        stall.end();
        assert_eq!(stall.give_up_at(at(50), 1024, &limits), at(50 + 32));
    }
}
