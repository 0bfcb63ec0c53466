//! The baton: how the simulator gets a pool thread to stop where it would block.
//!
//! A thread of the simulator's pool carries a baton for all its life. Where another thread would
//! sleep in [`Monitor::wait_for`](super::Monitor::wait_for), it gives the baton back and sleeps
//! until it is handed the baton again. Threads without one (all of them, in the program) block.

use std::cell::RefCell;
use std::sync::Arc;

use super::Stopped;

/// What a thread that takes part in a simulation carries.
pub(crate) trait Baton: Send + Sync {
    /// Gives the baton back and returns when it has been handed over again.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the simulation is ending; the caller keeps the baton.
    fn pause(&self, pause: Pause) -> Result<(), Stopped>;
}

/// Whether a thread has achieved anything since it was last handed the baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// It ran up to a wait.
    Reached,
    /// It found that the wait was not over.
    Again,
}

/// Has the calling thread carry `baton` from now on.
pub(crate) fn carry(baton: Arc<dyn Baton>) {
    CARRIED.set(Some(baton));
}

/// Returns the baton that the calling thread carries.
pub(super) fn carried() -> Option<Arc<dyn Baton>> {
    CARRIED.with_borrow(Clone::clone)
}

thread_local! {
    static CARRIED: RefCell<Option<Arc<dyn Baton>>> = const { RefCell::new(None) };
}
