//! Bugs that a test can plant, to see that the simulator would catch them.
//!
//! Without the feature `planted-bugs`, which only tests turn on, [`is_planted`] is a constant
//! `false` and the branches behind it are not in the program.

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// A write that took a part is counted as whole.
    ShortWriteDropped,
    /// A letter from another thread is thrown away.
    WakeLost,
    /// An event for a closed connection reaches the next one in its slot.
    StaleTokenHonoured,
    /// A timer that was cancelled stays in the wheel.
    TimerNotCancelled,
    /// A request is answered twice.
    DoubleAnswer,
    /// A connection keeps its buffer while it is idle.
    BufferKeptIdle,
    /// What is not in memory of a file is sent from a loop all the same.
    ColdSent,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ShortWriteDropped,
        Self::WakeLost,
        Self::StaleTokenHonoured,
        Self::TimerNotCancelled,
        Self::DoubleAnswer,
        Self::BufferKeptIdle,
        Self::ColdSent,
    ];
}

#[cfg(feature = "planted-bugs")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a bug on this thread, or removes the one there is.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Tells whether `bug` is planted on this thread.
    #[must_use]
    pub fn is_planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(not(feature = "planted-bugs"))]
mod switch {
    use super::Bug;

    /// Tells whether `bug` is planted: never in a program that ships.
    #[must_use]
    #[inline]
    pub const fn is_planted(_bug: Bug) -> bool {
        false
    }
}

pub use self::switch::*;
