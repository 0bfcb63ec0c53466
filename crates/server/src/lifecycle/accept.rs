//! Accepting: from listeners to connections, within what descriptors there are (rule 8).

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use reactor::net::{Accepted, ListenAddr, Listener, SocketFault, Stream};
use reactor::poller::Poller;
use reactor::{Handle, Phase};

use super::arrivals::{Arrival, Arrivals};
use super::bindings::Tenure;
use super::descriptors::{Place, Places};
use crate::conn::Connections;
use crate::telemetry::diagnostics;
use crate::transport::Plain;

/// Connections taken from one listener in a turn.
const ACCEPTS_PER_TURN: usize = 16;

/// Time until accepting is tried again for want of descriptors, unless one is freed before.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// What a worker needs to make connections of sockets.
pub(super) struct Acceptor {
    pub(super) handle: Handle,
    pub(super) poller: Rc<Poller>,
    pub(super) connections: Rc<Connections>,
    pub(super) places: Places,
    /// The addresses of the server's listeners.
    pub(super) addrs: Vec<Rc<ListenAddr>>,
    /// Listeners of this worker that wait for a descriptor.
    pub(super) waiting: RefCell<Vec<Waker>>,
}

/// A listener, and what is done with what comes by it.
pub(super) struct Accepting {
    pub(super) listener: Listener,
    /// Which of the server's addresses it has.
    pub(super) index: usize,
    pub(super) tenure: Tenure,
    pub(super) deal: Deal,
}

/// To whom a listener's connections go.
pub(super) enum Deal {
    /// To the worker that accepts them.
    Here,
    /// To all workers in turn; one of the entries is this worker's own.
    Round(Vec<Arrivals>),
}

/// Why accepting stopped for now.
enum Stop {
    /// The queue is empty.
    Empty,
    /// The turn is used up; the listener says again that there are more.
    Budget,
    /// There is no descriptor, or no place, for another.
    NoDescriptor,
}

impl Acceptor {
    /// Starts a connection on this worker.
    fn start(self: &Rc<Self>, accepted: Accepted, listener: usize, place: Place) {
        let Accepted { socket, peer } = accepted;
        // Refused, for want of kernel memory, the socket is closed: the client sees a reset.
        let Ok(stream) = Stream::register(socket, &self.handle, &self.poller) else { return };
        let local = Rc::clone(&self.addrs[listener]);
        let tenant = Tenant { place: Some(place), acceptor: Rc::clone(self) };
        self.handle.spawn(self.connections.serve(Plain::new(stream, tenant), peer, local));
    }

    /// Waits until a descriptor was freed here, or some time has passed.
    async fn freed(&self) {
        let timer = self.handle.timer(self.handle.now().instant.after(RETRY_AFTER));
        let mut is_listed = false;
        poll_fn(|cx| {
            if is_listed && !self.waiting.borrow().iter().any(|waker| waker.will_wake(cx.waker())) {
                return Poll::Ready(());
            }
            if !is_listed {
                self.waiting.borrow_mut().push(cx.waker().clone());
                is_listed = true;
            }
            let expired = timer.poll_expired(cx);
            if expired.is_ready() {
                self.waiting.borrow_mut().retain(|waker| !waker.will_wake(cx.waker()));
            }
            expired
        })
        .await;
    }

    fn warn_once(&self) {
        self.connections.counters().accepts_paused.add_one();
        if self.places.must_warn() {
            diagnostics::warn(format_args!(
                "out of descriptors: new connections wait until others close (raise the limit \
                 with `ulimit -n`, or LimitNOFILE= of the unit)"
            ));
        }
    }
}

/// A connection's hold on its place; when it ends, listeners that wait for one try again.
struct Tenant {
    place: Option<Place>,
    acceptor: Rc<Acceptor>,
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.place = None;
        for waker in self.acceptor.waiting.take() {
            waker.wake();
        }
    }
}

/// Accepts from a listener until the server drains; then takes what is queued and closes it, or
/// leaves what is queued to whom the listener belongs.
///
/// # Cancel safety
///
/// Dropped half-way the listener is closed; connections that are queued are reset.
pub(super) async fn accept(acceptor: Rc<Acceptor>, accepting: Accepting) {
    let Accepting { listener, index, tenure, mut deal } = accepting;
    loop {
        let is_draining = await_connections(&acceptor.handle, &listener).await;
        if is_draining && tenure == Tenure::Inherited {
            return;
        }
        match accept_some(&acceptor, &listener, index, &mut deal) {
            Stop::Empty if is_draining => return,
            Stop::Empty | Stop::Budget => {}
            Stop::NoDescriptor if is_draining => return,
            Stop::NoDescriptor => {
                acceptor.warn_once();
                listener.pause();
                acceptor.freed().await;
                while listener.resume().is_err() {
                    acceptor.freed().await;
                }
            }
        }
    }
}

/// Waits for connections; `true` says that the server drains and these are the last.
async fn await_connections(handle: &Handle, listener: &Listener) -> bool {
    let mut readable = pin!(listener.readable());
    poll_fn(|cx| match handle.phase() {
        Phase::Running => readable.as_mut().poll(cx).map(|()| false),
        Phase::Draining | Phase::Stopped => Poll::Ready(true),
    })
    .await
}

fn accept_some(
    acceptor: &Rc<Acceptor>,
    listener: &Listener,
    index: usize,
    deal: &mut Deal,
) -> Stop {
    for _ in 0..ACCEPTS_PER_TURN {
        let Some(place) = acceptor.places.take() else { return Stop::NoDescriptor };
        let accepted = match listener.try_accept() {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Stop::Empty,
            Err(error) if error.fault == SocketFault::Resources => return Stop::NoDescriptor,
            // That one connection died in the queue.
            Err(_) => continue,
        };
        match deal {
            Deal::Here => acceptor.start(accepted, index, place),
            Deal::Round(workers) => {
                workers.rotate_left(1);
                let arrival = Arrival { accepted, listener: index, place };
                if let Err(arrival) = workers[0].push(arrival) {
                    acceptor.start(arrival.accepted, index, arrival.place);
                }
            }
        }
    }
    Stop::Budget
}

/// Starts the connections that other workers accepted for this one, until the server drains.
///
/// # Cancel safety
///
/// Dropped half-way, connections that wait are closed.
pub(super) async fn adopt(acceptor: Rc<Acceptor>, arrivals: Arrivals) {
    loop {
        let arrival = poll_fn(|cx| match acceptor.handle.phase() {
            Phase::Running => arrivals.poll_next(cx).map(Some),
            Phase::Draining | Phase::Stopped => Poll::Ready(None),
        })
        .await;
        let Some(Arrival { accepted, listener, place }) = arrival else { break };
        acceptor.start(accepted, listener, place);
    }
    for Arrival { accepted, listener, place } in arrivals.close() {
        acceptor.start(accepted, listener, place);
    }
}
