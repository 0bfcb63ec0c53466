//! From a response to bytes: framing, encoding, and what comes after.

use std::io::IoSlice;

use http1::connection::{Exchange, Next as Following, Persistence};
use http1::encode::{CONTINUE, ResponseHead, write_head};
use http1::error::ParseError;
use http1::framing::{ResponseFraming, Wanted, has_response_body, response_framing};
use http1::head::{Head as RequestHead, MethodToken, Version, begins_head_request};
use reactor::planted::{self, Bug};
use semantics::fields::Fields;
use semantics::method::Method;
use semantics::negotiation::ErrorForm;
use semantics::status::Status;

use super::attendance::Writer;
use super::delivery::{Advance, Delivery};
use super::ending::Ending;
use super::feed::Feed;
use super::h1::Next;
use super::outgoing::Outgoing;
use super::queueing::BURST_MAX;
use super::roll::Asked;
use super::scratch::{Outbox, WorkerScratch};
use super::{Conn, Reading};
use crate::service::{Body, Head, Response, error_response, plain_error};
use crate::telemetry::access_log::Record;
use crate::transport::{Progress, Transport};

/// Largest body that is copied behind its head; a larger one goes out from where it is.
const COPIED_SIZE_MAX: usize = 16 * 1024;

/// What must be known of a request to frame its answer, once its head is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    version: Version,
    wanted: Wanted,
}

impl Terms {
    pub(super) fn of(head: &RequestHead<'_>, exchange: &Exchange) -> Self {
        let wanted = match head.method() {
            MethodToken::Known(Method::Head) => Wanted::Head,
            MethodToken::Known(_) | MethodToken::Other(_) => Wanted::Whole,
        };
        Self { version: exchange.version, wanted }
    }

    /// Returns how many bytes of a response's body are sent, if that is known beforehand.
    pub(super) fn body_size(self, response: &Response) -> Option<u64> {
        match has_response_body(self.wanted, response.status()) {
            true => response.body.len(),
            false => Some(0),
        }
    }
}

/// A response and all that is needed to send it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) terms: Terms,
    /// The request's body, unless it has been read to its end.
    pub(super) feed: Option<Box<Feed>>,
    pub(super) record: Option<Record>,
    /// Who is still writing it, if that is bounded.
    pub(super) writer: Option<Writer>,
}

/// Encodes an answer into the outbox. `None` says that it is all there and that the next request
/// may be taken; else something is to be done first.
pub(super) fn conclude<T: Transport>(
    outbox: &mut Outbox,
    conn: &mut Conn<T>,
    answer: Answer,
    behind: Behind,
) -> Option<Next> {
    let Answer { mut response, terms, mut feed, mut record, writer } = answer;
    if response.status().code() < 200 {
        // No final answer, and HTTP/1.0 knows none such (RFC 9110 §15.2): a handler's bug.
        response = error_response(Status::INTERNAL_SERVER_ERROR, ErrorForm::Text);
    }
    if feed.as_ref().is_some_and(|feed| feed.is_end()) {
        conn.http.on_body_end();
        feed = None;
    }
    let status = response.status();
    // A stream may be made of the request's body: then that is read on while the answer is sent.
    let is_stream =
        has_response_body(terms.wanted, status) && matches!(response.body, Body::Stream(_));
    let is_shared = is_stream && feed.as_ref().is_some_and(|feed| feed.is_wanted());
    if is_shared && let Some(feed) = feed.as_mut().filter(|feed| feed.is_withheld()) {
        // The last moment for it: behind the head of the answer it would be too late.
        outbox.bytes.extend_from_slice(CONTINUE);
        feed.on_continued();
    }
    let framing = response_framing(terms.version, terms.wanted, status, response.body.len());
    let is_last = conn.worker.is_draining()
        || !is_shared && feed.as_ref().is_some_and(|feed| feed.must_close())
        || behind == Behind::Nothing && is_to_leave(conn);
    let wish = if is_last { Persistence::Close } else { Persistence::KeepAlive };
    let connection = conn.http.on_answer(wish, framing);
    let start = outbox.bytes.len();
    match &response.head {
        Head::Prepared(head) => {
            head.append_to(&mut outbox.bytes, outbox.dates.imf(), connection);
        }
        Head::Fields(status, fields) => {
            if let (Some(log), Some(record)) = (&mut outbox.log, &mut record) {
                log.add_fields(record, fields);
            }
            let date = outbox.dates.imf();
            let head = ResponseHead { status: *status, fields, framing, connection, date };
            write_head(&mut outbox.bytes, head);
        }
    }
    let body = if has_response_body(terms.wanted, status) { response.body } else { Body::Empty };
    let outgoing = match body {
        Body::Empty => None,
        Body::Bytes(bytes) if bytes.len() <= COPIED_SIZE_MAX => {
            outbox.bytes.extend_from_slice(&bytes);
            log(outbox, record, status, bytes.len() as u64);
            return after_answer(outbox, conn, feed, start);
        }
        Body::Bytes(bytes) => Some(Outgoing::piece(bytes)),
        Body::File(slice) => Some(Outgoing::piece(slice)),
        Body::Parts(parts) => Some(Outgoing::parts(parts)),
        Body::Stream(stream) => Some(Outgoing::stream(stream, framing)),
    };
    let Some(outgoing) = outgoing else {
        log(outbox, record, status, 0);
        return after_answer(outbox, conn, feed, start);
    };
    let delivery = Delivery::of_body(outgoing, status, feed, record);
    Some(Next::Deliver(outbox.place(delivery.written_by(writer))))
}

/// Whether something of the client's has come behind a request and is not looked at yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    Nothing,
    Something,
}

impl Behind {
    /// Says whether a number of bytes is anything.
    pub(super) const fn of(size: usize) -> Self {
        if size == 0 { Self::Nothing } else { Self::Something }
    }
}

/// Tells whether the connection has been asked to make room; its answer says that it is the last.
fn is_to_leave<T: Transport>(conn: &Conn<T>) -> bool {
    let asked = conn.asked();
    if asked == Asked::ToLeave {
        conn.worker.counters.idle_shed.add_one();
    }
    asked != Asked::Nothing
}

/// What comes after an answer that is all in the outbox.
fn after_answer<T: Transport>(
    outbox: &mut Outbox,
    conn: &mut Conn<T>,
    feed: Option<Box<Feed>>,
    start: usize,
) -> Option<Next> {
    if planted::is_planted(Bug::DoubleAnswer) {
        outbox.bytes.extend_from_within(start..);
    }
    match following(conn, feed) {
        Next::Await => None,
        next => Some(next),
    }
}

/// What comes after an answer that has been made to its end.
pub(super) fn following<T: Transport>(conn: &mut Conn<T>, feed: Option<Box<Feed>>) -> Next {
    match (conn.http.on_answer_end(), feed) {
        (Following::Head, _) => Next::Await,
        (Following::RestOfBody, Some(feed)) => Next::Drain(feed),
        // The client may still be sending: an answer it has not read must not be lost to a reset.
        (Following::Close, None) if conn.reading == Reading::Ended => Next::End(Ending::Close),
        (Following::CloseAtOnce, _) => Next::End(Ending::Part),
        (Following::RestOfBody | Following::Close, _) => Next::End(Ending::Linger),
    }
}

/// Answers bytes that are no request: says why, and closes (RFC 9112 §11.2).
pub(super) fn refuse<T: Transport>(
    outbox: &mut Outbox,
    conn: &Conn<T>,
    bytes: &[u8],
    error: ParseError,
) -> Next {
    conn.worker.counters.requests_malformed.add_one();
    let status = error.kind.status();
    let body_size = write_refusal(outbox, bytes, status, &error.kind.to_string());
    log_no_request(outbox, conn, status, body_size);
    Next::End(Ending::Linger)
}

/// Writes an answer to bytes that are no request, which ends the connection; returns the size of
/// its body. What seems to be HEAD is answered without one (RFC 9110 §9.3.2).
pub(super) fn write_refusal(
    outbox: &mut Outbox,
    bytes: &[u8],
    status: Status,
    reason: &str,
) -> u64 {
    let text = plain_error(status, reason);
    let fields = Fields::new()
        .with("Content-Type", "text/plain; charset=utf-8")
        .expect("a constant field is valid");
    let head = ResponseHead {
        status,
        fields: &fields,
        framing: ResponseFraming::Length(text.len() as u64),
        connection: http1::connection::ConnectionField::Close,
        date: outbox.dates.imf(),
    };
    write_head(&mut outbox.bytes, head);
    if begins_head_request(bytes) {
        return 0;
    }
    outbox.bytes.extend_from_slice(text.as_bytes());
    text.len() as u64
}

/// Counts an answer, and ends its line of the access log.
pub(super) fn log(outbox: &mut Outbox, record: Option<Record>, status: Status, body_size: u64) {
    outbox.counters.count_answer(status);
    log_unanswered(outbox, record, status, body_size);
}

/// Ends the line of a request whose answer was not begun.
pub(super) fn log_unanswered(
    outbox: &mut Outbox,
    record: Option<Record>,
    status: Status,
    body_size: u64,
) {
    if let (Some(log), Some(record)) = (&mut outbox.log, record) {
        log.finish(record, status, body_size);
    }
}

/// Counts and logs an answer to bytes that are no request.
pub(super) fn log_no_request<T: Transport>(
    outbox: &mut Outbox,
    conn: &Conn<T>,
    status: Status,
    body_size: u64,
) {
    let Outbox { log: access_log, dates, .. } = &mut *outbox;
    let record = access_log.as_mut().map(|log| log.begin_no_request(conn.facts.peer, dates));
    log(outbox, record, status, body_size);
}

/// Sends what the burst has gathered, together with as much of a body as there is room for.
pub(super) fn settle<T: Transport>(
    scratch: &mut WorkerScratch,
    conn: &mut Conn<T>,
    next: Next,
) -> Next {
    let outbox = &mut scratch.outbox;
    let mut delivery = match next {
        Next::Deliver(delivery) => delivery,
        next if outbox.bytes.is_empty() => return next,
        // The usual turn, without a delivery: one send takes it all.
        next => match conn.transport.try_write(&[IoSlice::new(&outbox.bytes)], next.behind()) {
            Ok(Progress::Bytes(count)) => {
                conn.handed += count as u64;
                if count == outbox.bytes.len() {
                    outbox.bytes.clear();
                    return next;
                }
                Box::new(Delivery::of_rest(count, next))
            }
            Ok(Progress::NotReady | Progress::End) => Box::new(Delivery::of_rest(0, next)),
            Err(error) => {
                outbox.bytes.clear();
                conn.worker.counters.answers_lost.add_one();
                return Next::End(Ending::Lost(error.into()));
            }
        },
    };
    // The buffer is lent to the delivery for its first attempt, so that nothing is copied.
    delivery.lend(&mut outbox.bytes);
    let advance = delivery.advance(conn, BURST_MAX);
    delivery.give_back(&mut outbox.bytes);
    match advance {
        Ok(Advance::Done) => outbox.vacate(delivery).finish(outbox, conn),
        Ok(
            Advance::Blocked | Advance::BudgetSpent | Advance::AwaitsStream | Advance::AwaitsDisk,
        ) => {
            delivery.keep_record(outbox);
            Next::Deliver(delivery)
        }
        Err(lost) => delivery.fail(outbox, conn, lost),
    }
}
