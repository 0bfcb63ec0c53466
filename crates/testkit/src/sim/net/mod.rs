//! The network: connections made of two bounded streams between a client and the server.
//!
//! ```text
//!            ┌──────── up: in flight ─► arrived ────────┐
//!   client ──┤                                          ├── server (a SimTransport)
//!            └──────── arrived ◄─ in flight: down ──────┘      ▲ events, edge-triggered
//! ```
//!
//! It behaves as the kernel does where the server could tell: a read gives what has arrived, a
//! write takes what there is room for, an event comes once per change and may come late, closing
//! with unread bytes resets. The server's calls are in [`server`], a client's in [`client`]. It
//! carries bytes and knows no HTTP.

mod client;
mod half;
mod server;

use std::collections::VecDeque;
use std::time::Duration;

use reactor::Token;
use reactor::clock::Instant;
use reactor::driver::{Event, Events};
use reactor::poller::Readiness;

pub(super) use self::client::Received;
use self::half::{End, Half, Packet};
use super::agenda::{Action, Agenda};
use super::fault::{Fault, Tally};
use super::rng::Rng;
use super::trace::Trace;

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkId(pub(super) usize);

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// Everything between the clients and the worker.
#[derive(Debug)]
pub(super) struct Net {
    links: Vec<Link>,
    pub(super) agenda: Agenda,
    pub(super) now: Instant,
    pub(super) rng: Rng,
    pub(super) trace: Trace,
    pub(super) tally: Tally,
    pub(super) ending: ServerEnding,
    /// What the server has too little of.
    pub(super) shortage: Shortage,
    /// The listener's source, and the connections that wait there.
    listener: Option<Token>,
    queue: VecDeque<LinkId>,
    /// Tokens of closed connections for which an event is still to come.
    stale: Vec<Token>,
    stale_events: u64,
    /// The first thing that was found wrong.
    failure: Option<String>,
}

/// How far the server is with ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServerEnding {
    Running,
    Draining,
    /// What is left is cut short.
    Stopped,
}

/// What a server has too little of: who must go for it is not treated as others are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    None,
    Places,
    Memory,
}

#[derive(Debug)]
struct Link {
    client: usize,
    up: Half,
    down: Half,
    /// The client has closed both halves.
    is_left: bool,
    /// The client waits for room to send.
    wants_room: bool,
    server: ServerSide,
}

#[derive(Debug)]
struct ServerSide {
    /// Its source, from accept to close.
    token: Option<Token>,
    is_closed: bool,
    /// So many bytes it has read, and had been given when it ended its half.
    read: usize,
    accepted: Option<usize>,
    has_closed_write: bool,
    /// A write found too little room: tell when there is some.
    wants_room: bool,
    /// An event is planned.
    is_event_due: bool,
    /// When the worker was told that the connection is gone.
    told_gone_at: Option<Instant>,
}

impl Net {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            links: Vec::new(),
            agenda: Agenda::default(),
            now: Instant::ORIGIN,
            rng,
            trace: Trace::new(),
            tally: Tally::new(),
            ending: ServerEnding::Running,
            shortage: Shortage::None,
            listener: None,
            queue: VecDeque::new(),
            stale: Vec::new(),
            stale_events: 0,
            failure: None,
        }
    }

    /// Notes that something is wrong; the first finding counts.
    pub(super) fn fail(&mut self, what: String) {
        self.failure.get_or_insert(what);
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub(super) fn note(&mut self, what: &'static str, who: usize, much: usize) {
        self.trace.note(self.now, what, who, much);
    }

    /// Returns how many events were dealt out for connections that were closed.
    pub(super) const fn stale_events(&self) -> u64 {
        self.stale_events
    }

    /// Tells whether nothing is under way or unread on any connection that the server has open.
    pub(super) fn is_still(&self) -> bool {
        self.queue.is_empty()
            && self.links.iter().filter(|link| !link.server.is_closed).all(|link| {
                link.up.outstanding() == 0 && !link.up.has_flight() && link.up.end == End::Open
            })
    }

    /// Returns how many bytes the server has been given on a connection, read or not, before it
    /// ended its half.
    pub(super) fn accepted(&self, id: LinkId) -> usize {
        let link = &self.links[id.0];
        link.server.accepted.unwrap_or(link.server.read + link.up.arrived.len())
    }

    pub(super) fn has_open_links(&self) -> bool {
        self.links.iter().any(|link| !link.server.is_closed)
    }

    /// A packet reaches the end of its way.
    pub(super) fn arrive(&mut self, id: LinkId, way: Way) {
        let link = &mut self.links[id.0];
        let half = match way {
            Way::Up => &mut link.up,
            Way::Down => &mut link.down,
        };
        // Lost with the flight it was in.
        let Some(packet) = half.land() else { return };
        match way {
            Way::Up => self.arrive_up(id, packet),
            Way::Down => self.arrive_down(id, packet),
        }
    }

    /// Deals out a connection's event, with all that is to be known at this moment.
    pub(super) fn deal_event(&mut self, id: LinkId, events: &mut Events) {
        let now = self.now;
        let link = &mut self.links[id.0];
        link.server.is_event_due = false;
        let Some(token) = link.server.token else { return };
        let readiness = link.readiness();
        if !readiness.intersects(Readiness::OUT) {
            link.server.wants_room = true;
        }
        if readiness.intersects(Readiness::GONE) {
            link.server.told_gone_at.get_or_insert(now);
        }
        if readiness == Readiness::EMPTY {
            return;
        }
        self.note("event", id.0, usize::from(readiness.intersects(Readiness::IN)));
        events.push(Event { token, readiness });
    }

    /// Deals out an event that was under way when its connection was closed.
    pub(super) fn deal_stale(&mut self, token: Token, readiness: Readiness, events: &mut Events) {
        self.note("stale event", 0, 0);
        self.tally.note(Fault::StaleEvent);
        self.stale_events += 1;
        events.push(Event { token, readiness });
    }

    /// Plans to tell the worker of a change, unless that is planned.
    fn wake_server(&mut self, id: LinkId) {
        let server = &mut self.links[id.0].server;
        if server.token.is_none() || std::mem::replace(&mut server.is_event_due, true) {
            return;
        }
        let delay = self.event_delay();
        self.agenda.plan(self.now.after(delay), Action::Event(id));
    }

    fn wake_client(&mut self, id: LinkId) {
        let delay = self.rng.micros(1..=100);
        let client = self.links[id.0].client;
        self.agenda.plan(self.now.after(delay), Action::Client(client));
    }

    /// Sends a packet on its way.
    fn launch(&mut self, id: LinkId, way: Way, packet: Packet) {
        let at = self.now.after(self.travel_time());
        let link = &mut self.links[id.0];
        let half = match way {
            Way::Up => &mut link.up,
            Way::Down => &mut link.down,
        };
        let at = half.launch(packet, at);
        self.agenda.plan(at, Action::Arrive(id, way));
    }

    fn travel_time(&mut self) -> Duration {
        if self.rng.chance(3) {
            self.tally.note(Fault::Delay);
            return self.rng.micros(5_000..=200_000);
        }
        self.rng.micros(5..=2_000)
    }

    fn event_delay(&mut self) -> Duration {
        if self.rng.chance(3) {
            self.tally.note(Fault::Delay);
            return self.rng.micros(1_000..=20_000);
        }
        self.rng.micros(0..=50)
    }
}

impl Link {
    /// What epoll would say, as `tcp_poll` has it.
    fn readiness(&self) -> Readiness {
        let is_ended = self.up.end != End::Open;
        let is_over = self.up.is_reset() || is_ended && self.server.has_closed_write;
        let bits = [
            (Readiness::IN, is_ended || !self.up.arrived.is_empty()),
            (Readiness::OUT, self.down.is_writable() || self.up.is_reset()),
            (Readiness::PRI, self.up.has_mark()),
            (Readiness::RDHUP, is_ended),
            (Readiness::HUP, is_over),
            (Readiness::ERR, self.up.end == End::Reset),
        ];
        let set = bits.into_iter().filter(|(_, is_set)| *is_set);
        set.fold(Readiness::EMPTY, |readiness, (bit, _)| readiness | bit)
    }
}
