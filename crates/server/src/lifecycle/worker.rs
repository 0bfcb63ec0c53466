//! A worker thread: a loop, its listeners, its connections.

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use reactor::driver::{Epoll, WaitError};
use reactor::net::{ListenAddr, Listener};
use reactor::pool::Offload;
use reactor::{Remote, RunEnd, Worker};
use rustix::io::Errno;
use settings::Limits;

use super::accept::{Accepting, Acceptor, Deal, accept, adopt, heed};
use super::appeals::Appeals;
use super::arrivals::Arrivals;
use super::bindings::{SharedSocket, Tenure};
use super::clients::Clients;
use super::context::{Shared, WorkerContext};
use crate::conn::{Connections, Logging};
use crate::router::Router;
use crate::telemetry::WorkerMeters;
use crate::telemetry::access_log::LogSink;

/// All that a worker is made of; it is sent to the worker's thread.
pub(super) struct Plan {
    /// The worker's number, from 0.
    pub(super) number: usize,
    pub(super) router: Arc<Router>,
    pub(super) limits: Arc<Limits>,
    pub(super) pool: Arc<dyn Offload>,
    pub(super) log: Option<LogSink>,
    pub(super) budgets: Shared,
    pub(super) clients: Clients,
    pub(super) appeals: Appeals,
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

/// Whether workers measure how long all their turns take.
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
    /// What it counts and keeps.
    pub(super) meters: WorkerMeters,
}

/// A worker that has its sockets and has not begun.
pub(super) struct Ready {
    worker: Worker<Epoll>,
    meters: WorkerMeters,
}

impl Ready {
    /// Sets a worker up on the thread that will run it.
    pub(super) fn set_up(plan: Plan) -> Result<Self, Errno> {
        let driver = Epoll::new()?;
        let (poller, notify) = (driver.poller(), driver.notify());
        let mut worker = Worker::new(driver, notify);
        if plan.measuring == Measuring::Turns {
            worker.measure_turns();
        }
        let handle = worker.handle().clone();
        let is_logging = plan.log.is_some();
        let logging = plan.log.map_or(Logging::Off, Logging::To);
        let places = plan.budgets.places.clone();
        let context =
            WorkerContext::with_shared(handle.clone(), plan.pool, plan.limits, plan.budgets);
        let connections = Connections::new(context, plan.router, logging);
        let meters = WorkerMeters {
            counters: Arc::clone(connections.counters()),
            account: Arc::clone(connections.account()),
            turns: worker.turn_meter().clone(),
        };
        if is_logging {
            let connections = Rc::clone(&connections);
            worker.set_after_turn(move || connections.end_turn());
        }
        let acceptor = Rc::new(Acceptor {
            number: plan.number,
            handle: handle.clone(),
            poller: Rc::clone(&poller),
            connections,
            places,
            clients: plan.clients,
            appeals: plan.appeals,
            addrs: plan.addrs.into_iter().map(Rc::new).collect(),
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
        if acceptor.appeals.has_others() {
            handle.spawn(heed(Rc::clone(&acceptor)));
        }
        if let Some(arrivals) = plan.arrivals.first() {
            handle.spawn(adopt(acceptor, arrivals.clone()));
        }
        Ok(Self { worker, meters })
    }

    /// Returns what other threads may have of the worker.
    pub(super) fn contact(&self) -> Contact {
        Contact { remote: self.worker.handle().remote(), meters: self.meters.clone() }
    }

    /// Runs until the server ends.
    pub(super) fn run(mut self) -> Result<RunEnd, WaitError> {
        self.worker.run()
    }
}
