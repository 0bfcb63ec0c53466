//! The pipe under the connection, and the clock.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use avocet_server::files::FileSlice;
use avocet_server::transport::{More, Progress, Transport, TransportError};
use reactor::clock::Instant;
use reactor::driver::{Event, Events, World};
use reactor::poller::Readiness;
use reactor::{Handle, Source, Token};

/// What is between the two ends.
#[derive(Debug)]
pub(crate) struct Kernel {
    token: Option<Token>,
    pub(crate) now: Instant,
    /// What the server is told next.
    news: Readiness,
    /// Sent by the client, and not read by the server.
    pub(crate) up: VecDeque<u8>,
    /// Sent by the server, and not read by the client.
    pub(crate) down: VecDeque<u8>,
    capacity: usize,
    wants_room: bool,
    /// The client sends no more.
    pub(crate) has_client_ended: bool,
    /// When the server ended its half, and when it closed.
    pub(crate) ended_at: Option<Instant>,
    pub(crate) closed_at: Option<Instant>,
    /// The largest of the server's writes.
    pub(crate) write_max: usize,
}

impl Kernel {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            token: None,
            now: Instant::ORIGIN,
            news: Readiness::EMPTY,
            up: VecDeque::new(),
            down: VecDeque::new(),
            capacity,
            wants_room: false,
            has_client_ended: false,
            ended_at: None,
            closed_at: None,
            write_max: 0,
        }
    }

    pub(crate) fn tell(&mut self, news: Readiness) {
        self.news = self.news | news;
    }

    /// Lets the client read, and tells the server of the room as Linux does: from a third on.
    pub(crate) fn client_read(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.down.len());
        let read = self.down.drain(..count).collect();
        if self.wants_room && (self.capacity - self.down.len()) * 3 >= self.capacity {
            self.wants_room = false;
            self.tell(Readiness::OUT);
        }
        read
    }

    fn take(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.capacity - self.down.len());
        self.wants_room |= count < bytes.len();
        self.down.extend(&bytes[..count]);
        count
    }
}

/// The server's end.
#[derive(Debug)]
pub(crate) struct Pipe {
    kernel: Rc<RefCell<Kernel>>,
    source: Source,
}

impl Pipe {
    pub(crate) fn new(kernel: &Rc<RefCell<Kernel>>, handle: &Handle) -> Self {
        let source = handle.source();
        kernel.borrow_mut().token = Some(source.token());
        Self { kernel: Rc::clone(kernel), source }
    }

    fn write<'b>(&self, slices: impl Iterator<Item = &'b [u8]>) -> Progress {
        let (mut asked, mut count) = (0, 0);
        let mut kernel = self.kernel.borrow_mut();
        for slice in slices {
            asked += slice.len();
            count += kernel.take(slice);
        }
        kernel.write_max = kernel.write_max.max(asked);
        if count < asked {
            self.source.on_short_write();
        }
        if count == 0 && asked > 0 { Progress::NotReady } else { Progress::Bytes(count) }
    }
}

impl Transport for Pipe {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        let mut kernel = self.kernel.borrow_mut();
        let count = buf.len().min(kernel.up.len());
        for (place, byte) in buf.iter_mut().zip(kernel.up.drain(..count)) {
            *place = byte;
        }
        Ok(match count {
            0 if kernel.has_client_ended => Progress::End,
            0 => {
                self.source.on_read_would_block();
                Progress::NotReady
            }
            count if count < buf.len() => {
                self.source.on_short_read();
                Progress::Bytes(count)
            }
            count => Progress::Bytes(count),
        })
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        _more: More,
    ) -> Result<Progress, TransportError> {
        Ok(self.write(slices.iter().map(|slice| &**slice)))
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        Ok(self.write(std::iter::once(slice.bytes(range))))
    }

    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.source.poll_ready(cx, wanted)
    }

    fn close_write(&mut self) {
        let kernel = &mut *self.kernel.borrow_mut();
        kernel.ended_at.get_or_insert(kernel.now);
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.close_write();
        let kernel = &mut *self.kernel.borrow_mut();
        kernel.closed_at = Some(kernel.now);
    }
}

/// The clock: it jumps from one thing that is due to the next, up to where the test wants it.
#[derive(Debug)]
pub(crate) struct Clock {
    kernel: Rc<RefCell<Kernel>>,
    pub(crate) target: Instant,
    /// The worker has nothing left to do up to there.
    pub(crate) is_there: bool,
}

impl Clock {
    pub(crate) fn new(kernel: &Rc<RefCell<Kernel>>) -> Self {
        Self { kernel: Rc::clone(kernel), target: Instant::ORIGIN, is_there: false }
    }
}

impl World for Clock {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        self.is_there = false;
        let mut kernel = self.kernel.borrow_mut();
        let readiness = std::mem::replace(&mut kernel.news, Readiness::EMPTY);
        if let Some(token) = kernel.token
            && readiness != Readiness::EMPTY
        {
            events.push(Event { token, readiness });
            return Some(now);
        }
        self.is_there = now >= self.target && until > now;
        kernel.now = until.min(self.target).max(now);
        Some(kernel.now)
    }

    fn wall(&self, at: Instant) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(at.as_nanos())
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}
