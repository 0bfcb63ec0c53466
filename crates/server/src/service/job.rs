//! Answers made on the pool, by code that may block.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use reactor::clock::Instant;
use reactor::pool::{Lane, LaneConfig, Offload, Refused, Ticket};
use reactor::sync::oneshot::{Receiver, Sender, oneshot};
use reactor::sync::pipe::{Consumer, Writer, pipe};
use semantics::fields::Fields;
use semantics::status::Status;

use super::{Body, BoxError, Head, Response};

/// Bytes of a streamed answer that wait for a client; then its writer waits too.
const WAITING_SIZE_MAX: usize = 16 * 1024;

/// An answer to be made on the pool.
pub struct Job {
    /// When it may start.
    pub(crate) body: JobBody,
    /// Where it goes.
    pub(crate) route: PoolRoute,
    run: Box<dyn FnOnce(Answer) + Send>,
}

/// When a job may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobBody {
    /// When the request's body is complete: no pool thread waits for a slow client.
    Whole,
    /// At once: it reads the body as it arrives, and occupies its thread until then.
    AsItArrives,
}

/// Where the jobs of a route wait, and how long they may take. Clones are the same route.
///
/// Jobs of one route start in the order in which they came, and routes take turns: a slow one
/// keeps its own jobs waiting and nobody else's.
#[derive(Clone, Debug, Default)]
pub struct PoolRoute {
    /// Where they wait, and for how long.
    pub(crate) lane: Lane,
    /// The deadline to finish, from the request's head.
    pub(crate) finish_timeout: Option<Duration>,
}

impl PoolRoute {
    /// Makes a route of which `share` jobs may wait; for one more the client gets a 503 at once.
    #[must_use]
    pub fn new(name: &str, share: usize) -> Self {
        Self { lane: Lane::new(LaneConfig::new(name, share)), ..Self::default() }
    }

    /// Makes a route whose jobs must start within `timeout`. A job that could not, as far as can
    /// be told from those before it, is refused at once; one that did not is never run. Either
    /// way the client gets a 503.
    #[must_use]
    pub fn with_start_timeout(name: &str, share: usize, timeout: Duration) -> Self {
        let cfg = LaneConfig::new(name, share).with_start_timeout(timeout);
        Self { lane: Lane::new(cfg), ..Self::default() }
    }

    /// Bounds the time from a request's head to its answer: past it the client gets a 503, a job
    /// that waits is not run, and the answer of one that runs is dropped. An answer that is still
    /// being written then is cut short, whether the job has nothing to write or its client does
    /// not read.
    #[must_use]
    pub const fn finish_within(mut self, timeout: Duration) -> Self {
        self.finish_timeout = Some(timeout);
        self
    }
}

impl Job {
    /// Makes a job that starts when the request's body is complete.
    pub fn new(run: impl FnOnce(Answer) + Send + 'static) -> Self {
        Self { body: JobBody::Whole, route: PoolRoute::default(), run: Box::new(run) }
    }

    /// Has the job start as said.
    #[must_use]
    pub const fn with_body(mut self, body: JobBody) -> Self {
        self.body = body;
        self
    }

    /// Has `map` change the response before it is sent: the job's own, or the head of its stream.
    ///
    /// It runs on the pool, where the job answers. What the server answers in the job's place (a
    /// refusal, a panic, a deadline) it does not see.
    #[must_use]
    pub fn map_response(mut self, map: impl FnOnce(Response) -> Response + Send + 'static) -> Self {
        let run = self.run;
        self.run = Box::new(move |answer| run(answer.mapped(map)));
        self
    }

    /// Sends the job by another route.
    #[must_use]
    pub fn with_route(mut self, route: &PoolRoute) -> Self {
        self.route.clone_from(route);
        self
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("body", &self.body)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

/// Puts a job on the pool.
pub(crate) fn submit(
    job: Job,
    finish_by: Instant,
    pool: &dyn Offload,
) -> Result<Submitted, Refused> {
    let (sender, answer) = oneshot();
    let run = job.run;
    let pooled = reactor::pool::Job::new(move || run(Answer::new(sender))).in_lane(&job.route.lane);
    let ticket = pool.submit(pooled.finish_by(finish_by))?;
    Ok(Submitted { answer, ticket })
}

/// A job on the pool, as its connection sees it. Dropped, the job leaves the queue if it has not
/// begun; if it has, it runs on and finds its answer unwanted.
#[derive(Debug)]
pub(crate) struct Submitted {
    answer: Receiver<Response>,
    ticket: Ticket,
}

/// Why a job gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It never ran.
    Discarded,
    /// It panicked, or dropped the place for its answer.
    Dropped,
}

impl Submitted {
    /// Returns the answer once it is there.
    pub(crate) fn poll_answer(&mut self, cx: &Context<'_>) -> Poll<Result<Response, NoAnswer>> {
        self.answer.poll_recv(cx).map_err(|_cancelled| match self.ticket.is_discarded() {
            true => NoAnswer::Discarded,
            false => NoAnswer::Dropped,
        })
    }

    /// Takes the job out of the queue, if it has not begun, and tells whether it did.
    pub(crate) fn cancel(&self) -> bool {
        self.ticket.cancel()
    }

    /// Says that the job's time is over, whether it waits or runs.
    pub(crate) fn give_up(&self) {
        if !self.ticket.cancel() {
            self.ticket.on_overdue();
        }
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        self.ticket.cancel();
    }
}

/// The place for one answer. Dropped unused it is a 500.
pub struct Answer {
    sender: Sender<Response>,
    map: Option<ResponseMap>,
}

/// A change to a response that is to come.
type ResponseMap = Box<dyn FnOnce(Response) -> Response + Send>;

impl Answer {
    const fn new(sender: Sender<Response>) -> Self {
        Self { sender, map: None }
    }

    /// Has `map` change the response before what changes it already.
    fn mapped(self, map: impl FnOnce(Response) -> Response + Send + 'static) -> Self {
        let map: ResponseMap = match self.map {
            None => Box::new(map),
            Some(outer) => Box::new(move |response| outer(map(response))),
        };
        Self { sender: self.sender, map: Some(map) }
    }

    /// Answers.
    pub fn respond(self, response: impl Into<Response>) {
        let response = match self.map {
            None => response.into(),
            Some(map) => map(response.into()),
        };
        // The client is gone: so is the need for an answer.
        drop(self.sender.send(response));
    }

    /// Answers with a head now and a body that is written bit by bit.
    #[must_use]
    pub fn stream(self, status: Status, fields: Fields) -> AnswerWriter {
        let (producer, consumer) = pipe(WAITING_SIZE_MAX);
        let body = Body::Stream(Box::pin(PipeBody(consumer)));
        self.respond(Response { head: Head::Fields(status, fields), body });
        AnswerWriter(Writer::new(producer))
    }

    /// Tells whether nobody waits for the answer any more.
    #[must_use]
    pub fn is_client_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// Writes the body of an answer from a pool thread.
///
/// Dropped before [`AnswerWriter::finish`], the answer is cut short and the client can tell.
///
/// # Blocking
///
/// Writing waits while 16 KiB wait to be sent, besides what is being sent.
#[derive(Debug)]
pub struct AnswerWriter(Writer);

impl AnswerWriter {
    /// Ends the body.
    ///
    /// # Errors
    ///
    /// When the client is gone.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}

impl Write for AnswerWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The other end of an [`AnswerWriter`], as the connection takes it.
struct PipeBody(Consumer);

impl http_body::Body for PipeBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let received = ready!(self.get_mut().0.poll_recv(cx));
        Poll::Ready(received.map(|chunk| chunk.map(Frame::data).map_err(BoxError::from)))
    }
}
