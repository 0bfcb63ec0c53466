//! A oneshot: one value, sent once from any thread to a task.
//!
//! It is how a pool job answers the connection that is waiting for it. The task waits by being
//! polled; there is no blocking end, since only loops wait for answers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::{Arc, Mutex, keep, lock, wake};

/// Makes the two ends of a oneshot.
#[must_use]
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(State::Open { waker: None }));
    (Sender { shared: Arc::clone(&shared) }, Receiver { shared })
}

/// The end that sends. Dropping it without sending cancels.
pub struct Sender<T> {
    shared: Arc<Mutex<State<T>>>,
}

/// The end that receives: a future of the value.
pub struct Receiver<T> {
    shared: Arc<Mutex<State<T>>>,
}

enum State<T> {
    Open {
        waker: Option<Waker>,
    },
    Sent(T),
    /// The sender is gone and its value, if it sent one, was received.
    Spent,
    /// The receiver is gone.
    Closed,
}

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    ///
    /// Gives the value back when the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        let mut state = lock(&self.shared);
        let State::Open { waker } = &mut *state else { return Err(value) };
        let waker = waker.take();
        *state = State::Sent(value);
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Tells whether the receiver is gone, so that the value would reach nobody.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(*lock(&self.shared), State::Closed)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        let State::Open { waker } = &mut *state else { return };
        let waker = waker.take();
        *state = State::Spent;
        drop(state);
        wake(waker);
    }
}

impl<T> Receiver<T> {
    /// Returns the value once it has been sent, and until then arranges to be woken.
    pub fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<T, Cancelled>> {
        let mut state = lock(&self.shared);
        if let State::Open { waker } = &mut *state {
            keep(waker, cx.waker());
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Spent) {
            State::Sent(value) => Poll::Ready(Ok(value)),
            State::Open { .. } | State::Spent | State::Closed => Poll::Ready(Err(Cancelled)),
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll_recv(cx)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // A value that was never received is dropped after the lock is let go.
        let state = std::mem::replace(&mut *lock(&self.shared), State::Closed);
        drop(state);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// The sender was dropped without sending, or the value has been received already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender is gone and sent nothing")
    }
}

impl std::error::Error for Cancelled {}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::testing::{Alarm, block_on};
    use super::*;

    #[test]
    fn a_value_crosses_threads() {
        let (sender, mut receiver) = oneshot();
        let sending = thread::spawn(move || sender.send("answer"));
        assert_eq!(block_on(|cx| receiver.poll_recv(cx)), Ok("answer"));
        assert_eq!(sending.join().unwrap(), Ok(()));
        assert_eq!(block_on(|cx| receiver.poll_recv(cx)), Err(Cancelled), "received once");
    }

    #[test]
    fn a_dropped_sender_wakes_and_cancels() {
        let (sender, mut receiver) = oneshot::<u8>();
        let alarm = Alarm::new();
        let waker = alarm.waker();
        let cx = Context::from_waker(&waker);
        assert_eq!(receiver.poll_recv(&cx), Poll::Pending);
        drop(sender);
        assert_eq!(alarm.count(), 1);
        assert_eq!(receiver.poll_recv(&cx), Poll::Ready(Err(Cancelled)));
    }

    #[test]
    fn a_dropped_receiver_is_seen_and_gives_the_value_back() {
        let (sender, receiver) = oneshot();
        assert!(!sender.is_closed());
        drop(receiver);
        assert!(sender.is_closed());
        assert_eq!(sender.send(9), Err(9));
    }

    #[test]
    fn a_value_never_received_is_dropped_with_the_receiver() {
        let value = Arc::new(());
        let (sender, receiver) = oneshot();
        assert!(sender.send(Arc::clone(&value)).is_ok());
        drop(receiver);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
