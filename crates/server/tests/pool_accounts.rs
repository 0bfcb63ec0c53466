//! The pool's books: after a hundred thousand jobs that panic, overrun, are refused or lose their
//! clients, every count adds up and no thread and no byte is missing.
//!
//! The server and its clients share a process whose allocator counts. A first, smaller storm makes
//! what all share; what the second leaves behind would be lost.

use std::alloc::System;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use avocet_server::service::{Answer, Incoming, Job, PoolRoute, Reply, RequestHead, Response};
use avocet_server::{
    Fields, Limits, ListenAddr, Method, MethodSet, Router, Running, Server, Status,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use testkit::program::{eventually, holds_within};
use testkit::raw::{self, Client};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Threads of clients, and connections of each that ask at the same time.
const CLIENTS: u64 = 4;
const CONNECTIONS: usize = 16;

const POOL_THREADS: usize = 4;

/// Requests of the storm, of which each makes a job.
const REQUESTS: u64 = 100_000;

/// What a job is to do, by the number of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answers,
    Streams,
    Panics,
    Drops,
    /// Takes longer than its route allows.
    Overruns,
}

impl Fate {
    fn of(number: u64) -> Self {
        match scatter(number) % 1_000 {
            0..=1 => Self::Overruns,
            2..=99 => Self::Panics,
            100..=149 => Self::Drops,
            // One that its route's time overtakes is cut short, which is no answer to be counted.
            150..=249 if Self::path(number) != "/finish" => Self::Streams,
            _ => Self::Answers,
        }
    }

    /// The route by which it is asked for.
    const fn path(number: u64) -> &'static str {
        match number % 4 {
            0 => "/share",
            1 => "/start",
            2 => "/finish",
            _ => "/any",
        }
    }
}

/// Whether the client goes away as soon as it has asked.
fn vanishes(number: u64) -> bool {
    scatter(number ^ 0x5555).is_multiple_of(10)
}

/// Spreads numbers that are near each other.
fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
}

/// What the handlers themselves count.
#[derive(Debug, Default)]
struct Books {
    made: AtomicU64,
    returned: AtomicU64,
    panicked: AtomicU64,
}

/// What a client counts.
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    right: u64,
    failed: u64,
    unavailable: u64,
    vanished: u64,
}

impl Answers {
    const fn total(self) -> u64 {
        self.right + self.failed + self.unavailable + self.vanished
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            failed: self.failed + other.failed,
            unavailable: self.unavailable + other.unavailable,
            vanished: self.vanished + other.vanished,
        }
    }
}

#[test]
fn a_hundred_thousand_jobs_are_accounted_for() {
    let books = Arc::<Books>::default();
    let running = serve(&books);
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("it listens on TCP") };
    storm(addr, REQUESTS / 10);
    rest(&running, addr);
    let (threads, held) = (threads(), live_size());
    let before = running.pool();
    let made_before = books.made.load(Ordering::Relaxed);

    let answers = storm(addr, REQUESTS);
    rest(&running, addr);
    println!("{answers:?}\n{:#?}", running.pool());
    assert_eq!(answers.total(), REQUESTS, "each request has its answer: {answers:?}");

    let pool = running.pool();
    assert_eq!(pool.accounted(), pool.submitted, "{pool:?}");
    let (returned, panicked) =
        (books.returned.load(Ordering::Relaxed), books.panicked.load(Ordering::Relaxed));
    assert_eq!((pool.done, pool.panicked), (returned, panicked), "{pool:?}");
    let made = books.made.load(Ordering::Relaxed);
    assert_eq!(pool.submitted + pool.refused, made, "each job was taken or refused: {pool:?}");
    // Of a client that vanished the server may not even have seen the request.
    let seen = made - made_before;
    assert!((REQUESTS - answers.vanished..=REQUESTS).contains(&seen), "{seen} seen: {answers:?}");

    // The same by what clients were told. What vanished could have become anything.
    let refused = pool.refused + pool.discarded.total() + pool.stuck_ever
        - (before.refused + before.discarded.total() + before.stuck_ever);
    let told = answers.unavailable..=answers.unavailable + answers.vanished;
    assert!(told.contains(&refused), "{refused} sent away: {answers:?}");
    for (count, what) in [
        (pool.panicked, "panics"),
        (pool.refusals.share_full, "refusals by share"),
        (pool.refusals.full, "refusals by the queue"),
        (pool.discarded.cancelled, "cancelled jobs"),
        (pool.stuck_ever, "stuck jobs"),
        (pool.replaced, "replaced threads"),
        (answers.right, "right answers"),
    ] {
        assert!(count >= 20, "{count} {what} prove little");
    }

    let is_back = || self::threads() == threads;
    assert!(
        holds_within(Duration::from_secs(5), is_back),
        "{:?}, not {threads:?}",
        self::threads()
    );
    let growth = || live_size().saturating_sub(held) as u64;
    // Less than a byte for each job: none of them left anything behind.
    let is_little = || growth() < REQUESTS;
    assert!(holds_within(Duration::from_secs(5), is_little), "{} bytes are lost", growth());
    println!("{} bytes more, {threads:?} threads", growth());
}

fn serve(books: &Arc<Books>) -> Running {
    let get = MethodSet::EMPTY.with(Method::Get);
    let routes = [
        ("/share", PoolRoute::new("share", 2)),
        ("/start", PoolRoute::with_start_timeout("start", 40, Duration::from_millis(2))),
        ("/finish", PoolRoute::new("finish", 40).finish_within(Duration::from_millis(10))),
        ("/any", PoolRoute::default()),
    ];
    let router = routes.into_iter().fold(Router::new(), |router, (path, route)| {
        router.route(get, path, handler(route, Arc::clone(books)))
    });
    let mut limits = Limits::default();
    limits.pool_threads = POOL_THREADS;
    limits.pool_queue_max = 24;
    let addr = ListenAddr::Tcp(([127, 0, 0, 1], 0).into());
    let bound = Server::builder(router).limits(limits).listen(addr).bind();
    bound.expect("some port is free").start().expect("threads can be started")
}

fn handler(
    route: PoolRoute,
    books: Arc<Books>,
) -> impl Fn(&RequestHead<'_>, Option<Incoming>) -> Reply {
    move |head, _incoming| {
        let number = head.query().and_then(|query| query.parse().ok()).expect("a number is sent");
        books.made.fetch_add(1, Ordering::Relaxed);
        let books = Arc::clone(&books);
        let job = Job::new(move |answer| run(Fate::of(number), number, answer, &books));
        Reply::Pool(job.with_route(&route))
    }
}

fn run(fate: Fate, number: u64, answer: Answer, books: &Books) {
    match fate {
        Fate::Panics => {
            books.panicked.fetch_add(1, Ordering::Relaxed);
            // Without the message that a panic writes.
            std::panic::resume_unwind(Box::new("as the test wants it"));
        }
        Fate::Drops => drop(answer),
        Fate::Overruns => {
            thread::park_timeout(Duration::from_millis(30));
            answer.respond(Response::text(Status::OK, number.to_string()));
        }
        Fate::Streams => {
            let mut writer = answer.stream(Status::OK, Fields::new());
            // The client may be gone.
            let written = writer.write_all(number.to_string().as_bytes());
            drop(written.and_then(|()| writer.finish()));
        }
        Fate::Answers => answer.respond(Response::text(Status::OK, number.to_string())),
    }
    books.returned.fetch_add(1, Ordering::Relaxed);
}

/// Sends so many requests from all clients, and sums up what they were answered.
fn storm(addr: SocketAddr, requests: u64) -> Answers {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let numbers = client * requests / CLIENTS..(client + 1) * requests / CLIENTS;
                scope.spawn(move || ask_all(addr, numbers))
            })
            .collect();
        let join = |client: thread::ScopedJoinHandle<'_, Answers>| {
            client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        clients.into_iter().map(join).fold(Answers::default(), Answers::plus)
    })
}

/// Asks on several connections at a time, then takes the answers.
fn ask_all(addr: SocketAddr, numbers: std::ops::Range<u64>) -> Answers {
    let mut answers = Answers::default();
    let mut idle: Vec<_> = (0..CONNECTIONS).map(|_| Client::tcp(addr)).collect();
    let numbers: Vec<_> = numbers.collect();
    for batch in numbers.chunks(CONNECTIONS) {
        let mut asked = Vec::new();
        for number in batch {
            let mut client = idle.pop().unwrap_or_else(|| Client::tcp(addr));
            let path = Fate::path(*number);
            client.send(raw::request("GET", &format!("{path}?{number}"), &[]));
            if vanishes(*number) {
                answers.vanished += 1;
                client.reset();
            } else {
                asked.push((*number, client));
            }
        }
        for (number, mut client) in asked {
            take(number, &client.answer(), &mut answers);
            idle.push(client);
        }
    }
    answers
}

/// Judges an answer by what its job was to do.
fn take(number: u64, answer: &raw::Answer, answers: &mut Answers) {
    let fate = Fate::of(number);
    let usual = if matches!(fate, Fate::Panics | Fate::Drops) { 500 } else { 200 };
    assert!([usual, 503].contains(&answer.status), "to {number}, which {fate:?}: {answer:?}");
    match answer.status {
        200 => {
            assert_eq!(answer.text(), number.to_string());
            answers.right += 1;
        }
        500 => answers.failed += 1,
        _ => answers.unavailable += 1,
    }
}

/// Waits until the loop has seen all that was sent, and the pool has nothing left to do.
fn rest(running: &Running, addr: SocketAddr) {
    assert_eq!(Client::tcp(addr).get("/nothing").status, 404);
    eventually("the pool is at rest", || {
        let pool = running.pool();
        pool.queued == 0 && pool.running == 0
    });
}

/// The names of this process's threads, sorted.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("the kernel tells");
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    let mut names: Vec<_> = tasks.filter_map(|task| name(task.ok()?)).collect();
    names.iter_mut().for_each(|name| name.truncate(name.trim_end().len()));
    // Which of the numbers a replaced thread had says nothing.
    names.iter_mut().for_each(|name| {
        if name.starts_with("avocet-pool-") {
            name.truncate("avocet-pool-".len());
        }
    });
    names.sort();
    names
}

fn live_size() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
