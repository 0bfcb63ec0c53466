//! A server for one test, and the jobs that its handlers give to the pool.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use avocet_server::service::Response;
use avocet_server::service::{Answer, Handler, Incoming, Job, PoolRoute, Reply, RequestHead};
use avocet_server::{Limits, ListenAddr, Method, MethodSet, Router, Running, Server, Status};
use reactor::clock::{self, Instant};
use reactor::pool::Counters;
use testkit::program::{TIMEOUT, eventually};
use testkit::raw::{self, Client};

/// A server.
pub(crate) struct Site {
    pub(crate) running: Running,
    addr: SocketAddr,
}

impl Site {
    /// Starts a server whose pool has one thread.
    pub(crate) fn start(router: Router) -> Self {
        Self::with_limits(router, |_limits| {})
    }

    /// Starts it with other limits.
    pub(crate) fn with_limits(router: Router, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        limits.pool_threads = 1;
        change(&mut limits);
        let addr = ListenAddr::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
        let bound = Server::builder(router).limits(limits).listen(addr).bind();
        let running = bound.expect("some port is free").start().expect("threads can be started");
        let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("it listens on TCP") };
        Self { running, addr }
    }

    pub(crate) fn client(&self) -> Client {
        Client::tcp(self.addr)
    }

    /// Connects and asks, and leaves the answer to be waited for.
    pub(crate) fn ask(&self, target: &str) -> Client {
        let mut client = self.client();
        client.send(raw::request("GET", target, &[]));
        client
    }

    pub(crate) fn pool(&self) -> Counters {
        self.running.pool()
    }

    /// Waits until what the pool counts is so.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Counters) -> bool) {
        eventually(what, || holds(&self.pool()));
    }

    /// Sends a request that takes the pool's one thread, and waits until it has it.
    #[track_caller]
    pub(crate) fn occupy(&self, target: &str) -> Client {
        let running = self.pool().running;
        let client = self.ask(target);
        self.until("the job runs", |pool| pool.running == running + 1);
        client
    }

    /// Sends a request whose job waits for a thread, and waits until it does.
    #[track_caller]
    pub(crate) fn queue(&self, target: &str) -> Client {
        let queued = self.pool().queued;
        let client = self.ask(target);
        self.until("the job waits", |pool| pool.queued == queued + 1);
        client
    }
}

/// What jobs wait at until the test lets them go on.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Waits until the gate is open.
    pub(crate) fn pass(&self) {
        assert!(self.pass_within(TIMEOUT), "the gate is opened in time");
    }

    /// Waits for at most `time`, and tells whether the gate was open by then.
    pub(crate) fn pass_within(&self, time: Duration) -> bool {
        let (is_open, opened) = &*self.0;
        let guard = is_open.lock().unwrap_or_else(PoisonError::into_inner);
        *opened.wait_timeout_while(guard, time, |is_open| !*is_open).unwrap().0
    }

    pub(crate) fn open(&self) {
        let (is_open, opened) = &*self.0;
        *is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        opened.notify_all();
    }
}

/// Makes a handler that has `run` answer on the pool and lets the body be.
pub(crate) fn on_pool(
    route: &PoolRoute,
    run: impl Fn(Answer) + Clone + Send + Sync + 'static,
) -> impl Handler {
    let route = route.clone();
    move |_head: &RequestHead<'_>, _incoming: Option<Incoming>| {
        let run = run.clone();
        Reply::Pool(Job::new(run).with_route(&route))
    }
}

/// Makes a handler that answers when the gate is open.
pub(crate) fn held(route: &PoolRoute, gate: &Gate) -> impl Handler {
    let gate = gate.clone();
    on_pool(route, move |answer| {
        gate.pass();
        answer.respond(text("held"));
    })
}

/// Makes a handler that keeps the body, answers as soon as it has a thread, and notes in `order`
/// who it was.
pub(crate) fn noted(route: &PoolRoute, order: &Order) -> impl Handler {
    let (route, order) = (route.clone(), order.clone());
    move |head: &RequestHead<'_>, incoming: Option<Incoming>| {
        let who = head.query().unwrap_or_default().to_owned();
        let order = order.clone();
        let job = Job::new(move |answer: Answer| {
            order.note(&who);
            drop(incoming);
            answer.respond(text(&who));
        });
        Reply::Pool(job.with_route(&route))
    }
}

/// Who ran, in their order.
#[derive(Clone, Default)]
pub(crate) struct Order(Arc<Mutex<Vec<String>>>);

impl Order {
    pub(crate) fn note(&self, who: &str) {
        self.0.lock().unwrap().push(who.to_owned());
    }

    pub(crate) fn list(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn text(text: &str) -> Response {
    Response::text(Status::OK, text.to_owned())
}

pub(crate) const GET: MethodSet = MethodSet::EMPTY.with(Method::Get);

pub(crate) const POST: MethodSet = MethodSet::EMPTY.with(Method::Post);

/// Checks that an answer sends its client away for now.
#[track_caller]
pub(crate) fn assert_unavailable(answer: &raw::Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.field("Retry-After"), Some("1"), "{answer:?}");
}

pub(crate) fn now() -> Instant {
    clock::read().instant
}
