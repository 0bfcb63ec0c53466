//! The client against small servers on real sockets, right ones and wrong ones.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::target::{Body, Closing, Request, Reuse, Walk};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// What a server has seen of one connection: who it came from, its paths, and whether it was asked
/// to close.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    from: IpAddr,
    paths: Vec<String>,
    was_asked_to_close: bool,
}

/// Serves `connections` connections, one thread each, answering each request with `answer`, until
/// the client closes them or asks for that; tells of each connection when it has ended.
fn serve(connections: usize, answer: &'static str) -> (SocketAddr, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (ended, all) = mpsc::channel();
    thread::spawn(move || {
        for _ in 0..connections {
            let (stream, _) = listener.accept().unwrap();
            let ended = ended.clone();
            thread::spawn(move || ended.send(answer_all(stream, answer)));
        }
    });
    (addr, all)
}

/// Answers as many times as blank lines come in.
fn answer_all(mut stream: TcpStream, answer: &str) -> Seen {
    let from = stream.peer_addr().unwrap().ip();
    let mut seen = Seen { from, paths: Vec::new(), was_asked_to_close: false };
    let mut received = Vec::new();
    let mut buf = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut buf) {
        received.extend_from_slice(&buf[..len]);
        while let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(received.drain(..end + 4).collect()).unwrap();
            seen.paths.push(head.split(' ').nth(1).unwrap().to_owned());
            seen.was_asked_to_close = head.contains("\r\nConnection: close\r\n");
            if stream.write_all(answer.as_bytes()).is_err() || seen.was_asked_to_close {
                return seen;
            }
        }
    }
    seen
}

/// How long a server is silent.
const SILENCE: Duration = Duration::from_millis(100);

fn be_silent() {
    let (_silent, nobody) = mpsc::channel::<()>();
    nobody.recv_timeout(SILENCE).unwrap_err();
}

fn target(addr: SocketAddr, connections: usize, pipelined: usize) -> Target {
    let request = Request::get("/").expecting(200, Body::Exactly(5));
    Target { connections, pipelined, ..Target::new(addr, request) }
}

const PACES: [Pace; 3] = [Pace::LockStep, Pace::FreeRunning, Pace::Offered { rate: 20_000 }];

#[test]
fn every_request_is_counted_once() {
    let check = |pace: Pace, connections: usize, pipelined: usize| {
        let (addr, _) = serve(connections, ANSWER);
        let mut client = Client::connect(&target(addr, connections, pipelined)).unwrap();
        for rounds in [3, 0, 2] {
            let report = client.run(pace, Length::Rounds(rounds)).unwrap();
            let expected = rounds * (connections * pipelined) as u64;
            assert_eq!(report.requests, expected, "{pace:?} {connections} {pipelined} {rounds}");
            assert_eq!(report.bytes, expected * 5, "{pace:?} {connections} {pipelined} {rounds}");
            let has_latencies = matches!(pace, Pace::Offered { .. }) && rounds > 0;
            assert_eq!(report.latencies.is_some(), has_latencies, "{pace:?} {rounds}");
        }
    };
    for pace in PACES {
        check(pace, 1, 1);
        check(pace, 8, 1);
        check(pace, 3, 16);
    }
}

#[test]
fn a_run_by_time_ends_when_the_time_is_over() {
    for pace in [Pace::LockStep, Pace::FreeRunning] {
        let mut client = Client::connect(&target(serve(2, ANSWER).0, 2, 1)).unwrap();
        let wanted = Duration::from_millis(20);
        let report = client.run(pace, Length::Time(wanted)).unwrap();
        assert!(report.requests > 0, "{pace:?}");
        assert!(report.elapsed >= wanted, "{pace:?}");
    }
}

#[test]
fn a_rate_is_offered_whatever_the_connections() {
    for connections in [1, 4] {
        let mut client = Client::connect(&target(serve(4, ANSWER).0, connections, 1)).unwrap();
        let length = Length::Time(Duration::from_millis(50));
        let report = client.run(Pace::Offered { rate: 1000 }, length).unwrap();
        assert_eq!(report.requests, 50);
        assert!(report.elapsed >= Duration::from_millis(49), "{:?}", report.elapsed);
    }
}

#[test]
fn connections_are_kept_for_as_many_requests_as_was_said() {
    let check = |pace: Pace, times: usize, pipelined: usize, closing: Closing| {
        let (connections, rounds) = (3, 6);
        let made = connections * rounds * pipelined / times;
        let (addr, ended) = serve(made, ANSWER);
        let reuse = Reuse::Times { requests: times, closing };
        let target = Target { reuse, ..target(addr, connections, pipelined) };
        let mut client = Client::connect(&target).unwrap();
        let report = client.run(pace, Length::Rounds(rounds as u64)).unwrap();
        assert_eq!(report.requests, (connections * rounds * pipelined) as u64);
        drop(client);
        let mut total = 0;
        for _ in 0..made {
            let seen = ended.recv_timeout(STALL_TIMEOUT).unwrap();
            total += seen.paths.len();
            assert_ne!(seen.from, IpAddr::from([127, 0, 0, 1]));
            assert_eq!(seen.paths.len(), times, "{pace:?} {closing:?}");
            assert_eq!(seen.was_asked_to_close, closing == Closing::ByServer, "{pace:?}");
        }
        assert_eq!(total, connections * rounds * pipelined, "{pace:?} {closing:?}");
    };
    for pace in PACES {
        for closing in [Closing::ByClient, Closing::ByServer] {
            check(pace, 1, 1, closing);
            check(pace, 3, 3, closing);
        }
    }
    // At a rate, who is asked next depends on who was answered first.
    for pace in [Pace::LockStep, Pace::FreeRunning] {
        for closing in [Closing::ByClient, Closing::ByServer] {
            check(pace, 2, 1, closing);
            check(pace, 6, 3, closing);
        }
    }
}

#[test]
fn a_server_that_is_to_close_is_waited_for() {
    for pace in PACES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let reuse = Reuse::Times { requests: 1, closing: Closing::ByServer };
        let target = Target { reuse, ..target(listener.local_addr().unwrap(), 1, 1) };
        let mut client = Client::connect(&target).unwrap();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let held = stream.try_clone().unwrap();
            assert!(answer_all(stream, ANSWER).was_asked_to_close);
            be_silent();
            drop(held);
        });
        let report = client.run(pace, Length::Rounds(1)).unwrap();
        assert!(report.elapsed >= SILENCE, "{pace:?}: {:?}", report.elapsed);
        server.join().unwrap();
    }
}

#[test]
fn a_list_is_walked_from_another_place_by_each_connection() {
    let (addr, ended) = serve(3, ANSWER);
    let requests = ["/a", "/b", "/c", "/d"].map(Request::get).to_vec();
    let target = Target { requests, ..target(addr, 3, 2) };
    let mut client = Client::connect(&target).unwrap();
    client.run(Pace::LockStep, Length::Rounds(2)).unwrap();
    client.run(Pace::FreeRunning, Length::Rounds(1)).unwrap();
    drop(client);
    let mut walks: Vec<String> =
        (0..3).map(|_| ended.recv_timeout(STALL_TIMEOUT).unwrap().paths.concat()).collect();
    walks.sort();
    assert_eq!(walks, ["/a/b/c/d/a/b", "/b/c/d/a/b/c", "/c/d/a/b/c/d"]);
}

#[test]
fn a_list_is_walked_by_chance_and_all_of_it() {
    let (addr, ended) = serve(2, ANSWER);
    let requests = (0..100).map(|at| Request::get(format!("/{at}"))).collect();
    let walk = Walk::Uniform { seed: 6 };
    let target = Target { requests, walk, ..target(addr, 2, 1) };
    let mut client = Client::connect(&target).unwrap();
    client.run(Pace::LockStep, Length::Rounds(1000)).unwrap();
    drop(client);
    let mut counts = HashMap::new();
    for path in (0..2).flat_map(|_| ended.recv_timeout(STALL_TIMEOUT).unwrap().paths) {
        *counts.entry(path).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 100);
    assert!(counts.values().all(|count| (5..50).contains(count)), "{counts:?}");
}

#[test]
fn a_wait_for_the_server_counts_from_when_the_request_was_due() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = Client::connect(&target(listener.local_addr().unwrap(), 1, 1)).unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.peek(&mut [0]).unwrap();
        be_silent();
        answer_all(stream, ANSWER)
    });
    let report = client.run(Pace::Offered { rate: 1000 }, Length::Rounds(80)).unwrap();
    drop(client);
    server.join().unwrap();
    let latencies = report.latencies.unwrap();
    // All were due within the silence, so half of them waited 60 ms, and not only the first.
    assert!(latencies.p50 >= Duration::from_millis(55), "{latencies:?}");
    assert!(latencies.max >= Duration::from_millis(95), "{latencies:?}");
    assert!(latencies.p50 <= latencies.p99 && latencies.p99 <= latencies.max, "{latencies:?}");
}

#[test]
fn a_large_body_is_read_to_its_end() {
    for pace in PACES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let body = "x".repeat(5 << 20);
            let len = body.len();
            answer_all(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{body}"))
        });
        let mut client =
            Client::connect(&Target { connections: 1, ..Target::new(addr, Request::get("/")) })
                .unwrap();
        let report = client.run(pace, Length::Rounds(2)).unwrap();
        assert_eq!((report.requests, report.bytes), (2, 10 << 20), "{pace:?}");
        drop(client);
        server.join().unwrap();
    }
}

#[test]
fn a_server_that_answers_wrong_gets_no_figure() {
    let check = |answer: &'static str, expected: &str| {
        let mut client = Client::connect(&target(serve(1, answer).0, 1, 1)).unwrap();
        let error = client.run(Pace::LockStep, Length::Rounds(1)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.unwrap_or_default(), expected);
    };
    check(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "status line \"HTTP/1.1 404 Not Found\" found, a 200 expected",
    );
    check("HTTP/1.1 200 OK\r\n\r\nhello", "no Content-Length that can be read, and no chunks");
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell",
        "a body of 4 bytes found, 5 expected",
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!",
        "more bytes than the requests asked for",
    );
}

#[test]
fn a_server_that_leaves_is_noticed() {
    for pace in PACES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let server = thread::spawn(move || drop(listener.accept().unwrap()));
        let mut client = Client::connect(&target(addr, 1, 1)).unwrap();
        server.join().unwrap();
        let error = client.run(pace, Length::Rounds(1)).unwrap_err();
        assert!(matches!(error, LoadError::Closed), "{pace:?}: {error:?}");
    }
}

#[test]
fn a_request_that_is_none_is_refused_before_anything_is_opened() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let error = Client::connect(&Target::new(nobody, Request::get("/a b"))).unwrap_err();
    assert!(matches!(error, LoadError::Request(_)), "{error:?}");
}
