//! The client: connections made once, then run after run over them.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;

use crate::error::LoadError;
use crate::response::{Checker, Stage};

/// A server that moves nothing for this long ends the run.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The same for a wait in epoll.
const STALL_TIMESPEC: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

const READ_BUF_SIZE: usize = 256 * 1024;

/// What is asked, of whom and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server.
    pub addr: SocketAddr,
    /// The path of the file, which starts with `/`.
    pub path: String,
    /// The length of the file; `None` takes it from the first response.
    pub body_len: Option<u64>,
    /// How many connections are kept.
    pub connections: usize,
    /// How many requests go out in one write.
    pub pipelined: usize,
}

/// How the connections keep together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Write to all connections, then read from all.
    LockStep,
    /// Each connection asks again as soon as it was answered.
    FreeRunning,
}

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Each connection writes so many times.
    Rounds(u64),
    /// No connection writes after so long; what was asked by then is still read.
    Time(Duration),
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Requests that got a right and whole response.
    pub requests: u64,
    /// From the first write to the last read.
    pub elapsed: Duration,
}

/// A client with its connections open.
#[derive(Debug)]
pub struct Client {
    connections: Vec<Connection>,
    batch: Vec<u8>,
    batch_requests: usize,
    checker: Checker,
    read_buf: Vec<u8>,
}

/// One keep-alive connection.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    stage: Stage,
    owed: usize,
    writes: u64,
}

/// Decides whether there is another round; owns the run's clock.
#[derive(Debug)]
struct Progress {
    begun: Instant,
    length: Length,
}

impl Target {
    /// The bytes of one request.
    pub fn request(&self) -> Vec<u8> {
        let mut request = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            request,
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: avocet-load\r\nAccept: */*\r\n\r\n",
            self.path, self.addr
        );
        request.into_bytes()
    }
}

impl Client {
    /// Opens all connections.
    ///
    /// # Errors
    ///
    /// When the path cannot stand in a request line or a connection cannot be made.
    pub fn connect(target: &Target) -> Result<Self, LoadError> {
        let path = &target.path;
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(LoadError::Path(path.clone()));
        }
        let connections = (0..target.connections)
            .map(|_| Connection::open(target.addr))
            .collect::<Result<_, _>>()
            .map_err(LoadError::Connect)?;
        Ok(Self {
            connections,
            batch: target.request().repeat(target.pipelined),
            batch_requests: target.pipelined,
            checker: Checker::new(target.body_len),
            read_buf: vec![0; READ_BUF_SIZE],
        })
    }

    /// Makes one run over all connections; may be called again and again.
    ///
    /// # Errors
    ///
    /// When a response is not as expected, a connection ends, or nothing moves for ten seconds.
    /// The client is of no use after that: responses may be under way.
    ///
    /// # Blocking
    ///
    /// Until the run is over, by design: the calling thread is the load.
    pub fn run(&mut self, pace: Pace, length: Length) -> Result<Report, LoadError> {
        for connection in &mut self.connections {
            connection.writes = 0;
        }
        let progress = Progress::begin(length);
        match pace {
            Pace::LockStep => self.run_lock_step(&progress)?,
            Pace::FreeRunning => self.run_free(&progress)?,
        }
        let elapsed = progress.elapsed();
        let writes: u64 = self.connections.iter().map(|connection| connection.writes).sum();
        Ok(Report { requests: writes * self.batch_requests as u64, elapsed })
    }

    fn run_lock_step(&mut self, progress: &Progress) -> Result<(), LoadError> {
        let mut rounds = 0;
        while progress.has_next(rounds) {
            for connection in &mut self.connections {
                connection.ask(&self.batch, self.batch_requests)?;
            }
            // The last first: a server answers in the order in which it was asked, so the client
            // sleeps once a round and not before each answer. Waking it is work of the server's
            // core, and how often that happens must not depend on which of the two is quicker.
            for connection in self.connections.iter_mut().rev() {
                while connection.owed > 0 {
                    connection.read(&mut self.checker, &mut self.read_buf)?;
                }
            }
            rounds += 1;
        }
        Ok(())
    }

    fn run_free(&mut self, progress: &Progress) -> Result<(), LoadError> {
        let epoll = self.watch_all().map_err(|errno| LoadError::Io(errno.into()))?;
        let mut events = Vec::with_capacity(self.connections.len().max(1));
        let mut running = 0;
        for connection in &mut self.connections {
            if progress.has_next(0) {
                connection.ask(&self.batch, self.batch_requests)?;
                running += 1;
            }
        }
        while running > 0 {
            wait(&epoll, &mut events)?;
            for event in &events {
                let slot = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
                let Some(connection) = self.connections.get_mut(slot) else { continue };
                connection.read(&mut self.checker, &mut self.read_buf)?;
                if connection.owed > 0 {
                    continue;
                }
                if progress.has_next(connection.writes) {
                    connection.ask(&self.batch, self.batch_requests)?;
                } else {
                    running -= 1;
                }
            }
        }
        Ok(())
    }

    /// Makes an epoll that tells which connection can be read, by its place in the table.
    fn watch_all(&self) -> Result<OwnedFd, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (slot, connection) in self.connections.iter().enumerate() {
            let token = epoll::EventData::new_u64(slot as u64);
            epoll::add(&epoll, &connection.stream, token, epoll::EventFlags::IN)?;
        }
        Ok(epoll)
    }
}

/// Waits until a connection can be read.
fn wait(epoll: &OwnedFd, events: &mut Vec<epoll::Event>) -> Result<(), LoadError> {
    events.clear();
    match epoll::wait(epoll, spare_capacity(events), Some(&STALL_TIMESPEC)) {
        Ok(0) => Err(LoadError::Stalled),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(LoadError::Io(errno.into())),
    }
}

impl Connection {
    fn open(addr: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&addr, STALL_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(STALL_TIMEOUT))?;
        stream.set_write_timeout(Some(STALL_TIMEOUT))?;
        Ok(Self { stream, stage: Stage::START, owed: 0, writes: 0 })
    }

    /// Writes one batch of requests.
    fn ask(&mut self, batch: &[u8], requests: usize) -> Result<(), LoadError> {
        self.stream.write_all(batch).map_err(LoadError::from_call)?;
        self.owed = requests;
        self.writes += 1;
        Ok(())
    }

    /// Reads once and checks what came.
    fn read(&mut self, checker: &mut Checker, buf: &mut [u8]) -> Result<(), LoadError> {
        let received = match self.stream.read(buf) {
            Ok(0) => return Err(LoadError::Closed),
            Ok(received) => received,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(LoadError::from_call(error)),
        };
        Ok(checker.take(&mut self.stage, &mut self.owed, &buf[..received])?)
    }
}

#[expect(clippy::disallowed_methods, reason = "a load client times its run by the wall clock")]
impl Progress {
    fn begin(length: Length) -> Self {
        Self { begun: Instant::now(), length }
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whether a connection that wrote `rounds` times writes again.
    fn has_next(&self, rounds: u64) -> bool {
        match self.length {
            Length::Rounds(wanted) => rounds < wanted,
            Length::Time(wanted) => self.elapsed() < wanted,
        }
    }
}

#[cfg(test)]
mod tests;
