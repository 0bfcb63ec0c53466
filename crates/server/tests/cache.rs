//! What a server keeps of its files in memory, counted, whatever is asked for.
//!
//! The server and its client share a process whose allocator counts; between two counts the client
//! allocates nothing. It is one test: a second at the same time would be counted, too.

use std::alloc::System;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use avocet_server::files::{Disk, Files};
use avocet_server::{Limits, Router, Server};
use reactor::net::ListenAddr;
use semantics::{Method, MethodSet};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use testkit::program::holds_within;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Memory for files.
const CACHE_SIZE: usize = 1 << 20;

/// Files that are there, in sum four times what is kept.
const FILES: usize = 2000;
const FILE_SIZE: usize = 2048;

/// Requests for what is not there.
const MISSING: usize = 20_000;

/// What else may grow meanwhile: buffers of connections, tables; and for each of 32 places in both
/// workers a head that came last and the answer that it may get again.
const ELSE_MAX: usize = (128 << 10) + 2 * 32 * (FILE_SIZE + 1024);

/// Requests that are sent together.
const PIPELINED: usize = 50;

#[test]
fn what_attackers_ask_for_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..FILES {
        fs::write(folder.path().join(number.to_string()), vec![b'x'; FILE_SIZE]).unwrap();
    }
    let files = Files::new(Arc::new(Disk::open(folder.path()).unwrap()));
    let router = Router::new().fallback(MethodSet::EMPTY.with(Method::Get), files);
    let mut limits = Limits::default();
    limits.cache_size = CACHE_SIZE;
    let addr = ListenAddr::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
    let server = Server::builder(router).limits(limits).workers(NonZero::new(2).unwrap());
    let running = server.listen(addr).bind().unwrap().start().unwrap();
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("a TCP address was asked for") };

    // Connections enough that each worker has some.
    let mut clients: Vec<_> = (0..8).map(|_| Client::connect(addr)).collect();
    clients.iter_mut().for_each(|client| client.ask("", 0..1, 2));
    let before = live_size();
    let mut most = 0;
    for round in 0..3 {
        for (index, client) in clients.iter_mut().enumerate() {
            let share = FILES / 8;
            // Each file by two clients, which other workers may have, and more than once.
            let first = (index + round) % 8 * share;
            client.ask("", first..first + share, 3);
            let share = MISSING / 8;
            client.ask("none-", index * share..(index + 1) * share, 1);
            most = most.max(live_size().saturating_sub(before));
        }
    }
    println!("{most} bytes at most, of {CACHE_SIZE}, for {} bytes of files", FILES * FILE_SIZE);
    assert!(most <= CACHE_SIZE + ELSE_MAX, "{most} bytes");
    assert!(most >= CACHE_SIZE / 2, "{most} bytes: files are kept");
    drop(clients);
    running.shutdown().stop();
    let is_free = holds_within(Duration::from_secs(10), || live_size() < before + ELSE_MAX);
    assert!(is_free, "{} bytes are left", live_size().saturating_sub(before));
}

/// A client that allocates nothing once it is connected.
struct Client {
    stream: TcpStream,
    requests: Vec<u8>,
    answers: Box<[u8; 256 << 10]>,
}

impl Client {
    fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("the time is not zero");
        Self {
            stream,
            requests: Vec::with_capacity(PIPELINED * 100),
            answers: vec![0; 256 << 10].into_boxed_slice().try_into().expect("it is as long"),
        }
    }

    /// Asks for paths of these numbers, each so often, and reads the answers.
    fn ask(&mut self, prefix: &str, numbers: std::ops::Range<usize>, times: usize) {
        let mut left = numbers.flat_map(|number| std::iter::repeat_n(number, times)).peekable();
        while left.peek().is_some() {
            self.requests.clear();
            let mut count = 0;
            for number in left.by_ref().take(PIPELINED) {
                write!(self.requests, "GET /{prefix}{number} HTTP/1.1\r\nHost: test\r\n\r\n")
                    .expect("a vector takes all");
                count += 1;
            }
            self.stream.write_all(&self.requests).expect("the server reads");
            self.read(count, if prefix.is_empty() { b"200" } else { b"404" });
        }
    }

    /// Reads so many answers with that status.
    fn read(&mut self, count: usize, status: &[u8; 3]) {
        let (mut start, mut end) = (0, 0);
        for _ in 0..count {
            loop {
                if let Some(len) = answer_len(&self.answers[start..end], status) {
                    start += len;
                    break;
                }
                let read = self.stream.read(&mut self.answers[end..]).expect("an answer comes");
                assert!(read > 0, "closed");
                end += read;
            }
        }
        assert_eq!(start, end, "nothing comes behind the answers");
    }
}

/// The length of the answer at the front, if it is whole.
fn answer_len(bytes: &[u8], status: &[u8; 3]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    assert_eq!(&bytes[9..12], status);
    let name = b"Content-Length: ";
    let value = bytes.windows(name.len()).position(|window| window == name)? + name.len();
    let digits = bytes[value..head].iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    (bytes.len() >= head + body).then_some(head + body)
}

fn live_size() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
