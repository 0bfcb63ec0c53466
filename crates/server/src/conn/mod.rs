//! Connections: one task each, from accept to close.
//!
//! [`h1`] tells the story; the other modules are its rarer chapters: an answer that does not go out
//! at once ([`delivery`]) and the disk that it may wait for ([`cold`]), one that is not made at
//! once ([`attendance`]), the body of a request ([`feed`]), the end ([`ending`]). What all of a
//! worker's keep, and who of them goes when something runs short, is in [`account`] and [`roll`].
//! Nothing here knows what a handler does.

mod account;
mod answer;
mod attendance;
mod cold;
mod delivery;
mod ending;
mod feed;
mod h1;
mod memo;
mod outgoing;
mod pace;
mod pieces;
mod queueing;
mod roll;
mod routing;
mod scratch;
mod spool;
mod stall;
mod streamed;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use http1::head::HeadLimits;
use reactor::clock::{Instant, Now};
use reactor::net::{ListenAddr, PeerAddr};
use reactor::planted::{self, Bug};
use reactor::{Phase, Timer, Token};
use settings::Limits;

pub(crate) use self::account::Account;
pub use self::account::MemoryUse;
use self::account::Purpose;
pub(crate) use self::roll::Roll;
use self::roll::{Asked, Standing};
pub use self::scratch::Logging;
use self::scratch::WorkerScratch;
use crate::lifecycle::WorkerContext;
use crate::router::Router;
use crate::service::Connection;
use crate::telemetry::Counters;
use crate::transport::{Transport, TransportError};

/// What the connections of one worker share: the router, the worker's buffers, its counters.
///
/// A server makes one for each of its workers. Whoever brings a [`Transport`] of their own, such
/// as the simulator, makes one and spawns [`Connections::serve`].
#[derive(Debug)]
pub struct Connections {
    context: Rc<WorkerContext>,
    router: Arc<Router>,
    scratch: RefCell<WorkerScratch>,
    head_limits: HeadLimits,
    counters: Arc<Counters>,
    account: Arc<Account>,
}

impl Connections {
    /// Puts together what the connections of one worker share.
    #[must_use]
    pub fn new(context: Rc<WorkerContext>, router: Arc<Router>, logging: Logging) -> Rc<Self> {
        let limits = context.limits();
        let counters = Arc::clone(context.counters());
        let scratch = WorkerScratch::new(&context, logging);
        let head_limits = HeadLimits {
            request_line_size_max: saturating(limits.request_line_size_max),
            head_size_max: saturating(limits.head_size_max),
            fields_max: u16::try_from(limits.fields_max).unwrap_or(u16::MAX),
        };
        let scratch = RefCell::new(scratch);
        Rc::new(Self { context, router, scratch, head_limits, counters, account: Arc::default() })
    }

    /// Serves a connection that was accepted just now, until it ends.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way the connection is closed as it stands; what was being sent is cut short,
    /// which its framing lets the client see.
    pub fn serve<T: Transport>(
        self: &Rc<Self>,
        transport: T,
        peer: PeerAddr,
        local: Rc<ListenAddr>,
    ) -> impl Future<Output = ()> + use<T> {
        let facts = Connection { peer, local };
        h1::serve(Box::new(Conn::new(transport, facts, Rc::clone(self))))
    }

    /// Returns the worker's counters, which any thread may read.
    #[must_use]
    pub const fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Returns what the connections of this worker keep in memory; `pending_size_max` bounds it.
    /// Idle connections have no part in it (rule 5).
    #[must_use]
    pub fn memory_use(&self) -> MemoryUse {
        self.account.memory_use()
    }

    /// Returns the account, for who reads it on another thread.
    pub(crate) const fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Asks connections of this worker to leave because others need their places: those that have
    /// been idle longest, else those whose heads have been unfinished longest. Returns how many
    /// were asked.
    ///
    /// A server does so when it runs out of descriptors; who brings transports of their own does
    /// when they run out of those. Whoever was asked leaves within a turn or two, unless a request
    /// has come meanwhile: that is answered first.
    pub fn make_room(&self) -> usize {
        self.context.roll().make_room(self.now().instant)
    }

    /// Passes on the lines of the access log that have waited for long enough, or that nothing may
    /// wait for any more. To be called at the end of each turn; without it lines are passed on
    /// when many have come together, and when `self` is dropped.
    pub fn end_turn(&self) {
        if let Some(log) = &mut self.scratch.borrow_mut().outbox.log {
            log.end_turn(self.now().instant, self.context.handle().phase());
        }
    }

    fn limits(&self) -> &Limits {
        self.context.limits()
    }

    fn now(&self) -> Now {
        self.context.now()
    }

    /// Keeps the account within its bound, as far as unfinished heads can make up for it.
    fn relieve_memory(&self) {
        let memory_use = self.memory_use();
        let excess = memory_use.total().saturating_sub(self.limits().pending_size_max);
        if excess > 0 && memory_use.heads > 0 {
            self.context.roll().free_memory(excess, self.now().instant);
        }
    }

    /// Tells whether nothing more may be kept.
    fn is_memory_full(&self) -> bool {
        self.memory_use().total() >= self.limits().pending_size_max
    }

    fn is_draining(&self) -> bool {
        self.context.handle().phase() != Phase::Running
    }
}

fn saturating(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// A connection between two awaits.
#[derive(Debug)]
struct Conn<T> {
    transport: T,
    worker: Rc<Connections>,
    facts: Connection,
    /// The one timer; each chapter sets it for what it waits for.
    timer: Timer,
    /// What it is called on the roll.
    seat: Token,
    http: http1::connection::Connection,
    /// Received and not yet consumed: the beginning of a head, or what came behind a request that
    /// is still being answered. Without an allocation when there is none (rule 5).
    held: Vec<u8>,
    /// So many bytes of `held` are known to be no whole head.
    scanned: usize,
    expects: Expects,
    /// Since when it does.
    since: Instant,
    reading: Reading,
    /// Bytes given to the transport so far, of which the kernel may still hold any.
    handed: u64,
}

/// What a connection expects of its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    /// The first request.
    First,
    /// The rest of a head that was begun.
    Rest,
    /// Another request.
    Another,
}

/// Whether there is a point in reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// More may come.
    Open,
    /// More may come, but the connection is to end: one last look has been taken.
    Last,
    /// The peer has sent all it will.
    Ended,
}

impl<T: Transport> Conn<T> {
    /// Puts a connection together that was accepted just now.
    fn new(transport: T, facts: Connection, worker: Rc<Connections>) -> Self {
        let since = worker.now().instant;
        let timer = worker.context.handle().timer(Instant::NEVER);
        let seat = worker.context.roll().enter();
        Self {
            transport,
            worker,
            facts,
            timer,
            seat,
            http: http1::connection::Connection::new(),
            held: Vec::new(),
            scanned: 0,
            expects: Expects::First,
            since,
            reading: Reading::Open,
            handed: 0,
        }
    }

    /// Keeps `rest` for the next look, in as little memory as it needs.
    fn hold(&mut self, rest: &[u8]) {
        /// Growth in steps: a head that trickles in is not moved for each byte of it.
        const STEP: usize = 1024;
        self.scanned = 0;
        self.change_held(|held| {
            if rest.is_empty() {
                *held = if planted::is_planted(Bug::BufferKeptIdle) { vec![0] } else { Vec::new() };
            }
            held.clear();
            if held.capacity() < rest.len() {
                held.reserve_exact(rest.len().next_multiple_of(STEP));
            }
            held.extend_from_slice(rest);
        });
    }

    /// Moves what fits of the held bytes into `buf`; returns how many.
    fn take_held(&mut self, buf: &mut [u8]) -> usize {
        self.change_held(|held| {
            let count = buf.len().min(held.len());
            buf[..count].copy_from_slice(&held[..count]);
            if count == held.len() {
                *held = Vec::new();
            } else {
                held.drain(..count);
            }
            count
        })
    }

    /// Puts bytes back in front of those that are held.
    fn put_back(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.change_held(|held| drop(held.splice(..0, bytes.iter().copied())));
        }
        self.scanned = 0;
    }

    /// Changes what is held, and keeps the worker's account of its size.
    fn change_held<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let before = self.held.capacity();
        let result = change(&mut self.held);
        self.worker.account.change(Purpose::Head, before, self.held.capacity());
        result
    }

    /// Notes on the roll that the connection waits for a request, or for the rest of one.
    fn note_waiting(&self) {
        let since = self.since;
        let standing = match self.expects {
            Expects::Another => Standing::Idle { since },
            Expects::First | Expects::Rest => Standing::Head { since, size: self.held.capacity() },
        };
        self.worker.context.roll().set_standing(self.seat, standing);
    }

    /// Notes on the roll that the connection cannot be spared.
    fn note_at_work(&self) {
        self.worker.context.roll().set_standing(self.seat, Standing::AtWork);
    }

    /// Returns what the connection was asked.
    fn asked(&self) -> Asked {
        self.worker.context.roll().asked(self.seat)
    }

    /// Begins to expect a request, now that all before it is done with.
    fn expect_another(&mut self) {
        self.since = self.worker.now().instant;
        self.expects = match self.has_begun() {
            true => Expects::Rest,
            false => Expects::Another,
        };
    }

    /// Tells whether what is held begins a request. Empty lines do not (RFC 9112 §2.2).
    fn has_begun(&self) -> bool {
        self.held.iter().any(|byte| !b"\r\n".contains(byte))
    }

    fn set_deadline_in(&self, timeout: Duration) {
        self.timer.set(self.worker.now().instant.after(timeout));
    }

    /// Arranges to be woken at a moment that is still to come.
    fn wake_at(&self, cx: &Context<'_>, at: Instant) {
        self.timer.set(at);
        let is_pending = self.timer.poll_expired(cx).is_pending();
        debug_assert!(is_pending, "who named the moment has judged that it has not come");
    }
}

impl<T> Drop for Conn<T> {
    fn drop(&mut self) {
        self.worker.account.change(Purpose::Head, self.held.capacity(), 0);
        self.worker.context.roll().leave(self.seat);
    }
}

/// A connection is of no more use, and nothing more can be said on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// The transport failed.
    Transport(TransportError),
    /// The peer closed where more was due.
    Closed,
    /// A deadline passed.
    Late,
    /// What we were sending ended before it should.
    CutShort,
}

impl From<TransportError> for Lost {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

#[cfg(test)]
mod tests;
