//! Many slow uploads at a time into a small pool, and a probe of another route beside them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use reactor::clock::{self, Instant};

use crate::Effort;
use crate::core::Cores;
use crate::error::Failure;
use crate::figure::{Figures, Times};
use crate::hash::Fnv;
use crate::http::Answer;
use crate::load::Load;
use crate::peer::Peer;

const UPLOADS: usize = 500;
const SIZE: usize = 1024 * 1024;

/// Bytes a second of each, in a full and a quick run.
const FULL_RATE: usize = 64 * 1024;
const QUICK_RATE: usize = 256 * 1024;

/// Most bytes that an upload sends at a time.
const PIECE: usize = 8 * 1024;

/// Pause between two rounds over all uploads.
const ROUND: Duration = Duration::from_millis(2);

/// Longest wait for an answer behind the last byte.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

const PROBE_RATE: u32 = 50;
const PROBE_CONNECTIONS: usize = 50;
const PROBE_MAX: Duration = Duration::from_millis(50);

/// Most memory of the server for each upload, in KiB.
const MEMORY_MAX: f64 = 80.0;

/// Bodies begin so far apart in the bytes that they share.
const STEP: usize = 64;

/// Uploads, and judges what came of them.
///
/// # Errors
///
/// When nothing can be measured.
pub(crate) fn run(cores: Cores, effort: Effort, figures: &mut Figures) -> Result<(), Failure> {
    let rate = if effort == Effort::Full { FULL_RATE } else { QUICK_RATE };
    let bytes = noise(SIZE + UPLOADS * STEP);
    let mut peer = Peer::start(cores)?;
    let mut uploads = (0..UPLOADS)
        .map(|number| Upload::open(&peer, number, &bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let mut load = Load::new()?;
    load.add(peer.addr, "/probe", PROBE_RATE, PROBE_CONNECTIONS)?;
    let before = peer.mark()?;
    let time = Duration::from_secs_f64(SIZE as f64 / rate as f64 + 1.0);
    let (sender, results) = mpsc::channel();
    let uploaded = thread::scope(|scope| {
        scope.spawn(move || sender.send(upload_all(&mut uploads, &bytes, rate)));
        load.run(time).map(drop)?;
        results.recv().map_err(|_gone| Failure::Stalled(UPLOADS))?
    })?;
    let report = peer.report()?;
    figures.show("uploads", UPLOADS);
    figures.show("bytes a second of each", rate);
    figures.equal("refused", uploaded.refused + usize::try_from(report.refused).unwrap_or(0), 0);
    figures.equal("right hashes", uploaded.right, UPLOADS);
    let growth = report.peak.saturating_sub(before.live) as f64 / 1024.0 / UPLOADS as f64;
    figures.at_most("memory for each, KiB (seen every ms)", growth, MEMORY_MAX);
    let probe = &load.streams[0].outcome;
    let times = Times::of(probe.answers.iter().map(|answer| answer.time));
    figures.equal("probes answered", times.len() as u64, probe.sent);
    figures.below("probe, p99", times.percentile(99), PROBE_MAX);
    figures.show_time("probe, slowest", times.max());
    figures.show_time("client late by at most", load.late_max);
    figures.show_time("longest turn, CPU time", Duration::from_nanos(report.turn_cpu_ns));
    figures.show_time("longest turn, by the clock", Duration::from_nanos(report.turn_elapsed_ns));
    Ok(())
}

/// What came of the uploads.
#[derive(Debug, Default)]
struct Uploaded {
    right: usize,
    refused: usize,
}

/// Sends all bodies at their rate and takes the answers.
fn upload_all(uploads: &mut [Upload], bytes: &[u8], rate: usize) -> Result<Uploaded, Failure> {
    let begun = now();
    let mut uploaded = Uploaded::default();
    let mut answered = 0;
    let mut last_moved = begun;
    while answered < uploads.len() {
        let at = now();
        for (number, upload) in uploads.iter_mut().enumerate() {
            // They begin within the first piece's time, one after another.
            let head_start = PIECE * number / UPLOADS;
            let due = usize::try_from(at.since(begun).as_millis()).unwrap_or(0) * rate / 1000;
            let body = &bytes[number * STEP..number * STEP + SIZE];
            if upload.send(body, (due + head_start) / PIECE * PIECE)? {
                last_moved = at;
            }
            if let Some(answer) = upload.receive()? {
                answered += 1;
                uploaded.right += usize::from(upload.is_right(&answer));
                uploaded.refused += usize::from(answer.status == 503);
            }
        }
        if at.since(last_moved) > ANSWER_WAIT {
            return Err(Failure::Stalled(uploads.len() - answered));
        }
        thread::park_timeout(ROUND);
    }
    Ok(uploaded)
}

/// An upload on its way.
#[derive(Debug)]
struct Upload {
    socket: TcpStream,
    sent: usize,
    hash: Fnv,
    received: Vec<u8>,
    is_answered: bool,
}

impl Upload {
    /// Connects and sends the head.
    fn open(peer: &Peer, number: usize, bytes: &[u8]) -> Result<Self, Failure> {
        let failed = || Failure::of("connect");
        let mut socket = TcpStream::connect(peer.addr).map_err(failed())?;
        let addr = peer.addr;
        let head = format!("POST /hash HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {SIZE}\r\n\r\n");
        socket.write_all(head.as_bytes()).map_err(failed())?;
        socket.set_nonblocking(true).map_err(failed())?;
        let hash = Fnv::EMPTY.with(&bytes[number * STEP..number * STEP + SIZE]);
        Ok(Self { socket, sent: 0, hash, received: Vec::new(), is_answered: false })
    }

    /// Sends up to `until` as far as there is room, and tells whether anything was sent.
    fn send(&mut self, body: &[u8], until: usize) -> Result<bool, Failure> {
        let until = until.min(body.len());
        if self.sent >= until {
            return Ok(false);
        }
        match self.socket.write(&body[self.sent..until]) {
            Ok(count) => self.sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(Failure::of("upload")(error)),
        }
        Ok(true)
    }

    /// Looks for the answer, once all is sent.
    fn receive(&mut self) -> Result<Option<Answer>, Failure> {
        if self.is_answered || self.sent < SIZE {
            return Ok(None);
        }
        let mut buf = [0; 4096];
        match self.socket.read(&mut buf) {
            Ok(0) => return Err(Failure::Answer("the connection was closed".to_owned())),
            Ok(count) => self.received.extend_from_slice(&buf[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(Failure::of("receive")(error)),
        }
        let answer = Answer::take(&mut self.received)?;
        self.is_answered = answer.is_some();
        Ok(answer)
    }

    fn is_right(&self, answer: &Answer) -> bool {
        answer.status == 200 && answer.body == format!("{:016x}\n", self.hash.0).into_bytes()
    }
}

/// Makes bytes in which no part looks like another.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[7]
    };
    (0..len).map(|_| next()).collect()
}

fn now() -> Instant {
    clock::read().instant
}
