//! Where the boundaries between the parts of an answer come from.
//!
//! A boundary is not searched for in the parts. So whoever puts files here must not be able to
//! guess it, or a file could contain it and pass for several parts; and one that was seen must not
//! tell the next.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use semantics::multipart::Boundary;

/// A source of boundaries, which all workers share.
#[derive(Clone)]
pub(super) struct Boundaries(Arc<dyn Fn() -> [u8; 16] + Send + Sync>);

impl Boundaries {
    /// Takes random bytes from `source`.
    pub(super) fn new(source: impl Fn() -> [u8; 16] + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Counts, and hashes each number with a key that no one knows.
    pub(super) fn random() -> Self {
        // The standard library's key for hash tables, which the system's generator makes. The hash
        // is made to show nothing of its key.
        let key = RandomState::new();
        let given = AtomicU64::new(0);
        Self::new(move || {
            let number = given.fetch_add(1, Ordering::Relaxed);
            let half = |half: u8| u128::from(key.hash_one((number, half)));
            (half(0) << 64 | half(1)).to_be_bytes()
        })
    }

    /// Returns the next boundary.
    pub(super) fn next(&self) -> Boundary {
        Boundary::new((self.0)())
    }
}

impl fmt::Debug for Boundaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boundaries")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn random_boundaries_are_all_different() {
        let sources = [Boundaries::random(), Boundaries::random()];
        let given = sources.iter().flat_map(|source| (0..100).map(|_| source.next().to_string()));
        assert_eq!(given.collect::<HashSet<_>>().len(), 200);
    }

    #[test]
    fn a_source_of_ones_own_is_asked_each_time() {
        let count = AtomicU64::new(0);
        let source = Boundaries::new(move || {
            u128::from(count.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
        });
        let given = [source.next(), source.next()].map(|boundary| boundary.to_string());
        assert_eq!(given, [format!("{:032}", 0), format!("{:032}", 1)]);
    }
}
