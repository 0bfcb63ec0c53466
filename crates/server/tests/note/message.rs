//! The note's request, answered by a handler that makes the note's response.
//!
//! The shipped connection runs over a pipe whose pieces a test chooses, at a time that the test
//! chooses; then the same handler is served on a socket.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use avocet_server::middleware::{Id, Ids, RequestId};
use avocet_server::service::{Body, Head, Incoming, Reply, RequestHead, Response};
use avocet_server::{
    Connections, Fields, Limits, ListenAddr, Logging, Method, MethodSet, PeerAddr, Router, Server,
    Status, WorkerContext,
};
use reactor::driver::Sim;
use reactor::{Notify, RunEnd, Worker};
use semantics::{date, fields::InvalidField};
use testkit::pipe::{Kernel, NoPool, Pieces, Pipe};
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

/// Has a connection take `pieces`, and returns all that it sends.
fn answer_to(pieces: &[&[u8]]) -> Vec<u8> {
    let kernel = Kernel::new(64 << 10);
    let pieces = Pieces::new(&kernel, pieces.iter().copied(), UNIX_EPOCH + MADE);
    let mut worker = Worker::new(Sim::new(pieces), Notify::new(|| {}));
    let handle = worker.handle().clone();
    let context = WorkerContext::new(handle.clone(), Arc::new(NoPool), Arc::new(Limits::default()));
    let router = Arc::new(router(Ids::starting_at(TRACECODE)));
    let connections = Connections::new(context, router, Logging::Off);
    let local = Rc::new(ListenAddr::Unix("note".into()));
    handle.spawn(connections.serve(Pipe::new(&kernel, &handle), PeerAddr::Unix, local));
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
    worker.driver_mut().world_mut().take_sent()
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
