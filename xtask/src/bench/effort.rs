//! How much is measured: a figure that can be shown takes longer than a look while working.

use std::time::Duration;

/// How much work a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Effort {
    /// Enough for a figure that can be shown.
    #[default]
    Full,
    /// About a tenth of it.
    Quick,
}

impl Effort {
    /// How often each server is measured under a load.
    pub(super) const fn rounds(self) -> usize {
        match self {
            Self::Full => 15,
            Self::Quick => 5,
        }
    }

    /// How long a round is.
    pub(super) const fn round(self) -> Duration {
        match self {
            Self::Full => Duration::from_millis(250),
            Self::Quick => Duration::from_millis(80),
        }
    }
}
