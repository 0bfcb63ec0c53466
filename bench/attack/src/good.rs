//! The good client: fifty requests a second, half of them on new connections.
//!
//! Open-loop: a request is due when its time has come, whatever became of those before it, and its
//! latency counts from then, connecting included; but not what the client itself was late, with
//! nothing to wait for, because the machine did not wake it. A few threads take turns, each with a
//! kept connection of its own. It is never nice: it is the one whom the attack must not hurt.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reactor::clock::Instant;

use crate::error::Failure;
use crate::now;
use crate::process::{Process, end_with_parent};
use crate::reply::{self, Asked, Input, Reply};
use crate::server::{HELLO, READ};

/// What starts this program as the good client.
pub(crate) const COMMAND: &str = "part-of-good-client";

/// Threads that take turns, and so the connections that are kept.
pub(crate) const THREADS: usize = 8;

const INTERVAL: Duration = Duration::from_millis(20);

/// Longest wait for an answer; one that takes longer is a failure.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for the client itself to end.
const END_WAIT: Duration = Duration::from_secs(15);

const BODY_SIZE: usize = 1000;

/// What it asks for, in turns.
const KINDS: [(&str, &str); 4] =
    [("GET", HELLO), ("GET", "/page.html"), ("POST", READ), ("GET", "/medium.bin")];

/// Asks until standard input ends, and then tells how it went.
///
/// # Errors
///
/// When it cannot.
pub(crate) fn run(addr: SocketAddr) -> Result<(), Failure> {
    end_with_parent()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let begin = now();
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || Asker { addr, kept: None }.ask_in_turn(number, begin, &is_over))
        })
        .collect();
    let mut ignored = Vec::new();
    std::io::stdin().read_to_end(&mut ignored).map_err(Failure::of("be told to end"))?;
    is_over.store(true, Ordering::Relaxed);
    let mut out = std::io::stdout().lock();
    for thread in threads {
        let lines = thread.join().map_err(|_| Failure::Strange("a panic".to_owned()))?;
        out.write_all(lines.as_bytes()).map_err(Failure::of("report"))?;
    }
    Ok(())
}

/// One of the threads.
struct Asker {
    addr: SocketAddr,
    kept: Option<TcpStream>,
}

impl Asker {
    /// Asks every eighth request; returns a line for each.
    fn ask_in_turn(mut self, number: usize, begin: Instant, is_over: &AtomicBool) -> String {
        let (mut lines, mut free_at) = (String::new(), begin);
        for turn in (number..).step_by(THREADS) {
            let due = begin.after(INTERVAL * u32::try_from(turn).unwrap_or(u32::MAX));
            while due > now() && !is_over.load(Ordering::Relaxed) {
                thread::park_timeout(due.since(now()));
            }
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            let (method, path) = KINDS[turn / THREADS / 2 % KINDS.len()];
            let is_kept = (turn / THREADS).is_multiple_of(2);
            let late = now().since(due.max(free_at));
            lines += &match self.ask(method, path, is_kept) {
                Ok(()) => {
                    let time = now().since(due).saturating_sub(late);
                    format!("took {} late {}\n", time.as_nanos(), late.as_nanos())
                }
                Err(what) => format!("failed {method} {path}: {what}\n"),
            };
            free_at = now();
        }
        lines
    }

    fn ask(&mut self, method: &str, path: &str, is_kept: bool) -> Result<(), String> {
        let mut socket = match self.kept.take().filter(|_| is_kept) {
            Some(socket) => socket,
            None => self.connect().map_err(|error| format!("connecting: {error}"))?,
        };
        let body = if method == "POST" { vec![b'x'; BODY_SIZE] } else { Vec::new() };
        let (addr, len) = (self.addr, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {len}");
        let request = [head.as_bytes(), b"\r\n\r\n", &body].concat();
        let reply = exchange(&mut socket, &request).map_err(|what| {
            format!("{what} on a connection that was {}", if is_kept { "kept" } else { "new" })
        })?;
        if is_kept {
            self.kept = Some(socket);
        }
        if reply.status == 200 { Ok(()) } else { Err(format!("status {}", reply.status)) }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = TcpStream::connect_timeout(&self.addr, TIMEOUT)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(socket)
    }
}

/// Sends a request and takes its answer.
fn exchange(socket: &mut TcpStream, request: &[u8]) -> Result<Reply, String> {
    socket.write_all(request).map_err(|error| format!("sending: {error}"))?;
    let (mut received, mut buf) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match socket.read(&mut buf).map_err(|error| format!("receiving: {error}"))? {
            0 => return Err("closed before the answer".to_owned()),
            count => received.extend_from_slice(&buf[..count]),
        }
        if let Some(reply) = reply::parse(&received, Asked::Whole, Input::Open)? {
            return Ok(reply);
        }
    }
}

/// What the good client met with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Experience {
    pub(crate) times: Vec<Duration>,
    /// How late it was woken at most: the machine's doing, not the server's.
    pub(crate) late_max: Duration,
    pub(crate) failures: Vec<String>,
}

impl Experience {
    /// Adds what it met with later.
    pub(crate) fn merge(&mut self, other: Self) {
        self.times.extend(other.times);
        self.late_max = self.late_max.max(other.late_max);
        self.failures.extend(other.failures);
    }

    /// Returns the time that `percent` of the answers kept within; for ever if there are none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(Duration::MAX)
    }

    /// Reads it from its lines; `None` when one is not of them.
    fn of_lines(lines: &[String]) -> Option<Self> {
        let mut experience = Self::default();
        for line in lines {
            match line.split_once(' ')? {
                ("took", times) => {
                    let (time, late) = times.split_once(" late ")?;
                    experience.times.push(Duration::from_nanos(time.parse().ok()?));
                    let late = Duration::from_nanos(late.parse().ok()?);
                    experience.late_max = experience.late_max.max(late);
                }
                ("failed", what) => experience.failures.push(what.to_owned()),
                _ => return None,
            }
        }
        Some(experience)
    }
}

/// The good client's process.
#[derive(Debug)]
pub(crate) struct GoodClient(Process);

impl GoodClient {
    /// Has it begin.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(crate) fn start(addr: SocketAddr) -> Result<Self, Failure> {
        Process::start(&[COMMAND, &addr.to_string()]).map(Self)
    }

    /// Has it end, and tell how it went.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(crate) fn finish(mut self) -> Result<Experience, Failure> {
        let lines = self.0.finish(END_WAIT)?;
        Experience::of_lines(&lines).ok_or_else(|| Failure::Strange(lines.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experience_is_read_from_its_lines() {
        let lines: Vec<_> = (1..=200).rev().map(|time| format!("took {time} late 5")).collect();
        let experience = Experience::of_lines(&lines).unwrap();
        assert_eq!(experience.percentile(99), Duration::from_nanos(198));
        assert_eq!(experience.percentile(100), Duration::from_nanos(200));
        assert_eq!(Experience::default().percentile(99), Duration::MAX);
        let failed = Experience::of_lines(&["failed GET /: closed".to_owned()]).unwrap();
        assert_eq!(failed.failures, ["GET /: closed"]);
        assert!(Experience::of_lines(&["hello there".to_owned()]).is_none());
    }
}
