//! The body of a request, on its way to whoever takes it.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http1::connection::{Exchange, Expectation};
use http1::error::ParseError;
use http1::framing::BodyDecoder;
use reactor::clock::Instant;
use reactor::poller::Readiness;
use reactor::sync::pipe::Producer;
use settings::Limits;

use super::ending::Ending;
use super::h1::Next;
use super::pace::{Pace, TooSlow};
use super::spool::{Spool, SpoolError, Spooled};
use super::{Conn, Lost, Reading};
use crate::lifecycle::WorkerContext;
use crate::service::{Incoming, Slot};
use crate::transport::{Progress, Transport};

/// Most bytes read for a body at a time.
const READ_SIZE: usize = 16 * 1024;

/// What may be taken off the wire for a body in a turn (rule 4), in bytes of data. Of chunks of a
/// byte each hardly any are data, so that what waits for the handler is no bound on them.
const WIRE_BUDGET: usize = 64 * 1024;

/// A byte of framing costs as much as so many of data: it is looked at, they are copied.
const FRAMING_COST: usize = 8;

/// The connection's half of a request's body.
#[derive(Debug)]
pub(super) struct Feed {
    decoder: BodyDecoder,
    /// Where the data goes, as long as someone wants it.
    producer: Option<Producer>,
    /// Where it is kept meanwhile, for a job that waits for the whole of it.
    spool: Option<Box<Spool>>,
    /// Where a body goes that is kept on disk.
    slot: Slot,
    /// Data passed on or thrown away so far.
    size: usize,
    size_max: usize,
    drain_max: usize,
    state: FeedState,
    pace: Pace,
}

/// Whether the rest of a body can be counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FeedState {
    /// It is on its way.
    Coming,
    /// The client expects a word first: it may or may not send it without (RFC 9110 §10.1.1).
    Withheld,
    /// It cannot be read; nor can what follows it.
    GivenUp,
}

/// How far pumping came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pumped {
    /// To the end of the body.
    Ended,
    /// To the end of what has arrived; it is to be looked at again at that time.
    AwaitsPeer(Instant),
    /// To the bound on what waits for the handler, or for the disk.
    AwaitsHandler,
    /// To the end of what may be done in this turn; the task is woken for the next.
    Yielded,
    /// Nobody takes the body any more.
    Unwanted,
    /// Beyond the limit on bodies that are taken.
    TooLarge,
    /// There is no room to keep it.
    NoRoom,
}

impl Feed {
    /// Makes both halves of the body that the head announced, if it did.
    pub(super) fn of(exchange: &Exchange, limits: &Limits) -> Option<(Box<Self>, Incoming)> {
        if exchange.body.is_empty() {
            return None;
        }
        let decoder = BodyDecoder::new(exchange.body);
        let (producer, slot, incoming) = Incoming::new(decoder.left());
        let feed = Self {
            decoder,
            producer: Some(producer),
            spool: None,
            slot,
            size: 0,
            size_max: limits.body_size_max,
            drain_max: limits.body_drain_max,
            state: match exchange.expectation {
                Expectation::Continue | Expectation::Unknown => FeedState::Withheld,
                Expectation::None => FeedState::Coming,
            },
            pace: Pace::default(),
        };
        Some((Box::new(feed), incoming))
    }

    /// Tells whether the body has been read to its end.
    pub(super) fn is_end(&self) -> bool {
        self.decoder.is_end()
    }

    /// Tells whether so much is left that the connection is rather closed than drained.
    pub(super) fn must_close(&self) -> bool {
        let left = self.decoder.left().unwrap_or(0);
        let drained_max = (self.drain_max as u64).saturating_sub(self.size as u64);
        self.state != FeedState::Coming || left > drained_max
    }

    /// Tells whether the head says that the body is larger than the handler that wants it takes.
    pub(super) fn is_announced_too_large(&self) -> bool {
        self.is_wanted() && self.decoder.left().is_some_and(|left| left > self.size_max as u64)
    }

    /// Keeps the whole body, for a job that starts when it is complete.
    pub(super) fn keep_whole(&mut self, context: &Rc<WorkerContext>) -> Result<(), SpoolError> {
        self.spool = Some(Box::new(Spool::new(context, self.decoder.left())?));
        Ok(())
    }

    /// Tells whether the handler has begun to wait for the body.
    pub(super) fn poll_wanted(&mut self, cx: &Context<'_>) -> Poll<()> {
        match &mut self.producer {
            Some(producer) => producer.poll_awaited(cx),
            None => Poll::Pending,
        }
    }

    /// Tells whether a handler has kept its half of the body.
    pub(super) fn is_wanted(&self) -> bool {
        self.producer.as_ref().is_some_and(|producer| !producer.is_closed())
    }

    /// Returns the bytes that are in memory of the body.
    pub(super) fn kept_size(&self) -> usize {
        let waiting = self.producer.as_ref().map_or(0, Producer::waiting);
        waiting + self.spool.as_ref().map_or(0, |spool| spool.memory_size())
    }

    /// Gives the body up: the handler's half sees it cut short, and the connection must close.
    pub(super) fn give_up(&mut self) {
        self.state = FeedState::GivenUp;
        self.stop();
    }

    /// Passes nothing on any more.
    fn stop(&mut self) {
        self.producer = None;
        self.spool = None;
    }

    /// Tells whether the client waits for `100 Continue`.
    pub(super) fn is_withheld(&self) -> bool {
        self.state == FeedState::Withheld
    }

    /// Notes that the client has been told to go on.
    pub(super) const fn on_continued(&mut self) {
        self.state = FeedState::Coming;
    }

    /// Notes that nothing is read for now: no time of the peer's passes.
    pub(super) const fn pause(&mut self) {
        self.pace.pause();
    }

    /// Notes that all that has arrived is read, and the peer is waited for.
    fn await_peer<T>(&mut self, conn: &Conn<T>) -> Result<Pumped, FeedError> {
        let until = self.pace.wait(conn.worker.now().instant, conn.worker.limits());
        until.map(Pumped::AwaitsPeer).map_err(|TooSlow| {
            conn.worker.counters.timeouts_body.add_one();
            FeedError::Late
        })
    }

    /// Throws away what of the body is in `input` already; returns how much that was.
    ///
    /// # Errors
    ///
    /// Where it breaks its framing: it is given up then.
    pub(super) fn discard_here(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        self.stop();
        let mut at = 0;
        while !self.is_end() && at < input.len() && self.size <= self.drain_max {
            let decoded =
                self.decoder.decode(&input[at..]).inspect_err(|_malformed| self.give_up())?;
            at += decoded.consumed;
            self.size += decoded.data.len();
        }
        Ok(at)
    }

    /// Moves what has arrived towards the handler, as far as that takes it.
    pub(super) fn pump<T: Transport>(
        &mut self,
        cx: &Context<'_>,
        conn: &mut Conn<T>,
    ) -> Result<Pumped, FeedError> {
        let mut budget = WIRE_BUDGET;
        while budget > 0 {
            if self.size > self.size_max {
                return Ok(Pumped::TooLarge);
            }
            if !self.is_wanted() {
                self.stop();
                return Ok(Pumped::Unwanted);
            }
            let room = match self.poll_room(cx) {
                Poll::Ready(Ok(_)) if self.is_end() => {
                    conn.http.on_body_end();
                    return Ok(Pumped::Ended);
                }
                Poll::Ready(Ok(room)) => room.min(READ_SIZE),
                Poll::Ready(Err(_)) => return Ok(Pumped::NoRoom),
                Poll::Pending => {
                    self.pause();
                    return Ok(Pumped::AwaitsHandler);
                }
            };
            match self.pump_some(cx, conn, room)? {
                0 => return self.await_peer(conn),
                cost => budget = budget.saturating_sub(cost),
            }
        }
        Ok(self.yield_turn(cx))
    }

    /// Lets others run before more is read.
    fn yield_turn(&mut self, cx: &Context<'_>) -> Pumped {
        self.pause();
        cx.waker().wake_by_ref();
        Pumped::Yielded
    }

    /// Waits until there is room for more of the body, or, at its end, until the handler has it.
    fn poll_room(&mut self, cx: &Context<'_>) -> Poll<Result<usize, SpoolError>> {
        let is_end = self.is_end();
        let Some(producer) = &mut self.producer else { return Poll::Ready(Ok(0)) };
        match &mut self.spool {
            Some(spool) if is_end => {
                match ready!(spool.poll_finish(cx))? {
                    Spooled::Bytes(mut bytes) => {
                        producer.set_capacity(bytes.len());
                        // It fits, and a consumer that has just gone wants none of it.
                        let _sent = producer.poll_send(cx, &mut bytes);
                    }
                    Spooled::File(file) => drop(self.slot.set(file)),
                }
                self.spool = None;
            }
            Some(spool) => return spool.poll_room(cx),
            None if is_end => {}
            None => return producer.poll_reserve(cx).map(|room| Ok(room.unwrap_or(0))),
        }
        if let Some(producer) = self.producer.take() {
            producer.finish();
        }
        Poll::Ready(Ok(0))
    }

    /// Takes up to `room` bytes off the wire and passes their data on; returns what that takes of
    /// the turn's budget, 0 if none are there.
    fn pump_some<T: Transport>(
        &mut self,
        cx: &Context<'_>,
        conn: &mut Conn<T>,
        room: usize,
    ) -> Result<usize, FeedError> {
        let worker = Rc::clone(&conn.worker);
        let input = &mut worker.scratch.borrow_mut().input;
        let Some(count) = take_input(cx, conn, &mut input[..room])? else { return Ok(0) };
        let (mut at, mut len) = (0, 0);
        while at < count && !self.is_end() {
            let decoded = self.decoder.decode(&input[at..count]).map_err(FeedError::Malformed)?;
            let data = at + decoded.data.start..at + decoded.data.end;
            at += decoded.consumed;
            // The data of all chunks is put together where framing was, behind which it came.
            if data.start > len {
                input.copy_within(data.clone(), len);
            }
            len += data.len();
        }
        self.size += len;
        self.pace.on_input(len, worker.now().instant);
        self.pass_on(cx, &input[..len]);
        conn.put_back(&input[at..count]);
        Ok(count + FRAMING_COST * (at - len))
    }

    /// Gives data to whoever takes it.
    fn pass_on(&mut self, cx: &Context<'_>, data: &[u8]) {
        if let Some(spool) = &mut self.spool {
            spool.append(data);
        } else if let Some(producer) = &mut self.producer
            && !data.is_empty()
        {
            // It fits: no more was read than there was room for. A closed pipe is met elsewhere.
            let _sent = producer.poll_send(cx, &mut Bytes::copy_from_slice(data));
        }
    }

    /// Throws away what has arrived, within the bound.
    fn discard<T: Transport>(
        &mut self,
        cx: &Context<'_>,
        conn: &mut Conn<T>,
    ) -> Result<Pumped, FeedError> {
        self.stop();
        let mut budget = WIRE_BUDGET;
        while !self.is_end() {
            if self.size > self.drain_max {
                return Ok(Pumped::TooLarge);
            }
            if budget == 0 {
                return Ok(self.yield_turn(cx));
            }
            let room = READ_SIZE.min(self.drain_max + 1);
            match self.pump_some(cx, conn, room)? {
                0 => return self.await_peer(conn),
                cost => budget = budget.saturating_sub(cost),
            }
        }
        conn.http.on_body_end();
        Ok(Pumped::Ended)
    }
}

/// Why a body cannot be read on.
#[derive(Debug)]
pub(super) enum FeedError {
    /// It breaks its framing.
    Malformed(ParseError),
    /// The peer has ended before it did.
    CutShort,
    /// The peer does not send it in time.
    Late,
    /// The connection is gone.
    Lost(Lost),
}

/// Fills `buf` from what is held, else from the transport; `None` says that nothing is there yet.
fn take_input<T: Transport>(
    cx: &Context<'_>,
    conn: &mut Conn<T>,
    buf: &mut [u8],
) -> Result<Option<usize>, FeedError> {
    if !conn.held.is_empty() {
        return Ok(Some(conn.take_held(buf)));
    }
    if conn.reading == Reading::Ended {
        return Err(FeedError::CutShort);
    }
    if conn.transport.poll_ready(cx, Readiness::IN).is_pending() {
        return Ok(None);
    }
    let progress = conn.transport.try_read(buf).map_err(|error| FeedError::Lost(error.into()))?;
    match progress {
        Progress::Bytes(count) => Ok(Some(count)),
        Progress::End => {
            conn.reading = Reading::Ended;
            Err(FeedError::CutShort)
        }
        // The poll arranges the wake-up that the flag, just cleared, now allows.
        Progress::NotReady => {
            let _pending = conn.transport.poll_ready(cx, Readiness::IN);
            Ok(None)
        }
    }
}

/// Reads the rest of a body that nobody takes, so that the next request can be found behind it.
///
/// # Cancel safety
///
/// Dropped half-way the connection is closed; its answer is out.
pub(super) async fn drain<T: Transport>(conn: &mut Conn<T>, mut feed: Box<Feed>) -> Next {
    poll_fn(|cx| match feed.discard(cx, conn) {
        Ok(Pumped::Ended) => Poll::Ready(Next::Await),
        // The answer is out: when the server drains, nobody waits for the rest.
        Ok(Pumped::AwaitsPeer(until)) if !conn.worker.is_draining() => {
            conn.wake_at(cx, until);
            Poll::Pending
        }
        Ok(Pumped::Yielded) => Poll::Pending,
        // The next request cannot be found.
        Ok(_) | Err(FeedError::Malformed(_)) => Poll::Ready(Next::End(Ending::Linger)),
        Err(FeedError::CutShort) => Poll::Ready(Next::End(Ending::Close)),
        Err(FeedError::Late) => Poll::Ready(Next::End(Ending::Lost(Lost::Late))),
        Err(FeedError::Lost(lost)) => Poll::Ready(Next::End(Ending::Lost(lost))),
    })
    .await
}
