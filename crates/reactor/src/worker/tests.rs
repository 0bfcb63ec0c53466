//! The worker's turns, its wakes from near and far, and its end.

mod end;
mod turn;
mod wake;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::*;
use crate::testing::Scripted;

/// What a test's task lets the test see of it.
#[derive(Default)]
struct Probe {
    polls: Cell<usize>,
    /// The waker it was last polled with.
    waker: RefCell<Option<Waker>>,
    is_done: Cell<bool>,
}

impl Probe {
    /// Spawns a task that ends with the first poll after `is_done` was set.
    fn spawn(handle: &Handle) -> Rc<Self> {
        let probe = Rc::new(Self::default());
        let polled = Rc::clone(&probe);
        handle.spawn(poll_fn(move |cx| {
            polled.polls.set(polled.polls.get() + 1);
            polled.waker.replace(Some(cx.waker().clone()));
            if polled.is_done.get() { Poll::Ready(()) } else { Poll::Pending }
        }));
        probe
    }

    fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }

    fn end(&self) {
        self.is_done.set(true);
        self.waker().wake();
    }
}

fn turns(worker: &mut Worker<Scripted>, count: usize) {
    for _ in 0..count {
        worker.turn().unwrap();
    }
}
