//! The worker: the one loop.
//!
//! A turn is: wait, take in events, take in mail, let timers expire, run what is queued by then.
//! Nothing else runs on a worker's thread, and nothing in a turn may block (rule 7).
//!
//! ```text
//!            ┌───────────────── one turn ─────────────────┐
//!   kernel ──► wait ──► events ──► mail ──► timers ──► tasks ──► after_turn
//!            └─────▲──────────────────────────────────────┴──────────┘
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::task::Waker;
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::driver::{Driver, Events, WaitError};
use crate::handle::Handle;
use crate::inbox::{Letter, Notify};
use crate::planted::{self, Bug};
use crate::shutdown::{Phase, RunEnd};
use crate::task::{self, TurnGuard};
use crate::token::Token;
use crate::turn::{TurnMeter, TurnTime};

/// A loop thread's event loop over a [`Driver`].
pub struct Worker<D> {
    driver: D,
    handle: Handle,
    events: Events,
    /// Tasks queued for the next turn; it lives in a thread-local while a turn runs.
    queue: VecDeque<Token>,
    after_turn: Box<dyn FnMut()>,
    meter: TurnMeter,
    measuring: Measuring,
}

/// Which turns are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measuring {
    /// Those in which the clock has ticked.
    Long,
    /// All.
    All,
}

impl<D: Driver> Worker<D> {
    /// Makes a worker with nothing to do.
    ///
    /// `notify` must end a wait of `driver` from any thread.
    pub fn new(driver: D, notify: Notify) -> Self {
        let handle = Handle::new(driver.now(), notify);
        Self {
            driver,
            handle,
            events: Events::new(),
            queue: VecDeque::new(),
            after_turn: Box::new(|| {}),
            meter: TurnMeter::default(),
            measuring: Measuring::Long,
        }
    }

    /// Returns the handle that tasks of this worker use.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the driver.
    #[must_use]
    pub const fn driver(&self) -> &D {
        &self.driver
    }

    /// Returns the driver, for a test to change between turns.
    #[must_use]
    pub const fn driver_mut(&mut self) -> &mut D {
        &mut self.driver
    }

    /// Has `hook` run at the end of each turn, for what is gathered over a turn and passed on
    /// whole (log lines, counters).
    pub fn set_after_turn(&mut self, hook: impl FnMut() + 'static) {
        self.after_turn = Box::new(hook);
    }

    /// Returns the measure of this worker's turns.
    #[must_use]
    pub const fn turn_meter(&self) -> &TurnMeter {
        &self.meter
    }

    /// Has every turn measured from now on, and by the CPU's clock, too. That costs each of them
    /// three looks at clocks, one of which is a system call.
    pub const fn measure_turns(&mut self) {
        self.measuring = Measuring::All;
    }

    /// Runs turns until no task is left or the worker is told to stop.
    ///
    /// Tasks that are left when it is told to stop are dropped half-way.
    ///
    /// # Errors
    ///
    /// When the driver cannot wait.
    pub fn run(&mut self) -> Result<RunEnd, WaitError> {
        while self.handle.task_count() > 0 {
            if self.handle.phase() == Phase::Stopped {
                self.handle.drop_tasks();
                return Ok(RunEnd::Stopped);
            }
            self.turn()?;
        }
        Ok(RunEnd::Finished)
    }

    /// Runs one turn.
    ///
    /// # Errors
    ///
    /// When the driver cannot wait.
    pub fn turn(&mut self) -> Result<(), WaitError> {
        self.events.clear();
        self.driver.wait(self.timeout(), &mut self.events)?;
        self.handle.begin_turn(self.driver.now());
        let cpu_before = (self.measuring == Measuring::All).then(clock::thread_cpu_time);
        let guard = TurnGuard::enter(self.handle.inbox(), &mut self.queue);
        self.take_in_events();
        self.take_in_mail();
        self.expire_timers();
        self.run_queued_tasks();
        (self.after_turn)();
        guard.leave(&mut self.queue);
        self.measure_turn(cpu_before);
        Ok(())
    }

    fn measure_turn(&self, cpu_before: Option<Duration>) {
        let begun = self.handle.now();
        if cpu_before.is_some() || self.driver.has_ticked_since(begun) {
            let cpu = cpu_before.map(|before| clock::thread_cpu_time().saturating_sub(before));
            let elapsed = self.driver.now().instant.since(begun.instant);
            self.meter.note(TurnTime { cpu: cpu.unwrap_or_default(), elapsed });
        }
    }

    /// How long the driver may wait: not at all with tasks queued, else to the next timer.
    fn timeout(&self) -> Option<Duration> {
        if !self.queue.is_empty() {
            return Some(Duration::ZERO);
        }
        // The time of the turn that has just ended: a timer is late by that turn's length at most,
        // and the clock is read once a turn (rule 9).
        let now = self.handle.now().instant;
        let wake = self.handle.next_wake();
        (wake != Instant::NEVER).then(|| wake.since(now))
    }

    fn take_in_events(&mut self) {
        self.handle.sources(|sources| {
            for event in self.events.drain(..) {
                sources.dispatch(event);
            }
        });
    }

    fn take_in_mail(&self) {
        for letter in self.handle.inbox().take() {
            match letter {
                Letter::Wake(_) if planted::is_planted(Bug::WakeLost) => {}
                Letter::Wake(token) => task::queue_delivered(token),
                Letter::Run(work) => self.handle.survive(|| work(&self.handle)),
            }
        }
    }

    fn expire_timers(&self) {
        let now = self.handle.now().instant;
        self.handle.timers(|wheel| {
            wheel.advance(now, &mut |_token, waker: &mut Option<Waker>| {
                if let Some(waker) = waker {
                    waker.wake_by_ref();
                }
            });
        });
    }

    /// Runs the tasks queued so far; what they queue waits for the next turn (rule 4).
    fn run_queued_tasks(&mut self) {
        for remaining in (1..=task::queued()).rev() {
            let index = self.driver.pick(remaining);
            debug_assert!(index < remaining, "a driver picks one of the tasks it is offered");
            if let Some(token) = task::take_queued(index) {
                self.handle.poll_task(token);
            }
        }
    }
}

impl<D: fmt::Debug> fmt::Debug for Worker<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("driver", &self.driver)
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

impl<D> Drop for Worker<D> {
    fn drop(&mut self) {
        self.handle.drop_tasks();
        drop(self.handle.inbox().close());
    }
}

#[cfg(test)]
mod tests;
