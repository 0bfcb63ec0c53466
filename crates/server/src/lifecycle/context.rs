//! What the handlers of a worker share: time, the pool, the limits, and state of their own.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use reactor::Handle;
use reactor::clock::Now;
use reactor::pool::{Job, Lane, LaneConfig, Offload, Ticket};
use reactor::sync::oneshot;
use settings::Limits;

use super::descriptors::{Place, Places};
use super::spool::SpoolBudget;
use crate::conn::Roll;
use crate::telemetry::Counters;

/// One worker's circumstances. Handlers reach it through the request's head.
pub struct WorkerContext {
    handle: Handle,
    offload: Arc<dyn Offload>,
    limits: Arc<Limits>,
    spool: SpoolBudget,
    places: Places,
    /// Where reading what is not in memory of a file waits: the same for all workers.
    reads: Lane,
    roll: Roll,
    counters: Arc<Counters>,
    /// State of handlers, by [`PerWorker`] slot.
    locals: RefCell<Vec<Option<Rc<dyn Any>>>>,
}

impl WorkerContext {
    /// Puts the circumstances of a worker together that shares nothing with others but the pool.
    #[must_use]
    pub fn new(handle: Handle, offload: Arc<dyn Offload>, limits: Arc<Limits>) -> Rc<Self> {
        let shared = Shared::new(&limits, Places::unlimited());
        Self::with_shared(handle, offload, limits, shared)
    }

    pub(super) fn with_shared(
        handle: Handle,
        offload: Arc<dyn Offload>,
        limits: Arc<Limits>,
        shared: Shared,
    ) -> Rc<Self> {
        let Shared { spool, places, reads } = shared;
        let (roll, counters, locals) = (Roll::default(), Arc::default(), RefCell::default());
        Rc::new(Self { handle, offload, limits, spool, places, reads, roll, counters, locals })
    }

    /// Returns the time of this turn of the loop.
    #[must_use]
    pub fn now(&self) -> Now {
        self.handle.now()
    }

    /// Returns the reactor's handle, for timers and tasks.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the pool.
    #[must_use]
    pub const fn pool(&self) -> &Arc<dyn Offload> {
        &self.offload
    }

    pub(crate) const fn spool(&self) -> &SpoolBudget {
        &self.spool
    }

    /// Returns the lane of reading what is not in memory of a file: it is never refused.
    pub(crate) const fn reads(&self) -> &Lane {
        &self.reads
    }

    /// Returns the worker's connections, and which of them can be spared.
    pub(crate) const fn roll(&self) -> &Roll {
        &self.roll
    }

    pub(crate) const fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    pub(crate) const fn places(&self) -> &Places {
        &self.places
    }

    /// Takes a place for a file that is held open, if there is one.
    pub(crate) fn place_for_file(&self) -> Option<Place> {
        let place = self.places.take_for_file();
        if place.is_none() {
            self.counters.files_refused_for_places.add_one();
        }
        self.repay_places();
        place
    }

    /// Asks connections to leave if files have taken more places than there are: those beyond are
    /// lent from what is kept back.
    pub(crate) fn repay_places(&self) {
        if self.places.are_overdrawn() {
            self.roll.make_room(self.now().instant);
        }
    }

    /// Returns the limits.
    #[must_use]
    pub const fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Runs `work` on a pool thread.
    ///
    /// # Errors
    ///
    /// [`OffloadError::Refused`] at once when the pool's queue is full.
    pub fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Offloaded<T>, OffloadError> {
        self.offload_in(&Lane::default(), work)
    }

    /// Runs `work` on a pool thread, when its lane's turn comes.
    ///
    /// # Errors
    ///
    /// [`OffloadError::Refused`] at once when the lane's share or the pool's queue is full, or the
    /// lane's deadline cannot be met.
    pub fn offload_in<T: Send + 'static>(
        &self,
        lane: &Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Offloaded<T>, OffloadError> {
        let (sender, receiver) = oneshot::oneshot();
        // A receiver that is gone has no use for the result.
        let job = Job::new(move || drop(sender.send(work()))).in_lane(lane);
        let ticket = self.offload.submit(job).map_err(|_refused| OffloadError::Refused)?;
        Ok(Offloaded { receiver, ticket })
    }
}

/// What the workers of a server share, besides the pool and the limits.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The disk that request bodies may occupy.
    pub(super) spool: SpoolBudget,
    /// The descriptors.
    pub(super) places: Places,
    /// Where reading what is not in memory of a file waits.
    reads: Lane,
}

impl Shared {
    pub(super) fn new(limits: &Limits, places: Places) -> Self {
        let reads = LaneConfig::unrefusable("file reads")
            .with_threads_max(reading_threads_max(limits.pool_threads));
        Self { spool: SpoolBudget::new(limits.spool_size_max), places, reads: Lane::new(reads) }
    }
}

/// Returns how many of the pool's threads may read files at a time. A quarter is left to handlers,
/// and one at least: a disk that hangs holds each thread that reads from it. A pool of one thread
/// has none to spare.
fn reading_threads_max(pool_threads: usize) -> NonZero<usize> {
    let spared = (pool_threads / 4).max(1);
    NonZero::new(pool_threads.saturating_sub(spared)).unwrap_or(NonZero::<usize>::MIN)
}

impl fmt::Debug for WorkerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerContext").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// The result of work on the pool, on its way.
#[derive(Debug)]
pub struct Offloaded<T> {
    receiver: oneshot::Receiver<T>,
    ticket: Ticket,
}

impl<T> Offloaded<T> {
    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// [`OffloadError::Lost`] when the work panicked or the pool has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, the work still runs and its result is dropped.
    pub async fn result(mut self) -> Result<T, OffloadError> {
        poll_fn(|cx| self.poll_result(cx)).await
    }

    /// Takes the work out of the queue if no thread has begun it, and tells whether it did.
    pub fn cancel(&self) -> bool {
        self.ticket.cancel()
    }

    /// Returns the result once it is there, and until then arranges to be woken.
    ///
    /// # Errors
    ///
    /// As [`Offloaded::result`].
    pub fn poll_result(&mut self, cx: &Context<'_>) -> Poll<Result<T, OffloadError>> {
        self.receiver.poll_recv(cx).map_err(|_cancelled| OffloadError::Lost)
    }
}

/// Why work on the pool gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OffloadError {
    /// The pool's queue is full.
    #[error("the pool is full")]
    Refused,
    /// The work panicked, or the pool has ended.
    #[error("the work on the pool was lost")]
    Lost,
}

/// A value that each worker has one of, made on first use: caches, counters, date strings.
///
/// It is how a handler, which all workers share, has state without a lock.
pub struct PerWorker<T> {
    slot: usize,
    make: Box<dyn Fn() -> T + Send + Sync>,
    kind: PhantomData<fn() -> T>,
}

/// Slots are handed out once, to whoever makes a [`PerWorker`].
static NEXT_SLOT: AtomicUsize = AtomicUsize::new(0);

impl<T: 'static> PerWorker<T> {
    /// Reserves a place in every worker.
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let slot = NEXT_SLOT.fetch_add(1, Ordering::Relaxed);
        Self { slot, make: Box::new(make), kind: PhantomData }
    }

    /// Returns this worker's value.
    pub fn on(&self, worker: &WorkerContext) -> Rc<T> {
        let mut locals = worker.locals.borrow_mut();
        if locals.len() <= self.slot {
            locals.resize(self.slot + 1, None);
        }
        let made = locals[self.slot].get_or_insert_with(|| Rc::new((self.make)()));
        Rc::clone(made).downcast().unwrap_or_else(|_other| unreachable!("a slot has one owner"))
    }
}

impl<T> fmt::Debug for PerWorker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerWorker").field("slot", &self.slot).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_leaves_threads_to_handlers() {
        for (threads, reading) in [(1, 1), (2, 1), (3, 2), (4, 3), (7, 6), (8, 6), (1024, 768)] {
            assert_eq!(reading_threads_max(threads).get(), reading, "of {threads}");
        }
    }
}
