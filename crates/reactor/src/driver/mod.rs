//! The driver: where a worker's events and its time come from.
//!
//! This is the first of the four seams. [`Epoll`] asks the kernel; [`Sim`] asks a simulated world
//! and is told by a seed. Executor, readiness, wheel and worker are the same code above both.

mod epoll;
mod sim;

use std::fmt;
use std::time::Duration;

use rustix::io::Errno;

pub use self::epoll::Epoll;
pub use self::sim::{Sim, World};

use crate::clock::Now;
use crate::poller::Readiness;
use crate::token::Token;

/// What a worker waits on.
pub trait Driver {
    /// Waits until something happens or `timeout` has passed, and appends the events.
    ///
    /// Without a timeout it waits until something happens. It may return early and empty.
    ///
    /// # Errors
    ///
    /// When the driver itself is broken; the worker ends.
    fn wait(&mut self, timeout: Option<Duration>, events: &mut Events) -> Result<(), WaitError>;

    /// Tells the time. A worker asks once a turn.
    fn now(&self) -> Now;

    /// Tells whether the clock has ticked since `begun`, which is cheaper than to tell the time: a
    /// turn within one tick is not worth measuring. No time passes within a turn unless a driver
    /// says otherwise.
    fn has_ticked_since(&self, begun: Now) -> bool {
        let _ = begun;
        false
    }

    /// Picks which of `runnable` queued tasks goes next; the eldest unless a simulator chooses.
    fn pick(&mut self, runnable: usize) -> usize {
        let _ = runnable;
        0
    }
}

/// One event: what is known of the source that `token` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The source.
    pub token: Token,
    /// Its readiness, bits independent of each other.
    pub readiness: Readiness,
}

/// The events of one wait, in a buffer that is used again.
pub type Events = Vec<Event>;

/// A driver that cannot wait any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitError(pub(crate) Errno);

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot wait for events")
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
