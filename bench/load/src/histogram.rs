//! Latencies: a fixed table of counts, from which quantiles are read.
//!
//! Each power of two is cut into 128 equal parts, so what is read is never below the true value
//! and at most 1/128 above it. Recording is a few instructions and never allocates.

use std::time::Duration;

/// A power of two has so many parts.
const PARTS: u64 = 1 << PARTS_LOG;
const PARTS_LOG: u32 = 7;

/// Values from here on, eighteen minutes in nanoseconds, are counted as this one.
const VALUE_MAX: u64 = (1 << 40) - 1;

/// How long requests took, from the moment they were due to the end of their response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies {
    /// Half of all took at most so long.
    pub p50: Duration,
    /// All but one in a hundred took at most so long.
    pub p99: Duration,
    /// None took longer.
    pub max: Duration,
}

/// Counts of values.
#[derive(Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; place(VALUE_MAX) + 1], total: 0, max: 0 }
    }

    /// Counts a value so many times.
    pub(crate) fn record(&mut self, latency: Duration, times: u64) {
        let value = u64::try_from(latency.as_nanos()).unwrap_or(VALUE_MAX).min(VALUE_MAX);
        self.counts[place(value)] += times;
        self.total += times;
        self.max = self.max.max(value);
    }

    /// What can be said of all; `None` when nothing was recorded.
    pub(crate) fn latencies(&self) -> Option<Latencies> {
        (self.total > 0).then(|| Latencies {
            p50: self.quantile(50),
            p99: self.quantile(99),
            max: Duration::from_nanos(self.max),
        })
    }

    /// The value that so many of a hundred do not exceed.
    fn quantile(&self, percent: u64) -> Duration {
        let rank = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        Duration::from_nanos(place.map_or(self.max, |place| last_of(place).min(self.max)))
    }
}

/// Where a value is counted: by itself when it is small, else by its leading bits.
fn place(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(PARTS_LOG + 1);
    let place = u64::from(shift) * PARTS + (value >> shift);
    usize::try_from(place).expect("at most 34 powers of two of 128 parts each")
}

/// The largest value that is counted in a place.
fn last_of(place: usize) -> u64 {
    let place = place as u64;
    let shift = (place / PARTS).saturating_sub(1);
    let leading = place - shift * PARTS;
    ((leading + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_a_place_that_says_it_to_a_hundredth() {
        let mut last = 0;
        let mut value = 0;
        while value <= VALUE_MAX {
            let place = place(value);
            assert!(place >= last, "{value}");
            let said = last_of(place);
            assert!(said >= value && said - value <= value / PARTS, "{value} is said as {said}");
            last = place;
            value += 1 + value / 301;
        }
        assert_eq!((place(127), place(128), place(255), place(256)), (127, 128, 255, 256));
        assert_eq!((last_of(255), last_of(256)), (255, 257));
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let micros = |micros: u64| Duration::from_micros(micros);
        let check = |values: &[(u64, u64)], p50: u64, p99: u64, max: u64| {
            let mut histogram = Histogram::new();
            for &(value, times) in values {
                histogram.record(micros(value), times);
            }
            let found = histogram.latencies().unwrap();
            let near = |found: Duration, wanted: u64| {
                found >= micros(wanted) && found <= micros(wanted) * 129 / 128
            };
            assert!(near(found.p50, p50) && near(found.p99, p99), "{values:?}: {found:?}");
            assert_eq!(found.max, micros(max), "{values:?}");
        };
        check(&[(70, 1)], 70, 70, 70);
        check(&[(10, 50), (900, 50)], 10, 900, 900);
        check(&[(10, 49), (900, 51)], 900, 900, 900);
        check(&[(10, 99), (5_000_000, 1)], 10, 10, 5_000_000);
        check(&[(10, 98), (77, 1), (5_000_000, 1)], 10, 77, 5_000_000);
    }

    #[test]
    fn nothing_recorded_says_nothing_and_the_longest_is_cut() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.latencies(), None);
        histogram.record(Duration::MAX, 1);
        assert_eq!(histogram.latencies().unwrap().max, Duration::from_nanos(VALUE_MAX));
    }
}
