//! A worker thread: a loop, its listeners, its connections.

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use reactor::driver::{Epoll, WaitError};
use reactor::net::{ListenAddr, Listener};
use reactor::pool::Offload;
use reactor::{Remote, RunEnd, TurnMeter, Worker};
use rustix::io::Errno;
use settings::Limits;

use super::accept::{Acceptor, Deal, accept, adopt, heed};
use super::appeals::Appeals;
use super::arrivals::Arrivals;
use super::clients::Clients;
use super::context::{Shared, WorkerContext};
use crate::conn::{Account, Connections, Logging};
use crate::router::Router;
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
    pub(super) shared: Vec<(usize, OwnedFd)>,
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

/// A worker that has its sockets and has not begun.
pub(super) struct Ready {
    worker: Worker<Epoll>,
    meter: Option<TurnMeter>,
    account: Arc<Account>,
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
        let places = plan.budgets.places.clone();
        let context =
            WorkerContext::with_shared(handle.clone(), plan.pool, plan.limits, plan.budgets);
        let connections = Connections::new(context, plan.router, logging);
        let account = Arc::clone(connections.account());
        if let Some(log) = plan.log {
            let connections = Rc::clone(&connections);
            worker.set_after_turn(move || connections.pass_on_lines(&log));
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
            handle.spawn(accept(Rc::clone(&acceptor), listener, index, Deal::Here));
        }
        for (index, socket) in plan.shared {
            let listener = Listener::register(socket, &handle, Rc::clone(&poller))?;
            let deal = Deal::Round(plan.arrivals.clone());
            handle.spawn(accept(Rc::clone(&acceptor), listener, index, deal));
        }
        if acceptor.appeals.has_others() {
            handle.spawn(heed(Rc::clone(&acceptor)));
        }
        if let Some(arrivals) = plan.arrivals.first() {
            handle.spawn(adopt(acceptor, arrivals.clone()));
        }
        Ok(Self { worker, meter, account })
    }

    /// Returns how to reach the worker from other threads.
    pub(super) fn remote(&self) -> Remote {
        self.worker.handle().remote()
    }

    /// Returns what measures its turns, if anything does.
    pub(super) fn meter(&self) -> Option<TurnMeter> {
        self.meter.clone()
    }

    /// Returns what its connections keep in memory.
    pub(super) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    /// Runs until the server ends.
    pub(super) fn run(mut self) -> Result<RunEnd, WaitError> {
        self.worker.run()
    }
}
