//! Arrivals: connections that one worker accepted for another.
//!
//! A listener that cannot be split over the workers is accepted from by worker 0, which hands the
//! sockets round (rule 8). The waker of the receiving task carries the news through its worker's
//! inbox.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use reactor::net::Accepted;

use super::accept::Admission;

/// A worker's queue of connections accepted elsewhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals(Arc<Mutex<State>>);

/// A connection, and which of the server's listeners it came by.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) accepted: Accepted,
    pub(super) listener: usize,
    pub(super) admission: Admission,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Arrival>,
    waker: Option<Waker>,
    is_closed: bool,
}

impl Arrivals {
    /// Adds a connection, or gives it back when the worker takes no more.
    pub(super) fn push(&self, arrival: Arrival) -> Result<(), Arrival> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(arrival);
        }
        state.queue.push_back(arrival);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Waits for the next connection.
    pub(super) fn poll_next(&self, cx: &Context<'_>) -> Poll<Arrival> {
        let mut state = self.lock();
        match state.queue.pop_front() {
            Some(arrival) => Poll::Ready(arrival),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Takes no more; returns those that are there.
    pub(super) fn close(&self) -> VecDeque<Arrival> {
        let mut state = self.lock();
        state.is_closed = true;
        std::mem::take(&mut state.queue)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half-way.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
