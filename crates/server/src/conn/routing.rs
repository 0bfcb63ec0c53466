//! Asking the router, and outliving what its handlers do (rule 10).

use std::panic::{AssertUnwindSafe, catch_unwind};

use http1::connection::{Exchange, Expectation};
use http1::head::{Head, Scheme};
use reactor::clock::Instant;
use semantics::status::Status;

use super::Conn;
use crate::router::Router;
use crate::service::{Incoming, Reply, RequestHead, error_form, error_response};
use crate::transport::Transport;

/// Asks the router for the answer. A handler that panics has made a 500 (rule 10).
pub(super) fn handle<T: Transport>(
    conn: &Conn<T>,
    head: &Head<'_>,
    exchange: &Exchange,
    incoming: Option<Incoming>,
) -> Reply {
    if head.target().scheme() == Some(Scheme::Https) {
        // It is to be had on a secured connection alone, and none is yet (RFC 9110 §7.4).
        return refusal(head, Status::MISDIRECTED_REQUEST);
    }
    if exchange.expectation == Expectation::Unknown {
        return refusal(head, Status::EXPECTATION_FAILED);
    }
    let answered = outlive(conn, head, |router, request| router.handle(request, incoming));
    answered.unwrap_or_else(|| refusal(head, Status::INTERNAL_SERVER_ERROR))
}

/// Asks the router until when the answer just made may be given again to the same head.
pub(super) fn repeats_until<T: Transport>(conn: &Conn<T>, head: &Head<'_>) -> Option<Instant> {
    outlive(conn, head, Router::repeats_until).flatten()
}

/// Asks the router something; `None` if that panics, which is counted.
fn outlive<T: Transport, R>(
    conn: &Conn<T>,
    head: &Head<'_>,
    ask: impl FnOnce(&Router, &RequestHead<'_>) -> R,
) -> Option<R> {
    let worker = &conn.worker;
    let request = RequestHead::new(head, &conn.facts, &worker.context);
    let asked = catch_unwind(AssertUnwindSafe(|| ask(&worker.router, &request)));
    if asked.is_err() {
        worker.counters.handlers_panicked.add_one();
    }
    asked.ok()
}

/// Makes an answer in place of a handler's.
pub(super) fn refusal(head: &Head<'_>, status: Status) -> Reply {
    Reply::Ready(error_response(status, error_form(head.fields())))
}
