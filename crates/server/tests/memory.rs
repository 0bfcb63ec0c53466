//! What a connection costs that is idle (rule 5), or that its client leaves half-way, counted.
//!
//! The server and its clients share a process whose allocator counts. Between the two counts the
//! clients allocate nothing, so that the difference is the server's: connections, their slots and
//! timers, and whatever was forgotten. What the kernel keeps for sockets is not counted.
//!
//! It is one test: a second at the same time would be counted, too.

#![expect(clippy::print_stdout, reason = "the figures are for who looks at them")]

use std::alloc::System;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use avocet_server::files::{Disk, Files};
use avocet_server::service::{
    Answer, Body, BoxError, Head, Incoming, Job, Reply, RequestHead, Response,
};
use avocet_server::{Fields, Limits, Router, Running, Server, Status};
use bytes::Bytes;
use http_body::Frame;
use reactor::net::ListenAddr;
use rustix::process::{Resource, getrlimit};
use semantics::{Method, MethodSet};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use testkit::program::holds_within;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Connections that are idle together.
const CONNECTIONS: usize = 4096;

/// Most bytes of user memory that each may hold.
const SIZE_MAX: usize = 512;

const REQUEST: &[u8] = b"GET /file HTTP/1.1\r\nHost: test\r\n\r\n";

const CONTENT: [u8; 612] = [b'x'; 612];

/// Connections that are left half-way together.
const HALF_WAY: usize = 64;

/// What of a head is sent by those who do not end it, and what was received may cost besides.
const SLOW_HEAD: &str = "GET /file HTTP/1.1\r\nHost: test\r\nX: ";
const SLOW_HEAD_SIZE: usize = 5000;

const LARGE: usize = 64 << 20;

#[test]
fn what_a_connection_holds() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), CONTENT).unwrap();
    fs::File::create(folder.path().join("large")).unwrap().set_len(LARGE as u64).unwrap();
    let running = serve(folder.path().to_owned());
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("a TCP address was asked for") };
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    assert!(descriptors >= 2 * CONNECTIONS as u64 + 200, "raise the hard limit: {descriptors}");
    idle_connections_hold_no_buffer(addr);

    let slow_head = format!("{SLOW_HEAD:x<SLOW_HEAD_SIZE$}");
    check_half_way(addr, "slow heads", slow_head.as_bytes(), slow_head.len() + 4096);
    for (what, path, size_max) in [
        ("stalled downloads of a file", "/large", 4096),
        ("stalled streams of a future", "/stream", 64 << 10),
        ("stalled streams of a job", "/written", 64 << 10),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
        check_half_way(addr, what, request.as_bytes(), size_max);
    }
    running.shutdown().stop();
}

fn idle_connections_hold_no_buffer(addr: SocketAddr) {
    let mut clients = Vec::with_capacity(CONNECTIONS);
    // The first makes what all share: buffers, the cache, the first chunks of the tables.
    clients.push(idle_client(addr));
    let before = live_size();
    for round in ["first", "second"] {
        clients.extend((1..CONNECTIONS).map(|_| idle_client(addr)));
        let mut each = 0;
        let is_small = holds_within(Duration::from_secs(10), || {
            each = live_size().saturating_sub(before).div_ceil(CONNECTIONS - 1);
            each <= SIZE_MAX
        });
        assert!(is_small, "{each} bytes for each connection, {round} round");
        println!("{each} bytes for each of {CONNECTIONS} idle connections, {round} round");
        // All of them were there.
        clients.iter_mut().for_each(ask);
        clients.truncate(1);
    }
}

/// Has many clients send `bytes` and then neither send nor read, and counts what each costs.
fn check_half_way(addr: SocketAddr, what: &str, bytes: &[u8], size_max: usize) {
    let mut clients = Vec::with_capacity(HALF_WAY);
    let before = settled_size();
    for _ in 0..HALF_WAY {
        let mut client = TcpStream::connect(addr).expect("the server listens");
        client.write_all(bytes).expect("the server reads");
        clients.push(client);
    }
    let each = settled_size().saturating_sub(before).div_ceil(HALF_WAY);
    println!("{each} bytes for each of {HALF_WAY} {what}");
    assert!(each <= size_max, "{each} bytes for each of {what}");
    assert!(each >= 200, "{what}: they are not there");
}

/// Returns what is allocated when that has not changed for a while.
fn settled_size() -> usize {
    let (mut size, mut looks) = (live_size(), 0);
    let is_settled = holds_within(Duration::from_secs(10), || {
        let last = std::mem::replace(&mut size, live_size());
        looks = if size == last { looks + 1 } else { 0 };
        looks == LOOKS
    });
    assert!(is_settled, "something goes on allocating");
    size
}

/// Looks at what is allocated that must agree.
const LOOKS: u32 = 50;

/// A body without an end.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 8 * 1024])))))
    }
}

/// Writes until nobody reads any more.
fn write_endlessly(answer: Answer) {
    let mut writer = answer.stream(Status::OK, Fields::new());
    while writer.write_all(&[b'x'; 8 * 1024]).is_ok() {}
}

fn serve(folder: std::path::PathBuf) -> Running {
    let files = Files::new(Arc::new(Disk::open(folder).expect("the folder is there")));
    let get = MethodSet::EMPTY.with(Method::Get);
    let router = Router::new()
        .route(get, "/stream", |_: &RequestHead<'_>, _: Option<Incoming>| {
            let body = Body::Stream(Box::pin(Endless));
            Reply::Ready(Response { head: Head::Fields(Status::OK, Fields::new()), body })
        })
        .route(get, "/written", |_: &RequestHead<'_>, _: Option<Incoming>| {
            Reply::Pool(Job::new(write_endlessly))
        })
        .fallback(get, files);
    let addr = ListenAddr::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
    let mut limits = Limits::default();
    limits.pool_threads = HALF_WAY;
    let bound = Server::builder(router).limits(limits).listen(addr).bind();
    bound.expect("some port is free").start().expect("threads can be started")
}

/// Connects and asks once.
fn idle_client(addr: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(addr).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("the time is not zero");
    ask(&mut stream);
    stream
}

/// Asks and reads the answer, without allocating anything.
fn ask(stream: &mut TcpStream) {
    stream.write_all(REQUEST).expect("the server reads");
    let mut answer = [0; 2048];
    let mut size = 0;
    while !answer[..size].ends_with(&CONTENT) {
        let count = stream.read(&mut answer[size..]).expect("the answer comes");
        assert!(count > 0, "closed after \"{}\"", answer[..size].escape_ascii());
        size += count;
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

fn live_size() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
