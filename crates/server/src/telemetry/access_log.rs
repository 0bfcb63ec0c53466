//! The access log: a line for each answer, in the Common Log Format.
//!
//! A worker formats lines into a buffer of its own and passes the buffer on at the end of its
//! turn; one thread writes to the output. A slow output never delays a worker: what does not fit
//! is dropped, counted, and reported once the output moves again.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use http1::head::{Head, MethodToken};
use reactor::net::PeerAddr;
use semantics::status::Status;

/// Most bytes of lines that wait for the output.
const WAITING_SIZE_MAX: usize = 1 << 20;

/// Time that the output is given to take the last lines.
const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

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

/// The log's writing side: one thread over one output.
#[derive(Debug)]
pub struct AccessLog {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped_batches: u64,
    is_ended: bool,
    /// The writer has written all it was given, and is gone.
    is_written: bool,
}

impl AccessLog {
    /// Starts the thread that writes to `output`.
    ///
    /// # Errors
    ///
    /// When the system cannot start a thread.
    pub fn start(output: impl Write + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("avocet-log".to_owned())
            .spawn(move || theirs.write_to(output))?;
        Ok(Self { shared })
    }

    /// Returns a worker's end of the log.
    pub(crate) fn sink(&self) -> LogSink {
        LogSink(Arc::clone(&self.shared))
    }
}

impl Drop for AccessLog {
    /// Waits until what was logged is written, but not for an output that does not move: the
    /// thread is then left to the end of the process.
    fn drop(&mut self) {
        let mut waiting = self.shared.lock();
        waiting.is_ended = true;
        self.shared.changed.notify_all();
        let is_unwritten = |waiting: &mut Waiting| !waiting.is_written;
        // Poisoned or not, the time is up at the end of it.
        drop(self.shared.changed.wait_timeout_while(waiting, LAST_WRITE_TIMEOUT, is_unwritten));
    }
}

/// A worker's end of the log.
#[derive(Debug)]
pub(crate) struct LogSink(Arc<Shared>);

impl LogSink {
    /// Passes a turn's lines on and leaves the buffer empty; drops them when too many wait.
    pub(crate) fn pass_on(&self, lines: &mut Vec<u8>) {
        let mut waiting = self.0.lock();
        if waiting.lines.len() + lines.len() > WAITING_SIZE_MAX {
            waiting.dropped_batches += 1;
            lines.clear();
        } else {
            waiting.lines.append(lines);
        }
        drop(waiting);
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No panic can leave the lines half changed.
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write_to(&self, mut output: impl Write) {
        let mut lines = Vec::new();
        loop {
            let (dropped, is_ended) = self.take(&mut lines);
            // An output that is gone takes its lines with it; the server goes on.
            drop(output.write_all(&lines).and_then(|()| output.flush()));
            if dropped > 0 {
                super::diagnostics::warn(format_args!(
                    "the access log's output is too slow: {dropped} batches of lines dropped"
                ));
            }
            if is_ended && lines.is_empty() {
                self.lock().is_written = true;
                self.changed.notify_all();
                return;
            }
        }
    }

    /// Waits for lines, and exchanges the buffers.
    fn take(&self, lines: &mut Vec<u8>) -> (u64, bool) {
        lines.clear();
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && !waiting.is_ended {
            waiting = self.changed.wait(waiting).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        std::mem::swap(&mut waiting.lines, lines);
        (std::mem::take(&mut waiting.dropped_batches), waiting.is_ended)
    }
}

#[cfg(test)]
mod tests {
    use http1::head::{FieldSpans, HeadLimits, Parsed, parse};

    use super::*;

    fn line(peer: &str, request: &str) -> String {
        let peer = peer.parse().map_or(PeerAddr::Unix, PeerAddr::Tcp);
        let text = format!("{request}\r\nHost: a\r\n\r\n");
        let mut spans = FieldSpans::new();
        let parsed = parse(text.as_bytes(), &HeadLimits::default(), &mut spans).unwrap();
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

    #[test]
    fn what_was_passed_on_is_written_before_the_log_ends() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let log = AccessLog::start(file.reopen().unwrap()).unwrap();
        let mut lines = b"one\n".to_vec();
        log.sink().pass_on(&mut lines);
        assert!(lines.is_empty());
        lines.extend_from_slice(b"two\n");
        log.sink().pass_on(&mut lines);
        drop(log);
        assert_eq!(std::fs::read(file.path()).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_log_that_waits_too_long_loses_lines_not_memory() {
        let sink = LogSink(Arc::new(Shared::default()));
        let mut lines = vec![b'x'; WAITING_SIZE_MAX];
        sink.pass_on(&mut lines);
        lines.push(b'y');
        sink.pass_on(&mut lines);
        let waiting = sink.0.lock();
        assert!(lines.is_empty());
        assert_eq!((waiting.lines.len(), waiting.dropped_batches), (WAITING_SIZE_MAX, 1));
    }
}
