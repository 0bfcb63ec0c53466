//! Open-loop load: requests leave when their time has come, whatever became of those before.
//!
//! All connections are on one epoll of one thread. A request goes out on a connection that has
//! nothing outstanding; when there is none left, the load is not what it was meant to be, and that
//! is counted.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use reactor::clock::{self, Instant};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use crate::error::Failure;
use crate::http::Answer;

/// Longest wait for answers behind the last request.
const LAST_WAIT: Duration = Duration::from_secs(20);

/// Longest sleep of the client.
const SLEEP_MAX: Duration = Duration::from_millis(100);

const READ_SIZE: usize = 64 * 1024;

/// Requests of one kind.
#[derive(Debug)]
pub(crate) struct Stream {
    request: Vec<u8>,
    interval: Duration,
    next_at: Instant,
    free: VecDeque<usize>,
    pub(crate) outcome: Outcome,
}

/// What came of them.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) sent: u64,
    /// Requests that found no free connection, and were not sent.
    pub(crate) unsent: u64,
    pub(crate) answers: Vec<Timed>,
}

/// An answer, with what matters of it.
#[derive(Clone, Debug)]
pub(crate) struct Timed {
    pub(crate) status: u16,
    pub(crate) has_retry_after: bool,
    /// Since the request was to be sent.
    pub(crate) time: Duration,
    pub(crate) at: Instant,
}

/// A client and its connections.
#[derive(Debug)]
pub(crate) struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    pub(crate) streams: Vec<Stream>,
    buf: Vec<u8>,
    /// How late the client itself was at most.
    pub(crate) late_max: Duration,
}

#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    stream: usize,
    received: Vec<u8>,
    /// When the outstanding request was to be sent.
    due: Option<Instant>,
}

impl Load {
    /// Makes a client without connections.
    ///
    /// # Errors
    ///
    /// When the system refuses an epoll.
    pub(crate) fn new() -> Result<Self, Failure> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Failure::of("wait"))?;
        Ok(Self {
            epoll,
            connections: Vec::new(),
            streams: Vec::new(),
            buf: vec![0; READ_SIZE],
            late_max: Duration::ZERO,
        })
    }

    /// Adds requests for `path`, so many a second, over so many connections.
    ///
    /// # Errors
    ///
    /// When a connection cannot be made.
    pub(crate) fn add(
        &mut self,
        addr: SocketAddr,
        path: &str,
        rate: u32,
        connections: usize,
    ) -> Result<(), Failure> {
        let failed = || Failure::of("connect");
        let stream = self.streams.len();
        let mut free = VecDeque::new();
        for _ in 0..connections {
            let socket = TcpStream::connect(addr).map_err(failed())?;
            socket.set_nodelay(true).map_err(failed())?;
            socket.set_nonblocking(true).map_err(failed())?;
            let slot = self.connections.len();
            let data = epoll::EventData::new_u64(slot as u64);
            epoll::add(&self.epoll, &socket, data, epoll::EventFlags::IN)
                .map_err(Failure::of("wait"))?;
            self.connections.push(Connection { socket, stream, received: Vec::new(), due: None });
            free.push_back(slot);
        }
        self.streams.push(Stream {
            request: format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n").into_bytes(),
            interval: Duration::from_secs(1) / rate,
            next_at: Instant::NEVER,
            free,
            outcome: Outcome::default(),
        });
        Ok(())
    }

    /// Sends for so long, waits for the last answer, and returns when it began.
    ///
    /// # Errors
    ///
    /// When a connection fails, an answer is none, or one never comes.
    pub(crate) fn run(&mut self, time: Duration) -> Result<Instant, Failure> {
        let begin = now();
        let end = begin.after(time);
        for (number, stream) in self.streams.iter_mut().enumerate() {
            // Not all kinds at the same moment.
            stream.next_at = begin.after(stream.interval / 3 * u32::try_from(number).unwrap_or(0));
        }
        let mut events = Vec::with_capacity(self.connections.len());
        loop {
            let next = self.send_due(end)?.min(end);
            let outstanding = self.outstanding();
            let at = now();
            if at >= end && outstanding == 0 {
                return Ok(begin);
            }
            if at >= end.after(LAST_WAIT) {
                return Err(Failure::Stalled(outstanding));
            }
            let wait = if at < end { next.since(at).min(SLEEP_MAX) } else { SLEEP_MAX };
            self.receive(&mut events, wait)?;
        }
    }

    fn outstanding(&self) -> usize {
        self.connections.iter().filter(|connection| connection.due.is_some()).count()
    }

    /// Sends what is due and returns when the next is.
    fn send_due(&mut self, end: Instant) -> Result<Instant, Failure> {
        let at = now();
        let mut next = Instant::NEVER;
        for stream in &mut self.streams {
            while stream.next_at <= at && stream.next_at < end {
                let due = stream.next_at;
                stream.next_at = due.after(stream.interval);
                self.late_max = self.late_max.max(at.since(due));
                let Some(slot) = stream.free.pop_front() else {
                    stream.outcome.unsent += 1;
                    continue;
                };
                let connection = &mut self.connections[slot];
                // So little always fits where nothing is outstanding.
                connection.socket.write_all(&stream.request).map_err(Failure::of("send"))?;
                connection.due = Some(due);
                stream.outcome.sent += 1;
            }
            next = next.min(stream.next_at);
        }
        Ok(next)
    }

    fn receive(&mut self, events: &mut Vec<epoll::Event>, wait: Duration) -> Result<(), Failure> {
        events.clear();
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(Failure::of("wait")(errno)),
        }
        let at = now();
        for event in events.iter() {
            let slot = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let Some(connection) = self.connections.get_mut(slot) else { continue };
            let Some(answer) = connection.receive(&mut self.buf)? else { continue };
            let due = connection.due.take();
            let due = due.ok_or_else(|| Failure::Answer("to no request".to_owned()))?;
            let stream = &mut self.streams[connection.stream];
            stream.free.push_back(slot);
            stream.outcome.answers.push(Timed {
                status: answer.status,
                has_retry_after: answer.has_retry_after,
                time: at.since(due),
                at,
            });
        }
        Ok(())
    }
}

impl Connection {
    fn receive(&mut self, buf: &mut [u8]) -> Result<Option<Answer>, Failure> {
        match self.socket.read(buf) {
            Ok(0) => Err(Failure::Answer("the connection was closed".to_owned())),
            Ok(count) => {
                self.received.extend_from_slice(&buf[..count]);
                Answer::take(&mut self.received)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(Failure::of("receive")(error)),
        }
    }
}

fn now() -> Instant {
    clock::read().instant
}
