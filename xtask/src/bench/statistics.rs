//! Medians, and how far they can be trusted.
//!
//! No normal distribution is assumed: a machine is disturbed in one direction only. The interval
//! comes from the order of the values alone, and is the same whenever the values are.

use std::fmt;

/// A median with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Estimate {
    /// Estimates the median of what the values are a sample of; `None` without values.
    ///
    /// The interval goes from the k-th smallest to the k-th largest value, with the largest k for
    /// which both halves of a fair coin's chances leave at most 2.5 % outside.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let outside = outside(sorted.len());
        let high = *sorted.get(sorted.len().checked_sub(1 + outside)?)?;
        Some(Self { median: median(values)?, low: *sorted.get(outside)?, high })
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        write!(f, "{median:.2} ({low:.2} to {high:.2})")
    }
}

/// The median of the values; `None` without values.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let is_odd = !sorted.len().is_multiple_of(2);
    Some(if is_odd { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}

/// How many values at each end lie outside of the 95 % interval of the median.
///
/// The number of values below the median is that of heads in `count` throws of a coin; this adds
/// up the chances from none upward until they pass 2.5 %.
fn outside(count: usize) -> usize {
    let mut chance = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut sum = chance;
    let mut heads = 0;
    while sum <= 0.025 {
        heads += 1;
        chance *= (count + 1 - heads) as f64 / heads as f64;
        sum += chance;
    }
    // The k-th value is an end when fewer than k heads have at most that chance.
    heads.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn the_interval_is_that_of_the_tables() {
        // Ranks from tables of the binomial interval of the median, at 95 %.
        let check = |count: usize, rank: usize| assert_eq!(outside(count) + 1, rank, "{count}");
        check(6, 1);
        check(9, 2);
        check(15, 4);
        check(21, 6);
        check(25, 8);
    }

    #[test]
    fn an_estimate_has_its_median_inside() {
        let values: Vec<f64> = (1..=15).map(f64::from).collect();
        let estimate = Estimate::of(&values).unwrap();
        assert_eq!(estimate, Estimate { median: 8.0, low: 4.0, high: 12.0 });
        assert_eq!(Estimate::of(&[]), None);
        let one = Estimate { median: 2.0, low: 2.0, high: 2.0 };
        assert_eq!(Estimate::of(&[2.0]), Some(one));
    }
}
