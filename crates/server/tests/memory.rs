//! What an idle connection costs: rule 5, counted.
//!
//! The server and its clients share a process whose allocator counts. Between the two counts the
//! clients allocate nothing, so that the difference is the server's: connections, their slots and
//! timers, and whatever was forgotten.

use std::alloc::System;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use avocet_server::files::{Disk, Files};
use avocet_server::{Router, Running, Server};
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

#[test]
fn an_idle_connection_holds_no_buffer() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), CONTENT).unwrap();
    let running = serve(folder.path().to_owned());
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("a TCP address was asked for") };
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    assert!(descriptors >= 2 * CONNECTIONS as u64 + 200, "raise the hard limit: {descriptors}");

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
    running.shutdown().stop();
}

fn serve(folder: std::path::PathBuf) -> Running {
    let files = Files::new(Arc::new(Disk::open(folder).expect("the folder is there")));
    let router = Router::new().fallback(MethodSet::EMPTY.with(Method::Get), files);
    let addr = ListenAddr::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
    let bound = Server::builder(router).listen(addr).bind().expect("some port is free");
    bound.start().expect("threads can be started")
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
