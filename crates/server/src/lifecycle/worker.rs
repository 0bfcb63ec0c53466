//! A worker thread: a loop, its listeners, its connections.

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use reactor::driver::{Epoll, WaitError};
use reactor::net::{ListenAddr, Listener};
use reactor::pool::Offload;
use reactor::{Remote, RunEnd, TurnMeter, Worker};
use rustix::io::Errno;
use settings::Limits;

use super::accept::{Accepting, Acceptor, Deal, accept, adopt};
use super::arrivals::Arrivals;
use super::bindings::{SharedSocket, Tenure};
use super::context::WorkerContext;
use super::descriptors::Places;
use super::spool::SpoolBudget;
use crate::conn::{Connections, Logging};
use crate::router::Router;
use crate::telemetry::Counters;
use crate::telemetry::access_log::LogSink;

/// All that a worker is made of; it is sent to the worker's thread.
pub(super) struct Plan {
    pub(super) router: Arc<Router>,
    pub(super) limits: Arc<Limits>,
    pub(super) pool: Arc<dyn Offload>,
    pub(super) log: Option<LogSink>,
    pub(super) places: Places,
    pub(super) spool: SpoolBudget,
    /// The server's addresses, in the order of its listeners.
    pub(super) addrs: Vec<ListenAddr>,
    /// The listening sockets that are this worker's own, with their listener's index.
    pub(super) sockets: Vec<(usize, OwnedFd)>,
    /// The listening sockets that it accepts from for all.
    pub(super) shared: Vec<SharedSocket>,
    /// Where connections accepted elsewhere come in: an entry for each worker, this one's first.
    pub(super) arrivals: Vec<Arrivals>,
    pub(super) measuring: Measuring,
}

/// Whether workers measure how long their turns take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measuring {
    Off,
    Turns,
}

/// What other threads may have of a worker.
#[derive(Debug)]
pub(super) struct Contact {
    /// How it is reached.
    pub(super) remote: Remote,
    /// What measures its turns, if anything does.
    pub(super) meter: Option<TurnMeter>,
    /// What it counts.
    pub(super) counters: Arc<Counters>,
}

/// A worker that has its sockets and has not begun.
pub(super) struct Ready {
    worker: Worker<Epoll>,
    meter: Option<TurnMeter>,
    counters: Arc<Counters>,
}

impl Ready {
    /// Sets a worker up on the thread that will run it.
    pub(super) fn set_up(plan: Plan) -> Result<Self, Errno> {
        let driver = Epoll::new()?;
        let (poller, notify) = (driver.poller(), driver.notify());
        let mut worker = Worker::new(driver, notify);
        let meter = (plan.measuring == Measuring::Turns).then(|| worker.measure_turns());
        let handle = worker.handle().clone();
        let logging = if plan.log.is_some() { Logging::On } else { Logging::Off };
        let context = WorkerContext::with_spool(handle.clone(), plan.pool, plan.limits, plan.spool);
        let connections = Connections::new(context, plan.router, logging);
        let counters = Arc::clone(connections.counters());
        if let Some(log) = plan.log {
            let connections = Rc::clone(&connections);
            worker.set_after_turn(move || connections.pass_on_lines(&log));
        }
        let acceptor = Rc::new(Acceptor {
            handle: handle.clone(),
            poller: Rc::clone(&poller),
            connections,
            places: plan.places,
            addrs: plan.addrs.into_iter().map(Rc::new).collect(),
            waiting: RefCell::default(),
        });
        for (index, socket) in plan.sockets {
            let listener = Listener::register(socket, &handle, Rc::clone(&poller))?;
            let accepting = Accepting { listener, index, tenure: Tenure::Owned, deal: Deal::Here };
            handle.spawn(accept(Rc::clone(&acceptor), accepting));
        }
        for SharedSocket { index, socket, tenure } in plan.shared {
            let listener = Listener::register(socket, &handle, Rc::clone(&poller))?;
            let deal = Deal::Round(plan.arrivals.clone());
            let accepting = Accepting { listener, index, tenure, deal };
            handle.spawn(accept(Rc::clone(&acceptor), accepting));
        }
        if let Some(arrivals) = plan.arrivals.first() {
            handle.spawn(adopt(acceptor, arrivals.clone()));
        }
        Ok(Self { worker, meter, counters })
    }

    /// Returns what other threads may have of the worker.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            remote: self.worker.handle().remote(),
            meter: self.meter.clone(),
            counters: Arc::clone(&self.counters),
        }
    }

    /// Runs until the server ends.
    pub(super) fn run(mut self) -> Result<RunEnd, WaitError> {
        self.worker.run()
    }
}
