//! The disk that request bodies may occupy, and the lane by which they get there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reactor::pool::{Lane, LaneConfig};

use super::descriptors::Place;

/// A server's space for request bodies on disk, shared by its workers.
#[derive(Clone, Debug)]
pub(crate) struct SpoolBudget {
    used: Arc<AtomicU64>,
    size_max: u64,
    lane: Lane,
}

impl SpoolBudget {
    /// Makes the space for one server.
    pub(crate) fn new(size_max: usize) -> Self {
        let lane = Lane::new(LaneConfig::unrefusable("spool"));
        Self { used: Arc::default(), size_max: size_max as u64, lane }
    }

    /// Returns the lane of the writes.
    pub(crate) const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Returns a part of the space, empty to begin with.
    pub(crate) fn space(&self) -> SpoolSpace {
        SpoolSpace { used: Arc::clone(&self.used), size_max: self.size_max, size: 0, place: None }
    }
}

/// What one body occupies of the space; given back when dropped.
#[derive(Debug)]
pub(crate) struct SpoolSpace {
    used: Arc<AtomicU64>,
    size_max: u64,
    size: u64,
    /// The file's, once there is one.
    place: Option<Place>,
}

/// As much as may be is occupied.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SpoolFull;

impl SpoolSpace {
    /// Occupies `size` bytes in all, if that is more than it does.
    pub(crate) fn extend_to(&mut self, size: u64) -> Result<(), SpoolFull> {
        let more = size.saturating_sub(self.size);
        let occupy = |used: u64| used.checked_add(more).filter(|used| *used <= self.size_max);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, occupy)
            .map_err(|_used| SpoolFull)?;
        self.size += more;
        Ok(())
    }

    /// Holds the place of the file that occupies the space.
    pub(crate) fn hold_place(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Hands on what is occupied.
    pub(crate) fn take(&mut self) -> Self {
        let size = std::mem::take(&mut self.size);
        let place = self.place.take();
        Self { used: Arc::clone(&self.used), size_max: self.size_max, size, place }
    }
}

impl Drop for SpoolSpace {
    fn drop(&mut self) {
        self.used.fetch_sub(self.size, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_under_at_and_over_the_budget() {
        let budget = SpoolBudget::new(100);
        let (mut first, mut second) = (budget.space(), budget.space());
        assert_eq!(first.extend_to(60), Ok(()));
        assert_eq!(first.extend_to(50), Ok(()), "it has that already");
        assert_eq!(second.extend_to(41), Err(SpoolFull));
        assert_eq!(second.extend_to(40), Ok(()));
        let kept = first.take();
        drop(first);
        assert_eq!(second.extend_to(41), Err(SpoolFull), "it was handed on, not given back");
        drop(kept);
        assert_eq!(second.extend_to(100), Ok(()));
        drop(second);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
