//! The head of an answer, written in one pass into an output buffer (RFC 9112 §4, §5).
//!
//! The encoder owns Content-Length, Transfer-Encoding and Connection, because they must agree with
//! what is done: where given fields have one of them, it marks a place and its value is not
//! believed. Server and Date are added unless given. All else keeps its order and its spelling.
//!
//! [`write_head`] is for answers made for one request; [`PreparedHead`] for answers given again
//! and again, where only the date and the Connection field change.
//!
//! It does not choose a framing (`framing` does), and writes no body.

mod prepared;

use semantics::fields::Fields;
use semantics::status::Status;

pub use self::prepared::PreparedHead;
pub use crate::connection::ConnectionField;
pub use crate::framing::ResponseFraming;

/// The value of the Server field.
pub const SERVER: &str = "Avocet";

/// The interim answer that asks for the body (RFC 9110 §15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The chunk that ends a chunked body, with no trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What stands behind the data of every chunk.
pub const CHUNK_END: &[u8] = b"\r\n";

/// A date in the one form that is sent (RFC 9110 §5.6.7).
pub type Date = [u8; 29];

/// What the head of an answer is made of.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: Status,
    /// The fields of the handler.
    pub fields: &'a Fields,
    /// How the body ends.
    pub framing: ResponseFraming,
    /// What becomes of the connection.
    pub connection: ConnectionField,
    /// The time, for Date.
    pub date: &'a Date,
}

/// Appends the head of an answer, its empty line included.
///
/// Order: status line, Server and Date unless given, the given fields, then what the encoder owns
/// and was given no place for.
pub fn write_head(out: &mut Vec<u8>, head: ResponseHead<'_>) {
    write_status_line(out, head.status);
    if head.fields.first("Server").is_none() {
        write_field(out, "Server", SERVER.as_bytes());
    }
    if head.fields.first("Date").is_none() {
        write_field(out, "Date", head.date);
    }
    let mut framing = Some(head.framing);
    let mut connection = Some(head.connection);
    for (name, value) in head.fields.iter() {
        match Owned::of(name) {
            None => write_field(out, name, value),
            Some(Owned::ContentLength) => {
                if let Some(ResponseFraming::Length(length)) = framing {
                    write_length(out, name, length);
                    framing = None;
                }
            }
            Some(Owned::TransferEncoding) => {
                if framing.take_if(|framing| *framing == ResponseFraming::Chunked).is_some() {
                    write_field(out, name, b"chunked");
                }
            }
            Some(Owned::Connection) => {
                if let Some(connection) = connection.take() {
                    write_connection(out, name, placed(connection));
                }
            }
        }
    }
    match framing {
        Some(ResponseFraming::Length(length)) => write_length(out, "Content-Length", length),
        Some(ResponseFraming::Chunked) => write_field(out, "Transfer-Encoding", b"chunked"),
        Some(ResponseFraming::None | ResponseFraming::UntilClose) | None => {}
    }
    if let Some(connection) = connection {
        write_connection(out, "Connection", connection);
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends the line that begins a chunk of `len` bytes; the data and [`CHUNK_END`] follow.
///
/// # Panics
///
/// In debug builds if `len` is 0, which would end the body.
pub fn write_chunk_head(out: &mut Vec<u8>, len: usize) {
    debug_assert!(len > 0, "a chunk of no bytes ends the body");
    let len = u64::try_from(len).unwrap_or(u64::MAX);
    write_number(out, len, |left| (left / 16, left % 16));
    out.extend_from_slice(b"\r\n");
}

/// The fields whose values are the encoder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owned {
    ContentLength,
    TransferEncoding,
    Connection,
}

impl Owned {
    fn of(name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name.len() {
            10 if is("Connection") => Some(Self::Connection),
            14 if is("Content-Length") => Some(Self::ContentLength),
            17 if is("Transfer-Encoding") => Some(Self::TransferEncoding),
            _ => None,
        }
    }
}

/// The value for a Connection field that was given a place: what needs not be said may be.
const fn placed(connection: ConnectionField) -> ConnectionField {
    match connection {
        ConnectionField::Absent | ConnectionField::KeepAlive => ConnectionField::KeepAlive,
        ConnectionField::Close => ConnectionField::Close,
    }
}

fn write_status_line(out: &mut Vec<u8>, status: Status) {
    out.extend_from_slice(b"HTTP/1.1 ");
    match status.phrase() {
        Some(phrase) => out.extend_from_slice(phrase.as_bytes()),
        None => {
            write_decimal(out, u64::from(status.code()));
            out.push(b' ');
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn write_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn write_length(out: &mut Vec<u8>, name: &str, length: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    write_decimal(out, length);
    out.extend_from_slice(b"\r\n");
}

fn write_connection(out: &mut Vec<u8>, name: &str, connection: ConnectionField) {
    match connection {
        ConnectionField::Absent => {}
        ConnectionField::Close => write_field(out, name, b"close"),
        ConnectionField::KeepAlive => write_field(out, name, b"keep-alive"),
    }
}

/// Appends a number without the formatting machinery; `divide` gives quotient and remainder by the
/// base, which is 10 or 16.
fn write_number(out: &mut Vec<u8>, number: u64, divide: impl Fn(u64) -> (u64, u64)) {
    let mut buf = [b'0'; DIGITS_MAX];
    let mut left = number;
    let mut start = DIGITS_MAX;
    for place in buf.iter_mut().rev() {
        let (quotient, remainder) = divide(left);
        if let Some(digit) = usize::try_from(remainder).ok().and_then(|digit| DIGITS.get(digit)) {
            *place = *digit;
        }
        start = start.saturating_sub(1);
        left = quotient;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(buf.get(start..).unwrap_or_default());
}

fn write_decimal(out: &mut Vec<u8>, number: u64) {
    write_number(out, number, |left| (left / 10, left % 10));
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The digits of the largest number in the smallest base that is written: 10.
const DIGITS_MAX: usize = 20;

#[cfg(test)]
mod tests;
