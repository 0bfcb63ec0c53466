//! The worker: the one loop, and the handle by which tasks reach what it owns.
//!
//! A turn is: wait, take in events, take in mail, let timers expire, run what is queued by then.
//! Nothing else runs on a worker's thread, and nothing in a turn may block (rule 7).
//!
//! ```text
//!            ┌───────────────── one turn ─────────────────┐
//!   kernel ──► wait ──► events ──► mail ──► timers ──► tasks ──► after_turn
//!            └─────▲──────────────────────────────────────┴──────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use crate::clock::{Instant, Now};
use crate::driver::{Driver, Events, WaitError};
use crate::inbox::{Home, Inbox, Letter, Notify, Remote};
use crate::planted::{self, Bug};
use crate::shutdown::{Phase, RunEnd};
use crate::slab::Slab;
use crate::source::{Source, Sources};
use crate::task::{self, Body, LocalFuture, Task, Ticket, TurnGuard};
use crate::timer::{Timer, Wheel};
use crate::token::Token;
use crate::turn::TurnMeter;

/// A loop thread's event loop over a [`Driver`].
pub struct Worker<D> {
    driver: D,
    handle: Handle,
    events: Events,
    /// Tasks queued for the next turn; it lives in a thread-local while a turn runs.
    queue: VecDeque<Token>,
    after_turn: Box<dyn FnMut()>,
    /// Measures the turns, if anyone asked.
    meter: Option<TurnMeter>,
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
            meter: None,
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

    /// Has the turns measured from now on, at the price of three looks at clocks in each.
    pub fn measure_turns(&mut self) -> TurnMeter {
        self.meter.get_or_insert_default().clone()
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
        self.handle.core.now.set(self.driver.now());
        if self.handle.now().instant >= self.handle.core.stop_at.get() {
            self.handle.advance_phase(Phase::Stopped);
        }
        let measured = self.meter.as_ref().map(TurnMeter::begin);
        let guard = TurnGuard::enter(&self.handle.core.inbox, &mut self.queue);
        self.take_in_events();
        self.take_in_mail();
        self.expire_timers();
        self.run_queued_tasks();
        (self.after_turn)();
        guard.leave(&mut self.queue);
        if let Some(measured) = measured {
            measured.end(self.driver.now().instant.since(self.handle.now().instant));
        }
        Ok(())
    }

    /// How long the driver may wait: not at all with tasks queued, else to the next timer.
    fn timeout(&self) -> Option<Duration> {
        if !self.queue.is_empty() {
            return Some(Duration::ZERO);
        }
        // The time of the turn that has just ended: a timer is late by that turn's length at most,
        // and the clock is read once a turn (rule 9).
        let now = self.handle.now().instant;
        let timer = self.handle.timers(|wheel| wheel.next_wake()).unwrap_or(Instant::NEVER);
        let wake = timer.min(self.handle.core.stop_at.get());
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
        for letter in self.handle.core.inbox.take() {
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
        drop(self.handle.core.inbox.close());
    }
}

/// What a task uses of its worker: time, timers, sources, other tasks.
///
/// It is cheap to clone and stays on its thread (rule 3); what travels is a [`Remote`]:
///
/// ```compile_fail,E0277
/// fn travels<T: Send>() {}
/// travels::<avocet_reactor::Remote>();
/// travels::<avocet_reactor::Handle>();
/// ```
#[derive(Clone)]
pub struct Handle {
    core: Rc<Core>,
}

struct Core {
    now: Cell<Now>,
    phase: Cell<Phase>,
    /// When the worker stops, whatever is left.
    stop_at: Cell<Instant>,
    sources: RefCell<Sources>,
    timers: RefCell<Wheel<Option<Waker>>>,
    tasks: RefCell<Slab<Task>>,
    inbox: Home,
    panicked_tasks: Cell<u64>,
}

impl Handle {
    fn new(now: Now, notify: Notify) -> Self {
        Self {
            core: Rc::new(Core {
                now: Cell::new(now),
                phase: Cell::new(Phase::Running),
                stop_at: Cell::new(Instant::NEVER),
                sources: RefCell::default(),
                timers: RefCell::new(Wheel::new(now.instant)),
                tasks: RefCell::default(),
                inbox: Home::new(Inbox::new(notify)),
                panicked_tasks: Cell::new(0),
            }),
        }
    }

    /// Returns the time of this turn.
    #[must_use]
    pub fn now(&self) -> Now {
        self.core.now.get()
    }

    /// Returns how to reach this worker from other threads.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote(Home::clone(&self.core.inbox))
    }

    /// Starts a task; it is first polled in the next turn that has room.
    ///
    /// The worker owns the task and drops it when it ends (rule 6).
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let future: LocalFuture = Box::pin(future);
        self.core.tasks.borrow_mut().insert_with(|token| {
            let ticket = Ticket::new(token, Home::clone(&self.core.inbox));
            let waker = Waker::from(Arc::clone(&ticket));
            waker.wake_by_ref();
            Task { body: Some(Body { future, waker }), ticket }
        });
    }

    /// Makes a place for a file in the table of sources; register it with the source's token.
    #[must_use]
    pub fn source(&self) -> Source {
        let token = self.sources(Sources::insert);
        Source::new(token, self.clone())
    }

    /// Makes a timer for `deadline`.
    #[must_use]
    pub fn timer(&self, deadline: Instant) -> Timer {
        let token = self.timers(|wheel| wheel.insert(deadline, None));
        Timer::new(token, self.clone())
    }

    /// Returns how far this worker is with ending.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.core.phase.get()
    }

    /// Moves the worker to a later phase and wakes every task to notice; earlier ones are ignored.
    pub fn advance_phase(&self, phase: Phase) {
        if phase <= self.core.phase.get() {
            return;
        }
        self.core.phase.set(phase);
        self.core.tasks.borrow_mut().for_each_mut(|task| task.ticket.wake_by_ref());
    }

    /// Has the worker stop at `deadline`, if its tasks have not all ended by then.
    pub fn stop_at(&self, deadline: Instant) {
        self.core.stop_at.set(deadline);
    }

    /// Returns how many tasks there are.
    #[must_use]
    pub fn task_count(&self) -> usize {
        self.core.tasks.borrow().len()
    }

    /// Returns the numbers of entries in the worker's tables.
    #[must_use]
    pub fn census(&self) -> Census {
        Census {
            tasks: self.task_count(),
            sources: self.sources(|sources| sources.len()),
            timers: self.timers(|wheel| wheel.len()),
            stale_events: self.sources(|sources| sources.stale_events()),
            panicked_tasks: self.core.panicked_tasks.get(),
        }
    }

    pub(crate) fn sources<R>(&self, with: impl FnOnce(&mut Sources) -> R) -> R {
        with(&mut self.core.sources.borrow_mut())
    }

    pub(crate) fn timers<R>(&self, with: impl FnOnce(&mut Wheel<Option<Waker>>) -> R) -> R {
        with(&mut self.core.timers.borrow_mut())
    }

    /// Polls a task once, unless it has ended.
    fn poll_task(&self, token: Token) {
        let Some(mut body) = self.take_body(token) else { return };
        let mut is_pending = false;
        self.survive(|| {
            let mut cx = Context::from_waker(&body.waker);
            is_pending = body.future.as_mut().poll(&mut cx).is_pending();
        });
        if is_pending {
            self.put_back(token, body);
        } else {
            drop(self.remove_task(token));
            self.survive(|| drop(body));
        }
    }

    /// Runs what belongs to one task: a panic in it ends that task, not the worker (rule 10).
    fn survive(&self, run: impl FnOnce()) {
        // Nothing of the worker is borrowed meanwhile, and the task is dropped afterwards.
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            self.core.panicked_tasks.set(self.core.panicked_tasks.get() + 1);
        }
    }

    fn take_body(&self, token: Token) -> Option<Body> {
        let mut tasks = self.core.tasks.borrow_mut();
        let task = tasks.entry_mut(token)?;
        task.ticket.on_poll();
        task.body.take()
    }

    fn remove_task(&self, token: Token) -> Option<Task> {
        self.core.tasks.borrow_mut().remove(token)
    }

    fn put_back(&self, token: Token, body: Body) {
        let mut tasks = self.core.tasks.borrow_mut();
        if let Some(task) = tasks.entry_mut(token) {
            task.body = Some(body);
        }
    }

    /// Drops all tasks. A future's drop may reach for the tables, so none is borrowed meanwhile,
    /// and may spawn, so the table is looked at again.
    fn drop_tasks(&self) {
        while self.task_count() > 0 {
            let tokens = self.core.tasks.borrow().tokens();
            for token in tokens {
                let task = self.remove_task(token);
                self.survive(|| drop(task));
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("census", &self.census()).finish_non_exhaustive()
    }
}

/// How many entries each table of a worker holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Tasks that have not ended.
    pub tasks: usize,
    /// Registered files.
    pub sources: usize,
    /// Timers, set or not.
    pub timers: usize,
    /// Events dropped since the start because their source was gone.
    pub stale_events: u64,
    /// Panics in tasks, in their drops and in work sent from other threads, since the start.
    pub panicked_tasks: u64,
}

#[cfg(test)]
mod tests;
