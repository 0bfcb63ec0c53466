//! Accepting: from listeners to connections, within what descriptors there are (rule 8).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use reactor::net::{Accepted, ListenAddr, Listener, PeerAddr, SocketFault, Stream};
use reactor::poller::Poller;
use reactor::{Handle, Phase};

use super::appeals::Appeals;
use super::arrivals::{Arrival, Arrivals};
use super::bindings::Tenure;
use super::clients::{Clients, Guest, Verdict};
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
    /// The worker's number among its server's.
    pub(super) number: usize,
    pub(super) handle: Handle,
    pub(super) poller: Rc<Poller>,
    pub(super) connections: Rc<Connections>,
    pub(super) places: Places,
    pub(super) clients: Clients,
    pub(super) appeals: Appeals,
    /// The addresses of the server's listeners.
    pub(super) addrs: Vec<Rc<ListenAddr>>,
}

/// What a connection holds as long as it is there. Who waits for its place is woken when it goes.
#[derive(Debug)]
pub(super) struct Admission {
    _guest: Option<Guest>,
    _place: Place,
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
    /// The turn is used up, or the last place taken; the listener says again if there are more.
    Budget,
    /// There is no descriptor, or no place, for another.
    NoDescriptor,
}

impl Acceptor {
    /// Starts a connection on this worker.
    fn start(&self, accepted: Accepted, listener: usize, admission: Admission) {
        let Accepted { socket, peer } = accepted;
        // Refused, for want of kernel memory, the socket is closed: the client sees a reset.
        let Ok(stream) = Stream::register(socket, &self.handle, &self.poller) else { return };
        let local = Rc::clone(&self.addrs[listener]);
        self.handle.spawn(self.connections.serve(Plain::new(stream, admission), peer, local));
    }

    /// Lets a connection in, unless its client has enough of them.
    fn admit(&self, peer: PeerAddr, place: Place) -> Option<Admission> {
        let counters = self.connections.counters();
        let guest = match self.clients.judge(peer, self.handle.now().instant) {
            Verdict::Within(guest) => guest,
            Verdict::Over(guest, news) => {
                counters.connections_over_client_limit.add_one();
                if let Some(client) = news {
                    let max = self.clients.connections_max();
                    diagnostics::warn(format_args!(
                        "{client} has more than {max} connections (client_limit is report: they \
                         are served)"
                    ));
                }
                Some(guest)
            }
            Verdict::Refused => {
                counters.connections_refused_for_client.add_one();
                return None;
            }
        };
        Some(Admission { _guest: guest, _place: place })
    }

    /// Asks connections to leave, here or else on other workers; tells whether any of this worker
    /// will have left by the next turn.
    fn make_room(&self) -> Room {
        self.warn_once();
        if self.connections.make_room() > 0 {
            return Room::Soon;
        }
        if self.appeals.has_others() {
            self.appeals.ask_others(self.number);
        }
        Room::Later
    }

    /// Waits until a descriptor was freed, or some time has passed.
    async fn freed(&self) {
        let timer = self.handle.timer(self.handle.now().instant.after(RETRY_AFTER));
        let rounds = self.places.rounds();
        poll_fn(|cx| {
            self.places.wake_when_freed(cx.waker());
            if self.places.rounds() == rounds { timer.poll_expired(cx) } else { Poll::Ready(()) }
        })
        .await;
    }

    fn warn_once(&self) {
        if self.places.must_warn() {
            diagnostics::warn(format_args!(
                "out of descriptors: idle connections are closed, then new ones wait until others \
                 close (raise the limit with `ulimit -n`, or LimitNOFILE= of the unit)"
            ));
        }
    }
}

/// When there will be room for another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// In the next turn, as far as one can tell.
    Soon,
    /// When someone leaves.
    Later,
}

/// Accepts from a listener until the server drains; then takes what is queued and closes it, or
/// leaves what is queued to whom the listener belongs.
///
/// # Cancel safety
///
/// Dropped half-way the listener is closed; connections that are queued are reset.
pub(super) async fn accept(acceptor: Rc<Acceptor>, accepting: Accepting) {
    let Accepting { listener, index, tenure, mut deal } = accepting;
    // Who was asked to leave has been given a turn for it.
    let mut has_asked = false;
    loop {
        let is_draining = await_connections(&acceptor.handle, &listener).await;
        if is_draining && tenure == Tenure::Inherited {
            return;
        }
        match accept_some(&acceptor, &listener, index, &mut deal) {
            Stop::Empty | Stop::NoDescriptor if is_draining => return,
            Stop::Empty | Stop::Budget => has_asked = false,
            // The listener says again that there is someone, and then there should be room.
            Stop::NoDescriptor if !has_asked && acceptor.make_room() == Room::Soon => {
                has_asked = true;
            }
            Stop::NoDescriptor => {
                has_asked = false;
                acceptor.connections.counters().accepts_paused.add_one();
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
    for count in 0..ACCEPTS_PER_TURN {
        let Some(place) = acceptor.places.take() else {
            // Whether anyone else waits, the listener will say.
            return if count == 0 { Stop::NoDescriptor } else { Stop::Budget };
        };
        let accepted = match listener.try_accept() {
            Ok(Some(accepted)) => accepted,
            Ok(None) => {
                place.forgo();
                return Stop::Empty;
            }
            Err(error) if error.fault == SocketFault::Resources => {
                place.forgo();
                return Stop::NoDescriptor;
            }
            // That one connection died in the queue.
            Err(_) => {
                place.forgo();
                continue;
            }
        };
        let Some(admission) = acceptor.admit(accepted.peer, place) else { continue };
        match deal {
            Deal::Here => acceptor.start(accepted, index, admission),
            Deal::Round(workers) => {
                workers.rotate_left(1);
                let arrival = Arrival { accepted, listener: index, admission };
                if let Err(arrival) = workers[0].push(arrival) {
                    acceptor.start(arrival.accepted, index, arrival.admission);
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
        let Some(Arrival { accepted, listener, admission }) = arrival else { break };
        acceptor.start(accepted, listener, admission);
    }
    for Arrival { accepted, listener, admission } in arrivals.close() {
        acceptor.start(accepted, listener, admission);
    }
}

/// Spares connections when other workers have no place for theirs, until the server drains.
///
/// # Cancel safety
///
/// Dropped half-way, other workers are heard no more.
pub(super) async fn heed(acceptor: Rc<Acceptor>) {
    let asked = || {
        poll_fn(|cx| match acceptor.handle.phase() {
            Phase::Running => acceptor.appeals.poll_asked(acceptor.number, cx).map(Some),
            Phase::Draining | Phase::Stopped => Poll::Ready(None),
        })
    };
    while let Some(()) = asked().await {
        acceptor.connections.make_room();
    }
}
