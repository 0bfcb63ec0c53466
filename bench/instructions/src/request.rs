//! Whole requests: one worker, one connection, the shipped code from the event to the send.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use reactor::driver::Sim;
use reactor::net::{ListenAddr, PeerAddr};
use reactor::{Notify, Worker};
use server::service::{Handler, Incoming, Reply, RequestHead};
use server::{Connections, Limits, Logging, Router, WorkerContext};

use crate::head::{BROWSER, SMALL, numbered};
use crate::site::{self, NoPool};
use crate::wire::{End, Wire, WireWorld};

/// How many requests a client sends at once that pipelines.
const PIPELINED: usize = 16;

pub(crate) fn get(rounds: u32) {
    ask(SMALL.into(), "200", rounds);
}

pub(crate) fn get_new(rounds: u32) {
    ask(numbered(SMALL), "200", rounds);
}

pub(crate) fn get_pipelined(rounds: u32) {
    ask(SMALL.repeat(PIPELINED).into(), "200", rounds);
}

pub(crate) fn get_asset(rounds: u32) {
    ask(numbered(BROWSER), "200", rounds);
}

pub(crate) fn get_large(rounds: u32) {
    ask(SMALL.replace("/file", "/large").into(), "200", rounds);
}

pub(crate) fn range_large(rounds: u32) {
    ask(with_field(RANGE).replace("/file", "/large").into(), "206", rounds);
}

pub(crate) fn not_modified(rounds: u32) {
    ask(request_with_tag().into(), "304", rounds);
}

pub(crate) fn not_modified_new(rounds: u32) {
    ask(numbered(&request_with_tag()), "304", rounds);
}

pub(crate) fn not_found(rounds: u32) {
    ask(SMALL.replace("/file", "/none").into(), "404", rounds);
}

pub(crate) fn not_found_new(rounds: u32) {
    ask(numbered(&SMALL.replace("/file", "/none")), "404", rounds);
}

pub(crate) fn head(rounds: u32) {
    ask(SMALL.replace("GET", "HEAD").into(), "200", rounds);
}

pub(crate) fn head_new(rounds: u32) {
    ask(numbered(&SMALL.replace("GET", "HEAD")), "200", rounds);
}

pub(crate) fn range(rounds: u32) {
    ask(with_field(RANGE).into(), "206", rounds);
}

pub(crate) fn range_new(rounds: u32) {
    ask(numbered(&with_field(RANGE)), "206", rounds);
}

const RANGE: &str = "Range: bytes=100-199";

/// Lookups alone, as many as there are rounds, within one request.
pub(crate) fn hit(rounds: u32) {
    let files = site::files();
    let look_up = move |head: &RequestHead<'_>, incoming: Option<Incoming>| {
        for _ in 0..rounds {
            assert!(matches!(black_box(files.handle(black_box(head), None)), Reply::Ready(_)));
        }
        files.handle(head, incoming)
    };
    let sent = serve(&site::router(look_up), SMALL.into(), 1);
    assert_eq!(sent.first.get(9..12), Some(b"200".as_slice()));
}

/// The usual request of a client that has the file already.
fn request_with_tag() -> String {
    let answer = serve(&site::router(site::files()), SMALL.into(), 1).first;
    let answer = String::from_utf8(answer).expect("head and file are ASCII");
    let (_, behind) = answer.split_once("\r\nETag: ").expect("a file has a tag");
    let (tag, _) = behind.split_once("\r\n").expect("a line has an end");
    with_field(&format!("If-None-Match: {tag}"))
}

/// The usual request with one more field.
fn with_field(field: &str) -> String {
    SMALL.replace("\r\n\r\n", &format!("\r\n{field}\r\n\r\n"))
}

/// Sends a burst of requests for each round, and sees that all are answered with `status`.
fn ask(burst: Vec<u8>, status: &str, rounds: u32) {
    let requests = burst.windows(4).filter(|window| window == b"\r\n\r\n").count();
    let Sent { first, size } = serve(&site::router(site::files()), burst, rounds);
    let first = String::from_utf8(first).expect("head and file are ASCII");
    assert_eq!(first.matches(&format!("HTTP/1.1 {status} ")).count(), requests, "{first}");
    let rounds = usize::try_from(rounds).expect("a number of rounds");
    assert_eq!(size, rounds * first.len(), "each round gets the same");
}

/// What was sent on a connection.
struct Sent {
    first: Vec<u8>,
    size: usize,
}

/// Has the burst arrive so often, each time when the one before is answered.
fn serve(router: &Arc<Router>, burst: Vec<u8>, bursts: u32) -> Sent {
    let wire = Wire::new(burst, bursts);
    let mut worker = Worker::new(Sim::new(WireWorld(Rc::clone(&wire))), Notify::new(|| {}));
    let limits = Arc::new(Limits::default());
    let context = WorkerContext::new(worker.handle().clone(), Arc::new(NoPool), limits);
    let connections = Connections::new(context, Arc::clone(router), Logging::Off);
    let end = End::new(&wire, worker.handle());
    let peer = PeerAddr::Tcp(([192, 0, 2, 1], 1).into());
    let local = Rc::new(ListenAddr::Tcp(([192, 0, 2, 2], 80).into()));
    worker.handle().spawn(connections.serve(end, peer, local));
    while worker.handle().task_count() > 0 {
        worker.turn().expect("a world in memory does not break");
    }
    let Wire { first, size, .. } = wire.take();
    Sent { first, size }
}
