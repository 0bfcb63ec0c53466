//! The server under proof: a process of its own that answers on TCP, and tells on its standard
//! output what it counts whenever a line comes in on its standard input.

use std::fmt;
use std::io::{BufRead as _, Read as _, Write as _};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use reactor::clock::thread_cpu_time;
use reactor::net::ListenAddr;
use rustix::process::{Signal, set_parent_process_death_signal};
use server::service::{Answer, Incoming, Job, PoolRoute, Reply, RequestHead, Response};
use server::{Limits, Method, MethodSet, Router, Running, Server, Status};

use crate::ALLOCATOR;
use crate::core::pin;
use crate::error::Failure;
use crate::hash::Fnv;

/// What starts this program as the server, before the number of its core.
pub(crate) const COMMAND: &str = "serve-for-proof";

/// Threads of its pool.
const THREADS: usize = 8;

/// Jobs of the slow route that may wait.
const SHARE: usize = 8;

const START_TIMEOUT: Duration = Duration::from_secs(3);
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a job of the slow route takes: asleep, or of its core.
const SLEEP_TIME: Duration = Duration::from_secs(1);
const BURN_TIME: Duration = Duration::from_millis(100);

/// How often it is looked at what the process holds.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// Serves on one core until standard input ends.
///
/// # Errors
///
/// When it cannot.
pub(crate) fn run(core: &str) -> Result<(), Failure> {
    // Whoever started it may die before ending it.
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(Failure::of("watch the parent"))?;
    let no_number = |_| Failure::Answer(format!("core {core:?}"));
    pin(core.parse().map_err(no_number)?)?;
    let running = start().map_err(|error| Failure::Answer(error.to_string()))?;
    let memory = watch_memory();
    let mut out = std::io::stdout().lock();
    let mut tell = |text: String| {
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::of("report"))
    };
    tell(running.addrs()[0].to_string())?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(Failure::of("be asked"))?;
        if line == "mark" {
            memory.store(live_size(), Ordering::Relaxed);
        }
        tell(Report::of(&running, &memory).to_string())?;
    }
    Ok(())
}

fn start() -> Result<Running, server::StartError> {
    let route = PoolRoute::with_start_timeout("slow", SHARE, START_TIMEOUT);
    let slow = route.finish_within(FINISH_TIMEOUT);
    let (get, post) = (MethodSet::EMPTY.with(Method::Get), MethodSet::EMPTY.with(Method::Post));
    let router = Router::new()
        .route(get, "/probe", probe)
        .route(get, "/sleep", answering(&slow, sleep))
        .route(get, "/burn", answering(&slow, burn))
        .route(get, "/pool", answering(&PoolRoute::default(), || {}))
        .route(post, "/hash", hash);
    let mut limits = Limits::default();
    limits.pool_threads = THREADS;
    let addr = ListenAddr::Tcp(([127, 0, 0, 1], 0).into());
    Server::builder(router)
        .workers(NonZero::<usize>::MIN)
        .limits(limits)
        .measure_turns()
        .listen(addr)
        .bind()?
        .start()
}

/// Answers on the loop, with what the pool answers too.
fn probe(_head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    answer().into()
}

fn answer() -> Response {
    Response::text(Status::OK, "hello\n")
}

/// Makes a handler that answers on the pool behind `work`.
fn answering(
    route: &PoolRoute,
    work: fn(),
) -> impl Fn(&RequestHead<'_>, Option<Incoming>) -> Reply + use<> {
    let route = route.clone();
    move |_head, _incoming| {
        let job = Job::new(move |place: Answer| {
            work();
            place.respond(answer());
        });
        Reply::Pool(job.with_route(&route))
    }
}

#[expect(clippy::disallowed_methods, reason = "a handler that blocks is what is measured")]
fn sleep() {
    thread::sleep(SLEEP_TIME);
}

fn burn() {
    let begun = thread_cpu_time();
    while thread_cpu_time().saturating_sub(begun) < BURN_TIME {}
}

/// Answers with the hash of the whole body.
fn hash(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Pool(Job::new(move |place: Answer| {
        let mut hash = Fnv::EMPTY;
        let mut buf = [0; 16 * 1024];
        let mut body = incoming.map(Incoming::into_reader);
        let read = loop {
            match body.as_mut().map_or(Ok(0), |body| body.read(&mut buf)) {
                Ok(0) => break Ok(hash),
                Ok(count) => hash = hash.with(&buf[..count]),
                Err(error) => break Err(error),
            }
        };
        place.respond(match read {
            Ok(hash) => Response::text(Status::OK, format!("{:016x}\n", hash.0)),
            Err(error) => Response::text(Status::BAD_REQUEST, format!("{error}\n")),
        });
    }))
}

/// Looks at what the process holds from now on, and keeps the most that was seen.
fn watch_memory() -> Arc<AtomicUsize> {
    let peak = Arc::new(AtomicUsize::new(live_size()));
    let kept = Arc::clone(&peak);
    thread::spawn(move || {
        loop {
            kept.fetch_max(live_size(), Ordering::Relaxed);
            thread::park_timeout(LOOK_INTERVAL);
        }
    });
    peak
}

fn live_size() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// What the server counts, as it tells it: numbers in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Jobs that were taken, and what came of them.
    pub(crate) submitted: u64,
    pub(crate) done: u64,
    pub(crate) discarded: u64,
    pub(crate) refused: u64,
    pub(crate) stuck_ever: u64,
    /// Bytes of live heap, at present and at most since the last mark.
    pub(crate) live: u64,
    pub(crate) peak: u64,
    /// The longest turn of the loop.
    pub(crate) turn_cpu_ns: u64,
    pub(crate) turn_elapsed_ns: u64,
}

impl Report {
    fn of(running: &Running, peak: &AtomicUsize) -> Self {
        let pool = running.pool();
        let turn = running.longest_turn();
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            submitted: pool.submitted,
            done: pool.done,
            discarded: pool.discarded.total(),
            refused: pool.refused,
            stuck_ever: pool.stuck_ever,
            live: live_size() as u64,
            peak: peak.load(Ordering::Relaxed) as u64,
            turn_cpu_ns: nanos(turn.cpu),
            turn_elapsed_ns: nanos(turn.elapsed),
        }
    }

    /// Reads a report from its line.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace().map(|word| word.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self {
            submitted: next()?,
            done: next()?,
            discarded: next()?,
            refused: next()?,
            stuck_ever: next()?,
            live: next()?,
            peak: next()?,
            turn_cpu_ns: next()?,
            turn_elapsed_ns: next()?,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.submitted, self.done, self.discarded)?;
        write!(f, "{} {} {} ", self.refused, self.stuck_ever, self.live)?;
        write!(f, "{} {} {}", self.peak, self.turn_cpu_ns, self.turn_elapsed_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_told() {
        let report = Report { submitted: 1, refused: 2, turn_elapsed_ns: 3, ..Report::default() };
        assert_eq!(Report::parse(&report.to_string()), Some(report));
        assert_eq!(Report::parse("1 2 3"), None);
    }
}
