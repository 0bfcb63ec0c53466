//! What was found under a path, how long that is believed, and what it takes to keep it.
//!
//! An entry never changes but for how long it is believed, so that all who have it may look at it
//! without a lock. Only the [`store`](super::store) prolongs that, or ends it: an entry that it has
//! let go of is believed by nobody.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foldhash::fast::FixedState;
use reactor::clock::Instant;

use super::load::Finding;

/// How long a finding is believed. A cached file is never more stale than that.
pub(super) const FRESH_FOR: Duration = Duration::from_secs(1);

/// A path with its hash.
///
/// The hash is the same in every process, so that the same requests have the same effects. Who
/// finds paths of one hash gains nothing by it: where it is used, few entries share a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) path: &'a [u8],
    pub(super) hash: u64,
}

impl<'a> Key<'a> {
    pub(super) fn new(path: &'a [u8]) -> Self {
        let mut hasher = FixedState::with_seed(0).build_hasher();
        hasher.write(path);
        Self { path, hash: hasher.finish() }
    }
}

/// A finding that is kept.
#[derive(Debug)]
pub(super) struct Entry {
    path: Box<[u8]>,
    hash: u64,
    finding: Finding,
    size: usize,
    /// In nanoseconds of the workers' clock.
    fresh_until: AtomicU64,
}

impl Entry {
    pub(super) fn new(key: Key<'_>, finding: Finding, fresh_until: Instant) -> Self {
        let size = size_of_entry(key.path, &finding);
        let fresh_until = AtomicU64::new(fresh_until.as_nanos());
        Self { path: key.path.into(), hash: key.hash, finding, size, fresh_until }
    }

    /// Tells whether it is what was found under a path.
    pub(super) fn is_of(&self, key: Key<'_>) -> bool {
        *self.path == *key.path
    }

    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    pub(super) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) const fn finding(&self) -> &Finding {
        &self.finding
    }

    /// The bytes of memory that it takes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    pub(super) const fn kind(&self) -> Kind {
        Kind::of(&self.finding)
    }

    /// Tells whether it may be believed.
    #[inline]
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        now < self.fresh_until()
    }

    /// When it ceases to be believed.
    pub(super) fn fresh_until(&self) -> Instant {
        // What it says of the entry is all that there is to be seen: nothing is ordered by it.
        Instant::from_nanos(self.fresh_until.load(Ordering::Relaxed))
    }

    /// Has it believed for longer. Only the store calls it, with its lock held, so that what has
    /// been let go of is not believed again.
    pub(super) fn renew(&self, fresh_until: Instant) {
        self.fresh_until.fetch_max(fresh_until.as_nanos(), Ordering::Relaxed);
    }

    /// Has nobody believe it any more. Only the store calls it, as above.
    pub(super) fn retire(&self) {
        self.fresh_until.store(0, Ordering::Relaxed);
    }
}

/// The kinds of entries, each of which has a share of the memory, so that none pushes out another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Files.
    File,
    /// Paths that name no file.
    Negative,
}

impl Kind {
    pub(super) const COUNT: usize = 2;

    const fn of(finding: &Finding) -> Self {
        match finding {
            Finding::File(_) => Self::File,
            Finding::Directory | Finding::Missing => Self::Negative,
        }
    }
}

/// The bytes of memory that it takes to keep what was found under a path.
pub(super) fn size_of_entry(path: &[u8], finding: &Finding) -> usize {
    let content = match finding {
        Finding::File(file) => file.size(),
        Finding::Directory | Finding::Missing => 0,
    };
    OVERHEAD + path.len() + content
}

/// The bytes that an entry takes besides its path, its content and its heads: places in the tables,
/// the structures themselves and what the allocator adds, generously.
pub(super) const OVERHEAD: usize = 512;
