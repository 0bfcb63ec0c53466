//! Lanes: whose a job is, and what its kind may ask of the pool.
//!
//! Jobs of one lane go first in, first out; between lanes the pool takes turns. So a route whose
//! handlers are slow keeps its own jobs waiting and nobody else's. A lane is a name and its terms:
//! it is made before any pool exists, belongs to none, and what waits in it is in the pool's
//! [`Queue`](super::queue::Queue).

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where a job waits for its turn. Clones are the same lane; two that were made are two.
///
/// The default lane is one for all: it has no share and no deadline.
#[derive(Clone, Default)]
pub struct Lane(Option<Arc<Shape>>);

struct Shape {
    id: LaneId,
    cfg: LaneConfig,
}

/// Which lane it is, by the order in which lanes were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(u64);

/// The next lane's number; zero is the default lane.
static NEXT_LANE: AtomicU64 = AtomicU64::new(1);

impl Lane {
    /// Makes a lane.
    #[must_use]
    pub fn new(cfg: LaneConfig) -> Self {
        let id = LaneId(NEXT_LANE.fetch_add(1, Ordering::Relaxed));
        Self(Some(Arc::new(Shape { id, cfg })))
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.as_ref().map_or("default", |shape| &shape.cfg.name)
    }

    pub(super) fn id(&self) -> LaneId {
        self.0.as_ref().map_or(LaneId(0), |shape| shape.id)
    }

    pub(super) fn share(&self) -> usize {
        self.0.as_ref().map_or(usize::MAX, |shape| shape.cfg.share)
    }

    /// Returns how long a job of it may wait for its thread, if that is bounded.
    #[must_use]
    pub fn start_timeout(&self) -> Option<Duration> {
        self.0.as_ref().and_then(|shape| shape.cfg.start_timeout)
    }

    pub(super) fn threads_max(&self) -> usize {
        self.0.as_ref().map_or(usize::MAX, |shape| shape.cfg.threads_max.get())
    }

    pub(super) fn admission(&self) -> Admission {
        self.0.as_ref().map_or(Admission::Bounded, |shape| shape.cfg.admission)
    }

    /// Tells whether someone holds a clone of this one, so that more jobs may come.
    pub(super) fn is_held_elsewhere(&self) -> bool {
        self.0.as_ref().is_none_or(|shape| Arc::strong_count(shape) > 1)
    }
}

impl PartialEq for Lane {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Lane {}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lane").field(&self.name()).finish()
    }
}

/// The terms of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneConfig {
    /// What it is called where it is reported.
    pub name: String,
    /// How many of its jobs may wait; one more is refused. A job waits until a thread has taken
    /// it, idle or not, so with less than the number of threads a burst may leave some idle.
    pub share: usize,
    /// How long a job may wait for its thread. One that cannot start in time is refused, one that
    /// did not is discarded when its turn comes.
    pub start_timeout: Option<Duration>,
    /// How many threads may run its jobs at a time, those that are stuck not counted: what all
    /// its jobs wait for keeps no more from other lanes.
    pub threads_max: NonZero<usize>,
    /// Whether the pool may refuse its jobs.
    pub admission: Admission,
}

/// Whether a pool may refuse the jobs of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It refuses what is over the lane's share or the pool's bound, or too late.
    Bounded,
    /// It refuses none while it is open, and counts them towards no bound: whoever submits them
    /// keeps a bound of its own.
    Unrefusable,
}

impl LaneConfig {
    /// Describes a lane of which `share` jobs may wait, for as long as it takes.
    #[must_use]
    pub fn new(name: impl Into<String>, share: usize) -> Self {
        Self {
            name: name.into(),
            share,
            start_timeout: None,
            threads_max: NonZero::<usize>::MAX,
            admission: Admission::Bounded,
        }
    }

    /// Describes a lane whose jobs are refused only by a closed pool, for work that must be done
    /// because other work has begun: the rest of an upload that is half on the disk.
    ///
    /// Whoever submits its jobs bounds them; one outstanding for each connection is a bound.
    #[must_use]
    pub fn unrefusable(name: impl Into<String>) -> Self {
        Self { admission: Admission::Unrefusable, ..Self::new(name, usize::MAX) }
    }

    /// Bounds how many threads may run its jobs at a time.
    #[must_use]
    pub const fn with_threads_max(mut self, threads: NonZero<usize>) -> Self {
        self.threads_max = threads;
        self
    }

    /// Bounds how long a job may wait for its thread.
    #[must_use]
    pub const fn with_start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = Some(timeout);
        self
    }
}
