//! What the connection is answered with: files, a resource that reads bodies, one that streams.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use server::files::{Files, Memory};
use server::middleware::{map_response, set_field};
use server::service::{Body, Handler, Incoming, Reply, RequestHead, Response};
use server::{Limits, Method, MethodSet, Router, Status};

/// Limits that a short input reaches.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    for (key, value) in [
        ("request_line_size_max", "256B"),
        ("head_size_max", "1KiB"),
        ("fields_max", "12"),
        ("body_size_max", "64B"),
        ("linger_timeout", "10ms"),
    ] {
        limits.set(key, value).expect("a limit, and within its range");
    }
    limits
}

/// The routes.
pub(crate) fn router() -> Router {
    let tree = Memory::new();
    let modified = UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    for (name, content) in [
        ("index.html", "<!doctype html>"),
        ("a", "abcdefghijklmnopqrstuvwxyz"),
        ("a.gz", "abc"),
        ("b/index.html", "b"),
        (".c", "secret"),
        ("e", ""),
    ] {
        tree.insert(name, content.as_bytes(), modified);
    }
    let get = MethodSet::EMPTY.with(Method::Get);
    Router::new()
        .route(get.with(Method::Post), "/echo", marked(echo))
        .route(get, "/stream", marked(stream))
        .fallback(get, marked(Files::new(Arc::new(tree)).with_boundaries(|| [0; 16])))
}

/// Marks the answers to HEAD, which cannot be told from others.
fn marked(inner: impl Handler) -> impl Handler {
    move |head: &RequestHead<'_>, incoming: Option<Incoming>| {
        let is_head = head.method() == Some(Method::Head);
        map_response(inner.handle(head, incoming), move |response| match is_head {
            true => set_field(response, "X-Method", "HEAD").expect("a constant field is valid"),
            false => response,
        })
    }
}

/// Answers with the body of the request.
fn echo(head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    let size_max = head.worker().limits().body_size_max;
    Reply::Later(Box::pin(async move {
        let Some(incoming) = incoming else { return Response::text(Status::OK, "no body\n") };
        match incoming.collect(size_max).await {
            Ok(bytes) => {
                let mut response = Response::new(Status::OK);
                response.body = Body::Bytes(bytes);
                response
            }
            Err(_) => Response::text(Status::CONTENT_TOO_LARGE, "too large\n"),
        }
    }))
}

/// Answers with the body of the request, passed on as it comes.
fn stream(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    let mut response = Response::new(Status::OK);
    if let Some(incoming) = incoming {
        response.body = Body::Stream(Box::pin(Passed(incoming)));
    }
    response.into()
}

/// A body whose error is the one that responses have.
struct Passed(Incoming);

impl http_body::Body for Passed {
    type Data = bytes::Bytes;
    type Error = server::service::BoxError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(cx).map_err(Into::into)
    }
}
