//! Connections of which too much would be kept in memory: a server on loopback.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use testkit::program::eventually;

use super::handlers::{builder, connect, post};
use crate::service::{Handler, Incoming, Job, Reply, RequestHead, Response};
use crate::{Limits, MemoryUse, Running, Status};

/// Answers with the length of the body, when that is whole.
fn length(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Pool(Job::new(move |answer| {
        let mut body = Vec::new();
        let read = incoming.map_or(Ok(0), |incoming| incoming.into_reader().read_to_end(&mut body));
        let size = read.expect("the body is whole");
        answer.respond(Response::text(Status::OK, format!("{size} bytes")));
    }))
}

fn serve(handler: impl Handler) -> Running {
    let mut limits = Limits::default();
    limits.pending_size_max = 64 << 10;
    builder("/body", handler).limits(limits).bind().unwrap().start().unwrap()
}

/// Sends a head that announces `size` bytes, and `sent` of them.
fn begin(server: &Running, size: usize, sent: usize) -> TcpStream {
    let mut stream = connect(server);
    let body = "x".repeat(sent);
    let request = post("/body", &format!("Content-Length: {size}\r\n"), &body);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Reads what has come of an answer so far that begins so.
fn check_answer(stream: &mut TcpStream, expected: &[&str]) {
    let mut answer = String::new();
    let mut buf = [0; 4096];
    while !expected.iter().all(|part| answer.contains(part)) {
        let count = stream.read(&mut buf).unwrap();
        assert!(count > 0, "closed after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&buf[..count]));
    }
}

/// Asks for as much as a client that comes just then until it is answered so.
fn eventually_answered(server: &Running, size: usize, expected: &str) {
    eventually(expected, || {
        let mut stream = begin(server, size, size);
        let mut buf = [0; 4096];
        let count = stream.read(&mut buf).unwrap();
        std::str::from_utf8(&buf[..count]).unwrap().starts_with(expected)
    });
}

#[test]
fn a_body_under_at_and_over_what_may_be_kept() {
    let server = serve(length);
    // What is kept of these two is less than the limit, so that a third is taken.
    let mut under = [begin(&server, 40_000, 16_000), begin(&server, 40_000, 16_000)];
    eventually_answered(&server, 100, "HTTP/1.1 200");
    // Now it is more.
    for stream in &mut under {
        stream.write_all(&[b'x'; 23_000]).unwrap();
    }
    eventually("it is on the account", || server.memory_use().bodies >= 78_000);
    assert_eq!(server.memory_use().total(), server.memory_use().bodies);
    eventually_answered(&server, 100, "HTTP/1.1 503");
    let mut refused = begin(&server, 1 << 20, 1000);
    check_answer(&mut refused, &["HTTP/1.1 503", "Retry-After: ", "Connection: close\r\n"]);
    // Whoever was taken before is served to the end, and that makes room.
    for stream in &mut under {
        stream.write_all(&[b'x'; 1000]).unwrap();
        check_answer(stream, &["HTTP/1.1 200", "40000 bytes"]);
    }
    eventually_answered(&server, 60_000, "HTTP/1.1 200");
    eventually("all is given back", || server.memory_use() == MemoryUse::default());
}

#[test]
fn a_body_that_no_handler_takes_is_not_refused() {
    let server = serve(|_: &RequestHead<'_>, _| Response::text(Status::OK, "ok").into());
    let head = format!("GET /ok HTTP/1.1\r\nX: {}", "x".repeat(30_000));
    let mut slow: Vec<_> = (0..2).map(|_| connect(&server)).collect();
    for stream in &mut slow {
        stream.write_all(head.as_bytes()).unwrap();
    }
    let mut stream = begin(&server, 5, 5);
    check_answer(&mut stream, &["HTTP/1.1 200", "ok"]);
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"\r\nHost: a\r\n\r\n").unwrap();
        check_answer(stream, &["HTTP/1.1 200"]);
    }
}
