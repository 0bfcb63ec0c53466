//! Appeals: a worker without places that has nobody to spare asks the others.
//!
//! All workers' connections share the process's descriptors, but each worker knows only its own.
//! The waker of the task that listens for appeals carries the news through its worker's inbox
//! (rule 3).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Where the workers of a server are asked to spare someone.
#[derive(Clone, Debug)]
pub(super) struct Appeals(Arc<Mutex<Vec<Ear>>>);

/// What one worker has heard.
#[derive(Clone, Debug, Default)]
struct Ear {
    is_asked: bool,
    waker: Option<Waker>,
}

impl Appeals {
    /// Makes them for so many workers.
    pub(super) fn among(workers: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![Ear::default(); workers])))
    }

    /// Tells whether there is anyone else to ask.
    pub(super) fn has_others(&self) -> bool {
        self.lock().len() > 1
    }

    /// Asks all workers but the one that asks.
    pub(super) fn ask_others(&self, asking: usize) {
        let mut wakers = Vec::new();
        for (number, ear) in self.lock().iter_mut().enumerate() {
            if number != asking {
                ear.is_asked = true;
                wakers.extend(ear.waker.take());
            }
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until a worker is asked.
    pub(super) fn poll_asked(&self, worker: usize, cx: &Context<'_>) -> Poll<()> {
        let mut ears = self.lock();
        let Some(ear) = ears.get_mut(worker) else { return Poll::Pending };
        if std::mem::take(&mut ear.is_asked) {
            return Poll::Ready(());
        }
        ear.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ear>> {
        // Nothing that holds the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_one_that_asks_are_asked_once() {
        let appeals = Appeals::among(3);
        let cx = &Context::from_waker(Waker::noop());
        let asked = |worker| appeals.poll_asked(worker, cx).is_ready();
        assert!(!asked(0));
        appeals.ask_others(1);
        appeals.ask_others(1);
        assert_eq!([0, 1, 2].map(asked), [true, false, true]);
        assert_eq!([0, 1, 2].map(asked), [false; 3]);
        assert!(appeals.has_others() && !Appeals::among(1).has_others());
    }
}
