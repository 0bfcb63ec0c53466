//! What crosses threads: the few primitives that all of it is built on, and what is built.
//!
//! A loop's own data never leaves its thread; what does cross (mail, wakes, jobs, bodies, answers)
//! goes through the types here. They come from the standard library, or with `--cfg loom` from
//! loom, which runs a test through every order in which threads may interleave.
//!
//! - [`Monitor`]: a value, a lock, and the only way in which a pool job may block.
//! - [`pipe`]: bytes from one thread to another, bounded.
//! - [`oneshot`]: one value from any thread to a task.
//!
//! Nothing here starts a thread or knows a worker: a task is reached through its
//! [`Waker`].

mod baton;
mod monitor;
pub mod oneshot;
pub mod pipe;

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(loom))]
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::Waker;

pub(crate) use self::baton::{Baton, Pause, carry};
pub use self::monitor::Monitor;

/// A wait was given up because the pool that the thread belongs to is ending.
///
/// Only the simulator's pool does this. A job that gets it returns; whatever it waits for next
/// fails in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the pool is ending")
    }
}

impl std::error::Error for Stopped {}

/// Locks, whether or not a thread has panicked with the lock held.
///
/// Poisoning is for data that a panic may leave half changed. What these locks guard is changed
/// by code of this crate that calls nothing foreign meanwhile, a waker's clone and drop excepted,
/// which come before or after the change. So it is whole, and refusing it would turn one failed
/// request into a worker that answers nobody (rule 10).
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Keeps `waker` to be woken, in place of the one kept before.
fn keep(kept: &mut Option<Waker>, waker: &Waker) {
    match kept {
        Some(kept) => kept.clone_from(waker),
        None => *kept = Some(waker.clone()),
    }
}

/// Wakes what was kept. Called with no lock held: waking is foreign code.
fn wake(kept: Option<Waker>) {
    if let Some(waker) = kept {
        waker.wake();
    }
}
