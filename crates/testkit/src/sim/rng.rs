//! The simulator's chance: all of it comes from one seed.
//!
//! A splitmix64 generator, which is a page of arithmetic that no upgrade of a library can change:
//! a seed in a bug report leads to the same run in a year. It is no source of secrets.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A stream of numbers that a seed decides.
#[derive(Clone, Debug)]
pub(super) struct Rng {
    state: u64,
}

impl Rng {
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Makes a generator of its own for one actor, so that what one does does not shift the luck
    /// of all others.
    pub(super) const fn fork(&mut self) -> Self {
        Self::new(self.next())
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `bound`, or 0 if that is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    pub(super) fn between(&mut self, range: RangeInclusive<usize>) -> usize {
        let (start, end) = range.into_inner();
        start + self.below(end - start + 1)
    }

    /// Tells whether something happens that happens `percent` times of a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(super) fn micros(&mut self, range: RangeInclusive<usize>) -> Duration {
        Duration::from_micros(self.between(range) as u64)
    }

    /// Makes bytes in which no part looks like another: what is lost, repeated or moved shows.
    pub(super) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_bounds_hold() {
        let (mut one, mut same, mut other) = (Rng::new(7), Rng::new(7), Rng::new(8));
        assert_eq!(one.bytes(100), same.bytes(100));
        assert_ne!(one.bytes(100), other.bytes(100));
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[one.between(3..=7) - 3] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!((one.below(0), one.below(1)), (0, 0));
        assert!(!one.chance(0));
        assert!(one.chance(100));
    }
}
