//! The story of an HTTP/1.1 connection.
//!
//! ```text
//!   accept ──► wait ──► burst ──► wait …                 all answered, all sent: the usual turn
//!                         ├─► attend ──┐                 a handler's answer comes later
//!                         ├─► deliver ─┼─► burst …       an answer waits for the client to read
//!                         ├─► drain ───┘                 a body that nobody wanted
//!                         └─► end                        said goodbye, or lost
//! ```
//!
//! [`serve`] waits and [`burst`] works: a plain function that reads, parses, routes, answers and
//! encodes all that can be done without waiting, into the worker's buffers, and sends it in one
//! go. Only what is left then is awaited, each kind in a future of its own that exists only as
//! long as it is needed.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use http1::head::{self, Head, Parsed};
use reactor::poller::Readiness;
use semantics::status::Status;

use super::answer::{Answer, Behind, Terms, conclude, refuse, settle};
use super::attendance::{Attendance, Request, attend};
use super::delivery::{Delivery, deliver};
use super::ending::{Ending, FIRST_REQUEST_GRACE, end};
use super::feed::{Feed, drain};
use super::memo::Made;
use super::roll::{Asked, Shortage};
use super::routing::{handle, refusal, repeats_until};
use super::scratch::WorkerScratch;
use super::{Conn, Expects, Lost, Reading};
use crate::service::{Body, Reply, error_form, unavailable};
use crate::transport::{More, Progress, Transport};

/// Bursts that a connection may run before it lets others run.
const BURSTS_PER_TURN: u32 = 8;

/// What is left to do when a burst has done all it could.
#[derive(Debug)]
pub(super) enum Next {
    /// All that came is answered: wait for more.
    Await,
    /// An answer is not made yet.
    Attend(Box<Attendance>),
    /// An answer is not all sent.
    Deliver(Box<Delivery>),
    /// An answer is sent, but the body of its request is not all read.
    Drain(Box<Feed>),
    /// The connection is done.
    End(Ending),
}

impl Next {
    /// Says what is sent right behind an answer: the end of our half can go in the same packet.
    pub(super) const fn behind(&self) -> More {
        match self {
            Self::End(Ending::Part | Ending::Linger) => More::Follows,
            _ => More::Last,
        }
    }
}

/// Serves a connection until it ends.
///
/// # Cancel safety
///
/// Dropped half-way the connection is closed as it stands; what was being sent is cut short, which
/// its framing lets the client see.
pub(super) async fn serve<T: Transport>(mut conn: Box<Conn<T>>) {
    let worker = Rc::clone(&conn.worker);
    worker.counters.connections_accepted.add_one();
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    worker.context.roll().set_waker(conn.seat, waker);
    let mut bursts = 0;
    let ending = loop {
        match await_request(&mut conn).await {
            Awaited::Readable if bursts < BURSTS_PER_TURN => bursts += 1,
            Awaited::Readable => {
                conn.note_at_work();
                yield_now().await;
                bursts = 1;
            }
            Awaited::ReadableLater => bursts = 1,
            Awaited::Over(ending) => break ending,
        }
        let mut next = poll_fn(|cx| Poll::Ready(burst(cx, &mut conn))).await;
        // The rare chapters, each of which may lead to another.
        while !matches!(next, Next::Await | Next::End(_)) {
            conn.note_at_work();
            next = match next {
                Next::Attend(attendance) => Box::pin(attend(&mut conn, attendance)).await,
                Next::Deliver(delivery) => Box::pin(deliver(&mut conn, delivery)).await,
                Next::Drain(feed) => Box::pin(drain(&mut conn, feed)).await,
                done @ (Next::Await | Next::End(_)) => done,
            };
            conn.expect_another();
        }
        if let Next::End(ending) = next {
            break ending;
        }
    };
    conn.note_at_work();
    Box::pin(end(&mut conn, ending)).await;
    worker.counters.connections_ended.add_one();
}

/// How waiting for a request ended.
enum Awaited {
    /// There is something to look at, and was without waiting.
    Readable,
    /// There is something to look at, and others have run meanwhile.
    ReadableLater,
    /// Nothing will come, or nothing may come any more.
    Over(Ending),
}

/// Waits until there is something to read, the deadline passes, or the server drains.
async fn await_request<T: Transport>(conn: &mut Conn<T>) -> Awaited {
    if conn.scanned < conn.held.len() {
        return Awaited::Readable;
    }
    if conn.reading == Reading::Ended {
        return Awaited::Over(Ending::Close);
    }
    let limits = conn.worker.limits();
    conn.timer.set(conn.since.after(match conn.expects {
        Expects::First | Expects::Rest => limits.head_timeout,
        Expects::Another => limits.idle_timeout,
    }));
    let mut has_waited = false;
    poll_fn(|cx| {
        if conn.transport.poll_ready(cx, Readiness::IN).is_ready() {
            return Poll::Ready(match has_waited {
                true => Awaited::ReadableLater,
                false => Awaited::Readable,
            });
        }
        if !has_waited {
            has_waited = true;
            begin_to_wait(conn);
        }
        if conn.timer.poll_expired(cx).is_ready() {
            return Poll::Ready(Awaited::Over(late(conn)));
        }
        if conn.worker.is_draining() { poll_drained(conn) } else { poll_asked(conn) }
    })
    .await
}

/// Takes note of a wait. What is kept of a head for it may be more than all may keep together; one
/// that has been asked to give it up is about to.
fn begin_to_wait<T: Transport>(conn: &Conn<T>) {
    conn.note_waiting();
    if !conn.held.is_empty() && conn.asked() == Asked::Nothing {
        conn.worker.relieve_memory();
    }
}

/// What a drain means for a connection that waits: one that was kept alive is looked at once more
/// and closed, one that has just come is given a moment, one that has begun a head may finish it.
fn poll_drained<T: Transport>(conn: &mut Conn<T>) -> Poll<Awaited> {
    match conn.expects {
        Expects::Another => Poll::Ready(last_look(conn)),
        Expects::First => {
            let grace = conn.worker.now().instant.after(FIRST_REQUEST_GRACE);
            conn.timer.set(grace.min(conn.timer.deadline()));
            Poll::Pending
        }
        Expects::Rest => Poll::Pending,
    }
}

/// What it means for a connection that waits to have been asked to make room: one that was kept
/// alive is looked at once more and closed, an unfinished head is given up or may be finished.
fn poll_asked<T: Transport>(conn: &mut Conn<T>) -> Poll<Awaited> {
    Poll::Ready(match (conn.asked(), conn.expects) {
        (Asked::Nothing, _) | (Asked::ToLeave, Expects::First | Expects::Rest) => {
            return Poll::Pending;
        }
        // What came in since the last event has no event yet.
        _ if conn.reading == Reading::Open => last_look(conn),
        (_, Expects::Another) => {
            conn.worker.counters.idle_shed.add_one();
            Awaited::Over(Ending::Close)
        }
        (Asked::ToGiveUp(Shortage::Memory), _) => {
            conn.worker.counters.heads_shed_for_memory.add_one();
            Awaited::Over(late(conn))
        }
        (Asked::ToGiveUp(Shortage::Places), _) => {
            conn.worker.counters.heads_shed_for_places.add_one();
            Awaited::Over(match late(conn) {
                // To linger would keep the place that is needed.
                Ending::Refuse(status) => Ending::Dismiss(status),
                ending => ending,
            })
        }
    })
}

/// Looks once more at a connection that is to end, then ends it.
fn last_look<T: Transport>(conn: &mut Conn<T>) -> Awaited {
    match conn.reading {
        Reading::Open => {
            conn.reading = Reading::Last;
            Awaited::ReadableLater
        }
        Reading::Last | Reading::Ended => Awaited::Over(Ending::Close),
    }
}

/// The end of a connection whose peer took too long.
fn late<T: Transport>(conn: &Conn<T>) -> Ending {
    let counters = &conn.worker.counters;
    match conn.expects {
        Expects::Rest => {
            counters.timeouts_head.add_one();
            Ending::Refuse(Status::REQUEST_TIMEOUT)
        }
        Expects::First | Expects::Another => {
            counters.timeouts_idle.add_one();
            Ending::Close
        }
    }
}

/// Lets every other task that is ready run first.
pub(super) async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Reads once, answers every whole request that is there, and sends the answers together.
///
/// The worker's buffers are lent for the length of this call.
fn burst<T: Transport>(cx: &mut Context<'_>, conn: &mut Conn<T>) -> Next {
    let worker = Rc::clone(&conn.worker);
    let scratch = &mut *worker.scratch.borrow_mut();
    scratch.outbox.begin(worker.now());
    let end = match receive(cx, scratch, conn) {
        Ok(end) => end,
        Err(lost) => return Next::End(Ending::Lost(lost)),
    };
    let mut at = 0;
    let step = loop {
        match step(cx, scratch, conn, &mut at, end) {
            Step::Answered if scratch.outbox.bytes.len() < worker.limits().output_size_max => {}
            step => break step,
        }
    };
    hold_rest(scratch, conn, at, end);
    let next = match step {
        Step::Partial => {
            conn.scanned = conn.held.len();
            Next::Await
        }
        // Enough for one send; the rest of the input is looked at when that is out.
        Step::Answered => Next::Await,
        Step::Leave(next) => next,
    };
    settle(scratch, conn, next)
}

/// Reads behind what is held, if there is something to read; returns how much there is then.
fn receive<T: Transport>(
    cx: &Context<'_>,
    scratch: &mut WorkerScratch,
    conn: &mut Conn<T>,
) -> Result<usize, Lost> {
    let held = conn.held.len();
    scratch.input[..held].copy_from_slice(&conn.held);
    let is_worth_it = match conn.reading {
        Reading::Open => conn.transport.poll_ready(cx, Readiness::IN).is_ready(),
        // What came in since the last event has no event yet.
        Reading::Last => true,
        Reading::Ended => false,
    };
    if !is_worth_it || held == scratch.input.len() {
        return Ok(held);
    }
    match conn.transport.try_read(&mut scratch.input[held..])? {
        Progress::Bytes(count) => Ok(held + count),
        Progress::NotReady => Ok(held),
        Progress::End => {
            conn.reading = Reading::Ended;
            Ok(held)
        }
    }
}

/// Keeps what no request has consumed, and notes what that means for the connection's deadline.
fn hold_rest<T: Transport>(scratch: &WorkerScratch, conn: &mut Conn<T>, at: usize, end: usize) {
    conn.hold(&scratch.input[at..end]);
    let has_begun = conn.has_begun();
    if at > 0 || (conn.expects, has_begun) == (Expects::Another, true) {
        conn.since = conn.worker.now().instant;
    }
    conn.expects = match (conn.expects, at > 0, has_begun) {
        (expects, false, false) => expects,
        (_, true, false) => Expects::Another,
        (_, _, true) => Expects::Rest,
    };
}

/// What became of the bytes at the front of the input.
enum Step {
    /// They are not a whole head.
    Partial,
    /// They were a request, and its answer is in the output.
    Answered,
    /// They were a request, and more is to be done than fits into this burst.
    Leave(Next),
}

/// Takes one request from the input and answers it.
fn step<T: Transport>(
    cx: &mut Context<'_>,
    scratch: &mut WorkerScratch,
    conn: &mut Conn<T>,
    at: &mut usize,
    end: usize,
) -> Step {
    let WorkerScratch { input, heads, outbox, memo } = scratch;
    let rest = &input[*at..end];
    let limits = &conn.worker.head_limits;
    if !head::needs_parse(rest, std::mem::take(&mut conn.scanned), limits) {
        return Step::Partial;
    }
    let known = heads.recall(rest, limits);
    if let Some(known) = &known
        && memo.repeat(known, outbox, conn, || heads.head(*known, rest))
    {
        *at += known.len();
        return Step::Answered;
    }
    let parsed = match known {
        Some(known) => Ok(Parsed::Complete(heads.head(known, rest))),
        None => head::parse_unknown(rest, limits, heads),
    };
    let parsed = match parsed {
        Ok(Parsed::Partial) => return Step::Partial,
        Ok(Parsed::Complete(head)) => conn.http.on_head(&head).map(|exchange| (head, exchange)),
        Err(error) => Err(error),
    };
    let (head, exchange) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Step::Leave(refuse(outbox, conn, rest, error)),
    };
    *at += head.len();
    conn.worker.counters.requests.add_one();
    let record = outbox.begin_record(conn.facts.peer, &head);
    let terms = Terms::of(&head, &exchange);
    let (mut feed, incoming) = Feed::of(&exchange, conn.worker.limits()).unzip();
    let mut reply = handle(conn, &head, &exchange, incoming);
    if let Some(feed) = &mut feed {
        *at += decide_on_body(conn, &head, &mut reply, feed, &input[*at..end]);
    }
    let known = known.filter(|_| feed.is_none());
    let made = known.and_then(|known| Made::of(known, &reply, terms, &outbox.bytes));
    let answer = match reply {
        Reply::Ready(response) => Answer { response, terms, feed, record, writer: None },
        reply => {
            let form = error_form(head.fields());
            let request = Request { feed, terms, form, record };
            let mut attendance = Attendance::begin(reply, request, &conn.worker);
            match attendance.poll_maker(cx, &conn.worker) {
                Poll::Ready(response) => attendance.into_answer(response),
                Poll::Pending => {
                    attendance.keep_record(outbox);
                    return Step::Leave(Next::Attend(attendance));
                }
            }
        }
    };
    if let Some(next) = conclude(outbox, conn, answer, Behind::of(end - *at)) {
        return Step::Leave(next);
    }
    if let Some(made) = made
        && let Some(until) = repeats_until(conn, &head)
    {
        memo.keep(made, until, outbox);
    }
    Step::Answered
}

/// Decides what becomes of a request's body, now that its handler has replied: one that would be
/// kept is refused when memory is full, and what has come of one that nobody takes is thrown away.
/// Returns how much that is.
fn decide_on_body<T: Transport>(
    conn: &Conn<T>,
    head: &Head<'_>,
    reply: &mut Reply,
    feed: &mut Feed,
    arrived: &[u8],
) -> usize {
    if !leaves_body(reply, feed) && conn.worker.is_memory_full() {
        conn.worker.counters.bodies_refused_for_memory.add_one();
        feed.give_up();
        *reply = Reply::Ready(unavailable(error_form(head.fields())));
    }
    if !leaves_body(reply, feed) {
        return 0;
    }
    feed.discard_here(arrived).unwrap_or_else(|error| {
        conn.worker.counters.requests_malformed.add_one();
        *reply = refusal(head, error.kind.status());
        0
    })
}

/// Tells whether nobody takes the body of a request, now that its handler has replied.
fn leaves_body(reply: &Reply, feed: &Feed) -> bool {
    match reply {
        // A stream may be made of the body; it is fed while the answer is sent.
        Reply::Ready(response) if !matches!(response.body, Body::Stream(_)) => true,
        Reply::Ready(_) | Reply::Later(_) | Reply::Pool(_) => !feed.is_wanted(),
    }
}
