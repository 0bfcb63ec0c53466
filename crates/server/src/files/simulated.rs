//! A file that is in memory and behaves as if it were on a disk.
//!
//! It is what a simulator serves: whether a part of it is in the page cache is for a test to say,
//! and the file remembers what it said, so that a transport can tell whether it was asked to send
//! what a kernel would have waited for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reactor::clock::Instant;

use super::memory::IsCold;
use super::recency::Recency;

/// The content of a file whose test says when it is not in memory.
pub struct SimulatedFile {
    bytes: Bytes,
    path: Vec<u8>,
    is_cold: Arc<IsCold>,
    /// [`ABSENT`], [`LOADED`], or when it was last found in memory, in nanoseconds.
    presence: AtomicU64,
    recency: Recency,
}

/// It is not in memory.
const ABSENT: u64 = u64::MAX;

/// It was read into memory and has not been looked at since.
const LOADED: u64 = u64::MAX - 1;

/// Nothing leaves memory sooner after it was found there: in less time no server looks again.
const PRESENCE_MIN: Duration = Duration::from_secs(1);

impl SimulatedFile {
    pub(super) fn new(bytes: Bytes, path: &[u8], is_cold: Arc<IsCold>) -> Arc<Self> {
        Arc::new(Self {
            bytes,
            path: path.to_vec(),
            is_cold,
            presence: AtomicU64::new(ABSENT),
            recency: Recency::default(),
        })
    }

    /// Returns the content.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Tells whether it is in memory, as far as whoever sends it can know: a kernel would wait for
    /// the disk if not.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        self.presence.load(Ordering::Relaxed) != ABSENT
    }

    pub(super) const fn recency(&self) -> &Recency {
        &self.recency
    }

    /// Looks whether it is in memory. It may have left it since it was last found there.
    pub(super) fn is_there(&self, now: Instant) -> bool {
        let stays = match self.presence.load(Ordering::Relaxed) {
            ABSENT => false,
            LOADED => true,
            found => now.since(Instant::from_nanos(found)) < PRESENCE_MIN,
        };
        let is_there = stays || !(self.is_cold)(&self.path);
        self.presence.store(if is_there { now.as_nanos() } else { ABSENT }, Ordering::Relaxed);
        is_there
    }

    /// Reads it into memory.
    pub(super) fn load(&self) {
        self.presence.store(LOADED, Ordering::Relaxed);
    }
}

impl fmt::Debug for SimulatedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedFile")
            .field("path", &self.path.escape_ascii().to_string())
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
