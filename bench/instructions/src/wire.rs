//! The wire: requests arrive at each turn of the worker, and answers are taken at once.
//!
//! Tests have `testkit::pipe`, which keeps all bytes. This one costs a round next to nothing, and
//! does not bring the test kit's planted bugs into what is counted.

use std::cell::RefCell;
use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reactor::clock::Instant;
use reactor::driver::{Event, Events, World};
use reactor::poller::Readiness;
use reactor::{Handle, Source, Token};
use server::files::FileSlice;
use server::transport::{More, Progress, Transport, TransportError};

use crate::head::count_up;

/// What lies between client and server.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    token: Option<Token>,
    /// What arrives next, how often something has, and how often it will.
    burst: Vec<u8>,
    bursts: u32,
    bursts_max: u32,
    /// The last burst is not read yet.
    is_readable: bool,
    /// What was sent for the first burst.
    pub(crate) first: Vec<u8>,
    /// The bytes that were sent in all.
    pub(crate) size: usize,
}

impl Wire {
    pub(crate) fn new(burst: Vec<u8>, bursts_max: u32) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self { burst, bursts_max, ..Self::default() }))
    }

    fn take(&mut self, bytes: &[u8]) -> usize {
        if self.bursts == 1 {
            self.first.extend_from_slice(bytes);
        }
        self.size += bytes.len();
        bytes.len()
    }
}

/// The server's end.
#[derive(Debug)]
pub(crate) struct End {
    wire: Rc<RefCell<Wire>>,
    source: Source,
}

impl End {
    pub(crate) fn new(wire: &Rc<RefCell<Wire>>, handle: &Handle) -> Self {
        let source = handle.source();
        wire.borrow_mut().token = Some(source.token());
        Self { wire: Rc::clone(wire), source }
    }
}

impl Transport for End {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        let mut wire = self.wire.borrow_mut();
        if !std::mem::take(&mut wire.is_readable) {
            if wire.bursts == wire.bursts_max {
                return Ok(Progress::End);
            }
            self.source.on_read_would_block();
            return Ok(Progress::NotReady);
        }
        let place = buf.get_mut(..wire.burst.len()).expect("a burst fits into one read");
        place.copy_from_slice(&wire.burst);
        count_up(&mut wire.burst);
        self.source.on_short_read();
        Ok(Progress::Bytes(wire.burst.len()))
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        _more: More,
    ) -> Result<Progress, TransportError> {
        let mut wire = self.wire.borrow_mut();
        Ok(Progress::Bytes(slices.iter().map(|slice| wire.take(slice)).sum()))
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        Ok(Progress::Bytes(self.wire.borrow_mut().take(slice.bytes(range))))
    }

    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.source.poll_ready(cx, wanted)
    }

    fn close_write(&mut self) {}
}

/// The world around one wire. When all has arrived the client ends, and so does the world.
#[derive(Debug)]
pub(crate) struct WireWorld(pub(crate) Rc<RefCell<Wire>>);

impl World for WireWorld {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        let mut wire = self.0.borrow_mut();
        let token = wire.token?;
        let readiness = if wire.bursts < wire.bursts_max {
            wire.bursts += 1;
            wire.is_readable = true;
            Readiness::IN
        } else {
            Readiness::IN | Readiness::RDHUP
        };
        events.push(Event { token, readiness });
        Some(until.min(now.after(TURN)))
    }

    /// It stands still, so that answers do not differ by their Date.
    fn wall(&self, _at: Instant) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_600_000_000)
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}

/// How long a turn takes: all rounds together less than what is cached stays fresh.
const TURN: Duration = Duration::from_micros(10);
