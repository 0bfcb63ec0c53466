//! A monitor: a value behind a lock, and threads that wait for it to change.
//!
//! Every blocking wait of a pool job is one call, [`Monitor::wait_for`], so there is one place
//! where the simulator can step in. Waits have no time limit: what ends a wait is the other side,
//! by its act or by its drop.

use std::fmt;

use super::baton::{self, Pause};
use super::{Condvar, Mutex, MutexGuard, Stopped, lock};

/// A value shared between threads, some of which may wait for what others do with it.
///
/// A panic while the value is being changed does not poison it: see the closures' contract in
/// [`Monitor::change`].
pub struct Monitor<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    value: T,
    /// Threads asleep on `changed`; while there is none, a change costs no system call.
    asleep: usize,
}

impl<T> Monitor<T> {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { state: Mutex::new(State { value, asleep: 0 }), changed: Condvar::new() }
    }

    /// Runs `with` on the locked value and tells nobody.
    pub fn with<R>(&self, with: impl FnOnce(&mut T) -> R) -> R {
        with(&mut self.lock().value)
    }

    /// Runs `change` on the locked value and has every waiting thread look again.
    ///
    /// `change` leaves the value whole even where it panics: it runs nothing foreign.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.lock();
        let result = change(&mut state.value);
        let is_awaited = state.asleep > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
        result
    }

    /// As [`Monitor::change`], but has one waiting thread look again: for a change of which one
    /// thread can make use, whichever it is.
    pub fn change_for_one<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.lock();
        let result = change(&mut state.value);
        let is_awaited = state.asleep > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_one();
        }
        result
    }

    /// Blocks until `attempt` has a result, trying now and after each change.
    ///
    /// An attempt without a result must leave the value as it is. One with a result may change it,
    /// but nobody is told: what others wait for is done by [`Monitor::change`].
    ///
    /// # Errors
    ///
    /// [`Stopped`] on a thread of the simulator's pool when the simulation is ending.
    ///
    /// # Blocking
    ///
    /// Without limit; never called on a loop thread (rule 7).
    pub fn wait_for<R>(&self, mut attempt: impl FnMut(&mut T) -> Option<R>) -> Result<R, Stopped> {
        let Some(baton) = baton::carried() else { return Ok(self.block_for(attempt)) };
        let mut pause = Pause::Reached;
        loop {
            if let Some(result) = self.with(&mut attempt) {
                return Ok(result);
            }
            baton.pause(pause)?;
            pause = Pause::Again;
        }
    }

    /// As [`Monitor::wait_for`], for the pools themselves: blocks with or without a baton.
    pub(crate) fn block_for<R>(&self, mut attempt: impl FnMut(&mut T) -> Option<R>) -> R {
        let mut state = self.lock();
        loop {
            if let Some(result) = attempt(&mut state.value) {
                return result;
            }
            state.asleep += 1;
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
            state.asleep -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }
}

impl<T> fmt::Debug for Monitor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_wait_ends_with_the_change_that_it_waits_for() {
        let monitor = Arc::new(Monitor::new(0));
        let waiting = thread::spawn({
            let monitor = Arc::clone(&monitor);
            move || monitor.wait_for(|value| (*value == 100).then_some(*value))
        });
        for _ in 0..100 {
            monitor.change(|value| *value += 1);
        }
        assert_eq!(waiting.join().unwrap(), Ok(100));
    }

    #[test]
    fn a_panic_does_not_poison_it() {
        let monitor = Monitor::new(7);
        let panic = catch_unwind(AssertUnwindSafe(|| monitor.with(|_value| panic!("on purpose"))));
        assert!(panic.is_err());
        assert_eq!(monitor.with(|value| *value), 7);
        assert_eq!(monitor.wait_for(|value| Some(*value)), Ok(7));
    }

    #[test]
    fn one_change_for_one_serves_one_of_many() {
        let monitor = Arc::new(Monitor::new(0u32));
        let takers: Vec<_> = (0..4)
            .map(|_| {
                let monitor = Arc::clone(&monitor);
                thread::spawn(move || {
                    monitor.wait_for(|value| value.checked_sub(1).map(|n| *value = n))
                })
            })
            .collect();
        for _ in 0..4 {
            monitor.change_for_one(|value| *value += 1);
        }
        for taker in takers {
            assert_eq!(taker.join().unwrap(), Ok(()));
        }
        assert_eq!(monitor.with(|value| *value), 0);
    }
}
