//! The loads that are measured, and what Avocet must reach under them.

use load::{Length, Pace};

use super::Effort;

/// The file that is asked for has the size of nginx's own welcome page.
pub(super) const FILE_SIZE: usize = 612;

/// The file's name.
pub(super) const FILE_NAME: &str = "index.html";

/// How often each server is measured under a load.
pub(super) const ROUNDS: usize = 21;

/// A load.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) connections: usize,
    pub(super) pipelined: usize,
    pub(super) pace: Pace,
    /// How often each connection writes in a full round.
    pub(super) writes: u64,
    pub(super) targets: &'static [Target],
}

/// What Avocet must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// At most so many times the CPU of the floor.
    OfTheFloor(f64),
    /// Less CPU than nginx.
    BelowNginx,
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "64 connections",
        connections: 64,
        pipelined: 1,
        pace: Pace::LockStep,
        writes: 600,
        targets: &[Target::OfTheFloor(1.20), Target::BelowNginx],
    },
    Scenario {
        name: "64 connections, 16 pipelined",
        connections: 64,
        pipelined: 16,
        pace: Pace::LockStep,
        writes: 50,
        targets: &[Target::OfTheFloor(1.40)],
    },
    Scenario {
        name: "64 connections, free-running",
        connections: 64,
        pipelined: 1,
        pace: Pace::FreeRunning,
        writes: 600,
        targets: &[],
    },
    Scenario {
        name: "1 connection",
        connections: 1,
        pipelined: 1,
        pace: Pace::LockStep,
        writes: 4_000,
        targets: &[],
    },
];

impl Scenario {
    /// How long a round is.
    pub(super) fn length(&self, effort: Effort) -> Length {
        match effort {
            Effort::Full => Length::Rounds(self.writes),
            Effort::Quick => Length::Rounds(self.writes / 10),
        }
    }
}
