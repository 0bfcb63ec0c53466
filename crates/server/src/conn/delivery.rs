//! An answer on its way out: what is not sent yet, and where it comes from.

use std::fmt;
use std::future::poll_fn;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http1::encode::{CHUNK_END, LAST_CHUNK, write_chunk_head};
use http1::framing::ResponseFraming;
use reactor::clock::Instant;
use reactor::planted::{self, Bug};
use reactor::poller::Readiness;
use semantics::status::Status;

use super::account::{Change, Charge, Purpose};
use super::answer::{following, log};
use super::attendance::Writer;
use super::cold::load;
use super::ending::Ending;
use super::feed::{Feed, FeedError, Pumped};
use super::h1::{Next, yield_now};
use super::pieces::{Attempt, Pieces};
use super::scratch::Outbox;
use super::stall::Stall;
use super::{Conn, Connections, Lost};
use crate::service::{BoxError, Parts, Piece};
use crate::telemetry::access_log::Record;
use crate::transport::{More, Progress, Transport};

/// Most bytes of a file that one turn of a connection sends (rule 4).
const FILE_BUDGET: u64 = 1 << 20;

/// Bytes gathered from a stream from which on they are sent. With what waits in the pipe of a job
/// that writes, a stalled answer stays within 64 KiB.
const STREAM_GATHERED_MAX: usize = 16 * 1024;

/// Most bytes by which a chunk is longer than its data.
const CHUNK_FRAMING_SIZE_MAX: usize = 32;

/// How often a stream that never waits is gathered from before others have their turn.
const GATHERS_PER_TURN: u32 = 32;

/// The frames of a streamed body.
type Frames = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

/// What is left to send, and what to do then.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Encoded and not sent; the first `sent` bytes of it are out.
    unsent: Vec<u8>,
    sent: usize,
    body: Outgoing,
    body_size: u64,
    /// Who makes the body, if the time for that is bounded.
    writer: Option<Writer>,
    then: Then,
}

/// A body that is sent from where it is.
pub(super) enum Outgoing {
    /// There is none, or it is all encoded.
    None,
    /// From memory and files.
    Pieces(Pieces),
    /// From a stream that makes it as we go.
    Stream(Stream),
    /// From a stream that failed; what it had made before goes out first.
    Broken,
}

/// A streamed body and how its frames are framed.
pub(super) struct Stream {
    frames: Frames,
    framing: ResponseFraming,
}

/// What to do when all is sent.
#[derive(Debug)]
enum Then {
    /// The answer is whole: see what its exchange says.
    EndAnswer { status: Status, feed: Option<Box<Feed>>, record: Option<Record> },
    /// What the burst had decided before the client was found slow.
    Resume(Next),
}

/// How far an attempt to send came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    /// All is sent.
    Done,
    /// The client must read first.
    Blocked,
    /// There is room, but others have waited long enough.
    BudgetSpent,
    /// All that is encoded is sent; the stream must say what is next.
    AwaitsStream,
    /// What comes next of a file must be read from disk first.
    AwaitsDisk,
}

impl Delivery {
    /// Makes the delivery of a body whose head is in the outbox.
    pub(super) fn of_body(
        body: Outgoing,
        status: Status,
        feed: Option<Box<Feed>>,
        record: Option<Record>,
    ) -> Self {
        let then = Then::EndAnswer { status, feed, record };
        Self { unsent: Vec::new(), sent: 0, body, body_size: 0, writer: None, then }
    }

    /// Makes the delivery of an outbox of which `sent` bytes are out, before something else.
    pub(super) const fn of_rest(sent: usize, next: Next) -> Self {
        let then = Then::Resume(next);
        let body = Outgoing::None;
        Self { unsent: Vec::new(), sent, body, body_size: 0, writer: None, then }
    }

    /// Bounds the delivery by the time of who makes its body.
    pub(super) fn written_by(self, writer: Option<Writer>) -> Self {
        Self { writer, ..self }
    }

    /// Returns when the time of who makes the body is over.
    fn finish_by(&self) -> Instant {
        match (&self.writer, &self.body) {
            (Some(writer), Outgoing::Stream(_)) => writer.finish_by(),
            // It has made all of it: what is left is the client's doing.
            _ => Instant::NEVER,
        }
    }

    /// Lets who makes the body go if its time is over.
    fn give_up_late(&self, now: Instant) -> Result<(), Lost> {
        if now < self.finish_by() {
            return Ok(());
        }
        if let Some(writer) = &self.writer {
            writer.give_up();
        }
        Err(Lost::CutShort)
    }

    /// Lends the worker's output for the first attempt.
    pub(super) fn lend(&mut self, output: &mut Vec<u8>) {
        std::mem::swap(&mut self.unsent, output);
    }

    /// Gives the worker's output back, keeping a copy of what is not sent.
    pub(super) fn give_back(&mut self, output: &mut Vec<u8>) {
        let rest = self.unsent.get(self.sent..).unwrap_or_default().to_vec();
        self.sent = 0;
        *output = std::mem::replace(&mut self.unsent, rest);
        output.clear();
    }

    /// Returns the bytes of memory that are kept until the client has read them.
    fn kept_size(&self) -> usize {
        let pieces = match &self.body {
            Outgoing::Pieces(pieces) => pieces.memory_size(),
            Outgoing::None | Outgoing::Stream(_) | Outgoing::Broken => 0,
        };
        self.unsent.capacity() + pieces
    }

    /// Returns the bytes that are in memory of the body of the request that is being answered.
    fn kept_body_size(&self) -> usize {
        match &self.then {
            Then::EndAnswer { feed: Some(feed), .. } => feed.kept_size(),
            Then::EndAnswer { feed: None, .. } | Then::Resume(_) => 0,
        }
    }

    /// Sends what there is room for.
    pub(super) fn advance<T: Transport>(&mut self, conn: &mut Conn<T>) -> Result<Advance, Lost> {
        let now = conn.worker.now().instant;
        let transport = &mut conn.transport;
        let mut budget = FILE_BUDGET;
        loop {
            let encoded = self.unsent.get(self.sent..).unwrap_or_default();
            let progress = match &mut self.body {
                Outgoing::Pieces(pieces) if !pieces.is_sent() => {
                    if budget == 0 {
                        return Ok(Advance::BudgetSpent);
                    }
                    match pieces.send(transport, encoded, budget, now)? {
                        Attempt::Made(progress) => progress,
                        Attempt::AwaitsDisk => return Ok(Advance::AwaitsDisk),
                    }
                }
                Outgoing::Stream(_) if encoded.is_empty() => return Ok(Advance::AwaitsStream),
                Outgoing::Broken if encoded.is_empty() => return Err(Lost::CutShort),
                _ if encoded.is_empty() => return Ok(Advance::Done),
                _ => transport.try_write(&[IoSlice::new(encoded)], More::Last)?,
            };
            match progress {
                Progress::Bytes(count) => {
                    conn.handed += count as u64;
                    budget = budget.saturating_sub(self.on_sent(count));
                }
                Progress::NotReady => return Ok(Advance::Blocked),
                // The file has become shorter than its length, which is out already.
                Progress::End => return Err(Lost::CutShort),
            }
        }
    }

    /// Takes note of bytes sent; returns how many of them were of the body.
    fn on_sent(&mut self, mut count: usize) -> u64 {
        let encoded = self.unsent.len() - self.sent;
        if planted::is_planted(Bug::ShortWriteDropped) {
            count = count.max(encoded);
        }
        let of_encoded = count.min(encoded);
        self.sent += of_encoded;
        let of_body = count - of_encoded;
        if let Outgoing::Pieces(pieces) = &mut self.body {
            pieces.on_sent(of_body);
        }
        self.body_size += of_body as u64;
        of_body as u64
    }

    /// Takes frames from the stream until enough is gathered, it must be waited for, or it ends.
    fn gather(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.unsent.clear();
        self.sent = 0;
        let Outgoing::Stream(stream) = &mut self.body else { return Poll::Ready(()) };
        while self.unsent.len() < STREAM_GATHERED_MAX {
            match stream.frames.as_mut().poll_frame(cx) {
                Poll::Pending if self.unsent.is_empty() => return Poll::Pending,
                Poll::Pending => break,
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are for a later version; a frame is data or is passed over.
                    let Ok(data) = frame.into_data() else { continue };
                    let Some(framing) = append(&mut self.unsent, &data, stream.framing) else {
                        self.body = Outgoing::Broken;
                        break;
                    };
                    stream.framing = framing;
                    self.body_size += data.len() as u64;
                    if framing == ResponseFraming::Length(0) {
                        // All that was announced: whether the stream says so or not.
                        self.body = Outgoing::None;
                        break;
                    }
                }
                Poll::Ready(end) => {
                    self.body = match (end, stream.framing) {
                        (Some(Err(_)), _) | (None, ResponseFraming::Length(1..)) => {
                            Outgoing::Broken
                        }
                        (None, ResponseFraming::Chunked) => {
                            self.unsent.extend_from_slice(LAST_CHUNK);
                            Outgoing::None
                        }
                        _ => Outgoing::None,
                    };
                    break;
                }
            }
        }
        Poll::Ready(())
    }

    /// Notes that the request's body is not read while the client must read first.
    const fn pause_feed(&mut self) {
        if let Then::EndAnswer { feed: Some(feed), .. } = &mut self.then {
            feed.pause();
        }
    }

    /// Keeps the log's line until the answer is sent.
    pub(super) fn keep_record(&mut self, outbox: &mut Outbox) {
        if let Then::EndAnswer { record, .. } = &mut self.then {
            outbox.keep_record(record);
        }
    }

    /// Ends the delivery of which all is sent.
    pub(super) fn finish<T: Transport>(self, outbox: &mut Outbox, conn: &mut Conn<T>) -> Next {
        match self.then {
            Then::Resume(next) => next,
            Then::EndAnswer { status, feed, record } => {
                log(outbox, record, status, self.body_size);
                following(conn, feed)
            }
        }
    }

    /// Ends the delivery that cannot go on.
    pub(super) fn fail<T: Transport>(
        self,
        outbox: &mut Outbox,
        conn: &Conn<T>,
        lost: Lost,
    ) -> Next {
        conn.worker.counters.answers_lost.add_one();
        match self.then {
            Then::EndAnswer { status, record, .. } => log(outbox, record, status, self.body_size),
            Then::Resume(Next::Attend(mut attendance)) => attendance.log_lost(outbox),
            Then::Resume(_) => {}
        }
        Next::End(Ending::Lost(lost))
    }
}

/// Appends a frame as its framing has it; returns the framing of what follows. A frame that is
/// longer than what was left is refused: it must not run into the next answer.
fn append(out: &mut Vec<u8>, data: &[u8], framing: ResponseFraming) -> Option<ResponseFraming> {
    let size = data.len() + CHUNK_FRAMING_SIZE_MAX;
    if out.len() + size > STREAM_GATHERED_MAX {
        // It is the last: no room for another is to be kept while the client does not read.
        out.reserve_exact(size);
    }
    match framing {
        ResponseFraming::Chunked if data.is_empty() => {}
        ResponseFraming::Chunked => {
            write_chunk_head(out, data.len());
            out.extend_from_slice(data);
            out.extend_from_slice(CHUNK_END);
        }
        ResponseFraming::Length(left) => {
            let left = left.checked_sub(data.len() as u64)?;
            out.extend_from_slice(data);
            return Some(ResponseFraming::Length(left));
        }
        ResponseFraming::UntilClose | ResponseFraming::None => out.extend_from_slice(data),
    }
    Some(framing)
}

/// Sends an answer while its client reads it, and its request's body while its handler takes that.
///
/// # Cancel safety
///
/// Dropped half-way the answer is cut short, which its framing lets the client see.
pub(super) async fn deliver<T: Transport>(conn: &mut Conn<T>, mut delivery: Box<Delivery>) -> Next {
    let worker = Rc::clone(&conn.worker);
    let mut kept = Kept::of(&worker);
    let mut gathered = 0;
    let mut stall = Stall::new(conn.handed);
    let result = loop {
        if gathered == GATHERS_PER_TURN {
            yield_now().await;
            gathered = 0;
        }
        let advance = match delivery.advance(conn) {
            Ok(advance) => advance,
            Err(lost) => break Err(lost),
        };
        kept.note(&delivery, &worker);
        let waited = match advance {
            Advance::Done => break Ok(()),
            Advance::BudgetSpent => {
                yield_now().await;
                Ok(())
            }
            Advance::Blocked => {
                delivery.pause_feed();
                let now = worker.now().instant;
                let stalled_at = stall.give_up_at(now, conn.handed, worker.limits());
                conn.timer.set(stalled_at.min(delivery.finish_by()));
                poll_fn(|cx| poll_room(cx, conn, &delivery)).await
            }
            Advance::AwaitsDisk => {
                delivery.pause_feed();
                stall.end();
                load_next(conn, &mut delivery).await
            }
            Advance::AwaitsStream => {
                gathered += 1;
                stall.end();
                poll_fn(|cx| {
                    let polled = poll_stream(cx, conn, &mut delivery);
                    kept.note(&delivery, &worker);
                    polled
                })
                .await
            }
        };
        if let Err(lost) = waited {
            break Err(lost);
        }
    };
    let outbox = &mut worker.scratch.borrow_mut().outbox;
    match result {
        Ok(()) => delivery.finish(outbox, conn),
        Err(lost) => delivery.fail(outbox, conn, lost),
    }
}

/// What a delivery keeps, on the worker's account.
struct Kept {
    output: Charge,
    body: Charge,
}

impl Kept {
    fn of(worker: &Connections) -> Self {
        let charge = |purpose| Arc::clone(&worker.account).charge(purpose);
        Self { output: charge(Purpose::Output), body: charge(Purpose::Body) }
    }

    fn note(&mut self, delivery: &Delivery, worker: &Connections) {
        let changes =
            [self.output.set(delivery.kept_size()), self.body.set(delivery.kept_body_size())];
        if changes.contains(&Change::Grown) {
            worker.relieve_memory();
        }
    }
}

/// Waits until what comes next of a file is in memory.
async fn load_next<T: Transport>(conn: &mut Conn<T>, delivery: &mut Delivery) -> Result<(), Lost> {
    let Outgoing::Pieces(pieces) = &mut delivery.body else { return Ok(()) };
    let Some(chunk) = pieces.take_cold() else { return Ok(()) };
    let len = chunk.len();
    load(conn, chunk).await?;
    pieces.on_loaded(len);
    Ok(())
}

/// Waits until the client has made room, but not beyond the deadline.
fn poll_room<T: Transport>(
    cx: &Context<'_>,
    conn: &Conn<T>,
    delivery: &Delivery,
) -> Poll<Result<(), Lost>> {
    if conn.transport.poll_ready(cx, Readiness::OUT).is_ready() {
        return Poll::Ready(Ok(()));
    }
    std::task::ready!(conn.timer.poll_expired(cx));
    delivery.give_up_late(conn.worker.now().instant)?;
    conn.worker.counters.timeouts_answer.add_one();
    Poll::Ready(Err(Lost::Late))
}

/// Waits until the stream has something to send, feeding the request's body to its handler
/// meanwhile: the one may be made of the other. Then the peer is waited for within its deadline.
fn poll_stream<T: Transport>(
    cx: &mut Context<'_>,
    conn: &mut Conn<T>,
    delivery: &mut Delivery,
) -> Poll<Result<(), Lost>> {
    delivery.give_up_late(conn.worker.now().instant)?;
    match catch_unwind(AssertUnwindSafe(|| delivery.gather(cx))) {
        Ok(Poll::Ready(())) => return Poll::Ready(Ok(())),
        Ok(Poll::Pending) => {}
        Err(_panic) => {
            conn.worker.counters.handlers_panicked.add_one();
            delivery.body = Outgoing::Broken;
            return Poll::Ready(Ok(()));
        }
    }
    let mut look_at = delivery.finish_by();
    if let Then::EndAnswer { feed, .. } = &mut delivery.then
        && let Some(pumping) = feed
    {
        match pumping.pump(cx, conn) {
            Ok(Pumped::Ended) => *feed = None,
            Ok(Pumped::AwaitsPeer(until)) => look_at = look_at.min(until),
            Ok(Pumped::AwaitsHandler | Pumped::Unwanted | Pumped::Yielded) => {}
            Ok(Pumped::TooLarge | Pumped::NoRoom) => pumping.give_up(),
            Err(FeedError::Late) => return Poll::Ready(Err(Lost::Late)),
            Err(_malformed) => return Poll::Ready(Err(Lost::CutShort)),
        }
    }
    if conn.transport.poll_ready(cx, Readiness::GONE).is_ready() {
        return Poll::Ready(Err(Lost::Closed));
    }
    conn.wake_at(cx, look_at);
    Poll::Pending
}

impl Outgoing {
    /// Makes a body of one piece.
    pub(super) fn piece(piece: impl Into<Piece>) -> Self {
        Self::Pieces(Pieces::one(piece.into()))
    }

    /// Makes a body of several pieces.
    pub(super) fn parts(parts: Parts) -> Self {
        Pieces::all(parts).map_or(Self::None, Self::Pieces)
    }

    /// Makes a streamed body.
    pub(super) const fn stream(frames: Frames, framing: ResponseFraming) -> Self {
        Self::Stream(Stream { frames, framing })
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Pieces(pieces) => f.debug_tuple("Pieces").field(pieces).finish(),
            Self::Stream(stream) => write!(f, "Stream({:?})", stream.framing),
            Self::Broken => f.write_str("Broken"),
        }
    }
}
