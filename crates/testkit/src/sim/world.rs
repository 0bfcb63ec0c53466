//! The world beyond the worker: it decides what happens next, and when.
//!
//! Between two turns of the worker it carries out what is due: packets arrive, clients act, events
//! are dealt out, a thread of the pool goes on. As soon as there is something that a worker would
//! wake up for, the worker has its turn; sometimes a little more happens first. When nothing is
//! due, time moves on.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use reactor::clock::Instant;
use reactor::driver::{Events, World};
use reactor::pool::BatonPool;

use super::agenda::Action;
use super::client::Client;
use super::fault::Fault;
use super::net::{Net, ServerEnding};
use super::rng::Rng;
use super::site::wall_at_start;

/// Pause of the pool from which on it counts as slow.
const SLOW: Duration = Duration::from_millis(2);

/// Everything but the server.
pub(super) struct SimWorld {
    net: Rc<RefCell<Net>>,
    clients: Vec<Client>,
    pool: Arc<BatonPool>,
    /// Set by whoever sends mail to the worker.
    has_mail: Arc<AtomicBool>,
    /// Chance in the choice of tasks and threads.
    rng: Rng,
    is_pool_planned: bool,
}

impl SimWorld {
    pub(super) fn new(
        net: Rc<RefCell<Net>>,
        clients: Vec<Client>,
        pool: Arc<BatonPool>,
        has_mail: Arc<AtomicBool>,
    ) -> Self {
        let rng = {
            let net = &mut *net.borrow_mut();
            for (number, client) in clients.iter().enumerate() {
                net.agenda.plan(client.connects_at(), Action::Client(number));
            }
            net.rng.fork()
        };
        Self { net, clients, pool, has_mail, rng, is_pool_planned: false }
    }

    pub(super) fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// Tells whether nothing is unread, unanswered or half sent anywhere.
    pub(super) fn is_quiet(&self) -> bool {
        self.clients.iter().all(Client::is_settled) && self.net.borrow().is_still()
    }

    /// Moves the time, of the network and of the pool.
    fn set_now(&self, now: Instant) {
        self.net.borrow_mut().now = now;
        self.pool.set_now(now);
    }

    /// Plans to let the pool go on, if it could.
    fn plan_pool(&mut self) {
        if self.is_pool_planned || self.pool.runnable() == 0 {
            return;
        }
        self.is_pool_planned = true;
        let net = &mut *self.net.borrow_mut();
        let delay = match self.rng.below(400) {
            // So long that a client that goes away meanwhile must be noticed without the pool.
            0 => self.rng.micros(1_000_000..=3_000_000),
            1..=20 => self.rng.micros(2_000..=60_000),
            _ => self.rng.micros(50..=1_500),
        };
        if delay >= SLOW {
            net.tally.note(Fault::SlowPool);
        }
        net.agenda.plan(net.now.after(delay), Action::Pool);
    }

    fn perform(&mut self, action: Action, events: &mut Events) {
        if action == Action::Pool {
            return self.step_pool();
        }
        let net = &mut *self.net.borrow_mut();
        match action {
            Action::Arrive(link, way) => net.arrive(link, way),
            Action::Event(link) => net.deal_event(link, events),
            Action::StaleEvent(token, readiness) => net.deal_stale(token, readiness, events),
            Action::Client(number) => self.clients[number].act(net, events),
            Action::Pool => {}
        }
    }

    fn step_pool(&mut self) {
        self.is_pool_planned = false;
        let runnable = self.pool.runnable();
        if runnable > 0 {
            let choice = self.rng.below(runnable);
            self.net.borrow_mut().note("pool", choice, runnable);
            self.pool.step(choice);
        }
    }

    /// Does what is due at this moment, until the worker has a reason to wake up.
    fn do_what_is_due(&mut self, events: &mut Events) -> Woken {
        let mut woken = Woken::No;
        loop {
            if !events.is_empty() || self.has_mail.swap(false, Ordering::AcqRel) {
                woken = Woken::Yes;
                if self.rng.chance(70) {
                    return woken;
                }
            }
            self.plan_pool();
            let due = {
                let net = &mut *self.net.borrow_mut();
                net.agenda.take_due(net.now)
            };
            match due {
                Some(action) => self.perform(action, events),
                None => return woken,
            }
        }
    }
}

/// Whether the worker has a reason to wake up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    Yes,
    No,
}

impl World for SimWorld {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        // The turn that has just ended may have done what a job waits for.
        self.pool.note_progress();
        self.set_now(now);
        loop {
            let woken = self.do_what_is_due(events);
            let next = {
                let net = self.net.borrow();
                if woken == Woken::Yes || net.failure().is_some() {
                    return Some(net.now);
                }
                net.agenda.next_at()
            };
            match next {
                Some(next) if next <= until => self.set_now(next),
                _ if until == Instant::NEVER => return None,
                _ => {
                    self.set_now(until);
                    return Some(until);
                }
            }
        }
    }

    fn wall(&self, at: Instant) -> SystemTime {
        wall_at_start() + Duration::from_nanos(at.as_nanos())
    }

    fn pick(&mut self, runnable: usize) -> usize {
        let choice = if self.rng.chance(50) { 0 } else { self.rng.below(runnable) };
        if choice > 0 {
            let net = &mut *self.net.borrow_mut();
            net.tally.note(Fault::ReorderedTask);
            net.note("task", choice, runnable);
        }
        choice
    }
}

impl SimWorld {
    /// Notes how far the server is with ending.
    pub(super) fn set_ending(&self, ending: ServerEnding) {
        self.net.borrow_mut().ending = ending;
    }
}

impl fmt::Debug for SimWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimWorld").field("clients", &self.clients.len()).finish_non_exhaustive()
    }
}
