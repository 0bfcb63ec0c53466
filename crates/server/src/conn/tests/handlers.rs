//! Connections whose handlers stream, panic, take bodies or leave them: a server on loopback.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reactor::net::ListenAddr;
use semantics::{Method, MethodSet, Status};

use crate::service::{Body, BoxError, Handler, Incoming, Job, Reply, RequestHead, Response};
use crate::{AccessLog, Builder, LogFormat, Router, Running, Server};

const ANY: MethodSet = MethodSet::EMPTY.with(Method::Get).with(Method::Post);

/// Starts a server of one worker with a route beside `/ok`.
pub(super) fn serve(path: &str, handler: impl Handler) -> Running {
    builder(path, handler).bind().unwrap().start().unwrap()
}

pub(super) fn builder(path: &str, handler: impl Handler) -> Builder {
    let router = Router::new()
        .route(ANY, "/ok", |_: &RequestHead<'_>, _| Reply::Ready(Response::text(Status::OK, "ok")))
        .route(ANY, path, handler);
    let addr = "127.0.0.1:0".parse().unwrap();
    Server::builder(router).listen(addr)
}

pub(super) fn connect(server: &Running) -> TcpStream {
    let ListenAddr::Tcp(addr) = server.addrs()[0] else { panic!("listens on TCP") };
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends `requests`, ends the sending half, and returns all that comes.
pub(super) fn ask(server: &Running, requests: &str) -> String {
    let mut stream = connect(server);
    stream.write_all(requests.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    answers
}

pub(super) fn post(path: &str, fields: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

/// A body that panics when it is asked for its length.
struct NoLength;

impl http_body::Body for NoLength {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        panic!("a handler's bug")
    }
}

pub(super) fn streamed(
    body: impl http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static,
) -> Response {
    Response { body: Body::Stream(Box::pin(body)), ..Response::new(Status::OK) }
}

#[test]
fn an_answer_left_behind_by_a_panic_reaches_no_other_client() {
    let server = serve("/panics", |_: &RequestHead<'_>, _: Option<Incoming>| {
        Reply::Ready(streamed(NoLength))
    });
    let ok = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(ask(&server, &format!("{ok}GET /panics HTTP/1.1\r\nHost: a\r\n\r\n")), "");
    assert_eq!(ask(&server, ok).matches("HTTP/1.1 200 OK").count(), 1);
}

#[test]
fn the_limit_on_bodies_is_exact_for_whole_jobs_and_for_loop_handlers() {
    let whole = serve("/body", |_: &RequestHead<'_>, incoming: Option<Incoming>| {
        Reply::Pool(Job::new(move |answer| {
            let mut body = Vec::new();
            let reader = incoming.map(Incoming::into_reader);
            let read = reader.map(|mut reader| reader.read_to_end(&mut body));
            answer.respond(Response::text(Status::OK, format!("{read:?}")));
        }))
    });
    let on_loop = serve("/body", |_: &RequestHead<'_>, incoming: Option<Incoming>| {
        Reply::Later(Box::pin(async move {
            let body = incoming.unwrap().collect(usize::MAX).await;
            Response::text(Status::OK, format!("{:?}", body.map(|body| body.len())))
        }))
    });
    let max = settings::Limits::default().body_size_max;
    for (size, status) in [(max - 1, "200"), (max, "200"), (max + 1, "413")] {
        let data = "x".repeat(size);
        let length = post("/body", &format!("Content-Length: {size}\r\n"), &data);
        let chunks = format!("{size:x}\r\n{data}\r\n0\r\n\r\n");
        let chunked = post("/body", "Transfer-Encoding: chunked\r\n", &chunks);
        for server in [&whole, &on_loop] {
            for request in [&length, &chunked] {
                let answer = ask(server, request);
                assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{size}: {answer}");
                assert_eq!(answer.contains(&size.to_string()), status == "200", "{answer}");
            }
        }
    }
}

/// A request's body as the body of its answer.
struct Echo(Incoming);

impl http_body::Body for Echo {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(cx).map(|frame| frame.map(|frame| Ok(frame?)))
    }
}

#[test]
fn an_answer_made_of_its_body_is_whole_whenever_it_is_made() {
    let ready = serve("/echo", |_: &RequestHead<'_>, incoming: Option<Incoming>| {
        Reply::Ready(streamed(Echo(incoming.unwrap())))
    });
    let later = serve("/echo", |_: &RequestHead<'_>, incoming: Option<Incoming>| {
        Reply::Later(Box::pin(async move { streamed(Echo(incoming.unwrap())) }))
    });
    for server in [&ready, &later] {
        for (fields, body, interim) in [
            ("Content-Length: 5\r\n", "hello", 0),
            ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", 0),
            ("Content-Length: 5\r\nExpect: 100-continue\r\n", "hello", 1),
        ] {
            let answer = ask(server, &post("/echo", fields, body));
            assert_eq!(
                answer.matches("HTTP/1.1 100 Continue\r\n\r\n").count(),
                interim,
                "{answer}"
            );
            assert!(answer.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{answer}");
        }
    }
}

#[test]
fn bytes_behind_the_last_request_cost_no_byte_of_its_answer() {
    // More than the client's window takes, but no more than the kernel does.
    const SIZE: usize = 160 * 1024;
    let server = serve("/large", |_: &RequestHead<'_>, _: Option<Incoming>| {
        Reply::Ready(Response::bytes(Status::OK, "text/plain", vec![b'x'; SIZE]))
    });
    let mut stream = connect(&server);
    stream.write_all(b"GET /large HTTP/1.0\r\n\r\n").unwrap();
    stream.peek(&mut [0]).unwrap();
    stream.write_all(b"\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.iter().filter(|&&byte| byte == b'x').count(), SIZE + 1, "one in text/plain");
}

/// Frames of five bytes as many as said, then a failure of some kind, if any.
pub(super) struct Frames(pub(super) usize, pub(super) Failure);

#[derive(Clone, Copy)]
pub(super) enum Failure {
    None,
    Error,
    Panic,
    TooShort,
    TooLong,
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match (self.0.checked_sub(1), self.1) {
            (Some(left), _) => self.0 = left,
            (None, Failure::Error) => return Poll::Ready(Some(Err("failed".into()))),
            (None, Failure::Panic) => panic!("a stream's bug"),
            (None, Failure::None | Failure::TooShort) => return Poll::Ready(None),
            (None, Failure::TooLong) => {}
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"five!")))))
    }

    fn size_hint(&self) -> SizeHint {
        match self.1 {
            Failure::None | Failure::Error | Failure::Panic => SizeHint::new(),
            Failure::TooShort | Failure::TooLong => SizeHint::with_exact(14),
        }
    }
}

#[test]
fn a_stream_that_fails_is_sent_as_far_as_it_came_and_nothing_follows() {
    for (failure, expected) in [
        (Failure::Error, "5\r\nfive!\r\n5\r\nfive!\r\n"),
        (Failure::Panic, "5\r\nfive!\r\n5\r\nfive!\r\n"),
        (Failure::TooShort, "five!five!"),
        (Failure::TooLong, "five!five!"),
    ] {
        let server = serve("/fails", move |_: &RequestHead<'_>, _: Option<Incoming>| {
            Reply::Ready(streamed(Frames(2, failure)))
        });
        let both = "GET /fails HTTP/1.1\r\nHost: a\r\n\r\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\n";
        let answer = ask(&server, both);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert_eq!(body, expected);
    }
}

#[test]
fn a_head_that_was_begun_is_refused_and_logged_but_an_empty_line_begins_none() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut limits = settings::Limits::default();
    (limits.head_timeout, limits.idle_timeout) =
        (Duration::from_millis(50), Duration::from_millis(100));
    let server = builder("/other", |_: &RequestHead<'_>, _: Option<Incoming>| unreachable!())
        .limits(limits)
        .access_log(AccessLog::start(file.reopen().unwrap()).unwrap(), LogFormat::Common)
        .bind()
        .unwrap()
        .start()
        .unwrap();
    for (behind, expected) in [("\r\n", "200"), ("GET /", "200 408")] {
        let mut stream = connect(&server);
        write!(stream, "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n{behind}").unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let statuses: Vec<_> =
            answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses.join(" "), expected, "{answers}");
    }
    server.shutdown().drain();
    server.join().unwrap();
    let log = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("\"-\" 408 ")).count(), 1, "{log}");
}
