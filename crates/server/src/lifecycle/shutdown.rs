//! The end of a server, as anybody who may end it holds it.

use std::time::Duration;

use reactor::{Phase, Remote};

/// Ends a server from any thread.
#[derive(Clone, Debug)]
pub struct Shutdown {
    remotes: Vec<Remote>,
    drain_timeout: Duration,
}

impl Shutdown {
    pub(super) const fn new(remotes: Vec<Remote>, drain_timeout: Duration) -> Self {
        Self { remotes, drain_timeout }
    }

    /// Stops accepting and ends when the requests that were begun are answered, or when
    /// `drain_timeout` has passed.
    pub fn drain(&self) {
        let timeout = self.drain_timeout;
        for remote in &self.remotes {
            // A worker that has ended needs no telling.
            remote
                .run(move |handle| {
                    if handle.phase() == Phase::Running {
                        handle.stop_at(handle.now().instant.after(timeout));
                        handle.advance_phase(Phase::Draining);
                    }
                })
                .ok();
        }
    }

    /// Ends at once; what is being sent is cut short.
    pub fn stop(&self) {
        for remote in &self.remotes {
            remote.run(|handle| handle.advance_phase(Phase::Stopped)).ok();
        }
    }
}
