//! A raw connection to a server: any bytes out, answers taken apart strictly.
//!
//! What does not come in time, or is malformed, is a panic with words, which is how a case fails.
//! It does not follow redirects, decode contents or reconnect.

#![expect(clippy::missing_panics_doc, reason = "to panic is how every function here fails")]

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use reactor::clock::{self, Instant};

/// Most bytes of an answer that a failure shows.
const SHOWN_MAX: usize = 200;

/// Longest wait for what must not come.
const MOMENT: Duration = Duration::from_millis(100);

/// A connection to a server.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    patience: Duration,
    /// What came in and belongs to no answer yet.
    received: Vec<u8>,
    is_over: bool,
}

/// An answer as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The version, such as `HTTP/1.1`.
    pub version: String,
    /// The status.
    pub status: u16,
    /// The field lines in order, names as they came, values without the space around them.
    pub fields: Vec<(String, String)>,
    /// The content, chunks put together.
    pub body: Vec<u8>,
}

impl Wire {
    /// Connects.
    ///
    /// # Panics
    ///
    /// When nobody listens there.
    #[must_use]
    #[track_caller]
    pub fn connect(addr: SocketAddr, patience: Duration) -> Self {
        let stream = TcpStream::connect_timeout(&addr, patience).expect("the server listens");
        stream.set_nodelay(true).expect("a connected socket takes the option");
        stream.set_write_timeout(Some(patience)).expect("the time is not zero");
        Self { stream, patience, received: Vec::new(), is_over: false }
    }

    /// Sends bytes. That the server may have closed already is no failure: what it said before is
    /// what counts.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).ok();
    }

    /// Says that nothing more will be sent.
    pub fn close_write(&mut self) {
        self.stream.shutdown(Shutdown::Write).ok();
    }

    /// Sends a request with these field lines, and a Host, and receives its answer.
    #[must_use]
    #[track_caller]
    pub fn ask(&mut self, method: &str, target: &str, fields: &[&str]) -> Answer {
        self.send(request(method, target, fields));
        match method {
            "HEAD" => self.answer_to_head(),
            _ => self.answer(),
        }
    }

    /// Receives one whole answer to anything but HEAD; interim answers are passed over.
    #[must_use]
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        loop {
            let answer = self.next_answer();
            if !matches!(answer.status, 100..=199) {
                return answer;
            }
        }
    }

    /// Receives one whole answer to anything but HEAD, be it an interim one.
    #[must_use]
    #[track_caller]
    pub fn next_answer(&mut self) -> Answer {
        let mut answer = self.answer_to_head();
        if matches!(answer.status, 100..=199 | 204 | 304) {
            return answer;
        }
        answer.body = match (answer.field("Transfer-Encoding"), answer.field("Content-Length")) {
            (Some(coding), None) => {
                assert_eq!(coding, "chunked", "the one transfer coding asked for by nobody");
                self.chunks()
            }
            (None, Some(length)) => {
                let length = length.parse().expect("Content-Length is a number");
                self.bytes(length)
            }
            (None, None) => self.rest(),
            (Some(_), Some(_)) => unreachable!("both framings in one answer: {answer:?}"),
        };
        answer
    }

    /// Receives the head of an answer and leaves what follows it.
    #[must_use]
    #[track_caller]
    pub fn answer_to_head(&mut self) -> Answer {
        Answer::parse(&self.head())
    }

    /// Receives the head of an answer as it is, with its empty line, and leaves what follows it.
    #[must_use]
    #[track_caller]
    pub fn head(&mut self) -> Vec<u8> {
        let deadline = self.deadline();
        let end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.receive(deadline), "a head comes, not {}", shown(&self.received));
        };
        self.received.drain(..end).collect()
    }

    /// Receives exactly `size` bytes.
    #[must_use]
    #[track_caller]
    pub fn bytes(&mut self, size: usize) -> Vec<u8> {
        let deadline = self.deadline();
        while self.received.len() < size {
            let came = self.received.len();
            assert!(self.receive(deadline), "{size} bytes come, not {came}");
        }
        self.received.drain(..size).collect()
    }

    /// Receives all that comes until the server closes.
    #[must_use]
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        let came = self.all_in_time();
        assert!(self.is_over, "the server closes, after {}", shown(&came));
        came
    }

    /// Receives all that comes until the server closes, or until it had its time.
    #[must_use]
    pub fn all_in_time(&mut self) -> Vec<u8> {
        let deadline = self.deadline();
        while self.receive(deadline) {}
        std::mem::take(&mut self.received)
    }

    /// Receives one final answer of that status, and then the end and nothing else.
    #[track_caller]
    pub fn assert_refused(&mut self, status: u16) {
        let answer = self.answer();
        assert_eq!(answer.status, status, "{answer:?}");
        self.assert_closed();
    }

    /// Waits a moment, and tells whether the server neither said anything nor closed.
    #[must_use]
    pub fn is_silent(&mut self) -> bool {
        if self.received.is_empty() {
            self.receive(clock::read().instant.after(MOMENT));
        }
        self.received.is_empty() && !self.is_over
    }

    /// Waits for the server to close without another byte.
    #[track_caller]
    pub fn assert_closed(&mut self) {
        assert!(self.is_closed_next(), "nothing follows, not {}", shown(&self.received));
    }

    /// Waits for what comes next, and tells whether it is the end.
    #[must_use]
    #[track_caller]
    pub fn is_closed_next(&mut self) -> bool {
        let deadline = self.deadline();
        if self.received.is_empty() && self.receive(deadline) {
            assert!(!self.received.is_empty(), "the server closes or says something");
        }
        self.received.is_empty() && self.is_over
    }

    /// Shows that the connection does what this answer on it says: it is closed, or can be used
    /// again.
    #[track_caller]
    pub fn assert_goes_on_as(&mut self, answer: &Answer) {
        match answer.lists("Connection", "close") {
            true => self.assert_closed(),
            false => self.assert_open(),
        }
    }

    /// Shows that the connection can be used again: asks once more and is answered.
    #[track_caller]
    pub fn assert_open(&mut self) {
        let answer = self.ask("GET", "/again.txt", &[]);
        assert_eq!((answer.status, answer.text().as_str()), (200, "again\n"), "{answer:?}");
    }

    #[track_caller]
    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = self.line();
            let size = line.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).expect("a chunk begins with its size");
            if size == 0 {
                while !self.line().is_empty() {}
                return body;
            }
            body.extend(self.bytes(size));
            assert_eq!(self.line(), "", "a chunk ends where its size says");
        }
    }

    /// Receives a line, without its end.
    #[track_caller]
    fn line(&mut self) -> String {
        let deadline = self.deadline();
        loop {
            if let Some(end) = find(&self.received, b"\r\n") {
                let line: Vec<u8> = self.received.drain(..end + 2).collect();
                return text(&line[..end]);
            }
            assert!(self.receive(deadline), "a line comes, not {}", shown(&self.received));
        }
    }

    /// Receives something; false when the server closed, or nothing came in time.
    fn receive(&mut self, deadline: Instant) -> bool {
        if self.is_over {
            return false;
        }
        let left = deadline.since(clock::read().instant);
        if left.is_zero() {
            return false;
        }
        self.stream.set_read_timeout(Some(left)).expect("the time is not zero");
        let mut buf = [0; 16 * 1024];
        match self.stream.read(&mut buf) {
            Ok(0) => self.is_over = true,
            Ok(count) => self.received.extend_from_slice(&buf[..count]),
            Err(error) if is_timeout(error.kind()) => {}
            // A reset ends the connection, too.
            Err(_) => self.is_over = true,
        }
        !self.is_over
    }

    fn deadline(&self) -> Instant {
        clock::read().instant.after(self.patience)
    }
}

impl Answer {
    #[track_caller]
    fn parse(head: &[u8]) -> Self {
        let whole = text(head);
        let mut lines = whole.trim_end_matches("\r\n").split("\r\n");
        let first = lines.next().unwrap_or_default();
        let mut parts = first.splitn(3, ' ');
        let version = parts.next().unwrap_or_default().to_owned();
        assert!(version.starts_with("HTTP/1."), "a status line comes, not {}", shown(head));
        let status = parts.next().and_then(|status| status.parse().ok());
        let status = status.expect("a status line has a status");
        let fields = lines
            .map(|line| {
                let (name, value) = line.split_once(':').expect("a field line has a colon");
                (name.to_owned(), value.trim_matches([' ', '\t']).to_owned())
            })
            .collect();
        Self { version, status, fields, body: Vec::new() }
    }

    /// The value of the field of that name, whatever its case.
    ///
    /// # Panics
    ///
    /// When there are several.
    #[must_use]
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let value = values.next();
        assert!(values.next().is_none(), "{name} comes once: {self:?}");
        value
    }

    /// The values of all fields of that name, in order.
    pub fn values<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let name = name.to_owned();
        let of_name =
            self.fields.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(&name));
        of_name.map(|(_, value)| value.as_str())
    }

    /// Whether a field that is a list has that member, whatever its case.
    #[must_use]
    pub fn lists(&self, name: &str, member: &str) -> bool {
        let mut members = self.values(name).flat_map(|value| value.split(','));
        members.any(|found| found.trim().eq_ignore_ascii_case(member))
    }

    /// The content as text.
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.body)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.status)?;
        for (name, value) in &self.fields {
            write!(f, " | {name}: {value}")?;
        }
        write!(f, " | {}", shown(&self.body))
    }
}

/// A request of HTTP/1.1 with these field lines and a Host.
#[must_use]
pub fn request(method: &str, target: &str, fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn shown(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(SHOWN_MAX)];
    format!("{:?} of {} bytes", start.escape_ascii().to_string(), bytes.len())
}
