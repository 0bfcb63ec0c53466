//! A request of a simulated client: its bytes, and what it must be answered.

use std::fmt::Write;

use crate::sim::expect::Expected;
use crate::sim::response::Asked;
use crate::sim::rng::Rng;

/// Largest body that the simulated server certainly keeps in memory, and smallest that it certainly
/// does not.
pub(super) const BODY_MEMORY_SIZES: [usize; 2] = [16 << 10, 64 << 10];

/// Largest body that the simulated server takes.
pub(super) const BODY_SIZE_MAX: usize = 160_000;

/// A request.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Request {
    /// Its bytes: head, and body in its framing.
    pub(in crate::sim) wire: Vec<u8>,
    pub(in crate::sim) head_size: usize,
    /// The client sends the body only when it is told to.
    pub(in crate::sim) waits_for_leave: bool,
    /// The client breaks off after so many bytes.
    pub(in crate::sim) stops_at: Option<usize>,
    pub(in crate::sim) asked: Asked,
    pub(in crate::sim) expected: Expected,
    /// Its handler may have no time left.
    pub(in crate::sim) has_deadline: bool,
    /// Its body may be kept on disk, where there may be no room.
    pub(in crate::sim) needs_disk: bool,
    /// Answered as usual, its body was on disk.
    pub(in crate::sim) is_spooled: bool,
}

/// What a client says of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// HTTP/1.1.
    Usual,
    /// HTTP/1.1 with `Connection: close`.
    Last,
    /// HTTP/1.0.
    Old,
    /// HTTP/1.0 with `Connection: keep-alive`.
    OldKept,
}

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Length,
    Chunked,
}

/// A request that is being put together.
#[derive(Debug)]
pub(super) struct Draft {
    line: String,
    fields: String,
    body: Option<(Vec<u8>, Coding)>,
    asked: Asked,
    manner: Manner,
}

impl Draft {
    pub(super) fn new(method: &str, target: &str, manner: Manner) -> Self {
        let version = match manner {
            Manner::Usual | Manner::Last => "HTTP/1.1",
            Manner::Old | Manner::OldKept => "HTTP/1.0",
        };
        let mut fields = "Host: sim.example\r\n".to_owned();
        fields.push_str(match manner {
            Manner::Usual | Manner::Old => "",
            Manner::Last => "Connection: close\r\n",
            Manner::OldKept => "Connection: keep-alive\r\n",
        });
        Self {
            line: format!("{method} {target} {version}\r\n"),
            fields,
            body: None,
            asked: if method == "HEAD" { Asked::Head } else { Asked::Whole },
            manner,
        }
    }

    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        write!(self.fields, "{name}: {value}\r\n").expect("writing to a string does not fail");
        self
    }

    /// Makes the head longer, as those of browsers are.
    pub(super) fn padded(self, rng: &mut Rng) -> Self {
        let len = rng.between(1..=600);
        self.field("User-Agent", &"x".repeat(len))
    }

    /// Adds a body; HTTP/1.0 has no chunks.
    pub(super) fn body(mut self, body: Vec<u8>, coding: Coding) -> Self {
        let coding = match self.manner {
            Manner::Usual | Manner::Last => coding,
            Manner::Old | Manner::OldKept => Coding::Length,
        };
        let framed = match coding {
            Coding::Length => self.field("Content-Length", &body.len().to_string()),
            Coding::Chunked => self.field("Transfer-Encoding", "chunked"),
        };
        self = framed;
        self.body = Some((body, coding));
        self
    }

    pub(super) fn finish(self, rng: &mut Rng, expected: Expected) -> Request {
        let mut wire = format!("{}{}\r\n", self.line, self.fields).into_bytes();
        let head_size = wire.len();
        match self.body {
            None => {}
            Some((body, Coding::Length)) => wire.extend_from_slice(&body),
            Some((body, Coding::Chunked)) => write_chunks(&mut wire, rng, &body),
        }
        let expected = match self.manner {
            Manner::Usual | Manner::OldKept => expected,
            Manner::Last | Manner::Old => expected.closing(),
        };
        Request {
            wire,
            head_size,
            waits_for_leave: false,
            stops_at: None,
            asked: self.asked,
            expected,
            has_deadline: false,
            needs_disk: false,
            is_spooled: false,
        }
    }
}

impl Request {
    /// Returns its first line, for the report of a failure.
    pub(in crate::sim) fn line(&self) -> String {
        let line = self.wire.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned()
    }

    /// Notes that a body of that size is kept whole for its handler.
    pub(super) fn kept_whole(mut self, size: usize) -> Self {
        let [in_memory, on_disk] = BODY_MEMORY_SIZES;
        self.needs_disk = size > in_memory;
        self.is_spooled = size > on_disk;
        self
    }

    /// Notes that it has a deadline.
    pub(super) const fn with_deadline(mut self) -> Self {
        self.has_deadline = true;
        self
    }

    /// Makes a request of bytes that may be none.
    pub(super) fn of_bytes(wire: impl Into<Vec<u8>>, expected: Expected) -> Self {
        let wire = wire.into();
        let head_size = wire.len();
        let asked = Asked::Whole;
        Self {
            wire,
            head_size,
            waits_for_leave: false,
            stops_at: None,
            asked,
            expected,
            has_deadline: false,
            needs_disk: false,
            is_spooled: false,
        }
    }
}

fn write_chunks(wire: &mut Vec<u8>, rng: &mut Rng, body: &[u8]) {
    let chunk_max = *rng.pick(&[7, 500, 5_000, 100_000]).max(&(body.len() / 200));
    let mut rest = body;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(rng.between(1..=chunk_max).min(rest.len()));
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
        rest = behind;
    }
    wire.extend_from_slice(b"0\r\n\r\n");
}
