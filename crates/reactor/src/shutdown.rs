//! The phases in which a worker ends, and how it ended.

/// How far a worker is with ending. It only ever moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nobody has asked it to end.
    Running,
    /// What is idle goes, what was begun is finished; the loop ends with its last task.
    Draining,
    /// The loop ends now; tasks that are left are dropped half-way.
    Stopped,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The last task has ended.
    Finished,
    /// The worker was stopped, and tasks were dropped half-way.
    Stopped,
}
