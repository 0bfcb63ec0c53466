//! One client of a crowd.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use reactor::clock::Instant;
use rustix::event::epoll::EventFlags;
use socket2::Socket;

use crate::chance::Chance;
use crate::conduct::{Conduct, Leaving, Reading, Then};
use crate::reply::announced_len;
use crate::tally::{CLOSED, FINISHED, LEFT, REFUSED, RESET, Tally};

/// Most bytes sent, and read, in a turn.
const TURN_SIZE: usize = 512 * 1024;

/// So much of what comes in is kept, to know what was answered.
const KEPT_SIZE: usize = 1024;

/// A client and how far it is.
#[derive(Debug)]
pub(crate) struct Client {
    socket: Socket,
    conduct: Conduct,
    is_connected: bool,
    can_send: bool,
    sent: u64,
    /// When the next bytes of a paced text are due.
    send_at: Instant,
    /// What follows the opening once is done.
    is_settled: bool,
    received: u64,
    begun_at: Instant,
    /// The beginning of what came in.
    kept: Vec<u8>,
    /// How much comes in all, once that is known.
    due: Option<u64>,
    reset_at: Instant,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Something must happen first.
    Waits,
    /// It could go on at once.
    HasMore,
    /// The connection is over; the name says how.
    Over(&'static str),
}

impl Client {
    /// Makes a client of a socket that is connecting.
    pub(crate) fn new(socket: Socket, conduct: Conduct, at: Instant, chance: &mut Chance) -> Self {
        let reset_at = match conduct.leaving {
            Leaving::ResetWithin(time) => {
                let micros = usize::try_from(time.as_micros()).unwrap_or(usize::MAX);
                at.after(Duration::from_micros(chance.below(micros) as u64))
            }
            Leaving::Never | Leaving::WhenAnswered => Instant::NEVER,
        };
        Self {
            socket,
            conduct,
            is_connected: false,
            can_send: false,
            sent: 0,
            send_at: at,
            is_settled: false,
            received: 0,
            begun_at: at,
            kept: Vec::new(),
            due: None,
            reset_at,
        }
    }

    /// Takes note of an event and goes on.
    pub(crate) fn on_event(&mut self, flags: EventFlags, at: Instant, buf: &mut [u8]) -> Moved {
        if flags.intersects(EventFlags::ERR) {
            return Moved::Over(if self.is_connected { RESET } else { REFUSED });
        }
        if flags.intersects(EventFlags::OUT) {
            self.is_connected = true;
            self.can_send = true;
        }
        let moved = self.turn(at, buf);
        if moved == Moved::Waits && flags.intersects(EventFlags::HUP) && !self.is_reading() {
            return Moved::Over(CLOSED);
        }
        moved
    }

    /// Does what its time has come for.
    pub(crate) fn tick(&mut self, at: Instant, buf: &mut [u8]) -> Moved {
        if at >= self.reset_at {
            self.socket.set_linger(Some(Duration::ZERO)).ok();
            return Moved::Over(LEFT);
        }
        let is_paced = self.conduct.pace().is_some() && at >= self.send_at;
        if is_paced || matches!(self.conduct.reading, Reading::AtRate(..)) {
            return self.turn(at, buf);
        }
        Moved::Waits
    }

    /// Sends and reads as far as it can and may.
    pub(crate) fn turn(&mut self, at: Instant, buf: &mut [u8]) -> Moved {
        let sent = self.send(at);
        if matches!(sent, Moved::Over(_)) && self.conduct.reading == Reading::Never {
            return sent;
        }
        // Who is cut off while sending may still find an answer.
        match (self.read(at, buf), sent) {
            (Moved::Waits, sent) => sent,
            (read, _) => read,
        }
    }

    /// Notes what was answered.
    pub(crate) fn note(&self, tally: &mut Tally) {
        let line = self.kept.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
        match line {
            Some(status) => tally.add(String::from_utf8_lossy(status)),
            None if self.kept.is_empty() => {}
            None => tally.fault(format!("an answer \"{}\"", self.kept.escape_ascii())),
        }
    }

    /// Returns how long it has been there.
    pub(crate) const fn age(&self, at: Instant) -> Duration {
        at.since(self.begun_at)
    }

    fn is_reading(&self) -> bool {
        self.conduct.reading != Reading::Never
    }

    fn send(&mut self, at: Instant) -> Moved {
        let mut budget = TURN_SIZE;
        while self.can_send {
            let next = self.conduct.next(self.sent);
            if next.is_empty() {
                return self.settle();
            }
            let is_opening = self.sent < self.conduct.opening.len() as u64;
            let size = match self.conduct.pace().filter(|_| !is_opening) {
                Some(_) if at < self.send_at => return Moved::Waits,
                Some((size, pause)) => {
                    self.send_at = at.after(pause);
                    size
                }
                None if budget == 0 => return Moved::HasMore,
                None => budget,
            };
            match (&self.socket).write(&next[..next.len().min(size)]) {
                Ok(count) => {
                    self.sent += count as u64;
                    budget -= count.min(budget);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.can_send = false,
                Err(_gone) => {
                    self.can_send = false;
                    return Moved::Over(RESET);
                }
            }
        }
        Moved::Waits
    }

    /// Does what comes once behind all that is sent.
    fn settle(&mut self) -> Moved {
        if !std::mem::replace(&mut self.is_settled, true) {
            // Refused, the connection is over, which its next event says.
            match self.conduct.then {
                Then::HalfClose => self.socket.shutdown(Shutdown::Write).unwrap_or(()),
                Then::Urgent => drop(self.socket.send_out_of_band(b"!")),
                Then::Nothing | Then::Repeat(_) => {}
            }
        }
        Moved::Waits
    }

    fn read(&mut self, at: Instant, buf: &mut [u8]) -> Moved {
        let mut budget = match self.conduct.reading {
            _ if !self.is_connected => 0,
            Reading::Never => 0,
            Reading::Eager => TURN_SIZE,
            Reading::AtRate(rate, _) => {
                let millis = u64::try_from(self.age(at).as_millis()).unwrap_or(0);
                usize::try_from((millis * rate / 1000).saturating_sub(self.received)).unwrap_or(0)
            }
        };
        while budget > 0 {
            let size = budget.min(buf.len());
            match (&self.socket).read(&mut buf[..size]) {
                Ok(0) => return Moved::Over(CLOSED),
                Ok(count) => {
                    budget -= count;
                    self.on_received(&buf[..count]);
                    if self.is_answered() && self.conduct.leaving == Leaving::WhenAnswered {
                        return Moved::Over(FINISHED);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Moved::Waits,
                Err(_gone) => return Moved::Over(RESET),
            }
        }
        match self.conduct.reading {
            Reading::Eager if self.is_connected => Moved::HasMore,
            _ => Moved::Waits,
        }
    }

    fn on_received(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        if self.due.is_none() && self.kept.len() < KEPT_SIZE {
            let room = KEPT_SIZE - self.kept.len();
            self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
            self.due = announced_len(&self.kept);
        }
    }

    fn is_answered(&self) -> bool {
        self.due.is_some_and(|due| self.received >= due)
    }
}
