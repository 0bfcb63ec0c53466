//! The checker of responses: bytes in, whole and right responses counted.
//!
//! Pure, and cheap enough to look at every byte count. For a short list of requests the last head
//! of each is kept: a head that equals it, which is every head but one a second, is compared and
//! not parsed. For a long list that would be more memory than it saves time, and three things of
//! each head are read: its end, its status and its framing. Nothing is allocated for a response
//! unless its head is new or comes in pieces.
//!
//! It does not compare bodies byte by byte; that a server sends the right file is what the test
//! suites are for.

use std::error::Error;
use std::fmt;

use memchr::{memchr, memmem};

use crate::chunks::{BrokenChunk, Chunks};
use crate::target::{Body, Request};

/// A head above this is no head that a file's response has.
const HEAD_SIZE_MAX: usize = 16 * 1024;

/// Above so many requests no heads are kept.
const KNOWN_HEADS_MAX: usize = 64;

/// What is wrong with a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The status line has another status, or is none.
    Status {
        /// The line.
        found: String,
        /// The status it should have.
        expected: u16,
    },
    /// The head says neither a Content-Length that can be read nor that the body is chunked.
    NoLength,
    /// The body has another length than the first one had, or than the caller expects.
    Length {
        /// Its length.
        found: u64,
        /// What it should be.
        expected: u64,
    },
    /// The head does not end within 16 KiB.
    HeadTooLong,
    /// The size of a chunk cannot be read.
    BrokenChunk,
    /// More came than was asked for.
    Excess,
}

/// Knows what a right response to each request looks like, and adds up bodies.
#[derive(Debug)]
pub(crate) struct Checker {
    expected: Vec<Expected>,
    /// One for each request, or none.
    known_heads: Vec<KnownHead>,
    end_of_head: memmem::Finder<'static>,
    body_bytes: u64,
}

/// A right response.
#[derive(Debug, Clone, Copy)]
struct Expected {
    status: u16,
    body: Body,
}

/// A head that was found right, and what it said.
#[derive(Debug, Clone)]
struct KnownHead {
    bytes: Vec<u8>,
    framing: Framing,
}

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Sized(u64),
    Chunked,
}

/// What is coming in; one per connection.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The request that is being answered; behind the last answer, the one after it in the list.
    pub(crate) at: usize,
    /// Responses that are still to come.
    pub(crate) owed: usize,
    stage: Stage,
}

/// How far a response has come.
#[derive(Debug)]
enum Stage {
    /// Within the head; what has come of it.
    Head(Vec<u8>),
    /// Within a body of a known length; so much is missing.
    Body(u64),
    /// Within a body in chunks.
    Chunks(Chunks),
}

impl Stage {
    /// Before the first byte of a response.
    const START: Self = Self::Head(Vec::new());
}

impl Incoming {
    /// Before anything was asked.
    pub(crate) fn new(at: usize) -> Self {
        Self { at, owed: 0, stage: Stage::START }
    }
}

impl Checker {
    /// Expects what the requests say.
    pub(crate) fn new(requests: &[Request]) -> Self {
        let unknown = KnownHead { bytes: Vec::new(), framing: Framing::Chunked };
        let is_short = requests.len() <= KNOWN_HEADS_MAX;
        let expected_of =
            |request: &Request| Expected { status: request.status, body: request.body };
        Self {
            expected: requests.iter().map(expected_of).collect(),
            known_heads: vec![unknown; if is_short { requests.len() } else { 0 }],
            end_of_head: memmem::Finder::new(b"\r\n\r\n"),
            body_bytes: 0,
        }
    }

    /// The bytes of all whole bodies since this was last asked.
    pub(crate) fn take_body_bytes(&mut self) -> u64 {
        std::mem::take(&mut self.body_bytes)
    }

    /// Takes bytes of one connection and takes the responses that they complete off what is owed.
    ///
    /// # Errors
    ///
    /// When a response is not as expected, or more came than was owed.
    pub(crate) fn take(&mut self, incoming: &mut Incoming, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if incoming.owed == 0 {
                return Err(Fault::Excess);
            }
            let used = match &mut incoming.stage {
                Stage::Head(partial) => {
                    let head = self.head(incoming.at, partial, bytes)?;
                    let Some((used, framing)) = head else { return Ok(()) };
                    incoming.stage = match framing {
                        Framing::Sized(len) => Stage::Body(len),
                        Framing::Chunked => Stage::Chunks(Chunks::START),
                    };
                    if let Framing::Sized(len) = framing {
                        self.body_bytes += len;
                    }
                    used
                }
                Stage::Body(missing) => {
                    let used = bytes.len().min(usize::try_from(*missing).unwrap_or(usize::MAX));
                    *missing -= used as u64;
                    used
                }
                Stage::Chunks(chunks) => {
                    let used = chunks.take(bytes)?;
                    if let Some(len) = chunks.whole() {
                        self.expect_length(incoming.at, len)?;
                        self.body_bytes += len;
                        incoming.stage = Stage::Body(0);
                    }
                    used
                }
            };
            bytes = &bytes[used..];
            if let Stage::Body(0) = incoming.stage {
                incoming.stage = Stage::START;
                incoming.owed -= 1;
                incoming.at =
                    if incoming.at + 1 < self.expected.len() { incoming.at + 1 } else { 0 };
            }
        }
        Ok(())
    }

    /// Reads a head from what came before and `bytes`: how many of the bytes belong to it, and
    /// the framing of the body. `None` when the head goes on.
    fn head(
        &mut self,
        at: usize,
        partial: &mut Vec<u8>,
        bytes: &[u8],
    ) -> Result<Option<(usize, Framing)>, Fault> {
        if partial.is_empty() {
            if let Some(known) = self.known_heads.get(at)
                && !known.bytes.is_empty()
                && bytes.starts_with(&known.bytes)
            {
                return Ok(Some((known.bytes.len(), known.framing)));
            }
            let window = &bytes[..bytes.len().min(HEAD_SIZE_MAX)];
            if let Some(end) = self.end_of_head.find(window) {
                let head = &window[..end + 4];
                return Ok(Some((head.len(), self.learn(at, head)?)));
            }
        }
        let before = partial.len();
        partial.extend_from_slice(&bytes[..bytes.len().min(HEAD_SIZE_MAX - before)]);
        let Some(end) = self.end_of_head.find(partial) else {
            return if partial.len() < HEAD_SIZE_MAX { Ok(None) } else { Err(Fault::HeadTooLong) };
        };
        // What was partial before had no end in it, so the end lies within `bytes`.
        Ok(Some((end + 4 - before, self.learn(at, &partial[..end + 4])?)))
    }

    /// Checks a whole head and keeps it, if heads are kept.
    fn learn(&mut self, at: usize, head: &[u8]) -> Result<Framing, Fault> {
        let framing = self.check(at, head)?;
        if let Some(known) = self.known_heads.get_mut(at) {
            known.bytes.clear();
            known.bytes.extend_from_slice(head);
            known.framing = framing;
        }
        Ok(framing)
    }

    /// Checks a whole head against what is expected.
    fn check(&mut self, at: usize, head: &[u8]) -> Result<Framing, Fault> {
        let Expected { status, body } = self.expected[at];
        if status_of(head) != Some(status) {
            let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
            let found = String::from_utf8_lossy(line).into_owned();
            return Err(Fault::Status { found, expected: status });
        }
        if body == Body::Absent {
            return Ok(Framing::Sized(0));
        }
        let framing = framing_of(head).ok_or(Fault::NoLength)?;
        if let Framing::Sized(len) = framing {
            self.expect_length(at, len)?;
        }
        Ok(framing)
    }

    /// Compares the length of a body with what is expected, and remembers the first.
    fn expect_length(&mut self, at: usize, found: u64) -> Result<(), Fault> {
        match self.expected[at].body {
            Body::Exactly(expected) if found != expected => Err(Fault::Length { found, expected }),
            Body::LikeTheFirst => {
                self.expected[at].body = Body::Exactly(found);
                Ok(())
            }
            Body::Exactly(_) | Body::Whole | Body::Absent => Ok(()),
        }
    }
}

/// The status in a whole head.
fn status_of(head: &[u8]) -> Option<u16> {
    let (digits, rest) = head.strip_prefix(b"HTTP/1.1 ")?.split_at_checked(3)?;
    let is_number =
        digits.iter().all(u8::is_ascii_digit) && matches!(rest.first(), Some(b' ' | b'\r'));
    is_number.then(|| digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
}

/// What a whole head says of the body's end.
fn framing_of(head: &[u8]) -> Option<Framing> {
    let mut rest = head;
    while let Some(end) = memchr(b'\n', rest) {
        let line = rest[..end].trim_ascii_end();
        rest = &rest[end + 1..];
        if let Some(value) = value_of(line, b"content-length") {
            return std::str::from_utf8(value).ok()?.parse().ok().map(Framing::Sized);
        }
        if let Some(value) = value_of(line, b"transfer-encoding") {
            return value.eq_ignore_ascii_case(b"chunked").then_some(Framing::Chunked);
        }
    }
    None
}

/// The value of a field, if the line has that name.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

impl From<BrokenChunk> for Fault {
    fn from(BrokenChunk: BrokenChunk) -> Self {
        Self::BrokenChunk
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { found, expected } => {
                write!(f, "status line {found:?} found, a {expected} expected")
            }
            Self::NoLength => f.write_str("no Content-Length that can be read, and no chunks"),
            Self::Length { found, expected } => {
                write!(f, "a body of {found} bytes found, {expected} expected")
            }
            Self::HeadTooLong => f.write_str("a head that does not end within 16 KiB"),
            Self::BrokenChunk => f.write_str("the size of a chunk that cannot be read"),
            Self::Excess => f.write_str("more bytes than the requests asked for"),
        }
    }
}

impl Error for Fault {}

#[cfg(test)]
mod tests;
