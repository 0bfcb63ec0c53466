//! The limits of a run: the defaults, with every time divided by a number.
//!
//! Nothing here names a limit that must exist: what is a time, or a rate, the table says.

use std::time::Duration;

use server::Limits;
use settings::{DefaultValue, Entry, Kind};

/// By what times are divided; rates are multiplied by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// For the limits that bound an attack.
    pub(crate) tried: u32,
    pub(crate) limits: &'static [&'static str],
    /// For the others, on which the good client depends, too.
    pub(crate) others: u32,
}

impl Scale {
    /// The defaults themselves.
    pub(crate) const DEFAULTS: Self = Self::all(1);

    /// Divides all times by the same number.
    pub(crate) const fn all(divisor: u32) -> Self {
        Self { tried: divisor, limits: &[], others: divisor }
    }

    /// Makes the limits of the server.
    pub(crate) fn limits(self) -> Limits {
        let mut limits = Limits::default();
        for entry in settings::limits() {
            if let Some(number) = self.apply(entry) {
                let text = entry.kind.show(number);
                limits.set(entry.key, &text).expect("a row of the table within its range");
            }
        }
        limits
    }

    /// Returns the longest of the times whose names begin so, as this run has them.
    pub(crate) fn time(self, prefix: &str) -> Duration {
        settings::limits()
            .filter(|entry| entry.kind == Kind::Time && entry.key.starts_with(prefix))
            .filter_map(|entry| self.apply(entry))
            .max()
            .map_or(Duration::ZERO, Duration::from_millis)
    }

    /// Returns the value of a row that changes with the scale.
    fn apply(self, entry: &Entry) -> Option<u64> {
        let DefaultValue::Number(number) = entry.default else { return None };
        let is_tried = self.limits.contains(&entry.key);
        let divisor = u64::from(if is_tried { self.tried } else { self.others });
        let scaled = match entry.kind {
            Kind::Time => number / divisor,
            Kind::Bytes if entry.key.contains("_rate") => number * divisor,
            _ => return None,
        };
        Some(scaled.clamp(entry.min.unwrap_or(0), entry.max.unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_divided_and_sizes_are_not() {
        let (tenth, whole) = (Scale::all(10).limits(), Limits::default());
        assert_eq!(tenth.head_timeout, whole.head_timeout / 10);
        assert_eq!(tenth.idle_timeout, whole.idle_timeout / 10);
        assert_eq!(tenth.head_size_max, whole.head_size_max);
        assert_eq!(tenth.pool_threads, whole.pool_threads);
        assert_eq!(Scale::DEFAULTS.limits(), whole);
    }

    #[test]
    fn what_is_tried_has_a_divisor_of_its_own() {
        let scale = Scale { tried: 100, limits: &["send_timeout"], others: 10 };
        assert_eq!(scale.limits().send_timeout, Limits::default().send_timeout / 100);
        assert_eq!(scale.limits().head_timeout, Limits::default().head_timeout / 10);
    }

    #[test]
    fn a_time_is_found_by_how_it_begins() {
        assert_eq!(Scale::all(10).time("head_timeout"), Duration::from_secs(1));
        assert_eq!(Scale::all(10).time("no_such"), Duration::ZERO);
        assert!(Scale::DEFAULTS.time("send_timeout") >= Duration::from_secs(30));
    }

    #[test]
    fn no_time_goes_below_what_it_may_be() {
        assert_eq!(Scale::all(1_000_000).limits().head_timeout, Duration::from_millis(10));
    }
}
