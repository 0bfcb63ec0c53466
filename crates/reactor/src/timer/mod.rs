//! Timers: futures that end when a moment has come.
//!
//! A [`Timer`] is one entry of its worker's wheel and is meant to be kept and set again: moving
//! the moment later, which a connection does with every request, stores a number in the timer and
//! does not touch the wheel. That wakes the task at the earlier moment; the timer then looks at
//! its number and has the wheel wake it again.

mod wheel;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

pub use self::wheel::Wheel;

use crate::clock::Instant;
use crate::handle::Handle;
use crate::token::Token;

/// A moment to wait for. Dropping it takes it out of the wheel.
///
/// It wakes the task that polled it last.
#[derive(Debug)]
pub struct Timer {
    token: Token,
    handle: Handle,
    deadline: Cell<Instant>,
    /// When the wheel wakes whoever watches: no later than the deadline.
    wakes_at: Cell<Instant>,
    /// What tells the waker that the wheel has from others; null while it has none.
    watcher: Cell<*const ()>,
}

impl Timer {
    pub(crate) const fn new(token: Token, handle: Handle, deadline: Instant) -> Self {
        Self {
            token,
            handle,
            deadline: Cell::new(deadline),
            wakes_at: Cell::new(deadline),
            watcher: Cell::new(std::ptr::null()),
        }
    }

    /// Moves the moment. [`Instant::NEVER`] stops the timer.
    pub fn set(&self, deadline: Instant) {
        self.deadline.set(deadline);
        if deadline < self.wakes_at.get() || deadline == Instant::NEVER {
            self.wake_at(deadline);
        }
    }

    /// Returns the moment it was set to.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// Tells whether the moment has come, and arranges to be woken when it does.
    pub fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        let now = self.handle.now().instant;
        if self.deadline.get() <= now {
            return Poll::Ready(());
        }
        // The wheel keeps what it points to alive, so that no other waker can have the same.
        if self.watcher.replace(cx.waker().data()) != cx.waker().data() {
            self.handle.timers(|wheel| match wheel.value_mut(self.token) {
                Some(waker) => waker.replace(cx.waker().clone()),
                None => None,
            });
        }
        if self.wakes_at.get() <= now {
            // The wheel has woken us at a moment that was given up since.
            self.wake_at(self.deadline.get());
        }
        Poll::Pending
    }

    fn wake_at(&self, moment: Instant) {
        self.wakes_at.set(moment);
        self.handle.timers(|wheel| wheel.set_deadline(self.token, moment));
    }

    /// Waits for the moment.
    ///
    /// # Cancel safety
    ///
    /// The timer stays set.
    pub async fn expired(&self) {
        poll_fn(|cx| self.poll_expired(cx)).await;
    }

    /// Waits for `future`, but not beyond the moment.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] when the moment came first; `future` is dropped half-way.
    ///
    /// # Cancel safety
    ///
    /// As `future`'s own.
    pub async fn bound<F: Future>(&self, future: F) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_expired(cx).map(|()| Err(Elapsed)),
        })
        .await
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if crate::planted::is_planted(crate::planted::Bug::TimerNotCancelled) {
            return;
        }
        let waker = self.handle.timers(|wheel| wheel.cancel(self.token));
        drop(waker);
    }
}

/// A deadline came before what it bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("deadline passed")
    }
}

impl std::error::Error for Elapsed {}
