//! An answer on its way out: what is not sent yet, and where it comes from.

use std::future::poll_fn;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use reactor::clock::Instant;
use reactor::planted::{self, Bug};
use reactor::poller::Readiness;
use semantics::status::Status;

use super::account::{Change, Kept};
use super::answer::{following, log};
use super::attendance::Writer;
use super::cold::load_next;
use super::ending::Ending;
use super::feed::{Feed, FeedError, Pumped};
use super::h1::{Next, yield_now};
use super::outgoing::Outgoing;
use super::pieces::Attempt;
use super::queueing::Queueing;
use super::scratch::Outbox;
use super::stall::Stall;
use super::streamed::Gathered;
use super::{Conn, Lost};
use crate::telemetry::access_log::Record;
use crate::transport::{More, Progress, Transport};

/// How often a stream that never waits is gathered from before others have their turn.
const GATHERS_PER_TURN: u32 = 32;

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
        self.unsent.capacity() + self.body.memory_size()
    }

    /// Returns the bytes that are in memory of the body of the request that is being answered.
    fn kept_body_size(&self) -> usize {
        match &self.then {
            Then::EndAnswer { feed: Some(feed), .. } => feed.kept_size(),
            Then::EndAnswer { feed: None, .. } | Then::Resume(_) => 0,
        }
    }

    /// Sends what there is room for; of a body that is there already, no more than the budget.
    pub(super) fn advance<T: Transport>(
        &mut self,
        conn: &mut Conn<T>,
        mut budget: u64,
    ) -> Result<Advance, Lost> {
        let now = conn.worker.now().instant;
        let transport = &mut conn.transport;
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

    /// Takes from the stream until enough is gathered, it must be waited for, or it ends.
    fn gather(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.unsent.clear();
        self.sent = 0;
        let Outgoing::Stream(stream) = &mut self.body else { return Poll::Ready(()) };
        match std::task::ready!(stream.gather(cx, &mut self.unsent, &mut self.body_size)) {
            Gathered::Some => {}
            Gathered::All => self.body = Outgoing::None,
            Gathered::Broken => self.body = Outgoing::Broken,
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

/// Sends an answer while its client reads it, and its request's body while its handler takes that.
///
/// # Cancel safety
///
/// Dropped half-way the answer is cut short, which its framing lets the client see.
pub(super) async fn deliver<T: Transport>(conn: &mut Conn<T>, mut delivery: Box<Delivery>) -> Next {
    let worker = Rc::clone(&conn.worker);
    let mut kept = Kept::on(&worker.account);
    let mut note_kept = |delivery: &Delivery| {
        if kept.set(delivery.kept_size(), delivery.kept_body_size()) == Change::Grown {
            worker.relieve_memory();
        }
    };
    let mut gathered = 0;
    let mut stall = Stall::new(conn.handed);
    let mut queueing = Queueing::new(conn.handed);
    let result = loop {
        if gathered == GATHERS_PER_TURN {
            yield_now().await;
            gathered = 0;
        }
        let origin = delivery.body.origin();
        queueing.adapt(conn, origin);
        let advance = match delivery.advance(conn, origin.stride()) {
            Ok(advance) => advance,
            Err(lost) => break Err(lost),
        };
        note_kept(&delivery);
        let waited = match advance {
            Advance::Done => {
                queueing.end(conn);
                break Ok(());
            }
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
                match &mut delivery.body {
                    Outgoing::Pieces(pieces) => load_next(conn, pieces).await,
                    Outgoing::None | Outgoing::Stream(_) | Outgoing::Broken => Ok(()),
                }
            }
            Advance::AwaitsStream => {
                gathered += 1;
                stall.end();
                poll_fn(|cx| {
                    let polled = poll_stream(cx, conn, &mut delivery);
                    note_kept(&delivery);
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
