//! What a response costs the client's heap: nothing, whatever the pace and the list.
//!
//! In a process of its own, because the allocator counts for all threads. The server of the test
//! answers by the length of what it receives and allocates nothing either.

#![expect(clippy::unwrap_used, reason = "helpers of a test, which fails by it")]

use std::alloc::System;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use load::{Client, Length, Pace, Request, Target, Walk};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

const CONNECTIONS: usize = 4;

/// Serves each connection with a thread, an answer for so many bytes.
fn serve(listener: &TcpListener, request_len: usize) {
    for _ in 0..CONNECTIONS {
        let (stream, _) = listener.accept().unwrap();
        thread::spawn(move || answer_all(stream, request_len));
    }
}

fn answer_all(mut stream: TcpStream, request_len: usize) {
    stream.set_nodelay(true).unwrap();
    let mut buf = [0; 4096];
    let mut received = 0;
    while let Ok(len @ 1..) = stream.read(&mut buf) {
        received += len;
        while received >= request_len {
            received -= request_len;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

/// Allocations in a run of so many rounds.
fn allocations(client: &mut Client, pace: Pace, rounds: u64) -> usize {
    let before = ALLOCATOR.stats().allocations;
    client.run(pace, Length::Rounds(rounds)).unwrap();
    ALLOCATOR.stats().allocations - before
}

#[test]
fn a_response_costs_no_allocation() {
    let check = |pace: Pace, requests: usize, pipelined: usize| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr: SocketAddr = listener.local_addr().unwrap();
        let requests: Vec<Request> =
            (0..requests).map(|at| Request::get(format!("/{at:04}"))).collect();
        let walk = if requests.len() > 1 { Walk::Uniform { seed: 1 } } else { Walk::Cyclic };
        let first = requests[0].clone();
        let connections = CONNECTIONS;
        let target = Target { requests, walk, connections, pipelined, ..Target::new(addr, first) };
        let request_len = target.request_len().unwrap();
        let server = thread::spawn(move || serve(&listener, request_len));
        let mut client = Client::connect(&target).unwrap();
        server.join().unwrap();
        // The first run learns the heads.
        allocations(&mut client, pace, 100);
        let short = allocations(&mut client, pace, 1);
        let long = allocations(&mut client, pace, 100);
        assert_eq!(long, short, "{pace:?}, {pipelined} of {} requests", target.requests.len());
    };
    for pace in [Pace::LockStep, Pace::FreeRunning, Pace::Offered { rate: 20_000 }] {
        check(pace, 1, 1);
        check(pace, 1, 8);
        // Few enough that heads are kept, and too many for that.
        check(pace, 20, 1);
        check(pace, 1000, 1);
    }
}
