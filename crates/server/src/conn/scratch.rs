//! What a worker lends to the connection that runs, and takes back before it waits.

use std::sync::Arc;

use http1::head::HeadScratch;
use reactor::clock::Now;
use settings::Limits;

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
    pub(super) outbox: Outbox,
}

/// What goes out at the end of a burst.
#[derive(Debug)]
pub(super) struct Outbox {
    /// Answers made and not yet sent.
    pub(super) bytes: Vec<u8>,
    /// Lines for the access log, if it is on.
    pub(super) lines: Option<Vec<u8>>,
    /// The dates of this second.
    pub(super) dates: Dates,
    /// Where answers are counted.
    pub(super) counters: Arc<Counters>,
}

impl WorkerScratch {
    /// Makes a worker's buffers.
    pub(super) fn new(
        limits: &Limits,
        now: Now,
        logging: Logging,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            input: vec![0; limits.head_size_max + READ_SIZE].into_boxed_slice(),
            heads: HeadScratch::new(),
            outbox: Outbox {
                bytes: Vec::with_capacity(READ_SIZE),
                lines: match logging {
                    Logging::On => Some(Vec::new()),
                    Logging::Off => None,
                },
                dates: Dates::new(now.wall),
                counters,
            },
        }
    }

    /// Returns the lines logged since the buffer was last emptied, if there are any.
    pub(super) fn lines_mut(&mut self) -> Option<&mut Vec<u8>> {
        self.outbox.lines.as_mut().filter(|lines| !lines.is_empty())
    }
}

impl Outbox {
    /// Begins a turn of a connection. What another one left behind when it panicked half-way is
    /// dropped: it is nobody else's to get.
    pub(super) fn begin(&mut self, now: Now) {
        self.bytes.clear();
        self.dates.refresh(now.wall);
    }
}

/// Whether answers are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logging {
    /// They are.
    On,
    /// They are not.
    Off,
}
