//! A request whose answer is not made yet: its handler works, its body comes in.

use std::fmt;
use std::future::poll_fn;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use http1::encode::CONTINUE;
use reactor::clock::Instant;
use reactor::poller::Readiness;
use semantics::negotiation::ErrorForm;
use semantics::status::Status;

use super::account::{Change, Purpose};
use super::answer::{Answer, Behind, Terms, conclude, log_unanswered, settle};
use super::ending::Ending;
use super::feed::{Feed, FeedError, Pumped};
use super::h1::Next;
use super::scratch::Outbox;
use super::spool::SpoolError;
use super::{Conn, Connections, Lost};
use crate::service::{
    Body, Job, JobBody, LocalBoxFuture, NoAnswer, Reply, Response, Submitted, error_response,
    submit, unavailable,
};
use crate::telemetry::access_log::Record;
use crate::transport::{More, Progress, Transport};

/// A request that is being answered.
pub(super) struct Attendance {
    maker: Maker,
    request: Request,
    /// Bytes of `100 Continue` that are sent.
    continue_sent: usize,
    /// When a job must have begun.
    start_by: Instant,
    /// When the handler's time is over.
    finish_by: Instant,
}

/// What is kept of a request while it is answered.
#[derive(Debug)]
pub(super) struct Request {
    /// Its body, unless that has been read to its end.
    pub(super) feed: Option<Box<Feed>>,
    pub(super) terms: Terms,
    /// The form in which this client takes an error.
    pub(super) form: ErrorForm,
    pub(super) record: Option<Record>,
}

/// A job that writes its answer bit by bit, and when it must have ended.
#[derive(Debug)]
pub(super) struct Writer {
    job: Submitted,
    finish_by: Instant,
}

impl Writer {
    /// Returns when its time is over.
    pub(super) const fn finish_by(&self) -> Instant {
        self.finish_by
    }

    /// Lets it go: its time is over.
    pub(super) fn give_up(&self) {
        self.job.give_up();
    }
}

/// Who makes the answer.
enum Maker {
    /// A future, here.
    Future(LocalBoxFuture<'static, Response>),
    /// A job that is not on the pool yet: it may wait for the whole body.
    Job(Job),
    /// A job on the pool.
    Pool(Submitted),
    /// Nobody any more.
    Gone,
}

impl Attendance {
    /// Begins to attend to an answer that is not there yet.
    pub(super) fn begin(reply: Reply, mut request: Request, worker: &Connections) -> Box<Self> {
        let mut finish_by = Instant::NEVER;
        let maker = match reply {
            Reply::Ready(response) => Maker::ready(response),
            Reply::Later(future) => Maker::Future(future),
            Reply::Pool(job) => {
                if let Some(timeout) = job.route.finish_timeout {
                    finish_by = worker.now().instant.after(timeout);
                }
                match keep_body(&job, &mut request, worker) {
                    Ok(()) => Maker::Job(job),
                    Err(_no_room) => Maker::ready(unavailable(request.form)),
                }
            }
        };
        Box::new(Self { maker, request, continue_sent: 0, start_by: Instant::NEVER, finish_by })
    }

    /// Asks whoever makes the answer, without looking at the connection.
    pub(super) fn poll_maker(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Connections,
    ) -> Poll<Response> {
        if let Some(feed) = &self.request.feed
            && feed.is_announced_too_large()
        {
            return Poll::Ready(self.error(Status::CONTENT_TOO_LARGE));
        }
        loop {
            match &mut self.maker {
                Maker::Future(future) => {
                    let poll = AssertUnwindSafe(|| future.as_mut().poll(cx));
                    return catch_unwind(poll).unwrap_or_else(|_panic| {
                        worker.counters.handlers_panicked.add_one();
                        Poll::Ready(self.error(Status::INTERNAL_SERVER_ERROR))
                    });
                }
                Maker::Job(job) if job.body == JobBody::Whole && self.request.awaits_body() => {
                    return Poll::Pending;
                }
                Maker::Job(_) => match self.submit(worker) {
                    Ok(submitted) => self.maker = Maker::Pool(submitted),
                    Err(response) => return Poll::Ready(response),
                },
                Maker::Pool(submitted) => {
                    return match std::task::ready!(submitted.poll_answer(cx)) {
                        Ok(response) => Poll::Ready(response),
                        Err(NoAnswer::Discarded) => Poll::Ready(unavailable(self.request.form)),
                        Err(NoAnswer::Dropped) => {
                            worker.counters.answers_dropped.add_one();
                            Poll::Ready(self.error(Status::INTERNAL_SERVER_ERROR))
                        }
                    };
                }
                Maker::Gone => return Poll::Ready(self.error(Status::INTERNAL_SERVER_ERROR)),
            }
        }
    }

    fn submit(&mut self, worker: &Connections) -> Result<Submitted, Response> {
        let Maker::Job(job) = std::mem::replace(&mut self.maker, Maker::Gone) else {
            unreachable!("called for a job only")
        };
        if let Some(timeout) = job.route.lane.start_timeout() {
            self.start_by = worker.now().instant.after(timeout);
        }
        submit(job, self.finish_by, worker.context.pool().as_ref())
            .map_err(|_refused| unavailable(self.request.form))
    }

    /// Puts the answer together with what it answers.
    pub(super) fn into_answer(self, response: Response) -> Answer {
        let Request { feed, terms, record, .. } = self.request;
        let writer = match (self.maker, &response.body) {
            (Maker::Pool(job), Body::Stream(_)) if self.finish_by != Instant::NEVER => {
                Some(Writer { job, finish_by: self.finish_by })
            }
            _ => None,
        };
        Answer { response, terms, feed, record, writer }
    }

    /// Keeps the log's line until the answer is there.
    pub(super) fn keep_record(&mut self, outbox: &mut Outbox) {
        outbox.keep_record(&mut self.request.record);
    }

    /// Ends the log's line of a request that will not be answered.
    pub(super) fn log_lost(&mut self, outbox: &mut Outbox) {
        log_unanswered(outbox, self.request.record.take(), client_gone(), 0);
    }

    fn error(&self, status: Status) -> Response {
        error_response(status, self.request.form)
    }

    /// Lets maker, body and client each go on as far as they can.
    fn poll<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        conn: &mut Conn<T>,
    ) -> Poll<Result<Response, Lost>> {
        let worker = Rc::clone(&conn.worker);
        let now = worker.now().instant;
        loop {
            if let Poll::Ready(response) = self.poll_maker(cx, &worker) {
                return Poll::Ready(Ok(response));
            }
            match std::task::ready!(self.poll_body(cx, conn, now))? {
                // The body is whole: a job may start now.
                Fed::Whole => {}
                Fed::Answer(response) => return Poll::Ready(Ok(response)),
            }
        }
    }

    /// Feeds the body. Pending, it has arranged to be woken by whatever it waits for.
    fn poll_body<T: Transport>(
        &mut self,
        cx: &Context<'_>,
        conn: &mut Conn<T>,
        now: Instant,
    ) -> Poll<Result<Fed, Lost>> {
        if conn.transport.poll_ready(cx, Readiness::GONE).is_ready() {
            return Poll::Ready(Err(Lost::Closed));
        }
        if let Some(response) = self.give_up_late(now) {
            return Poll::Ready(Ok(Fed::Answer(response)));
        }
        let mut look_at = self.finish_by.min(self.start_by);
        if let Poll::Ready(continued) = self.poll_continue(cx, conn)
            && let Some(feed) = &mut self.request.feed
        {
            continued?;
            match feed.pump(cx, conn) {
                Ok(Pumped::Ended) => {
                    self.request.feed = None;
                    return Poll::Ready(Ok(Fed::Whole));
                }
                Ok(Pumped::AwaitsPeer(until)) => look_at = look_at.min(until),
                Ok(Pumped::AwaitsHandler | Pumped::Unwanted | Pumped::Yielded) => {}
                Ok(Pumped::NoRoom) => return self.fail_body(Status::SERVICE_UNAVAILABLE),
                Ok(Pumped::TooLarge) => return self.fail_body(Status::CONTENT_TOO_LARGE),
                Err(FeedError::Malformed(error)) => return self.fail_body(error.kind.status()),
                Err(FeedError::CutShort) => return self.fail_body(Status::BAD_REQUEST),
                Err(FeedError::Late) => return self.fail_body(Status::REQUEST_TIMEOUT),
                Err(FeedError::Lost(lost)) => return Poll::Ready(Err(lost)),
            }
        }
        // Each of these moments is judged by who named it, and was found to be still to come.
        conn.wake_at(cx, look_at);
        Poll::Pending
    }

    /// Lets a handler go whose time is over: one that should have begun, or should have ended.
    fn give_up_late(&mut self, now: Instant) -> Option<Response> {
        if now >= self.finish_by {
            if let Maker::Pool(submitted) = &self.maker {
                submitted.give_up();
            }
        } else if now >= self.start_by {
            self.start_by = Instant::NEVER;
            let Maker::Pool(submitted) = &self.maker else { return None };
            if !submitted.cancel() {
                return None;
            }
        } else {
            return None;
        }
        self.maker = Maker::Gone;
        Some(unavailable(self.request.form))
    }

    /// Ends a body that cannot be read on. The handler, if one is at work on it, is dropped: what
    /// it was given is not what the client meant.
    fn fail_body(&mut self, status: Status) -> Poll<Result<Fed, Lost>> {
        if let Some(feed) = &mut self.request.feed {
            feed.give_up();
        }
        self.maker = Maker::Gone;
        Poll::Ready(Ok(Fed::Answer(match status {
            Status::SERVICE_UNAVAILABLE => unavailable(self.request.form),
            status => self.error(status),
        })))
    }

    /// Sends `100 Continue` once the body is wanted, if the client waits for it; ready when the
    /// body may be read (RFC 9110 §10.1.1).
    fn poll_continue<T: Transport>(
        &mut self,
        cx: &Context<'_>,
        conn: &mut Conn<T>,
    ) -> Poll<Result<(), Lost>> {
        let Some(feed) = &mut self.request.feed else { return Poll::Pending };
        if !feed.is_withheld() {
            return Poll::Ready(Ok(()));
        }
        // A job is waiting for the whole of it; a future says so by taking from it.
        if !matches!(self.maker, Maker::Job(_)) {
            std::task::ready!(feed.poll_wanted(cx));
        }
        while let Some(rest @ [_, ..]) = CONTINUE.get(self.continue_sent..) {
            match conn.transport.try_write(&[IoSlice::new(rest)], More::Last)? {
                Progress::Bytes(count) => {
                    self.continue_sent += count;
                    conn.handed += count as u64;
                }
                Progress::NotReady | Progress::End => {
                    let _pending = conn.transport.poll_ready(cx, Readiness::OUT);
                    return Poll::Pending;
                }
            }
        }
        feed.on_continued();
        Poll::Ready(Ok(()))
    }
}

impl Maker {
    fn ready(response: Response) -> Self {
        Self::Future(Box::pin(std::future::ready(response)))
    }
}

impl Request {
    /// Tells whether the body is not whole yet, and wanted.
    fn awaits_body(&self) -> bool {
        self.feed.as_ref().is_some_and(|feed| feed.is_wanted())
    }
}

/// Has the body kept that a job waits for.
fn keep_body(job: &Job, request: &mut Request, worker: &Connections) -> Result<(), SpoolError> {
    match (job.body, &mut request.feed) {
        (JobBody::Whole, Some(feed)) if feed.is_wanted() && !feed.is_announced_too_large() => {
            feed.keep_whole(&worker.context)
        }
        _ => Ok(()),
    }
}

/// The status by which logs name a request whose client did not wait for its answer.
fn client_gone() -> Status {
    Status::new(499).expect("three digits")
}

/// What feeding a body led to.
enum Fed {
    /// The body is whole.
    Whole,
    /// An answer that does not wait for the handler.
    Answer(Response),
}

impl fmt::Debug for Attendance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attendance").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Waits for an answer to be made, feeding the request's body to its handler meanwhile.
///
/// # Cancel safety
///
/// Dropped half-way, or when the client is gone, a future is dropped where it stands; a job on the
/// pool runs on and finds its answer unwanted.
pub(super) async fn attend<T: Transport>(
    conn: &mut Conn<T>,
    mut attendance: Box<Attendance>,
) -> Next {
    let mut charge = Arc::clone(&conn.worker.account).charge(Purpose::Body);
    let attended = poll_fn(|cx| {
        let polled = attendance.poll(cx, conn);
        // A body that is complete stays with its handler until that has answered.
        if let Some(feed) = &attendance.request.feed
            && charge.set(feed.kept_size()) == Change::Grown
        {
            conn.worker.relieve_memory();
        }
        polled
    });
    match attended.await {
        Ok(response) => {
            let worker = Rc::clone(&conn.worker);
            let scratch = &mut *worker.scratch.borrow_mut();
            scratch.outbox.begin(worker.now());
            let answer = attendance.into_answer(response);
            let behind = Behind::of(conn.held.len());
            let next = conclude(&mut scratch.outbox, conn, answer, behind).unwrap_or(Next::Await);
            settle(scratch, conn, next)
        }
        Err(lost) => {
            let worker = Rc::clone(&conn.worker);
            worker.counters.answers_lost.add_one();
            attendance.log_lost(&mut worker.scratch.borrow_mut().outbox);
            Next::End(Ending::Lost(lost))
        }
    }
}
