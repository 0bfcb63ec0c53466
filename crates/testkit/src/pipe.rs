//! One connection in memory: the server's end is a [`Transport`], the other is played by the test.
//!
//! ```text
//!   test ── client_send ──► Kernel ──► Pipe ──► the shipped connection
//!        ◄─ client_read ──        ◄──
//! ```
//!
//! The [`Kernel`] in between keeps what was sent and not read, within its capacity in the direction
//! of answers, and what the server's reactor is to be told. When it is told, and what time it is
//! then, is the business of a [`World`]: [`Pieces`] here, or one that the test brings.
//!
//! There is one connection and no fault: many of them, their network and its faults are
//! [`sim`](crate::sim)'s.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use reactor::clock::Instant;
use reactor::driver::{Event, Events, World};
use reactor::poller::Readiness;
use reactor::pool::{Job, Offload, Refusal, Refused, Ticket};
use reactor::{Handle, Source, Token};
use server::files::FileSlice;
use server::transport::{More, Progress, Transport, TransportError};

/// What is between the two ends.
#[derive(Debug)]
pub struct Kernel {
    token: Option<Token>,
    /// What the server is told next.
    news: Readiness,
    /// Sent by the client, and not read by the server.
    up: VecDeque<u8>,
    /// Sent by the server, and not read by the client.
    down: VecDeque<u8>,
    capacity: usize,
    wants_room: bool,
    has_client_ended: bool,
    /// The time, for the moments below; the world sets it.
    pub now: Instant,
    /// When the server ended its half.
    pub ended_at: Option<Instant>,
    /// When the server closed.
    pub closed_at: Option<Instant>,
    /// The size of the largest of the server's writes.
    pub write_max: usize,
}

impl Kernel {
    /// Makes one that takes so many bytes of answers before the server must wait.
    #[must_use]
    pub fn new(capacity: usize) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            token: None,
            news: Readiness::EMPTY,
            up: VecDeque::new(),
            down: VecDeque::new(),
            capacity,
            wants_room: false,
            has_client_ended: false,
            now: Instant::ORIGIN,
            ended_at: None,
            closed_at: None,
            write_max: 0,
        }))
    }

    /// Sends bytes to the server, which arrive at once.
    pub fn client_send(&mut self, bytes: &[u8]) {
        self.up.extend(bytes);
        self.tell(Readiness::IN);
    }

    /// Ends the client's half.
    pub fn client_end(&mut self) {
        self.has_client_ended = true;
        self.tell(Readiness::IN | Readiness::RDHUP);
    }

    /// Reads up to `count` bytes of answers. The server is told of the room as Linux does: from a
    /// third on.
    pub fn client_read(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.down.len());
        let read = self.down.drain(..count).collect();
        if self.wants_room && (self.capacity - self.down.len()) * 3 >= self.capacity {
            self.wants_room = false;
            self.tell(Readiness::OUT);
        }
        read
    }

    /// Returns how many bytes the server has not read yet.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.up.len()
    }

    /// Takes what the server's reactor is to be told, if there is anything.
    pub fn next_event(&mut self) -> Option<Event> {
        let token = self.token?;
        let readiness = std::mem::replace(&mut self.news, Readiness::EMPTY);
        (readiness != Readiness::EMPTY).then_some(Event { token, readiness })
    }

    fn tell(&mut self, news: Readiness) {
        self.news = self.news | news;
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
pub struct Pipe {
    kernel: Rc<RefCell<Kernel>>,
    source: Source,
}

impl Pipe {
    /// Connects the worker of `handle`.
    #[must_use]
    pub fn new(kernel: &Rc<RefCell<Kernel>>, handle: &Handle) -> Self {
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

/// A world in which one thing happens whenever the worker waits: the client reads what stands in
/// the way of an answer, else the next piece arrives, else the client ends. When nothing is left,
/// time passes.
#[derive(Debug)]
pub struct Pieces {
    kernel: Rc<RefCell<Kernel>>,
    pieces: VecDeque<Vec<u8>>,
    /// What the client has read.
    sent: Vec<u8>,
    wall: SystemTime,
}

impl Pieces {
    /// Has these pieces arrive, at a wall clock that stands still, so that answers do not differ by
    /// their Date.
    #[must_use]
    pub fn new<'p>(
        kernel: &Rc<RefCell<Kernel>>,
        pieces: impl IntoIterator<Item = &'p [u8]>,
        wall: SystemTime,
    ) -> Self {
        let pieces = pieces.into_iter().map(<[u8]>::to_vec).collect();
        Self { kernel: Rc::clone(kernel), pieces, sent: Vec::new(), wall }
    }

    /// Reads what is left and takes all that the server has sent.
    pub fn take_sent(&mut self) -> Vec<u8> {
        self.sent.append(&mut self.kernel.borrow_mut().client_read(usize::MAX));
        std::mem::take(&mut self.sent)
    }
}

impl World for Pieces {
    fn advance(&mut self, now: Instant, until: Instant, events: &mut Events) -> Option<Instant> {
        let mut kernel = self.kernel.borrow_mut();
        if kernel.wants_room {
            self.sent.append(&mut kernel.client_read(usize::MAX));
        } else if let Some(piece) = self.pieces.pop_front() {
            kernel.client_send(&piece);
        } else if !kernel.has_client_ended {
            kernel.client_end();
        }
        match kernel.next_event() {
            Some(event) => {
                events.push(event);
                Some(now)
            }
            None if until == Instant::NEVER => None,
            None => Some(until),
        }
    }

    fn wall(&self, _at: Instant) -> SystemTime {
        self.wall
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}

/// A pool that takes nothing: what would be a job is refused, as by a full one.
#[derive(Debug)]
pub struct NoPool;

impl Offload for NoPool {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        Err(Refused { job, reason: Refusal::Closed })
    }
}
