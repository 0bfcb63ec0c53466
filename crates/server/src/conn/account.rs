//! The account: what the connections of a worker keep in memory.
//!
//! A client can make a server keep bytes in three ways: it sends a head and does not end it, it
//! sends a body faster than its handler takes it, it asks and does not read. Each has its bound for
//! one connection; this is the bound for all of one worker's together.
//!
//! One thread writes it, and any may read. What is kept is counted as it is allocated. Not counted
//! are what handlers allocate for themselves, what answers share with the cache, and what the
//! kernel keeps for sockets.

use std::ops::Add;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that the connections of one worker keep.
#[derive(Debug, Default)]
pub(crate) struct Account {
    heads: AtomicUsize,
    bodies: AtomicUsize,
    output: AtomicUsize,
}

/// What connections keep in memory, in bytes; not what the kernel keeps for their sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Received and not consumed yet: heads that are not whole, and what came behind a request
    /// that is still being answered.
    pub heads: usize,
    /// Bodies on their way to handlers, or complete and waiting for one.
    pub bodies: usize,
    /// Answers, or what was gathered of them, that their clients have not read.
    pub output: usize,
}

impl MemoryUse {
    /// Returns the sum, which `pending_size_max` bounds.
    #[must_use]
    pub const fn total(self) -> usize {
        self.heads + self.bodies + self.output
    }
}

impl Add for MemoryUse {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            heads: self.heads + other.heads,
            bodies: self.bodies + other.bodies,
            output: self.output + other.output,
        }
    }
}

/// What bytes are kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Head,
    Body,
    Output,
}

impl Account {
    /// Returns what is kept.
    pub(crate) fn memory_use(&self) -> MemoryUse {
        let [heads, bodies, output] =
            [&self.heads, &self.bodies, &self.output].map(|sum| sum.load(Ordering::Relaxed));
        MemoryUse { heads, bodies, output }
    }

    /// Notes that what is kept for a purpose has changed from one size to another. Only the
    /// worker's own thread does, so that nothing is lost between the load and the store.
    pub(super) fn change(&self, purpose: Purpose, from: usize, to: usize) {
        let sum = match purpose {
            Purpose::Head => &self.heads,
            Purpose::Body => &self.bodies,
            Purpose::Output => &self.output,
        };
        sum.store(sum.load(Ordering::Relaxed) - from + to, Ordering::Relaxed);
    }

    /// Begins a part of the account that one chapter of a connection answers for.
    pub(super) const fn charge(self: Arc<Self>, purpose: Purpose) -> Charge {
        Charge { account: self, purpose, size: 0 }
    }
}

/// What one chapter of a connection keeps; given back when dropped.
#[derive(Debug)]
pub(super) struct Charge {
    account: Arc<Account>,
    purpose: Purpose,
    size: usize,
}

impl Charge {
    /// Notes how much it is now; returns whether that is more than before.
    pub(super) fn set(&mut self, size: usize) -> Change {
        let before = std::mem::replace(&mut self.size, size);
        self.account.change(self.purpose, before, size);
        if size > before { Change::Grown } else { Change::NotGrown }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// What an answer on its way keeps: what is not sent of it, and of its request's body what is not
/// taken.
#[derive(Debug)]
pub(super) struct Kept {
    output: Charge,
    body: Charge,
}

impl Kept {
    pub(super) fn on(account: &Arc<Account>) -> Self {
        let charge = |purpose| Arc::clone(account).charge(purpose);
        Self { output: charge(Purpose::Output), body: charge(Purpose::Body) }
    }

    /// Notes how much it is now; returns whether either is more than before.
    pub(super) fn set(&mut self, output: usize, body: usize) -> Change {
        let changes = [self.output.set(output), self.body.set(body)];
        if changes.contains(&Change::Grown) { Change::Grown } else { Change::NotGrown }
    }
}

/// Whether more is kept than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Grown,
    NotGrown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_its_sum_and_gives_back_what_it_had() {
        let account = Arc::new(Account::default());
        let mut body = Arc::clone(&account).charge(Purpose::Body);
        let mut output = Arc::clone(&account).charge(Purpose::Output);
        account.change(Purpose::Head, 0, 5);
        assert_eq!(body.set(100), Change::Grown);
        assert_eq!(body.set(100), Change::NotGrown);
        assert_eq!(body.set(60), Change::NotGrown);
        assert_eq!(output.set(7), Change::Grown);
        let kept = account.memory_use();
        assert_eq!(kept, MemoryUse { heads: 5, bodies: 60, output: 7 });
        assert_eq!(kept.total(), 72);
        assert_eq!((kept + kept).total(), 144);
        drop((body, output));
        account.change(Purpose::Head, 5, 0);
        assert_eq!(account.memory_use(), MemoryUse::default());
    }
}
