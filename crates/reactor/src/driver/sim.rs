//! A simulated world as driver: virtual time, events and order chosen by a seed.
//!
//! [`Sim`] owns only the clock and the choice of the next task. What lies beyond the sockets
//! (clients, pipes, faults, pool threads) is a [`World`] that the test brings; the worker above
//! runs the shipped code and cannot tell the difference.

use std::time::Duration;

use super::{Driver, Events, WaitError};
use crate::clock::{Instant, Now};

/// What lies beyond the sockets of a simulated worker.
pub trait World {
    /// Lets the world act until something happened that a worker would notice, and appends the
    /// events; returns the virtual time afterwards, at most `until`.
    ///
    /// With `until` at [`Instant::NEVER`] and nothing left to happen it returns `None`: the
    /// worker would sleep for ever.
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant>;

    /// Returns the wall clock at the given moment.
    fn wall(&self, at: Instant) -> std::time::SystemTime;

    /// Chooses one of `runnable` tasks.
    fn pick(&mut self, runnable: usize) -> usize;
}

/// Drives a worker in a simulated [`World`].
#[derive(Debug)]
pub struct Sim<W> {
    world: W,
    instant: Instant,
    asleep: bool,
}

impl<W: World> Sim<W> {
    /// Starts the world at the clock's origin.
    pub const fn new(world: W) -> Self {
        Self { world, instant: Instant::ORIGIN, asleep: false }
    }

    /// Returns the world, for a test to look at.
    pub const fn world(&self) -> &W {
        &self.world
    }

    /// Returns the world, for a test to change between turns.
    pub const fn world_mut(&mut self) -> &mut W {
        &mut self.world
    }

    /// Tells whether the last wait would have lasted for ever.
    pub const fn is_asleep(&self) -> bool {
        self.asleep
    }
}

impl<W: World> Driver for Sim<W> {
    fn wait(&mut self, timeout: Option<Duration>, events: &mut Events) -> Result<(), WaitError> {
        let until = timeout.map_or(Instant::NEVER, |timeout| self.instant.after(timeout));
        let reached = self.world.advance(self.instant, until, events);
        self.asleep = reached.is_none();
        self.instant = reached.unwrap_or(self.instant).max(self.instant);
        Ok(())
    }

    fn now(&self) -> Now {
        Now { instant: self.instant, wall: self.world.wall(self.instant) }
    }

    fn pick(&mut self, runnable: usize) -> usize {
        self.world.pick(runnable)
    }
}
