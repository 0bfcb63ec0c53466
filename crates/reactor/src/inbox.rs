//! The inbox: how other threads reach a worker (rule 3).
//!
//! A mutexed list and something that ends the worker's wait. A sender notifies only when the list
//! was empty, and the worker looks at a flag before it takes the lock, so a turn without mail
//! costs one relaxed load. Mail for a worker that has ended is given back or dropped.

use std::fmt;

use crate::handle::Handle;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock};
use crate::token::Token;

/// Ends a worker's wait, from any thread.
pub struct Notify(Box<dyn Fn() + Send + Sync>);

impl Notify {
    /// Wraps what ends the wait; it must not block.
    pub fn new(notify: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Box::new(notify))
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notify")
    }
}

/// Sends work to a worker from any thread.
#[derive(Clone, Debug)]
pub struct Remote(pub(crate) Home);

impl Remote {
    /// Has the worker run `work` in its next turn.
    ///
    /// # Errors
    ///
    /// Gives `work` back when the worker has ended.
    pub fn run<F: FnOnce(&Handle) + Send + 'static>(&self, work: F) -> Result<(), WorkerEnded> {
        self.0.push(Letter::Run(Box::new(work))).map_err(|_letter| WorkerEnded)
    }
}

/// The worker that was addressed has ended; what was sent is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerEnded;

impl fmt::Display for WorkerEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the worker has ended")
    }
}

impl std::error::Error for WorkerEnded {}

/// What another thread sends.
pub(crate) enum Letter {
    /// A waker was used away from its worker.
    Wake(Token),
    /// Work to be done on the worker.
    Run(Box<dyn FnOnce(&Handle) + Send>),
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wake(token) => f.debug_tuple("Wake").field(token).finish(),
            Self::Run(_) => f.write_str("Run"),
        }
    }
}

/// A worker's inbox, shared with whoever may write to it. Two are the same worker's if they are
/// the same allocation.
pub(crate) type Home = Arc<Inbox>;

#[derive(Debug)]
pub(crate) struct Inbox {
    /// Set with the first letter, cleared when the worker takes them.
    has_mail: AtomicBool,
    letters: Mutex<Letters>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Letters {
    list: Vec<Letter>,
    is_closed: bool,
}

impl Inbox {
    pub(crate) fn new(notify: Notify) -> Self {
        Self { has_mail: AtomicBool::new(false), letters: Mutex::new(Letters::default()), notify }
    }

    /// Adds a letter, or gives it back when the worker has ended.
    pub(crate) fn push(&self, letter: Letter) -> Result<(), Letter> {
        let mut letters = lock(&self.letters);
        if letters.is_closed {
            return Err(letter);
        }
        let was_empty = letters.list.is_empty();
        letters.list.push(letter);
        if was_empty {
            self.has_mail.store(true, Ordering::Release);
        }
        drop(letters);
        if was_empty {
            (self.notify.0)();
        }
        Ok(())
    }

    /// Takes all letters. Only the worker calls it.
    pub(crate) fn take(&self) -> Vec<Letter> {
        if !self.has_mail.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut letters = lock(&self.letters);
        self.has_mail.store(false, Ordering::Relaxed);
        std::mem::take(&mut letters.list)
    }

    /// Ends the inbox: what is in it is returned, what comes later is given back to its sender.
    pub(crate) fn close(&self) -> Vec<Letter> {
        let mut letters = lock(&self.letters);
        letters.is_closed = true;
        std::mem::take(&mut letters.list)
    }
}

#[cfg(all(test, loom))]
mod loom_models;
