//! The access log: a line for each answer.
//!
//! A worker formats lines ([`line`], [`text`]) into a buffer of its own. It passes the buffer on
//! when that has [`PASSED_SIZE`] bytes or its oldest line is as old as the log allows, by a timer
//! that is set only while lines wait (rule 4); one thread writes to the output ([`writer`]). So a
//! line costs its worker no call and no lock, and a process that is killed loses a second of lines.

mod line;
mod text;
mod writer;

use http1::head::Head;
use reactor::clock::Instant;
use reactor::net::PeerAddr;
use reactor::{Handle, Phase, Timer};
use semantics::fields::Fields;
use semantics::status::Status;
use settings::{Limits, LogFormat};

use self::line::Lines;
pub(crate) use self::line::Record;
pub(crate) use self::writer::LogMeter;
pub use self::writer::{AccessLog, LogReopener, LogSink};
use super::Dates;
use crate::middleware::RequestId;

/// Size from which on lines are passed on before their time.
const PASSED_SIZE: usize = 64 * 1024;

/// A worker's part of the log.
#[derive(Debug)]
pub(crate) struct WorkerLog {
    lines: Lines,
    sink: LogSink,
    waiting_max: usize,
    /// Ends the worker's wait when lines are due: never while there are none.
    timer: Timer,
}

impl WorkerLog {
    /// Makes the part of the worker behind `handle`, whose lines go to `sink`.
    pub(crate) fn new(sink: LogSink, handle: &Handle, limits: &Limits) -> Self {
        Self {
            lines: Lines::new(sink.format()),
            sink,
            waiting_max: limits.log_waiting_max,
            timer: handle.timer(Instant::NEVER),
        }
    }

    /// Begins the line of a request.
    pub(crate) fn begin(&mut self, peer: PeerAddr, dates: &Dates, head: &Head<'_>) -> Record {
        self.lines.begin(peer, dates, head)
    }

    /// Begins the line of something that is not a request.
    pub(crate) fn begin_no_request(&mut self, peer: PeerAddr, dates: &Dates) -> Record {
        self.lines.begin_no_request(peer, dates)
    }

    /// Takes a line out of the buffer: its answer does not come in this turn.
    pub(crate) fn keep(&mut self, record: &mut Record) {
        self.lines.keep(record);
    }

    /// Notes what the line says of the fields of the answer.
    pub(crate) fn add_fields(&mut self, record: &mut Record, fields: &Fields) {
        if self.sink.format() == LogFormat::Json
            && let Some(id) = fields.first(RequestId::FIELD)
        {
            self.lines.add_request_id(record, id);
        }
    }

    /// Ends a line with what came of its request.
    pub(crate) fn finish(&mut self, record: Record, status: Status, body_size: u64) {
        self.lines.finish(record, status, body_size);
        if self.lines.size() >= PASSED_SIZE {
            self.pass_on();
        }
    }

    /// Passes on what is due at the end of a turn. Nothing waits once the worker is ending.
    pub(crate) fn end_turn(&mut self, now: Instant, phase: Phase) {
        let due = self.timer.deadline();
        if now >= due {
            self.pass_on();
            self.timer.set(Instant::NEVER);
        } else if self.lines.size() > 0 {
            let age_max = self.sink.age_max();
            if age_max.is_zero() || phase != Phase::Running {
                self.pass_on();
            } else if due == Instant::NEVER {
                self.timer.set(now.after(age_max));
            }
        }
    }

    fn pass_on(&mut self) {
        if self.lines.size() > 0 {
            self.sink.pass_on(self.lines.take(), self.waiting_max);
        }
    }
}

impl Drop for WorkerLog {
    fn drop(&mut self) {
        self.pass_on();
    }
}

#[cfg(test)]
mod tests;
