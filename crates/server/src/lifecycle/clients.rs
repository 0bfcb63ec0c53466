//! Clients: how many connections each has, where that is limited.
//!
//! A client is an IPv4 address or the 64 bits of an IPv6 address that name a network: whoever has
//! one IPv6 address has all of its network. Processes on this machine, over Unix sockets, are not
//! limited. Behind a proxy or a large NAT many people are one client, so the limit is off unless it
//! is set, and can be tried by only reporting whom it would hit.
//!
//! A connection too many is closed as soon as it is accepted, without an answer: there is no
//! request to answer yet, and to send a 503 and wait until it has been read would cost what the
//! limit is there to save.
//!
//! The table is shared by all workers. It is touched when a connection is accepted and when it
//! ends, and only while the limit is on.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use reactor::clock::Instant;
use reactor::net::PeerAddr;
use settings::ClientLimit;

/// Time between two lines about clients over the limit.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// The table of clients.
#[derive(Clone, Debug)]
pub(super) struct Clients(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connections_max: usize,
    mode: ClientLimit,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Hashed with a seed that no client knows.
    connections: HashMap<Client, usize, RandomState>,
    reported_at: Option<Instant>,
}

/// Who counts as one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

/// What the limit says of a connection.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It may be served.
    Within(Option<Guest>),
    /// It is one too many, and is served all the same. The first such in a second is to be said.
    Over(Guest, Option<Client>),
    /// It is one too many.
    Refused,
}

impl Clients {
    /// Makes the table for one server; none is kept for a limit of 0.
    pub(super) fn new(connections_max: usize, mode: ClientLimit) -> Self {
        Self(Arc::new(Shared { connections_max, mode, state: Mutex::default() }))
    }

    /// Judges a connection, and counts it unless it is refused.
    pub(super) fn judge(&self, peer: PeerAddr, now: Instant) -> Verdict {
        let Some(client) = Client::of(peer).filter(|_| self.0.connections_max > 0) else {
            return Verdict::Within(None);
        };
        let mut state = self.0.lock();
        let connections = state.connections.get(&client).copied().unwrap_or(0);
        let is_within = connections < self.0.connections_max;
        if !is_within && self.0.mode == ClientLimit::Enforce {
            return Verdict::Refused;
        }
        state.connections.insert(client, connections + 1);
        let guest = Guest(Box::new((Arc::clone(&self.0), client)));
        if is_within {
            return Verdict::Within(Some(guest));
        }
        let is_news = state.reported_at.is_none_or(|at| now.since(at) >= REPORT_INTERVAL);
        if is_news {
            state.reported_at = Some(now);
        }
        Verdict::Over(guest, is_news.then_some(client))
    }

    /// Returns how many connections a client may have.
    pub(super) fn connections_max(&self) -> usize {
        self.0.connections_max
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Says which client is at the other end; `None` for those that are not limited.
    fn of(peer: PeerAddr) -> Option<Self> {
        let PeerAddr::Tcp(addr) = peer else { return None };
        Some(match addr.ip().to_canonical() {
            IpAddr::V4(addr) => Self::V4(addr),
            IpAddr::V6(addr) => {
                let [a, b, c, d, ..] = addr.segments();
                Self::V6([a, b, c, d])
            }
        })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(addr) => addr.fmt(f),
            Self::V6([a, b, c, d]) => {
                write!(f, "{}/64", Ipv6Addr::new(*a, *b, *c, *d, 0, 0, 0, 0))
            }
        }
    }
}

/// A counted connection; it is counted until this is dropped.
///
/// In a box, so that a connection has a pointer for it where nothing is limited.
#[derive(Debug)]
pub(super) struct Guest(Box<(Arc<Shared>, Client)>);

impl Drop for Guest {
    fn drop(&mut self) {
        let (shared, client) = &*self.0;
        let mut state = shared.lock();
        if let Some(connections) = state.connections.get_mut(client) {
            *connections -= 1;
            if *connections == 0 {
                state.connections.remove(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(addr: &str) -> PeerAddr {
        PeerAddr::Tcp((addr.parse::<IpAddr>().expect("an address"), 1234).into())
    }

    #[test]
    fn who_is_one_client() {
        for (one, other, expected) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let clients = [one, other].map(|addr| Client::of(peer(addr)));
            assert_eq!(clients[0] == clients[1], expected, "{one} {other}");
        }
        assert_eq!(Client::of(PeerAddr::Unix), None);
        let shown = Client::of(peer("2001:db8:0:2:3::4")).map(|client| client.to_string());
        assert_eq!(shown.as_deref(), Some("2001:db8:0:2::/64"));
    }

    #[test]
    fn connections_under_at_and_over_the_limit() {
        let clients = Clients::new(2, ClientLimit::Enforce);
        let judge = |addr| clients.judge(peer(addr), Instant::ORIGIN);
        let one = judge("192.0.2.1");
        let two = judge("192.0.2.1");
        assert!(matches!((&one, &two), (Verdict::Within(Some(_)), Verdict::Within(Some(_)))));
        assert!(matches!(judge("192.0.2.1"), Verdict::Refused));
        assert!(matches!(judge("192.0.2.2"), Verdict::Within(Some(_))), "another client");
        let unix = clients.judge(PeerAddr::Unix, Instant::ORIGIN);
        assert!(matches!(unix, Verdict::Within(None)));
        drop(one);
        let three = judge("192.0.2.1");
        assert!(matches!(three, Verdict::Within(Some(_))), "the first has ended");
        drop((two, three));
        assert!(clients.0.lock().connections.is_empty(), "no client is remembered");
    }

    #[test]
    fn no_limit_keeps_no_table() {
        let clients = Clients::new(0, ClientLimit::Enforce);
        let within = clients.judge(peer("192.0.2.1"), Instant::ORIGIN);
        assert!(matches!(within, Verdict::Within(None)));
    }

    #[test]
    fn reports_come_once_a_second_and_refuse_nobody() {
        let clients = Clients::new(1, ClientLimit::Report);
        let mut guests = Vec::new();
        for (millis, addr, expected) in [
            (0, "192.0.2.1", None),
            (0, "192.0.2.1", Some("192.0.2.1")),
            (999, "192.0.2.1", None),
            (999, "192.0.2.2", None),
            (1000, "192.0.2.2", Some("192.0.2.2")),
        ] {
            let now = Instant::ORIGIN.after(Duration::from_millis(millis));
            let (guest, news) = match clients.judge(peer(addr), now) {
                Verdict::Within(guest) => (guest, None),
                Verdict::Over(guest, news) => (Some(guest), news),
                Verdict::Refused => panic!("it is only reported"),
            };
            guests.push(guest);
            assert_eq!(news.map(|client| client.to_string()).as_deref(), expected, "{millis}");
        }
        drop(guests);
        assert!(clients.0.lock().connections.is_empty());
    }
}
