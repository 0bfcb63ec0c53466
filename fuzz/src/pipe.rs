//! The pipe under the connection, and the world in which its pieces arrive.

use std::cell::RefCell;
use std::collections::VecDeque;
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

/// The client's end.
#[derive(Debug)]
pub(crate) struct Outside {
    token: Option<Token>,
    pieces: VecDeque<Vec<u8>>,
    arrived: VecDeque<u8>,
    has_ended: bool,
    /// Bytes of answers that are taken before the server must wait.
    room: usize,
    room_max: usize,
    wants_room: bool,
    pub(crate) sent: Vec<u8>,
}

impl Outside {
    pub(crate) fn new<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, room: usize) -> Self {
        Self {
            token: None,
            pieces: pieces.into_iter().map(<[u8]>::to_vec).collect(),
            arrived: VecDeque::new(),
            has_ended: false,
            room,
            room_max: room,
            wants_room: false,
            sent: Vec::new(),
        }
    }

    /// Lets the next thing happen, if there is any, and says what the server notices.
    fn happen(&mut self) -> Option<Readiness> {
        if self.wants_room {
            self.wants_room = false;
            self.room = self.room_max;
            return Some(Readiness::OUT);
        }
        if let Some(piece) = self.pieces.pop_front() {
            self.arrived.extend(piece);
            return Some(Readiness::IN);
        }
        let is_last = !std::mem::replace(&mut self.has_ended, true);
        is_last.then_some(Readiness::IN | Readiness::RDHUP)
    }

    fn take(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room);
        self.room -= count;
        self.wants_room |= count < bytes.len();
        self.sent.extend_from_slice(&bytes[..count]);
        count
    }
}

/// The server's end.
#[derive(Debug)]
pub(crate) struct Pipe {
    outside: Rc<RefCell<Outside>>,
    source: Source,
}

impl Pipe {
    pub(crate) fn new(outside: &Rc<RefCell<Outside>>, handle: &Handle) -> Self {
        let source = handle.source();
        outside.borrow_mut().token = Some(source.token());
        Self { outside: Rc::clone(outside), source }
    }

    fn progress(&self, asked: usize, count: usize) -> Progress {
        if count < asked {
            self.source.on_short_write();
        }
        if count == 0 && asked > 0 { Progress::NotReady } else { Progress::Bytes(count) }
    }
}

impl Transport for Pipe {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        let mut outside = self.outside.borrow_mut();
        let count = buf.len().min(outside.arrived.len());
        for (place, byte) in buf.iter_mut().zip(outside.arrived.drain(..count)) {
            *place = byte;
        }
        if count == 0 && outside.has_ended {
            return Ok(Progress::End);
        }
        if count == 0 {
            self.source.on_read_would_block();
            return Ok(Progress::NotReady);
        }
        if count < buf.len() {
            self.source.on_short_read();
        }
        Ok(Progress::Bytes(count))
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        _more: More,
    ) -> Result<Progress, TransportError> {
        let asked = slices.iter().map(|slice| slice.len()).sum();
        let mut outside = self.outside.borrow_mut();
        let count = slices.iter().map(|slice| outside.take(slice)).sum();
        drop(outside);
        Ok(self.progress(asked, count))
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        let bytes = slice.bytes(range);
        let count = self.outside.borrow_mut().take(bytes);
        Ok(self.progress(bytes.len(), count))
    }

    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.source.poll_ready(cx, wanted)
    }

    fn close_write(&mut self) {}
}

/// The world around one pipe: something arrives whenever the worker waits, and when nothing is
/// left, time passes.
#[derive(Debug)]
pub(crate) struct PipeWorld {
    outside: Rc<RefCell<Outside>>,
}

impl PipeWorld {
    pub(crate) fn new(outside: &Rc<RefCell<Outside>>) -> Self {
        Self { outside: Rc::clone(outside) }
    }
}

impl World for PipeWorld {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        let mut outside = self.outside.borrow_mut();
        let token = outside.token?;
        match outside.happen() {
            Some(readiness) => {
                events.push(Event { token, readiness });
                Some(now)
            }
            None if until == Instant::NEVER => None,
            None => Some(until),
        }
    }

    /// It stands still, so that answers do not differ by their Date.
    fn wall(&self, _at: Instant) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_600_000_000)
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}
