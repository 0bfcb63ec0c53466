//! What the tests of this crate's threads share.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::Monitor;

/// A waker that can be waited for, and counts.
pub(crate) struct Alarm(Monitor<usize>);

impl Alarm {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Monitor::new(0)))
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// How often it was woken.
    pub(crate) fn count(&self) -> usize {
        self.0.with(|count| *count)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.change(|count| *count += 1);
    }
}

/// Polls on this thread, each time it is woken, until there is a result.
pub(crate) fn block_on<R>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    let alarm = Alarm::new();
    let waker = alarm.waker();
    loop {
        let seen = alarm.count();
        if let Poll::Ready(result) = poll(&mut Context::from_waker(&waker)) {
            return result;
        }
        alarm.0.block_for(|count| (*count != seen).then_some(()));
    }
}
