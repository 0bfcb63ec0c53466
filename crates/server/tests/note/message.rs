//! The note's request, answered by a handler that makes the note's response.
//!
//! The shipped connection runs over a transport whose pieces a test chooses, at a time that the
//! test chooses; then the same handler is served on a socket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use avocet_server::files::FileSlice;
use avocet_server::middleware::{Id, Ids, RequestId};
use avocet_server::service::{Body, Head, Incoming, Reply, RequestHead, Response};
use avocet_server::transport::{More, Progress, Transport, TransportError};
use avocet_server::{
    Connections, Fields, Limits, ListenAddr, Logging, Method, MethodSet, PeerAddr, Router, Server,
    Status, WorkerContext,
};
use reactor::clock::Instant;
use reactor::driver::{Events, Sim, World};
use reactor::poller::Readiness;
use reactor::pool::{Job, Offload, Refused, Ticket};
use reactor::{Notify, RunEnd, Worker};
use semantics::{date, fields::InvalidField};
use testkit::raw::Client;

const REQUEST: &[u8] = include_bytes!("../../../http1/tests/fixtures/request.http");
const RESPONSE: &[u8] = include_bytes!("../fixtures/response.http");

/// The note's Tracecode.
const TRACECODE: Id = Id::new(32_297_180_122_540_380_938_073_122);

/// Mon, 31 Jul 2023 14:53:49 GMT: when the note's response was made.
const MADE: Duration = Duration::from_secs(1_690_815_229);

/// Makes the response of the note. Content-Length and Connection are the encoder's: what is written
/// here is only where they stand.
fn process(head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    let fields = fields(head.now().wall).expect("the note's fields are valid");
    Response { head: Head::Fields(Status::OK, fields), body: Body::Empty }.into()
}

fn fields(now: SystemTime) -> Result<Fields, InvalidField> {
    Fields::new()
        .with("Access-Control-Allow-Credentials", "true")?
        .with("Access-Control-Allow-Methods", "GET, POST, OPTIONS")?
        .with("Access-Control-Allow-Origin", "*")?
        .with("Cache-Control", "no-cache")?
        .with("Connection", "")?
        .with("Content-Length", "")?
        .with("Content-Type", "image/gif")?
        .with("Date", date::format(now))?
        .with("Pragma", "no-cache")?
        .with("Server", "nginx/1.8.0")
}

fn router(ids: Ids) -> Router {
    let handler = RequestId::new(move || ids.next()).in_field("Tracecode").wrap(process);
    Router::new().route(MethodSet::EMPTY.with(Method::Get), "/", handler)
}

/// A world in which it is always the same time and nothing comes of itself.
struct Still;

impl World for Still {
    fn advance(&mut self, now: Instant, until: Instant, _: &mut Events) -> Option<Instant> {
        (until != Instant::NEVER).then_some(now)
    }

    fn wall(&self, _: Instant) -> SystemTime {
        UNIX_EPOCH + MADE
    }

    fn pick(&mut self, _: usize) -> usize {
        0
    }
}

/// A transport that gives the pieces one by one, then the end.
struct Pieces {
    left: VecDeque<Vec<u8>>,
    sent: Rc<RefCell<Vec<u8>>>,
}

impl Transport for Pieces {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        let Some(piece) = self.left.pop_front() else { return Ok(Progress::End) };
        buf[..piece.len()].copy_from_slice(&piece);
        Ok(Progress::Bytes(piece.len()))
    }

    fn try_write(&mut self, slices: &[IoSlice<'_>], _: More) -> Result<Progress, TransportError> {
        let mut sent = self.sent.borrow_mut();
        let before = sent.len();
        slices.iter().for_each(|slice| sent.extend_from_slice(slice));
        Ok(Progress::Bytes(sent.len() - before))
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        _: Range<u64>,
    ) -> Result<Progress, TransportError> {
        panic!("no file is in the note: {slice:?}")
    }

    fn poll_ready(&self, _: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        let ready = Readiness::IN | Readiness::OUT;
        if ready.intersects(wanted) { Poll::Ready(ready) } else { Poll::Pending }
    }

    fn close_write(&mut self) {}
}

/// A pool that is not asked for anything.
#[derive(Debug)]
struct NoPool;

impl Offload for NoPool {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        panic!("no job is in the note: {job:?}")
    }
}

/// Has a connection take `pieces`, and returns all that it sends.
fn answer_to(pieces: &[&[u8]]) -> Vec<u8> {
    let mut worker = Worker::new(Sim::new(Still), Notify::new(|| {}));
    let handle = worker.handle().clone();
    let context = WorkerContext::new(handle.clone(), Arc::new(NoPool), Arc::new(Limits::default()));
    let router = Arc::new(router(Ids::starting_at(TRACECODE)));
    let connections = Connections::new(context, router, Logging::Off);
    let sent = Rc::default();
    let left = pieces.iter().map(|piece| piece.to_vec()).collect();
    let transport = Pieces { left, sent: Rc::clone(&sent) };
    let local = Rc::new(ListenAddr::Unix("note".into()));
    handle.spawn(connections.serve(transport, PeerAddr::Unix, local));
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
    sent.take()
}

#[track_caller]
fn check(pieces: &[&[u8]], expected: &[u8]) {
    let answer = answer_to(pieces);
    assert_eq!(answer.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn the_request_of_the_note_is_answered_by_its_response() {
    check(&[REQUEST], RESPONSE);
    let bytes: Vec<_> = REQUEST.chunks(1).collect();
    check(&bytes, RESPONSE);
    for cut in 1..REQUEST.len() {
        let (front, back) = REQUEST.split_at(cut);
        check(&[front, back], RESPONSE);
    }
}

#[test]
fn two_requests_in_one_piece_differ_by_their_ids() {
    let second = String::from_utf8(RESPONSE.to_vec()).unwrap().replace("073122", "073123");
    check(&[&[REQUEST, REQUEST].concat()], &[RESPONSE, second.as_bytes()].concat());
}

#[test]
fn on_a_socket_only_date_and_tracecode_differ() {
    let addr = "127.0.0.1:0".parse().unwrap();
    let server = Server::builder(router(Ids::random())).listen(addr).bind().unwrap();
    let running = server.start().unwrap();
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("it listens on TCP") };
    let mut client = Client::tcp(addr);
    let mut tracecodes = Vec::new();
    for _ in 0..2 {
        client.send(REQUEST);
        let answer = client.answer();
        let [date, tracecode] =
            ["Date", "Tracecode"].map(|name| answer.field(name).unwrap().to_owned());
        let made = UNIX_EPOCH + MADE;
        assert!(date::parse(date.as_bytes(), made).unwrap() > made, "{date}");
        let as_in_the_note = answer
            .head
            .replace(&date, "Mon, 31 Jul 2023 14:53:49 GMT")
            .replace(&tracecode, &TRACECODE.to_string());
        assert_eq!(as_in_the_note.as_bytes(), RESPONSE);
        tracecodes.push(tracecode);
    }
    let [first, second] = [0, 1].map(|index| tracecodes[index].parse::<u128>().unwrap());
    assert_eq!((first + 1) % 10_u128.pow(26), second, "{tracecodes:?}");
    running.shutdown().stop();
}
