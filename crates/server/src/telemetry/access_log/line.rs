//! Lines in their formats, gathered in a worker's buffer.
//!
//! A line is begun when its request is known and stands open in the buffer until its answer is.
//! Only when that takes longer than the turn, and others may log meanwhile, it is taken out and
//! kept ([`Lines::keep`]). In the combined format the answer stands in the middle of a line: it is
//! put into a gap that the beginning has left.

use std::io::Write;
use std::net::IpAddr;

use http1::head::{Head, MethodToken, Target};
use reactor::net::PeerAddr;
use semantics::fields::FieldName;
use semantics::status::Status;
use settings::LogFormat;

use super::text::{Backwards, Escape, TEXT_SIZE_MAX, push_ipv4, push_text, push_up_to};
use crate::telemetry::Dates;

/// The beginning of a line: all that is known when its request is.
#[derive(Debug)]
pub(crate) enum Record {
    /// It stands at the end of the worker's buffer.
    Open,
    /// It was taken out of there.
    Kept(Box<Kept>),
}

/// A line without its answer.
#[derive(Debug)]
pub(crate) struct Kept {
    line: Vec<u8>,
    /// Where the answer goes.
    gap: usize,
}

/// The lines of a worker that are not passed on yet.
#[derive(Debug)]
pub(super) struct Lines {
    format: LogFormat,
    bytes: Vec<u8>,
    /// So many bytes are whole lines; behind them stands the one that is open, if one is.
    whole: usize,
    /// Where the answer goes into the open line.
    gap: usize,
    prefix: Prefix,
}

impl Lines {
    pub(super) fn new(format: LogFormat) -> Self {
        Self { format, bytes: Vec::new(), whole: 0, gap: 0, prefix: Prefix::new() }
    }

    /// Returns the size of the lines that are whole.
    pub(super) const fn size(&self) -> usize {
        self.whole
    }

    /// Returns the whole lines, for the buffer to be exchanged for an empty one.
    pub(super) fn take(&mut self) -> &mut Vec<u8> {
        self.discard_open();
        self.whole = 0;
        &mut self.bytes
    }

    /// Begins the line of a request.
    pub(super) fn begin(&mut self, peer: PeerAddr, dates: &Dates, head: &Head<'_>) -> Record {
        self.push_prefix(peer, dates);
        let out = &mut self.bytes;
        match self.format {
            LogFormat::Json => {
                push_json_request(out, head);
                self.gap = out.len();
            }
            format => {
                push_request_line(out, head);
                self.gap = out.len();
                if format == LogFormat::Combined {
                    push_quoted(out, head.fields().first(FieldName::Referer));
                    push_quoted(out, head.fields().first(FieldName::UserAgent));
                    out.push(b'\n');
                }
            }
        }
        Record::Open
    }

    /// Begins the line of something that is not a request.
    pub(super) fn begin_no_request(&mut self, peer: PeerAddr, dates: &Dates) -> Record {
        self.push_prefix(peer, dates);
        let (request, tail): (&[u8], &[u8]) = match self.format {
            LogFormat::Combined => (b"-\" ", b" \"-\" \"-\"\n"),
            LogFormat::Json => (NO_JSON_REQUEST, b""),
            LogFormat::Common => (b"-\" ", b""),
        };
        self.bytes.extend_from_slice(request);
        self.gap = self.bytes.len();
        self.bytes.extend_from_slice(tail);
        Record::Open
    }

    /// Adds the id that an answer gives its request, where the format has a place for it.
    pub(super) fn add_request_id(&mut self, record: &mut Record, id: &[u8]) {
        if self.format != LogFormat::Json {
            return;
        }
        let (line, gap) = match record {
            Record::Open => (&mut self.bytes, &mut self.gap),
            Record::Kept(kept) => (&mut kept.line, &mut kept.gap),
        };
        push_json(line, b",\"request_id\":", Some(id));
        *gap = line.len();
    }

    /// Takes the line out of the buffer: the answer does not come in this turn.
    pub(super) fn keep(&mut self, record: &mut Record) {
        if matches!(record, Record::Open) {
            let line = self.bytes[self.whole..].to_vec();
            *record = Record::Kept(Box::new(Kept { line, gap: self.gap - self.whole }));
            self.discard_open();
        }
    }

    /// Ends a line with what came of its request.
    pub(super) fn finish(&mut self, record: Record, status: Status, body_size: u64) {
        if let Record::Kept(kept) = record {
            self.discard_open();
            self.gap = self.whole + kept.gap;
            self.bytes.extend_from_slice(&kept.line);
        }
        let answer = answer(self.format, status, body_size);
        let answer = answer.as_bytes();
        let end = self.bytes.len();
        self.bytes.extend_from_slice(answer);
        if self.gap < end {
            self.bytes.copy_within(self.gap..end, self.gap + answer.len());
            self.bytes[self.gap..self.gap + answer.len()].copy_from_slice(answer);
        }
        self.whole = self.bytes.len();
    }

    /// Begins a line: who asked, and when.
    fn push_prefix(&mut self, peer: PeerAddr, dates: &Dates) {
        // Behind a request that ended in a panic its line stands open.
        self.discard_open();
        let of = (ip(peer), dates.second());
        if self.prefix.of != of {
            self.prefix.of = of;
            self.prefix.make(self.format, of.0, dates);
        }
        self.bytes.extend_from_slice(&self.prefix.text);
        if self.format == LogFormat::Json {
            let digits = dates.millis();
            let start = self.whole + JSON_MILLIS;
            self.bytes[start..start + digits.len()].copy_from_slice(&digits);
        }
    }

    fn discard_open(&mut self) {
        self.bytes.truncate(self.whole);
    }
}

/// The beginning of the last line. A pipelining client's next one, and all that come through one
/// proxy within a second, begin with the same.
#[derive(Debug)]
struct Prefix {
    /// Of whom it is, and of which second.
    of: (Option<IpAddr>, u64),
    text: Vec<u8>,
}

impl Prefix {
    const fn new() -> Self {
        Self { of: (None, u64::MAX), text: Vec::new() }
    }

    fn make(&mut self, format: LogFormat, ip: Option<IpAddr>, dates: &Dates) {
        let out = &mut self.text;
        out.clear();
        match format {
            LogFormat::Json => {
                out.extend_from_slice(b"{\"time\":\"");
                out.extend_from_slice(&rfc3339(dates.common_log()));
                out.extend_from_slice(b"\",\"remote\":\"");
                push_peer(out, ip);
                out.push(b'"');
            }
            _ => {
                push_peer(out, ip);
                out.extend_from_slice(b" - - [");
                out.extend_from_slice(dates.common_log());
                out.extend_from_slice(b"] \"");
            }
        }
    }
}

/// Returns the address of a peer that has one. An IPv4 address is one, however it is written.
fn ip(peer: PeerAddr) -> Option<IpAddr> {
    match peer {
        PeerAddr::Tcp(addr) => Some(addr.ip().to_canonical()),
        PeerAddr::Unix => None,
    }
}

fn push_peer(out: &mut Vec<u8>, ip: Option<IpAddr>) {
    match ip {
        Some(IpAddr::V4(addr)) => push_ipv4(out, addr),
        // Writing to a Vec cannot fail.
        Some(IpAddr::V6(addr)) => drop(write!(out, "{addr}")),
        None => out.extend_from_slice(b"unix"),
    }
}

/// Appends method, target and version as in a request line, up to the quote behind them.
fn push_request_line(out: &mut Vec<u8>, head: &Head<'_>) {
    match head.method() {
        MethodToken::Known(method) => out.extend_from_slice(method.as_str().as_bytes()),
        MethodToken::Other(token) => push_text(out, token.as_bytes(), Escape::Hex),
    }
    out.push(b' ');
    push_target(out, head, Escape::Hex);
    out.push(b' ');
    out.extend_from_slice(head.version().as_str().as_bytes());
    out.extend_from_slice(b"\" ");
}

/// Appends path and query, together cut as one text; of CONNECT the authority.
fn push_target(out: &mut Vec<u8>, head: &Head<'_>, escape: Escape) {
    if let Target::Authority(authority) = head.target() {
        return push_text(out, authority, escape);
    }
    let path = head.path();
    push_text(out, path, escape);
    if let (Some(query), Some(left)) = (head.query(), TEXT_SIZE_MAX.checked_sub(path.len())) {
        out.push(b'?');
        push_up_to(out, query, left, escape);
    }
}

/// Appends a field as the combined format has it: quoted, with a space before it.
fn push_quoted(out: &mut Vec<u8>, value: Option<&[u8]>) {
    out.extend_from_slice(b" \"");
    match value {
        Some(value) => push_text(out, value, Escape::Hex),
        None => out.push(b'-'),
    }
    out.push(b'"');
}

/// What JSON has in place of a request where there is none.
const NO_JSON_REQUEST: &[u8] = b",\"method\":null,\"target\":null,\"protocol\":null,\"host\":null,\
    \"referer\":null,\"user_agent\":null";

fn push_json_request(out: &mut Vec<u8>, head: &Head<'_>) {
    push_json(out, b",\"method\":", Some(head.method().as_str().as_bytes()));
    out.extend_from_slice(b",\"target\":\"");
    push_target(out, head, Escape::Json);
    out.extend_from_slice(b"\",\"protocol\":\"");
    out.extend_from_slice(head.version().as_str().as_bytes());
    out.push(b'"');
    push_json(out, b",\"host\":", head.authority());
    push_json(out, b",\"referer\":", head.fields().first(FieldName::Referer));
    push_json(out, b",\"user_agent\":", head.fields().first(FieldName::UserAgent));
}

/// Appends a member whose value is a text, or null.
fn push_json(out: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>) {
    out.extend_from_slice(name);
    match value {
        Some(value) => {
            out.push(b'"');
            push_text(out, value, Escape::Json);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
}

/// Makes what a line says of the answer, and its end where nothing follows.
fn answer(format: LogFormat, status: Status, body_size: u64) -> Backwards {
    let mut text = Backwards::new();
    match format {
        LogFormat::Json => {
            text.put(b"}\n");
            text.put_number(body_size);
            text.put(b",\"bytes\":");
            text.put_number(u64::from(status.code()));
            text.put(b",\"status\":");
        }
        format => {
            if format == LogFormat::Common {
                text.put(b"\n");
            }
            text.put_number(body_size);
            text.put(b" ");
            text.put_number(u64::from(status.code()));
        }
    }
    text
}

/// Where the milliseconds stand in a line of JSON.
const JSON_MILLIS: usize = "{\"time\":\"0000-00-00T00:00:00.".len();

/// Rearranges `06/Nov/1994:08:49:37 +0000` as `1994-11-06T08:49:37.000Z`.
fn rfc3339(clf: &[u8; 26]) -> [u8; 24] {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = (1..).zip(MONTHS.chunks_exact(3)).find(|(_, name)| **name == clf[3..6]);
    let month: u8 = month.map_or(0, |(month, _)| month);
    let mut time = *b"0000-00-00T00:00:00.000Z";
    time[0..4].copy_from_slice(&clf[7..11]);
    time[5] += month / 10;
    time[6] += month % 10;
    time[8..10].copy_from_slice(&clf[0..2]);
    time[11..19].copy_from_slice(&clf[12..20]);
    time
}
