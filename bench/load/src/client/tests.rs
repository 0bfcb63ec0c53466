//! The client against small servers on real sockets, right ones and wrong ones.

use std::net::TcpListener;
use std::thread;

use super::*;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Serves `connections` connections, one thread each, answering each request with `answer`, until
/// the client closes them.
fn serve(connections: usize, answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for _ in 0..connections {
            let (stream, _) = listener.accept().unwrap();
            thread::spawn(move || answer_all(stream, answer));
        }
    });
    addr
}

/// Answers as many times as blank lines come in.
fn answer_all(mut stream: TcpStream, answer: &str) {
    let mut received = Vec::new();
    let mut buf = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut buf) {
        received.extend_from_slice(&buf[..len]);
        while let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            received.drain(..end + 4);
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn target(addr: SocketAddr, connections: usize, pipelined: usize) -> Target {
    Target { addr, path: "/".to_owned(), body_len: Some(5), connections, pipelined }
}

#[test]
fn every_request_is_counted_once() {
    let check = |pace: Pace, connections: usize, pipelined: usize| {
        let addr = serve(connections, ANSWER);
        let mut client = Client::connect(&target(addr, connections, pipelined)).unwrap();
        for rounds in [3, 0, 2] {
            let report = client.run(pace, Length::Rounds(rounds)).unwrap();
            let expected = rounds * (connections * pipelined) as u64;
            assert_eq!(report.requests, expected, "{pace:?} {connections} {pipelined} {rounds}");
        }
    };
    for pace in [Pace::LockStep, Pace::FreeRunning] {
        check(pace, 1, 1);
        check(pace, 8, 1);
        check(pace, 3, 16);
    }
}

#[test]
fn a_run_by_time_ends_when_the_time_is_over() {
    for pace in [Pace::LockStep, Pace::FreeRunning] {
        let mut client = Client::connect(&target(serve(2, ANSWER), 2, 1)).unwrap();
        let wanted = Duration::from_millis(20);
        let report = client.run(pace, Length::Time(wanted)).unwrap();
        assert!(report.requests > 0, "{pace:?}");
        assert!(report.elapsed >= wanted, "{pace:?}");
    }
}

#[test]
fn a_server_that_answers_wrong_gets_no_figure() {
    let check = |answer: &'static str, expected: &str| {
        let mut client = Client::connect(&target(serve(1, answer), 1, 1)).unwrap();
        let error = client.run(Pace::LockStep, Length::Rounds(1)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.unwrap_or_default(), expected);
    };
    check(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "status line \"HTTP/1.1 404 Not Found\" found, a 200 expected",
    );
    check("HTTP/1.1 200 OK\r\n\r\nhello", "no Content-Length that can be read");
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell",
        "a Content-Length of 4 found, 5 expected",
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!",
        "more bytes than the requests asked for",
    );
}

#[test]
fn a_server_that_leaves_is_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = thread::spawn(move || drop(listener.accept().unwrap()));
    let mut client = Client::connect(&target(addr, 1, 1)).unwrap();
    server.join().unwrap();
    let error = client.run(Pace::LockStep, Length::Rounds(1)).unwrap_err();
    assert!(matches!(error, LoadError::Closed), "{error:?}");
}

#[test]
fn a_path_that_would_break_the_request_line_is_refused() {
    for path in ["", "index.html", "/a b", "/a\r\nX: y"] {
        let mut target = target(SocketAddr::from(([127, 0, 0, 1], 9)), 1, 1);
        target.path = path.to_owned();
        let error = Client::connect(&target).unwrap_err();
        assert!(matches!(error, LoadError::Path(_)), "{path:?}");
    }
}
