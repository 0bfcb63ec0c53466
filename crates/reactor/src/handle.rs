//! The handle: what a task reaches of the worker that runs it.
//!
//! Time, timers, sources and other tasks are tables behind it, each borrowed for the length of one
//! call. The loop that moves them is [`Worker`](crate::Worker)'s.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::clock::{Instant, Now};
use crate::inbox::{Home, Inbox, Notify, Remote};
use crate::shutdown::Phase;
use crate::slab::Slab;
use crate::source::{Source, Sources};
use crate::task::{Body, LocalFuture, Task, Ticket};
use crate::timer::{Timer, Wheel};
use crate::token::Token;

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
    pub(crate) fn new(now: Now, notify: Notify) -> Self {
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
        Timer::new(token, self.clone(), deadline)
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

    /// Begins a turn at `now`; the worker stops if its time is over.
    pub(crate) fn begin_turn(&self, now: Now) {
        self.core.now.set(now);
        if now.instant >= self.core.stop_at.get() {
            self.advance_phase(Phase::Stopped);
        }
    }

    /// Returns when there is something to do though nothing happens: a timer, or the end.
    pub(crate) fn next_wake(&self) -> Instant {
        let timer = self.timers(|wheel| wheel.next_wake()).unwrap_or(Instant::NEVER);
        timer.min(self.core.stop_at.get())
    }

    pub(crate) fn inbox(&self) -> &Home {
        &self.core.inbox
    }

    pub(crate) fn sources<R>(&self, with: impl FnOnce(&mut Sources) -> R) -> R {
        with(&mut self.core.sources.borrow_mut())
    }

    pub(crate) fn timers<R>(&self, with: impl FnOnce(&mut Wheel<Option<Waker>>) -> R) -> R {
        with(&mut self.core.timers.borrow_mut())
    }

    /// Polls a task once, unless it has ended.
    pub(crate) fn poll_task(&self, token: Token) {
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
    pub(crate) fn survive(&self, run: impl FnOnce()) {
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
    pub(crate) fn drop_tasks(&self) {
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
