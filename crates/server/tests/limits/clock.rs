//! The clock over the pipe.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reactor::clock::Instant;
use reactor::driver::{Events, World};
use testkit::pipe::Kernel;

/// The clock: it jumps from one thing that is due to the next, up to where the test wants it.
#[derive(Debug)]
pub(crate) struct Clock {
    kernel: Rc<RefCell<Kernel>>,
    pub(crate) target: Instant,
    /// The worker has nothing left to do up to there.
    pub(crate) is_there: bool,
}

impl Clock {
    pub(crate) fn new(kernel: &Rc<RefCell<Kernel>>) -> Self {
        Self { kernel: Rc::clone(kernel), target: Instant::ORIGIN, is_there: false }
    }
}

impl World for Clock {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        self.is_there = false;
        let mut kernel = self.kernel.borrow_mut();
        if let Some(event) = kernel.next_event() {
            events.push(event);
            return Some(now);
        }
        self.is_there = now >= self.target && until > now;
        kernel.now = until.min(self.target).max(now);
        Some(kernel.now)
    }

    fn wall(&self, at: Instant) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(at.as_nanos())
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}
