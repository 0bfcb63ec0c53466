//! Answers made on the pool, by code that may block.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use reactor::pool::{Offload, Refused};
use reactor::sync::oneshot::{Receiver, Sender, oneshot};
use reactor::sync::pipe::{Consumer, Writer, pipe};
use semantics::fields::Fields;
use semantics::status::Status;

use super::{Body, BoxError, Head, Response};

/// Bytes of a streamed answer that wait for a client; then its writer waits too.
const WAITING_SIZE_MAX: usize = 64 * 1024;

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

/// Where a job goes, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolRoute {
    /// The time from the request's head to the answer, after which the client gets a 503 and
    /// the late answer is dropped; none is no bound.
    pub finish_timeout: Option<Duration>,
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

    /// Sends the job by another route.
    #[must_use]
    pub const fn with_route(mut self, route: PoolRoute) -> Self {
        self.route = route;
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

/// Puts a job on the pool; the receiver gets its answer, or finds that it gave none.
pub(crate) fn submit(job: Job, pool: &dyn Offload) -> Result<Receiver<Response>, Refused> {
    let (sender, receiver) = oneshot();
    let run = job.run;
    pool.submit(reactor::pool::Job::new(move || run(Answer { sender })))?;
    Ok(receiver)
}

/// The place for one answer. Dropped unused it is a 500.
#[derive(Debug)]
pub struct Answer {
    sender: Sender<Response>,
}

impl Answer {
    /// Answers.
    pub fn respond(self, response: impl Into<Response>) {
        // The client is gone: so is the need for an answer.
        drop(self.sender.send(response.into()));
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

/// Writes the body of an answer from a pool thread.
///
/// Dropped before [`AnswerWriter::finish`], the answer is cut short and the client can tell.
///
/// # Blocking
///
/// Writing waits while 64 KiB wait for the client.
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
