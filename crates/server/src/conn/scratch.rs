//! What a worker lends to the connection that runs, and takes back before it waits.

use std::sync::Arc;

use http1::head::{Head, HeadScratch};
use reactor::clock::Now;
use reactor::net::PeerAddr;

use super::delivery::Delivery;
use super::h1::Next;
use super::memo::Memo;
use crate::lifecycle::WorkerContext;
use crate::telemetry::access_log::{LogSink, Record, WorkerLog};
use crate::telemetry::{Counters, Dates};

/// Room for a read behind a head that is held: as much as the kernel usually has.
const READ_SIZE: usize = 64 * 1024;

/// The buffers of a worker. They never live across an await: an idle connection holds none.
#[derive(Debug)]
pub(super) struct WorkerScratch {
    /// Where reads go, behind what the connection held.
    pub(super) input: Box<[u8]>,
    /// Where heads are taken apart.
    pub(super) heads: HeadScratch,
    /// Answers that may be given again.
    pub(super) memo: Memo,
    pub(super) outbox: Outbox,
}

/// What goes out at the end of a burst.
#[derive(Debug)]
pub(super) struct Outbox {
    /// Answers made and not yet sent.
    pub(super) bytes: Vec<u8>,
    /// The worker's part of the access log, if there is one.
    pub(super) log: Option<WorkerLog>,
    /// The dates of this second.
    pub(super) dates: Dates,
    /// Where answers are counted.
    pub(super) counters: Arc<Counters>,
    /// The place of the last delivery that was done in its burst; there is nothing in it.
    vacant: Option<Box<Delivery>>,
}

impl WorkerScratch {
    /// Makes a worker's buffers.
    pub(super) fn new(context: &WorkerContext, logging: Logging) -> Self {
        let limits = context.limits();
        Self {
            input: vec![0; limits.head_size_max + READ_SIZE].into_boxed_slice(),
            heads: HeadScratch::new(),
            memo: Memo::new(),
            outbox: Outbox {
                bytes: Vec::with_capacity(READ_SIZE),
                log: match logging {
                    Logging::To(sink) => Some(WorkerLog::new(sink, context.handle(), limits)),
                    Logging::Off => None,
                },
                dates: Dates::new(context.now().wall),
                counters: Arc::clone(context.counters()),
                vacant: None,
            },
        }
    }
}

impl Outbox {
    /// Begins a turn of a connection. What another one left behind when it panicked half-way is
    /// dropped: it is nobody else's to get.
    pub(super) fn begin(&mut self, now: Now) {
        self.bytes.clear();
        self.dates.refresh(now.wall);
    }

    /// Gives a delivery a place: that of the last one, so that a file which goes out at once costs
    /// no allocation.
    pub(super) fn place(&mut self, delivery: Delivery) -> Box<Delivery> {
        match self.vacant.take() {
            Some(mut place) => {
                *place = delivery;
                place
            }
            None => Box::new(delivery),
        }
    }

    /// Takes a delivery that is done out of its place, and keeps that for the next.
    pub(super) fn vacate(&mut self, mut place: Box<Delivery>) -> Delivery {
        let done = std::mem::replace(&mut *place, Delivery::of_rest(0, Next::Await));
        self.vacant = Some(place);
        done
    }

    /// Begins the log's line of a request.
    pub(super) fn begin_record(&mut self, peer: PeerAddr, head: &Head<'_>) -> Option<Record> {
        self.log.as_mut().map(|log| log.begin(peer, &self.dates, head))
    }

    /// Keeps the log's line of a request whose answer does not come in this burst.
    pub(super) fn keep_record(&mut self, record: &mut Option<Record>) {
        if let (Some(log), Some(record)) = (&mut self.log, record) {
            log.keep(record);
        }
    }
}

/// Whether answers are logged.
#[derive(Debug)]
pub enum Logging {
    /// They are, at this end of a log.
    To(LogSink),
    /// They are not.
    Off,
}
