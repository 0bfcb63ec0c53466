//! A raw HTTP/1.1 client: sends any bytes whatever and takes the answers apart, one at a time.
//!
//! Tests that judge a server must be able to say what no well-behaved client says, and to see what
//! came back byte for byte. Every wait here is bounded; what does not come in time is a panic that
//! names the line of the test.
//!
//! It does not reconnect, follow redirects, decode contents or speak TLS.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use reactor::clock::{self, Instant};
use rustix::net::sockopt::set_socket_linger;

/// Longest wait for an answer, and for room to send.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes taken from the socket at once.
const READ_SIZE: usize = 64 * 1024;

/// Most bytes of a body that a failure shows.
const SHOWN_MAX: usize = 200;

/// A connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    /// What came in and belongs to no answer yet.
    received: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Client {
    /// Connects over TCP.
    ///
    /// # Panics
    ///
    /// When nobody listens there.
    #[must_use]
    #[track_caller]
    pub fn tcp(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&addr, TIMEOUT).expect("the server listens");
        stream.set_nodelay(true).expect("a connected socket takes the option");
        Self::over(Stream::Tcp(stream))
    }

    /// Connects to a Unix path.
    ///
    /// # Panics
    ///
    /// When nobody listens there.
    #[must_use]
    #[track_caller]
    pub fn unix(path: &Path) -> Self {
        Self::over(Stream::Unix(UnixStream::connect(path).expect("the server listens")))
    }

    fn over(stream: Stream) -> Self {
        stream.set_write_timeout(TIMEOUT).expect("the time is not zero");
        Self { stream, received: Vec::new() }
    }

    /// Sends a GET for `target` and returns its answer.
    ///
    /// # Panics
    ///
    /// As [`Client::answer`].
    #[track_caller]
    pub fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, &[])
    }

    /// Sends a request with the given field lines and a Host, and returns its answer.
    ///
    /// # Panics
    ///
    /// As [`Client::answer`].
    #[track_caller]
    pub fn ask(&mut self, method: &str, target: &str, fields: &[&str]) -> Answer {
        self.send(request(method, target, fields));
        match method {
            "HEAD" => self.answer_head(),
            _ => self.answer(),
        }
    }

    /// Sends bytes.
    ///
    /// # Panics
    ///
    /// When the server does not take them.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("the server takes what is sent");
    }

    /// Sends bytes that the server may refuse to take.
    ///
    /// # Errors
    ///
    /// When the connection is closed, or no room is made in time.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Receives one answer to anything but HEAD.
    ///
    /// # Panics
    ///
    /// When no whole and well-formed answer comes in time.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.try_answer().expect("a whole answer comes")
    }

    /// Receives the head of an answer and leaves what follows it: for HEAD, and for bodies that
    /// are to be read slowly.
    ///
    /// # Panics
    ///
    /// When no whole and well-formed head comes in time.
    #[track_caller]
    pub fn answer_head(&mut self) -> Answer {
        self.receive_head(deadline()).expect("a whole head comes")
    }

    /// Receives one answer to anything but HEAD, if a whole one comes.
    ///
    /// # Errors
    ///
    /// When it does not come in time, is malformed, or is cut short; what came stays to be taken
    /// by [`Client::rest`].
    pub fn try_answer(&mut self) -> io::Result<Answer> {
        let deadline = deadline();
        let mut answer = self.receive_head(deadline)?;
        if matches!(answer.status, 100..=199 | 204 | 304) {
            return Ok(answer);
        }
        answer.body = if answer.field("Transfer-Encoding") == Some("chunked") {
            self.receive_chunks(deadline)?
        } else if let Some(length) = answer.field("Content-Length") {
            let length = length.parse().map_err(|_not_a_number| malformed("Content-Length"))?;
            self.receive_exactly(length, deadline)?
        } else {
            self.receive_to_end(deadline)?
        };
        Ok(answer)
    }

    /// Receives exactly `size` bytes.
    ///
    /// # Panics
    ///
    /// When fewer come in time.
    #[track_caller]
    pub fn bytes(&mut self, size: usize) -> Vec<u8> {
        self.receive_exactly(size, deadline()).expect("the bytes come")
    }

    /// Receives all that comes until the server closes.
    ///
    /// # Errors
    ///
    /// When the connection is reset, or not closed in time.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        self.receive_to_end(deadline())
    }

    /// Waits for the server to close in good order without another byte.
    ///
    /// # Panics
    ///
    /// When more comes, the connection is reset, or it is not closed in time.
    #[track_caller]
    pub fn assert_closed(&mut self) {
        let rest = self.rest().expect("the server closes in good order");
        assert_eq!(rest.escape_ascii().to_string(), "", "nothing follows");
    }

    /// Tells whether the connection stays open, and nothing comes, for that long.
    ///
    /// # Panics
    ///
    /// When the connection is reset.
    #[track_caller]
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        let before = self.received.len();
        match self.receive_some(clock::read().instant.after(time)) {
            Err(error) if error.kind() == ErrorKind::TimedOut => self.received.len() == before,
            received => {
                received.expect("the connection is not reset");
                false
            }
        }
    }

    /// Ends our half of the connection; answers can still come.
    ///
    /// # Panics
    ///
    /// When the connection is gone.
    #[track_caller]
    pub fn close_write(&mut self) {
        match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
        .expect("the connection is there");
    }

    /// Leaves at once; over TCP with a reset, which tells the server that nobody is there.
    ///
    /// # Panics
    ///
    /// When the connection is gone.
    #[track_caller]
    pub fn reset(self) {
        if let Stream::Tcp(stream) = &self.stream {
            set_socket_linger(stream, Some(Duration::ZERO)).expect("the connection is there");
        }
    }

    fn receive_head(&mut self, deadline: Instant) -> io::Result<Answer> {
        let end = loop {
            if let Some(at) = find(&self.received, b"\r\n\r\n") {
                break at + 4;
            }
            self.receive_more(deadline)?;
        };
        let head = self.received.drain(..end).collect();
        Answer::parse(String::from_utf8(head).map_err(|_not_text| malformed("head"))?)
    }

    fn receive_chunks(&mut self, deadline: Instant) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line_len = loop {
                match find(&self.received, b"\r\n") {
                    Some(at) => break at + 2,
                    None => self.receive_more(deadline)?,
                }
            };
            let line: Vec<u8> = self.received.drain(..line_len).collect();
            let digits = str::from_utf8(&line[..line_len - 2]).unwrap_or_default();
            let size = usize::from_str_radix(digits, 16).map_err(|_| malformed("chunk size"))?;
            let mut chunk = self.receive_exactly(size + 2, deadline)?;
            if !chunk.ends_with(b"\r\n") {
                return Err(malformed("chunk end"));
            }
            chunk.truncate(size);
            body.append(&mut chunk);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn receive_exactly(&mut self, size: usize, deadline: Instant) -> io::Result<Vec<u8>> {
        while self.received.len() < size {
            self.receive_more(deadline)?;
        }
        Ok(self.received.drain(..size).collect())
    }

    fn receive_to_end(&mut self, deadline: Instant) -> io::Result<Vec<u8>> {
        while self.receive_some(deadline)? > 0 {}
        Ok(std::mem::take(&mut self.received))
    }

    fn receive_more(&mut self, deadline: Instant) -> io::Result<()> {
        match self.receive_some(deadline)? {
            0 => {
                let shown = &self.received[..self.received.len().min(SHOWN_MAX)];
                let text = format!("closed after \"{}\"", shown.escape_ascii());
                Err(io::Error::new(ErrorKind::UnexpectedEof, text))
            }
            _ => Ok(()),
        }
    }

    /// Receives at least a byte; 0 is the end.
    fn receive_some(&mut self, deadline: Instant) -> io::Result<usize> {
        let left = deadline.since(clock::read().instant);
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(left)?;
        let start = self.received.len();
        self.received.resize(start + READ_SIZE, 0);
        let read = self.stream.read(&mut self.received[start..]);
        self.received.truncate(start + read.as_ref().map_or(0, |&count| count));
        // The timeout of a socket shows as the error of a non-blocking one.
        read.map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
            _ => error,
        })
    }
}

impl Stream {
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(Some(timeout)),
            Self::Unix(stream) => stream.set_read_timeout(Some(timeout)),
        }
    }

    fn set_write_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_write_timeout(Some(timeout)),
            Self::Unix(stream) => stream.set_write_timeout(Some(timeout)),
        }
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buf),
            Self::Unix(stream) => stream.read(buf),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Unix(stream) => stream.write_all(bytes),
        }
    }
}

/// An answer, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head as it came, with the empty line that ends it.
    pub head: String,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(head: String) -> io::Result<Self> {
        let is_line = |line: &str| !line.contains(['\r', '\n']);
        if !head.trim_end_matches("\r\n").split("\r\n").all(is_line) {
            return Err(malformed("line end"));
        }
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.split_once(' '))
            .and_then(|(digits, _reason)| digits.parse().ok())
            .ok_or_else(|| malformed("status line"))?;
        Ok(Self { status, head, body: Vec::new() })
    }

    /// Returns the value of the one field of that name.
    ///
    /// # Panics
    ///
    /// When there are several.
    #[must_use]
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self
            .head
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.trim());
        assert!(values.next().is_none(), "{name} comes once: {self:?}");
        value
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.body[..self.body.len().min(SHOWN_MAX)];
        write!(f, "{}{} ({} bytes)", self.head, shown.escape_ascii(), self.body.len())
    }
}

/// Writes a request with a Host and the given field lines.
#[must_use]
pub fn request(method: &str, target: &str, fields: &[&str]) -> String {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: test\r\n");
    for field in fields {
        text.push_str(field);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text
}

fn deadline() -> Instant {
    clock::read().instant.after(TIMEOUT)
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("malformed {what}"))
}
