//! What became of an attack's clients, counted by name, and what must never have become of one.

use std::collections::BTreeMap;
use std::time::Duration;

/// Most faults that are kept; one is enough to fail.
const FAULTS_MAX: usize = 8;

/// Connections that were made.
pub(crate) const OPENED: &str = "opened";
/// Connections that could not be made.
pub(crate) const REFUSED: &str = "refused";
/// Connections that the server closed in good order.
pub(crate) const CLOSED: &str = "closed";
/// Connections that were reset.
pub(crate) const RESET: &str = "reset";
/// Connections on which all that was asked for came.
pub(crate) const FINISHED: &str = "finished";
/// Connections that their client has reset, as it was to.
pub(crate) const LEFT: &str = "left";
/// Connections that were open when the attack ended.
pub(crate) const OPEN: &str = "open";

/// Counts and faults, as an attacking process tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    counts: BTreeMap<String, u64>,
    /// The longest life of a connection that the server ended.
    pub(crate) life_max: Option<Duration>,
    pub(crate) faults: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, name: impl Into<String>) {
        self.add_many(name, 1);
    }

    pub(crate) fn add_many(&mut self, name: impl Into<String>, count: u64) {
        *self.counts.entry(name.into()).or_default() += count;
    }

    /// Notes how long a connection lasted that the server ended.
    pub(crate) fn life(&mut self, time: Duration) {
        self.life_max = self.life_max.max(Some(time));
    }

    /// Notes something that must not be.
    pub(crate) fn fault(&mut self, text: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(text.into());
        }
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Adds what another counted.
    pub(crate) fn merge(&mut self, other: Self) {
        for (name, count) in other.counts {
            self.add_many(name, count);
        }
        self.life_max = self.life_max.max(other.life_max);
        other.faults.into_iter().for_each(|fault| self.fault(fault));
    }

    /// Writes it as lines.
    pub(crate) fn to_lines(&self) -> String {
        let counts = self.counts.iter().map(|(name, count)| format!("count {count} {name}\n"));
        let life = self.life_max.map(|time| format!("life {}\n", time.as_nanos()));
        let faults = self.faults.iter().map(|fault| format!("fault {fault}\n"));
        counts.chain(life).chain(faults).collect()
    }

    /// Reads it from its lines; `None` when one is not of a tally.
    pub(crate) fn of_lines(lines: &[String]) -> Option<Self> {
        let mut tally = Self::default();
        for line in lines {
            match line.split_once(' ')? {
                ("count", rest) => {
                    let (count, name) = rest.split_once(' ')?;
                    tally.add_many(name, count.parse().ok()?);
                }
                ("life", nanos) => tally.life(Duration::from_nanos(nanos.parse().ok()?)),
                ("fault", text) => tally.fault(text),
                _ => return None,
            }
        }
        Some(tally)
    }

    /// Writes in a few words what was answered and how it ended.
    pub(crate) fn in_short(&self) -> String {
        let words = self.counts.iter().filter(|(name, _)| *name != OPENED);
        words.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_read_as_it_was_told() {
        let mut tally = Tally::default();
        tally.add(OPENED);
        tally.add_many("408", 3);
        tally.life(Duration::from_millis(2));
        tally.fault("a fault with words");
        let lines: Vec<_> = tally.to_lines().lines().map(str::to_owned).collect();
        assert_eq!(Tally::of_lines(&lines), Some(tally.clone()));
        assert_eq!(tally.in_short(), "408 3");
        tally.merge(tally.clone());
        assert_eq!((tally.count("408"), tally.faults.len()), (6, 2));
        assert_eq!(Tally::of_lines(&["hello".to_owned()]), None);
    }
}
