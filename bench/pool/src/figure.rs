//! Figures: what was measured, beside what was to be reached.

use std::fmt::{self, Display};
use std::time::Duration;

/// The figures of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Debug)]
struct Figure {
    what: &'static str,
    found: String,
    /// What was to be reached and whether it was, if anything was.
    target: Option<(String, bool)>,
}

impl Figures {
    /// Adds a figure that must lie in a range, ends included.
    pub(crate) fn between(&mut self, what: &'static str, found: f64, low: f64, high: f64) {
        let is_met = (low..=high).contains(&found);
        self.add(what, format!("{found:.2}"), Some((format!("{low} to {high}"), is_met)));
    }

    /// Adds a time that must not be reached.
    pub(crate) fn below(&mut self, what: &'static str, found: Duration, bound: Duration) {
        let target = (format!("below {}", shown(bound)), found < bound);
        self.add(what, shown(found), Some(target));
    }

    /// Adds a number that must not be passed.
    pub(crate) fn at_most(&mut self, what: &'static str, found: f64, bound: f64) {
        let target = (format!("at most {bound}"), found <= bound);
        self.add(what, format!("{found:.1}"), Some(target));
    }

    /// Adds two that must be the same.
    pub(crate) fn equal<T: Copy + Display + PartialEq>(
        &mut self,
        what: &'static str,
        found: T,
        due: T,
    ) {
        let is_met = found == due;
        self.add(what, found.to_string(), Some((due.to_string(), is_met)));
    }

    /// Adds something that is only shown.
    pub(crate) fn show(&mut self, what: &'static str, found: impl Display) {
        self.add(what, found.to_string(), None);
    }

    /// Adds a time that is only shown.
    pub(crate) fn show_time(&mut self, what: &'static str, found: Duration) {
        self.add(what, shown(found), None);
    }

    /// Returns how many were missed.
    pub(crate) fn missed(&self) -> usize {
        let is_missed = |figure: &&Figure| matches!(figure.target, Some((_, false)));
        self.0.iter().filter(is_missed).count()
    }

    fn add(&mut self, what: &'static str, found: String, target: Option<(String, bool)>) {
        self.0.push(Figure { what, found, target });
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Figure { what, found, target } in &self.0 {
            match target {
                None => writeln!(f, "  {what:<44} {found:>12}")?,
                Some((target, is_met)) => {
                    let verdict = if *is_met { "" } else { "  MISSED" };
                    writeln!(f, "  {what:<44} {found:>12}   {target}{verdict}")?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a time in milliseconds.
fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// The times of answers, sorted.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut sorted: Vec<_> = times.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the time that `percent` of the answers kept within; for ever if there are none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or(Duration::MAX)
    }

    /// Returns the longest; for ever if there are none.
    pub(crate) fn max(&self) -> Duration {
        self.percentile(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_is_missed_is_counted_and_marked() {
        let mut figures = Figures::default();
        figures.between("rate", 8.0, 7.5, 8.1);
        figures.below("fast", 19 * MS, 20 * MS);
        figures.equal("sum", 5, 5);
        figures.at_most("cost", 15.0, 15.0);
        figures.show("count", 3);
        assert_eq!(figures.missed(), 0);
        assert!(!figures.to_string().contains("MISSED"));
        figures.between("rate", 8.2, 7.5, 8.1);
        figures.below("slow", 20 * MS, 20 * MS);
        figures.equal("sum", 5, 6);
        figures.at_most("cost", 15.1, 15.0);
        assert_eq!(figures.missed(), 4);
        assert_eq!(figures.to_string().matches("MISSED").count(), 4);
    }

    #[test]
    fn percentiles_are_of_the_times_there_are() {
        let times = Times::of((1..=200).rev().map(|ms| ms * MS));
        assert_eq!(times.len(), 200);
        assert_eq!(times.percentile(99), 198 * MS);
        assert_eq!(times.percentile(1), 2 * MS);
        assert_eq!(times.max(), 200 * MS);
        assert_eq!(Times::of([]).percentile(99), Duration::MAX);
    }
}
