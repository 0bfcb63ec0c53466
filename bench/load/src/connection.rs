//! One connection: opened, asked, read, and opened anew when it has served its time.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};

use crate::book::{Book, Walker};
use crate::error::LoadError;
use crate::response::{Checker, Incoming};
use crate::target::{Closing, Reuse, Target};

/// A server that moves nothing for this long ends the run.
pub(crate) const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Addresses that short connections come from in turn: each has its own ports, some of which are
/// in TIME_WAIT.
const SOURCES: usize = 16;

/// How connections are made and how long they are kept.
#[derive(Debug)]
pub(crate) struct Terms {
    addr: SocketAddr,
    reuse: Reuse,
}

/// A connection, or the place of one that is not open at the moment.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Option<TcpStream>,
    /// Its place in the client's table.
    slot: usize,
    /// Requests sent over the open connection.
    requests: usize,
    incoming: Incoming,
    /// Batches written in this run; set back by the client.
    pub(crate) writes: u64,
    /// When the batch that is being answered was due; only the offered pace knows.
    pub(crate) due: Duration,
}

impl Terms {
    pub(crate) fn new(target: &Target) -> Self {
        Self { addr: target.addr, reuse: target.reuse }
    }

    /// Opens a connection for a place in the table.
    fn open(&self, slot: usize) -> io::Result<TcpStream> {
        let family = if self.addr.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        // The second holds for connecting, too.
        for direction in [sockopt::Timeout::Recv, sockopt::Timeout::Send] {
            sockopt::set_socket_timeout(&socket, direction, Some(STALL_TIMEOUT))?;
        }
        if let Some(source) = self.source(slot) {
            bind(&socket, &SocketAddrV4::new(source, 0))?;
        }
        while let Err(errno) = connect(&socket, &self.addr) {
            match errno {
                // A blocking connect that was interrupted goes on when it is called again.
                Errno::INTR => {}
                Errno::INPROGRESS | Errno::ALREADY => return Err(io::ErrorKind::TimedOut.into()),
                errno => return Err(errno.into()),
            }
        }
        Ok(TcpStream::from(socket))
    }

    /// The address that a connection comes from, where that is not left to the kernel.
    fn source(&self, slot: usize) -> Option<Ipv4Addr> {
        let is_loopback = self.addr.is_ipv4() && self.addr.ip().is_loopback();
        let last = u8::try_from(slot % SOURCES).ok()?;
        let is_short = self.reuse != Reuse::Always;
        (is_loopback && is_short).then(|| Ipv4Addr::new(127, 0, 0, 2 + last))
    }

    /// Whether a connection is at its end after so many requests, and who closes it then.
    fn end_after(&self, count: usize) -> Option<Closing> {
        match self.reuse {
            Reuse::Times { requests, closing } if count >= requests => Some(closing),
            _ => None,
        }
    }
}

impl Connection {
    /// A place in the table whose first request is the one at `first`.
    pub(crate) fn new(slot: usize, first: usize) -> Self {
        let incoming = Incoming::new(first);
        Self { stream: None, slot, requests: 0, incoming, writes: 0, due: Duration::ZERO }
    }

    /// Opens the connection if it is not open: whoever watches it has to know.
    ///
    /// # Errors
    ///
    /// [`LoadError::Connect`].
    pub(crate) fn open(&mut self, terms: &Terms) -> Result<Option<&TcpStream>, LoadError> {
        if self.stream.is_some() {
            return Ok(None);
        }
        self.requests = 0;
        let stream = terms.open(self.slot).map_err(LoadError::Connect)?;
        Ok(Some(self.stream.insert(stream)))
    }

    /// The open connection.
    pub(crate) fn stream(&self) -> Option<&TcpStream> {
        self.stream.as_ref()
    }

    /// Responses that are still to come.
    pub(crate) fn owed(&self) -> usize {
        self.incoming.owed
    }

    /// Whether there is something to read before the next batch can be written.
    pub(crate) fn is_busy(&self, terms: &Terms) -> bool {
        let is_ending = self.stream.is_some() && terms.end_after(self.requests).is_some();
        self.incoming.owed > 0 || is_ending
    }

    /// Writes the next batch of requests.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn ask(
        &mut self,
        terms: &Terms,
        book: &Book,
        walker: &mut Walker,
    ) -> Result<(), LoadError> {
        let Some(stream) = &mut self.stream else { return Err(LoadError::Closed) };
        let first = walker.next(self.incoming.at);
        self.incoming.at = first;
        self.incoming.owed = book.pipelined();
        self.requests += book.pipelined();
        self.writes += 1;
        let written = match terms.end_after(self.requests) {
            Some(Closing::ByServer) => write_both(stream, book.last_batch(first)),
            Some(Closing::ByClient) | None => stream.write_all(book.batch(first)),
        };
        written.map_err(LoadError::from_call)
    }

    /// Reads once, checks what came, and closes a connection that has served its time.
    ///
    /// # Errors
    ///
    /// When the connection ends early or what came is not what was expected.
    pub(crate) fn read(
        &mut self,
        terms: &Terms,
        checker: &mut Checker,
        buf: &mut [u8],
    ) -> Result<(), LoadError> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let end = terms.end_after(self.requests);
        match stream.read(buf) {
            Ok(0) if self.incoming.owed == 0 && end.is_some() => self.stream = None,
            Ok(0) => return Err(LoadError::Closed),
            Ok(received) => {
                checker.take(&mut self.incoming, &buf[..received])?;
                if self.incoming.owed == 0 && end == Some(Closing::ByClient) {
                    self.stream = None;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(LoadError::from_call(error)),
        }
        Ok(())
    }
}

/// Writes two parts in one call: a batch whose last request differs must not come in two packets.
fn write_both(stream: &mut TcpStream, parts: [&[u8]; 2]) -> io::Result<()> {
    let [first, second] = parts;
    let written = stream.write_vectored(&parts.map(io::IoSlice::new))?;
    // Requests fit a socket buffer that is empty; what does not, follows.
    stream.write_all(&first[written.min(first.len())..])?;
    stream.write_all(&second[written.saturating_sub(first.len())..])
}
