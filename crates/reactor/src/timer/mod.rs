//! Timers: futures that end when a moment has come.
//!
//! A [`Timer`] is one entry of its worker's wheel and is meant to be kept and set again: moving
//! the moment later, which a connection does with every request, stores a number and leaves the
//! wheel alone.

mod wheel;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

pub use self::wheel::Wheel;

use crate::clock::Instant;
use crate::handle::Handle;
use crate::token::Token;

/// A moment to wait for. Dropping it takes it out of the wheel.
#[derive(Debug)]
pub struct Timer {
    token: Token,
    handle: Handle,
}

impl Timer {
    pub(crate) const fn new(token: Token, handle: Handle) -> Self {
        Self { token, handle }
    }

    /// Moves the moment. [`Instant::NEVER`] stops the timer.
    pub fn set(&self, deadline: Instant) {
        self.handle.timers(|wheel| wheel.set_deadline(self.token, deadline));
    }

    /// Returns the moment it was set to.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.handle.timers(|wheel| wheel.deadline(self.token)).unwrap_or(Instant::NEVER)
    }

    /// Tells whether the moment has come, and arranges to be woken when it does.
    pub fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        let now = self.handle.now().instant;
        self.handle.timers(|wheel| {
            if wheel.deadline(self.token).is_some_and(|deadline| deadline <= now) {
                return Poll::Ready(());
            }
            if let Some(waker) = wheel.value_mut(self.token)
                && !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
            {
                *waker = Some(cx.waker().clone());
            }
            Poll::Pending
        })
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
