//! How long a run is, and with which deadlines.

use std::time::Duration;

/// Which run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What is promised: three rounds, deadlines a tenth of the defaults.
    #[default]
    Full,
    /// Every attack for a moment, for the gate.
    Quick,
    /// One round with the defaults, for the page on limits.
    Defaults,
}

impl Effort {
    /// Reads it from the word by which the processes of the proof tell each other.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::Quick, Self::Defaults].into_iter().find(|effort| effort.word() == word)
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Quick => "quick",
            Self::Defaults => "defaults",
        }
    }

    /// How often each attack is made.
    pub(crate) const fn rounds(self) -> usize {
        match self {
            Self::Full => 3,
            Self::Quick => 2,
            Self::Defaults => 1,
        }
    }

    /// How long an attack goes on whose clients are not let go.
    pub(crate) const fn served_time(self) -> Duration {
        match self {
            Self::Full => Duration::from_secs(30),
            Self::Quick => Duration::from_secs(2),
            Self::Defaults => Duration::from_secs(90),
        }
    }

    /// How long the server must be quiet while nothing happens.
    pub(crate) const fn quiet_time(self) -> Duration {
        match self {
            Self::Full | Self::Defaults => Duration::from_secs(3),
            Self::Quick => Duration::from_secs(1),
        }
    }

    /// How long the good client is looked at alone.
    pub(crate) const fn alone_time(self) -> Duration {
        match self {
            Self::Full | Self::Defaults => Duration::from_secs(5),
            Self::Quick => Duration::from_secs(1),
        }
    }

    /// How long a link is swapped.
    pub(crate) const fn swap_time(self) -> Duration {
        match self {
            Self::Full | Self::Defaults => Duration::from_secs(5),
            Self::Quick => Duration::from_secs(2),
        }
    }

    /// How long attackers may take who go by themselves.
    pub(crate) const fn stay_max(self) -> Duration {
        match self {
            Self::Full | Self::Defaults => Duration::from_secs(90),
            Self::Quick => Duration::from_secs(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_its_effort() {
        for effort in [Effort::Full, Effort::Quick, Effort::Defaults] {
            assert_eq!(Effort::parse(effort.word()), Some(effort));
        }
        assert_eq!(Effort::parse("some"), None);
    }
}
