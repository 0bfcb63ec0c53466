//! A simulated client: does what its plan says and judges what it gets.
//!
//! It acts when something arrives and when its own pauses end. Everything it is answered is held
//! against what it must be answered; the first difference fails the run.

mod check;
mod sending;

use std::time::Duration;

use reactor::clock::Instant;
use reactor::driver::Events;
use settings::Limits;

use self::sending::Sending;
use super::agenda::Action;
use super::expect::Closes;
use super::fault::Fault;
use super::net::{LinkId, Net, Received, ServerEnding};
use super::response::{Answer, Asked, Reader};
use super::rng::Rng;
use super::script::{Ending, Plan, Request};

/// Pause between the bytes of what trickles, in microseconds.
const TRICKLE_PAUSE: std::ops::RangeInclusive<usize> = 300_000..=900_000;

/// A client.
#[derive(Debug)]
pub(super) struct Client {
    number: usize,
    plan: Plan,
    timeouts: Timeouts,
    rng: Rng,
    link: Option<LinkId>,
    sending: Sending,
    reader: Reader,
    answered: usize,
    /// Bytes received.
    received: usize,
    /// Answers of a server that had no room.
    refused: u64,
    state: State,
    /// The server may end the connection at any time now, with or without a word.
    may_end: bool,
    /// No earlier than this it reads, or sends, again.
    read_at: Instant,
    send_at: Instant,
    /// When it acts next of its own accord, if that is planned.
    wake_at: Option<Instant>,
    times: Times,
}

/// The server's deadlines, which a client holds it to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    head: Duration,
    idle: Duration,
    body: Duration,
    send: Duration,
    send_max: Duration,
    /// Bytes for each of which a second is added to `send`.
    send_rate: usize,
}

/// When things happened, for the checks of deadlines.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    connected: Option<Instant>,
    /// The first byte of the latest request was sent.
    begun: Option<Instant>,
    /// The last byte was sent.
    sent: Option<Instant>,
    answered: Option<Instant>,
    /// The answer before the latest came.
    answered_before: Option<Instant>,
    /// It stopped to read.
    stalled: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Requests and answers are exchanged.
    Open,
    /// The last answer there will be has come: the server closes.
    Over,
    /// It reads no more, until the server gives it up.
    Stalled,
    /// It has left.
    Done,
}

impl Timeouts {
    pub(super) const fn of(limits: &Limits) -> Self {
        Self {
            head: limits.head_timeout,
            idle: limits.idle_timeout,
            body: limits.body_timeout,
            send: limits.send_timeout,
            send_max: limits.send_timeout_max,
            send_rate: limits.send_rate_min,
        }
    }

    /// Returns how long the server waits for a client to read for which the kernel may hold `held`.
    fn send_of(self, held: usize) -> Duration {
        let more = Duration::from_secs((held / self.send_rate) as u64);
        (self.send + more).min(self.send_max)
    }
}

impl Client {
    pub(super) fn new(number: usize, plan: Plan, timeouts: Timeouts, rng: Rng) -> Self {
        Self {
            number,
            plan,
            timeouts,
            rng,
            link: None,
            sending: Sending::default(),
            reader: Reader::new(),
            answered: 0,
            received: 0,
            refused: 0,
            state: State::Open,
            may_end: false,
            read_at: Instant::ORIGIN,
            send_at: Instant::ORIGIN,
            wake_at: None,
            times: Times::default(),
        }
    }

    /// Returns when it connects.
    pub(super) fn connects_at(&self) -> Instant {
        Instant::ORIGIN.after(self.plan.connect_after)
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(super) const fn answered(&self) -> usize {
        self.answered
    }

    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Tells whether it has all answers to what it sent, and has begun nothing else.
    pub(super) fn is_settled(&self) -> bool {
        self.is_done()
            || self.sending.is_between()
                && self.answered == self.sending.request
                && self.reader.is_between()
    }

    /// Says where it stands, for the report of a failure.
    pub(super) fn account(&self) -> String {
        format!(
            "client {} has {} of {} answers, waits for that to `{}`, means to end with {:?}, \
             and is {:?}",
            self.number,
            self.answered,
            self.plan.requests.len(),
            self.plan.requests.get(self.answered).map(Request::line).unwrap_or_default(),
            self.plan.ending,
            self.state
        )
    }

    /// Does what is to be done now.
    pub(super) fn act(&mut self, net: &mut Net, events: &mut Events) {
        if self.wake_at.is_some_and(|at| at <= net.now) {
            self.wake_at = None;
        }
        if self.is_done() {
            return;
        }
        let acted = match self.link {
            None => {
                self.connect(net, events);
                Ok(())
            }
            Some(link) => self.exchange(net, link),
        };
        match acted {
            Ok(()) => self.plan_next(net),
            Err(what) => net.fail(format!("{what} ({})", self.account())),
        }
    }

    fn connect(&mut self, net: &mut Net, events: &mut Events) {
        self.link = net.connect(self.number, self.plan.capacity, events);
        self.times.connected = Some(net.now);
        self.send_at = net.now.after(self.rng.micros(0..=3_000));
        if self.link.is_none() {
            self.state = State::Done;
            if net.ending == ServerEnding::Running {
                net.fail("a connection was refused".to_owned());
            }
        }
    }

    fn exchange(&mut self, net: &mut Net, link: LinkId) -> Result<(), String> {
        if self.state == State::Stalled {
            return self.wait_stalled(net, link);
        }
        if self.read_at <= net.now {
            self.read(net, link)?;
        }
        if self.state == State::Open && self.send_at <= net.now && net.has_room(link) {
            self.send(net, link);
        }
        self.end_if_due(net, link);
        Ok(())
    }

    /// Reads once, and judges each answer that is whole then.
    fn read(&mut self, net: &mut Net, link: LinkId) -> Result<(), String> {
        let len = self.rng.between(1..=self.plan.pace.read_max);
        match net.client_read(link, len) {
            Received::Nothing => return Ok(()),
            Received::Bytes(bytes) => {
                self.received += bytes.len();
                self.reader.push(&bytes);
                self.read_at = net.now.after(self.rng.micros(1..=self.plan.pace.pause_max));
                while let Some(answer) = self.reader.next(self.asked())? {
                    self.on_answer(net, &answer)?;
                }
                if self.stalls_now() {
                    self.times.stalled = Some(net.now);
                    self.state = State::Stalled;
                }
            }
            Received::End => {
                if let Some(answer) = self.reader.on_end() {
                    self.on_answer(net, &answer)?;
                }
                self.check_end(net)?;
                net.client_close(link);
                self.state = State::Done;
            }
            Received::Reset => {
                self.check_reset(net)?;
                net.client_close(link);
                self.state = State::Done;
            }
        }
        Ok(())
    }

    fn asked(&self) -> Asked {
        self.plan.requests.get(self.answered).map_or(Asked::Whole, |request| request.asked)
    }

    fn on_answer(&mut self, net: &mut Net, answer: &Answer) -> Result<(), String> {
        net.note("answer", self.number, usize::from(answer.status));
        if answer.status == 100 {
            return self.sending.on_leave(&self.plan.requests, self.answered);
        }
        if self.answered >= self.plan.requests.len() || !self.sending.has_begun(self.answered) {
            return Err(format!("an answer (status {}) to no request", answer.status));
        }
        if self.state == State::Over {
            return Err("an answer behind the last one".to_owned());
        }
        let closes = self.judge(net, answer)?;
        self.answered += 1;
        self.times.answered_before = self.times.answered.replace(net.now);
        self.sending.on_answer(self.answered);
        match closes {
            Closes::Never => {}
            Closes::Announced => self.state = State::Over,
            Closes::Perhaps => self.may_end = true,
        }
        Ok(())
    }

    /// Tells whether this is the middle of the answer that it will not read to its end.
    fn stalls_now(&self) -> bool {
        matches!(self.plan.ending, Ending::StalledReader { .. })
            && self.answered + 1 == self.plan.requests.len()
            && self.reader.begun_status() == Some(200)
            && !self.reader.begun_body().is_empty()
    }

    /// Sends the next piece, if it may.
    fn send(&mut self, net: &mut Net, link: LinkId) {
        let want = self.rng.between(1..=self.plan.pace.send_max);
        let may_pipeline = self.plan.pace.pipelines;
        let piece = self.sending.piece(&self.plan.requests, self.answered, may_pipeline, want);
        if piece.is_empty() {
            return self.trickle(net, link);
        }
        if self.rng.chance(2) {
            net.client_send_urgent(link);
        }
        let count = net.client_send(link, &piece);
        self.advance(net, count);
        self.send_at = net.now.after(self.rng.micros(1..=self.plan.pace.pause_max));
    }

    /// Notes that `count` bytes were sent.
    fn advance(&mut self, net: &mut Net, count: usize) {
        if count == 0 {
            return;
        }
        if self.sending.is_between() {
            self.times.begun = Some(net.now);
        }
        let before = self.sending.request;
        self.sending.advance(&self.plan.requests, count);
        self.times.sent = Some(net.now);
        if !self.sending.is_between() && self.sending.request > before {
            self.times.begun = Some(net.now);
        }
        for passed in before.max(self.answered + 1)..self.sending.request {
            net.note("pipelined", self.number, passed);
            net.tally.note(Fault::Pipelining);
        }
    }

    /// Sends a single byte of a request that is never sent whole.
    fn trickle(&mut self, net: &mut Net, link: LinkId) {
        if self.plan.ending != (Ending::Stall { trickles: true }) {
            return;
        }
        if let Some(byte) = self.sending.stalled_byte(&self.plan.requests, self.answered) {
            let count = net.client_send(link, &[byte]);
            self.sending.advance(&self.plan.requests, count);
            self.send_at = net.now.after(self.rng.micros(TRICKLE_PAUSE));
        }
    }

    /// Ends the connection, or its half, where the plan says so.
    fn end_if_due(&mut self, net: &mut Net, link: LinkId) {
        if matches!(self.state, State::Done | State::Stalled) {
            return;
        }
        let requests = self.plan.requests.len();
        let is_all_sent = self.sending.request == requests;
        let is_all_answered = self.answered == requests;
        match self.plan.ending {
            Ending::Close | Ending::ServerCloses
                if is_all_answered && is_all_sent && self.state == State::Open =>
            {
                net.client_close(link);
                self.state = State::Done;
            }
            Ending::HalfClose if is_all_sent && !self.sending.has_ended => {
                net.tally.note(Fault::HalfClose);
                net.client_end(link);
                self.sending.has_ended = true;
            }
            Ending::Vanish if is_all_sent => {
                net.client_close(link);
                self.state = State::Done;
            }
            Ending::Reset { after } if self.sending.total > after => {
                net.tally.note(Fault::Reset);
                net.client_reset(link);
                self.state = State::Done;
            }
            Ending::StalledReader { .. } if is_all_answered => {
                net.client_close(link);
                self.state = State::Done;
            }
            _ => {}
        }
    }

    /// Plans when to act next, unless something that arrives comes before.
    fn plan_next(&mut self, net: &mut Net) {
        let Some(link) = self.link.filter(|_| !self.is_done()) else { return };
        let mut next = Instant::NEVER;
        if self.state == State::Stalled {
            next = self.stalled_until();
            if self.reads_trickling() && net.is_readable(link) {
                next = next.min(self.read_at);
            }
        } else if net.is_readable(link) {
            next = self.read_at;
        }
        // Where there is no room, the network tells when there is some.
        if self.state == State::Open && net.has_room(link) && self.has_something_to_send() {
            next = next.min(self.send_at);
        }
        let next = next.max(net.now.after(Duration::from_micros(1)));
        if next < self.wake_at.unwrap_or(Instant::NEVER) && next != Instant::NEVER {
            self.wake_at = Some(next);
            net.agenda.plan(next, Action::Client(self.number));
        }
    }

    fn has_something_to_send(&self) -> bool {
        let requests = &self.plan.requests;
        let may_pipeline = self.plan.pace.pipelines;
        !self.sending.piece(requests, self.answered, may_pipeline, 1).is_empty()
            || self.plan.ending == (Ending::Stall { trickles: true })
                && self.sending.stalled_byte(requests, self.answered).is_some()
    }
}
