//! What the server answers.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use avocet_server::service::{Body, BoxError, Incoming, Reply, RequestHead, Response};
use avocet_server::{Method, MethodSet, Router, Status};
use bytes::Bytes;
use http_body::Frame;

use crate::line::seconds;
use crate::repeats::Counting;

/// The routes.
pub(crate) fn router() -> Router {
    let get = MethodSet::EMPTY.with(Method::Get);
    let post = MethodSet::EMPTY.with(Method::Post);
    ["/count", "/count/never", "/count/later", "/count/panic"]
        .iter()
        .fold(Router::new(), |router, path| {
            router.route(Counting::METHODS, path, Counting::default())
        })
        .route(get, "/", |_: &RequestHead<'_>, _: Option<Incoming>| ok("ok\n").into())
        .route(get, "/bytes", bytes)
        .route(get, "/later", later)
        .route(get, "/stream", stream)
        .route(post, "/take", take)
        .route(post, "/hesitate", hesitate)
        .route(post, "/mirror", mirror)
        .route(post, "/ignore", |_: &RequestHead<'_>, _: Option<Incoming>| ok("ignored\n").into())
}

fn ok(text: impl Into<String>) -> Response {
    Response::text(Status::OK, text)
}

/// The number that the query is.
fn number(head: &RequestHead<'_>) -> usize {
    head.query().and_then(|query| query.parse().ok()).expect("the query is a number")
}

/// Answers with so many bytes.
fn bytes(head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    Response::bytes(Status::OK, "text/plain", vec![b'x'; number(head)]).into()
}

/// Answers after so many seconds.
fn later(head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    let (handle, time) = (head.worker().handle().clone(), seconds(number(head) as u64));
    Reply::Later(Box::pin(async move {
        handle.timer(handle.now().instant.after(time)).expired().await;
        ok("at last\n")
    }))
}

/// Answers with the size of the body.
fn take(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Later(Box::pin(async move {
        let body = incoming.expect("a body is sent").collect(usize::MAX).await;
        body.map_or_else(
            |_| Response::text(Status::BAD_REQUEST, "no whole body\n"),
            |body| ok(format!("{} bytes\n", body.len())),
        )
    }))
}

/// As `/take`, but waits so many seconds before each look at the body.
fn hesitate(head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    let (handle, time) = (head.worker().handle().clone(), seconds(number(head) as u64));
    Reply::Later(Box::pin(async move {
        let (mut body, mut size) = (incoming.expect("a body is sent"), 0);
        loop {
            handle.timer(handle.now().instant.after(time)).expired().await;
            match body.chunk().await {
                Ok(Some(chunk)) => size += chunk.len(),
                Ok(None) => return ok(format!("{size} bytes\n")),
                Err(_) => return Response::text(Status::BAD_REQUEST, "no whole body\n"),
            }
        }
    }))
}

/// Answers with the body as it comes.
fn mirror(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    let mut response = Response::new(Status::OK);
    response.body = Body::Stream(Box::pin(Mirror(incoming.expect("a body is sent"))));
    response.into()
}

/// Answers with chunks without end.
fn stream(_head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    let mut response = Response::new(Status::OK);
    response.body = Body::Stream(Box::pin(Endless));
    response.into()
}

/// A request's body as that of its answer.
struct Mirror(Incoming);

impl http_body::Body for Mirror {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }
}

/// A body that never ends and never waits.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1000])))))
    }
}
