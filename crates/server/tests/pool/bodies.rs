//! Bodies on their way to a job: kept in memory or on disk, or read as they arrive.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use avocet_server::service::{
    Answer, Incoming, Job, JobBody, PoolRoute, Reply, RequestHead, Response,
};
use avocet_server::{Router, Status};
use testkit::program::TIMEOUT;
use testkit::raw;

use crate::site::{Order, POST, Site, noted, text};

/// What is kept in memory by default, and what is taken at all.
const MEMORY_MAX: usize = 64 * 1024;
const BODY_MAX: usize = 1024 * 1024;

/// Makes bytes in which no part looks like another.
fn pattern(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn with_length(path: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    [raw::request("POST", path, &[&length]).as_bytes(), body].concat()
}

fn chunked(path: &str, body: &[u8]) -> Vec<u8> {
    let mut wire = raw::request("POST", path, &["Transfer-Encoding: chunked"]).into_bytes();
    for chunk in body.chunks(10_007) {
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    wire
}

/// A way to take a body on a pool thread.
type Take = fn(Incoming) -> io::Result<Vec<u8>>;

/// Makes a handler that gives a whole body back.
fn give_back(take: Take) -> impl Fn(&RequestHead<'_>, Option<Incoming>) -> Reply {
    move |_head, incoming| {
        Reply::Pool(Job::new(move |answer: Answer| {
            let body = take(incoming.expect("a body is sent")).expect("it is whole");
            answer.respond(Response::bytes(Status::OK, "application/octet-stream", body));
        }))
    }
}

/// Runs a future that has nothing to wait for, as a whole body has not.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a whole body is there"),
    }
}

fn by_reader(incoming: Incoming) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    incoming.into_reader().read_to_end(&mut body)?;
    Ok(body)
}

fn by_collect(incoming: Incoming) -> io::Result<Vec<u8>> {
    let body = at_once(incoming.collect(BODY_MAX))?;
    Ok(body.to_vec())
}

fn by_chunk(mut incoming: Incoming) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = at_once(incoming.chunk())? {
        assert!(!chunk.is_empty() && chunk.len() <= MEMORY_MAX);
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Takes some chunks and reads the rest: the two ways go on from the same place.
fn by_both(mut incoming: Incoming) -> io::Result<Vec<u8>> {
    let first = at_once(incoming.chunk())?.expect("it is not empty");
    let second = at_once(incoming.chunk())?.unwrap_or_default();
    Ok([first.to_vec(), second.to_vec(), by_reader(incoming)?].concat())
}

#[test]
fn a_whole_body_arrives_byte_for_byte_in_memory_or_on_disk() {
    let ways: [(&str, Take); 4] = [
        ("/reader", by_reader),
        ("/collect", by_collect),
        ("/chunk", by_chunk),
        ("/both", by_both),
    ];
    let router = ways
        .iter()
        .fold(Router::new(), |router, (path, take)| router.route(POST, path, give_back(*take)));
    let site = Site::start(router);
    let sizes = [1, MEMORY_MAX - 1, MEMORY_MAX, MEMORY_MAX + 1, BODY_MAX - 1, BODY_MAX];
    let mut client = site.client();
    for size in sizes {
        let body = pattern(size);
        for (path, _take) in ways {
            for (coding, wire) in
                [("length", with_length(path, &body)), ("chunked", chunked(path, &body))]
            {
                client.send(wire);
                let answer = client.answer();
                let what = format!("{size} bytes, {coding}, to {path}: {answer:?}");
                assert_eq!(answer.status, 200, "{what}");
                assert!(answer.body == body, "{what}");
            }
        }
    }
}

#[test]
fn a_body_over_the_limit_is_not_taken() {
    let order = Order::default();
    let site =
        Site::start(Router::new().route(POST, "/noted", noted(&PoolRoute::default(), &order)));
    let body = pattern(BODY_MAX + 1);
    for wire in [with_length("/noted", &body), chunked("/noted", &body)] {
        let mut client = site.client();
        // The server may close before it has read all of it.
        drop(client.try_send(&wire));
        assert_eq!(client.answer().status, 413);
    }
    assert_eq!(order.list(), [""; 0], "no job has run");
}

#[test]
fn a_job_that_asks_for_it_reads_while_the_client_sends() {
    let (sender, heard) = mpsc::channel();
    let listen = move |_head: &RequestHead<'_>, incoming: Option<Incoming>| {
        let sender = sender.clone();
        let job = Job::new(move |answer: Answer| {
            let mut reader = incoming.expect("a body is sent").into_reader();
            let mut buf = [0; 100];
            let mut total = 0;
            while let count @ 1.. = reader.read(&mut buf).expect("it is not cut short") {
                total += count;
                sender.send(buf[..count].to_vec()).expect("the test listens");
            }
            answer.respond(text(&total.to_string()));
        });
        Reply::Pool(job.with_body(JobBody::AsItArrives))
    };
    let site = Site::start(Router::new().route(POST, "/listen", listen));
    let mut client = site.client();
    client.send(raw::request("POST", "/listen", &["Transfer-Encoding: chunked"]));
    for piece in ["one", "and", "two", "and then three"] {
        client.send(format!("{:x}\r\n{piece}\r\n", piece.len()));
        let mut found = Vec::new();
        while found.len() < piece.len() {
            found.extend(heard.recv_timeout(TIMEOUT).expect("it is read before more is sent"));
        }
        assert_eq!(found, piece.as_bytes());
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.answer().text(), "23");
}

#[test]
fn a_job_whose_body_nobody_wants_starts_at_once_and_the_body_is_drained() {
    let ignore = |_head: &RequestHead<'_>, _incoming: Option<Incoming>| {
        Reply::Pool(Job::new(|answer: Answer| answer.respond(text("ignored"))))
    };
    let site = Site::start(Router::new().route(POST, "/ignore", ignore));
    let mut client = site.client();
    for size in [10, 20_000, MEMORY_MAX] {
        let wire = with_length("/ignore", &pattern(size));
        let (head, body) = wire.split_at(wire.len() - size);
        client.send(head);
        assert_eq!(client.answer().text(), "ignored", "before a byte of {size} was sent");
        client.send(body);
    }
    // Over what is drained the connection ends with the answer.
    client.send(&with_length("/ignore", &pattern(MEMORY_MAX + 1))[..200]);
    let answer = client.answer();
    assert_eq!((answer.text().as_str(), answer.field("Connection")), ("ignored", Some("close")));
}

#[test]
fn many_bodies_at_a_time_do_not_mix() {
    let site = Site::start(Router::new().route(POST, "/reader", give_back(by_reader)));
    let bodies: Vec<_> = (0..8_usize).map(|n| pattern(100_000 + n)).collect();
    let wires: Vec<_> = bodies.iter().map(|body| with_length("/reader", body)).collect();
    let mut clients: Vec<_> = bodies.iter().map(|_| site.client()).collect();
    // In turns, so that all of them are on their way to the disk at the same time.
    for at in (0..wires[7].len()).step_by(9_000) {
        for (client, wire) in clients.iter_mut().zip(&wires) {
            let end = wire.len().min(at + 9_000);
            client.send(&wire[at.min(end)..end]);
        }
    }
    let mut differences = String::new();
    for (n, (client, body)) in clients.iter_mut().zip(&bodies).enumerate() {
        let answer = client.answer();
        if answer.body != *body {
            writeln!(differences, "{n}: {answer:?}").unwrap();
        }
    }
    assert_eq!(differences, "");
}
