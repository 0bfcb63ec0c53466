//! What the clients of a run will do, drawn from the seed before it begins.

mod catalog;
mod request;

use std::time::Duration;

use settings::Limits;

pub(super) use self::catalog::Catalog;
pub(super) use self::request::Request;
use super::rng::Rng;

/// What one client will do.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) connect_after: Duration,
    pub(super) requests: Vec<Request>,
    pub(super) pace: Pace,
    pub(super) ending: Ending,
    /// Bytes of answers that its kernel takes while it does not read.
    pub(super) capacity: usize,
}

/// How a client sends and reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) pipelines: bool,
    /// Most bytes sent at a time.
    pub(super) send_max: usize,
    /// Most bytes read at a time.
    pub(super) read_max: usize,
    /// Longest pause between two sends, or two reads, in microseconds.
    pub(super) pause_max: usize,
}

/// How a client ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It closes when it has all answers.
    Close,
    /// It ends its half behind the last request and waits for the answers.
    HalfClose,
    /// It waits for the server to close, as the last answer says.
    ServerCloses,
    /// It stays until the server finds it idle for too long.
    IdleOut,
    /// It resets the connection after so many bytes.
    Reset { after: usize },
    /// It closes behind the last request and waits for nothing.
    Vanish,
    /// It breaks off in the middle of the last request, or lets single bytes of it trickle.
    Stall { trickles: bool },
    /// It stops to read in the middle of the last answer, or reads single bytes of it.
    StalledReader { trickles: bool },
    /// It connects and says nothing.
    Silent,
}

/// Fewest connections of a run.
const CONNECTIONS_MIN: usize = 26;

/// Fewest requests that the clients of a run mean to send.
const REQUESTS_MIN: usize = 350;

/// Most requests of a connection.
const REQUESTS_PER_CONNECTION_MAX: usize = 24;

/// The endings, as often as they come.
const ENDINGS: [(Ending, usize); 11] = [
    (Ending::Close, 6),
    (Ending::HalfClose, 4),
    (Ending::ServerCloses, 5),
    (Ending::IdleOut, 2),
    (Ending::Reset { after: 0 }, 3),
    (Ending::Vanish, 2),
    (Ending::Stall { trickles: false }, 3),
    (Ending::Stall { trickles: true }, 2),
    (Ending::StalledReader { trickles: false }, 2),
    (Ending::StalledReader { trickles: true }, 2),
    (Ending::Silent, 2),
];

/// Draws the plans of all clients of a run.
pub(super) fn plans(rng: &mut Rng, catalog: &Catalog) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut requests = 0;
    while plans.len() < CONNECTIONS_MIN || requests < REQUESTS_MIN {
        // Some must be there until the end: only then is it seen what an idle connection holds.
        let ending = if plans.len() < 2 { Ending::IdleOut } else { draw_ending(rng) };
        let plan = Plan::draw(rng, catalog, ending);
        requests += plan.requests.len();
        plans.push(plan);
    }
    plans
}

/// Draws the limits of a run: small where a large one would only cost time.
pub(super) fn limits(rng: &mut Rng) -> Limits {
    let mut limits = Limits::default();
    limits.body_size_max = request::BODY_SIZE_MAX;
    limits.body_memory_max = *rng.pick(&request::BODY_MEMORY_SIZES);
    limits.spool_size_max = *rng.pick(&[150_000, 1 << 30]);
    limits.output_size_max = *rng.pick(&[4 << 10, 16 << 10, 64 << 10]);
    limits.pool_threads = *rng.pick(&[2, 2, 3, 4]);
    limits.pool_queue_max = rng.between(1..=6);
    // Not so long that a stream to a client that does not read keeps a thread of the pool from all.
    limits.send_timeout = Duration::from_secs(10);
    limits.send_timeout_max = Duration::from_secs(30);
    limits.send_rate_min = *rng.pick(&[512, 4 << 10, 64 << 10]);
    limits.cache_size = *rng.pick(&[64 << 10, 1 << 20, 64 << 20]);
    limits
}

fn draw_ending(rng: &mut Rng) -> Ending {
    let mut luck = rng.below(ENDINGS.iter().map(|(_, weight)| weight).sum());
    for (ending, weight) in ENDINGS {
        match luck.checked_sub(weight) {
            None => return ending,
            Some(rest) => luck = rest,
        }
    }
    Ending::Close
}

impl Plan {
    fn draw(rng: &mut Rng, catalog: &Catalog, ending: Ending) -> Self {
        let mut requests = Vec::new();
        if ending != Ending::Silent {
            let count = rng.between(0..=REQUESTS_PER_CONNECTION_MAX);
            requests.extend((0..count).map(|_| catalog.usual(rng)));
        }
        let pace = Pace::draw(rng);
        let mut ending = ending;
        match &mut ending {
            Ending::Close | Ending::HalfClose => requests.push(catalog.usual(rng)),
            Ending::IdleOut => requests.push(catalog.simple(rng)),
            Ending::ServerCloses => requests.push(catalog.closing(rng)),
            Ending::Vanish => requests.push(catalog.lasting(rng)),
            Ending::Stall { trickles: true } => requests.push(catalog.trickled(rng)),
            Ending::Stall { trickles: false } => requests.push(catalog.stalled(rng)),
            Ending::StalledReader { .. } => requests.push(catalog.large(rng)),
            Ending::Reset { after } => {
                let is_behind = rng.chance(40);
                requests.push(if is_behind { catalog.pooled(rng) } else { catalog.usual(rng) });
                let size = requests.iter().map(|request| request.wire.len()).sum::<usize>();
                *after = if is_behind { size - 1 } else { rng.below(size) };
            }
            Ending::Silent => {}
        }
        let capacity = match ending {
            Ending::StalledReader { .. } => rng.between(4 << 10..=32 << 10),
            _ => *rng.pick(&[4 << 10, 16 << 10, 64 << 10, 256 << 10]),
        };
        let connect_after = rng.micros(1_000..=1_500_000);
        Self { connect_after, requests, pace, ending, capacity }
    }
}

impl Pace {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            pipelines: rng.chance(50),
            send_max: *rng.pick(&[40, 300, 1_500, 9_000, 70_000]),
            read_max: *rng.pick(&[300, 4_000, 30_000, 200_000]),
            pause_max: *rng.pick(&[100, 1_000, 5_000]),
        }
    }
}
