//! The access log: a line for each answer, in the Common Log Format.
//!
//! A worker formats lines into a buffer of its own and passes the buffer on at the end of its
//! turn; one thread writes to the output ([`writer`]).

mod writer;

use std::io::Write;

use http1::head::{Head, MethodToken};
use reactor::net::PeerAddr;
use semantics::status::Status;

pub use self::writer::{AccessLog, LogReopener};
pub(crate) use self::writer::{LogMeter, LogSink};

/// Longest piece of a client's text that goes into a line.
const TEXT_SIZE_MAX: usize = 2048;

/// The beginning of a line: all that is known when the request is.
#[derive(Debug)]
pub(crate) struct Record(Vec<u8>);

impl Record {
    /// Begins the line of a request.
    pub(crate) fn begin(peer: PeerAddr, date: &[u8; 26], head: &Head<'_>) -> Self {
        let method = match head.method() {
            MethodToken::Known(method) => method.as_str(),
            MethodToken::Other(token) => token,
        };
        let mut line = line_start(peer, date);
        push_escaped(&mut line, method.as_bytes());
        line.push(b' ');
        push_escaped(&mut line, head.path());
        if let Some(query) = head.query() {
            line.push(b'?');
            push_escaped(&mut line, query);
        }
        line.push(b' ');
        line.extend_from_slice(head.version().as_str().as_bytes());
        Self(line)
    }

    /// Begins the line of something that is not a request.
    pub(crate) fn of_no_request(peer: PeerAddr, date: &[u8; 26]) -> Self {
        let mut line = line_start(peer, date);
        line.push(b'-');
        Self(line)
    }

    /// Ends the line with what came of the request, and adds it to `lines`.
    pub(crate) fn finish(self, lines: &mut Vec<u8>, status: Status, body_size: u64) {
        lines.extend_from_slice(&self.0);
        // Writing to a Vec cannot fail.
        let _ = writeln!(lines, "\" {} {body_size}", status.code());
    }
}

/// Peer and date, up to the quote before the request.
fn line_start(peer: PeerAddr, date: &[u8; 26]) -> Vec<u8> {
    let mut line = Vec::with_capacity(128);
    // Writing to a Vec cannot fail.
    let _ = match peer {
        PeerAddr::Tcp(addr) => write!(line, "{}", addr.ip().to_canonical()),
        PeerAddr::Unix => write!(line, "unix"),
    };
    line.extend_from_slice(b" - - [");
    line.extend_from_slice(date);
    line.extend_from_slice(b"] \"");
    line
}

/// Writes text of a client so that it cannot end the quotes or the line.
fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text.iter().take(TEXT_SIZE_MAX) {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => out.push(byte),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http1::head::{HeadLimits, HeadScratch, Parsed, parse};

    use super::*;

    fn line(peer: &str, request: &str) -> String {
        let peer = peer.parse().map_or(PeerAddr::Unix, PeerAddr::Tcp);
        let text = format!("{request}\r\nHost: a\r\n\r\n");
        let mut scratch = HeadScratch::new();
        let parsed = parse(text.as_bytes(), &HeadLimits::default(), &mut scratch).unwrap();
        let Parsed::Complete(head) = parsed else { panic!("a whole head") };
        let mut lines = Vec::new();
        let date = b"06/Nov/1994:08:49:37 +0000";
        Record::begin(peer, date, &head).finish(&mut lines, Status::OK, 612);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn lines_in_the_common_format() {
        let date = "[06/Nov/1994:08:49:37 +0000]";
        for (peer, request, host, shown) in [
            ("127.0.0.1:1234", "GET / HTTP/1.1", "127.0.0.1", "GET / HTTP/1.1"),
            ("[::ffff:10.0.0.1]:1", "GET /a?b HTTP/1.1", "10.0.0.1", "GET /a?b HTTP/1.1"),
            ("unix", "GET /\\ HTTP/1.0", "unix", "GET /\\\\ HTTP/1.0"),
        ] {
            let expected = format!("{host} - - {date} \"{shown}\" 200 612\n");
            assert_eq!(line(peer, request), expected);
        }
    }

    #[test]
    fn a_client_cannot_forge_a_line() {
        let mut line = Vec::new();
        push_escaped(&mut line, b"a\r\n\x1b[2J\xff");
        assert_eq!(line, b"a\\x0d\\x0a\\x1b[2J\\xff");
    }
}
