//! What a client holds the server to: answers, ends, deadlines.

use std::time::Duration;

use reactor::clock::Instant;

use super::{Client, State, TRICKLE_PAUSE};
use crate::sim::expect::Closes;
use crate::sim::fault::Fault;
use crate::sim::net::{LinkId, Net, Received, ServerEnding, Shortage};
use crate::sim::response::Answer;
use crate::sim::script::{Ending, Request};

/// How much later than its deadline a thing may be seen: the way there and back, and late events.
const SLACK: Duration = Duration::from_millis(1_500);

/// How much earlier than its deadline a thing may be seen: the server has sent an answer, and
/// counts from then, long before a slow client has read it.
const SLACK_BEFORE: Duration = Duration::from_secs(8);

/// Time that an answer may take to be made while its client does not read.
const STREAM_TIME_MAX: Duration = Duration::from_secs(60);

/// Longest time for an answer: longer than all that may hold a pool thread.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(90);

impl Client {
    /// Judges an answer; returns whether its connection goes on.
    pub(super) fn judge(&mut self, net: &mut Net, answer: &Answer) -> Result<Closes, String> {
        if self.is_of_shortage(net, answer) {
            self.may_end |= answer.says_close();
            // Where the body is not too much to pass over, the connection may be kept.
            return Ok(if answer.says_close() { Closes::Announced } else { Closes::Perhaps });
        }
        let expected = self.plan.requests[self.answered].expected.judge(answer)?;
        self.note_faults(net, answer);
        let asked_at = self.times.sent.max(self.times.answered);
        if asked_at.is_some_and(|at| net.now.since(at) > ANSWER_TIME_MAX) {
            return Err(format!("an answer that took since {asked_at:?}"));
        }
        match (expected, answer.says_close()) {
            (Closes::Never, false) => Ok(Closes::Never),
            (Closes::Announced, false) => Err("an answer that does not say close".to_owned()),
            (Closes::Never, true)
                if net.ending == ServerEnding::Running
                    && net.shortage == Shortage::None
                    && !self.has_ended() =>
            {
                Err("an answer that says close".to_owned())
            }
            (_, true) => Ok(Closes::Announced),
            (Closes::Perhaps, false) => Ok(Closes::Perhaps),
        }
    }

    /// Tells whether an answer was given for want of something: a head that is not whole is given
    /// up, a body is not taken.
    fn is_of_shortage(&self, net: &mut Net, answer: &Answer) -> bool {
        let Some(request) = self.plan.requests.get(self.answered) else { return false };
        let is_head_accepted = self.accepted(net) >= request.head_size;
        match (net.shortage, answer.status) {
            (Shortage::Places | Shortage::Memory, 408) if !is_head_accepted => {
                net.tally.note(Fault::HeadShed);
                answer.says_close()
            }
            (Shortage::Memory, 503) if has_body(request) => {
                net.tally.note(Fault::NoMemory);
                true
            }
            _ => false,
        }
    }

    /// Returns how many bytes the server has been given of what is not answered.
    fn accepted(&self, net: &Net) -> usize {
        let answered = self.plan.requests.iter().take(self.answered);
        let answered = answered.map(|request| request.wire.len()).sum();
        self.link.map_or(0, |link| net.accepted(link)).saturating_sub(answered)
    }

    /// Tells whether the server may have ended the connection for want of places: it may, where it
    /// has been given nothing that it has not answered.
    fn may_be_spared(&self, net: &Net) -> bool {
        net.shortage == Shortage::Places && self.accepted(net) == 0
    }

    /// A client that has ended its half gets no next answer: the server may say so.
    const fn has_ended(&self) -> bool {
        self.sending.has_ended
    }

    fn note_faults(&mut self, net: &mut Net, answer: &Answer) {
        let request = &self.plan.requests[self.answered];
        let is_stalled = request.stops_at.is_some();
        if request.waits_for_leave {
            net.tally.note(Fault::ExpectContinue);
        }
        match answer.status {
            408 if request.stops_at.is_some_and(|stop| stop < request.head_size) => {
                net.tally.note(Fault::SlowHead);
            }
            _ if is_stalled => net.tally.note(self.body_fault()),
            413 => net.tally.note(Fault::BodyTooLarge),
            400 | 414 | 431 | 505 => net.tally.note(Fault::MalformedRequest),
            500 => net.tally.note(Fault::NoAnswer),
            503 if !request.has_deadline && !request.needs_disk => self.refused += 1,
            503 if request.is_spooled => net.tally.note(Fault::FullSpool),
            200 if answer.field("Content-Encoding") == Some("br") => {
                net.tally.note(Fault::Compressed);
            }
            200 if request.is_spooled => net.tally.note(Fault::SpooledBody),
            _ => {}
        }
    }

    /// What a body is that does not come in time.
    fn body_fault(&self) -> Fault {
        match self.plan.ending {
            Ending::Stall { trickles: true } => Fault::TrickledBody,
            _ => Fault::StalledBody,
        }
    }

    /// Judges that the server ended the connection here and now.
    pub(super) fn check_end(&self, net: &mut Net) -> Result<(), String> {
        if net.ending == ServerEnding::Stopped || self.is_head_lost(net) {
            return Ok(());
        }
        let request = self.plan.requests.get(self.answered);
        if !self.reader.is_between() {
            let Some(request) = request.filter(|request| request.expected.may_break) else {
                return Err("the connection ended in the middle of an answer".to_owned());
            };
            request.expected.judge_begun(self.reader.begun_body())?;
            net.tally.note(self.body_fault());
            let since = self.times.sent.max(self.times.answered);
            return self.check_time(net.now, since, self.timeouts.body);
        }
        if net.ending == ServerEnding::Draining {
            return Ok(());
        }
        let is_all_answered = self.answered == self.plan.requests.len();
        match (self.state, self.plan.ending) {
            (State::Over, ending) => self.check_goodbye(net, ending),
            _ if self.may_end || self.may_be_spared(net) => Ok(()),
            (_, Ending::Silent) => {
                net.tally.note(Fault::SilentClient);
                self.check_time(net.now, self.times.connected, self.timeouts.head)
            }
            (_, Ending::IdleOut) if is_all_answered => {
                net.tally.note(Fault::IdleTimeout);
                self.check_time(net.now, self.times.answered, self.timeouts.idle)
            }
            (_, Ending::HalfClose) if is_all_answered => {
                self.check_soon(net.now, self.times.answered.max(self.times.sent))
            }
            _ => Err("the server ended the connection".to_owned()),
        }
    }

    /// Judges that the connection was broken here and now.
    pub(super) fn check_reset(&self, net: &Net) -> Result<(), String> {
        let is_allowed = net.ending != ServerEnding::Running
            || self.state == State::Over
            || self.may_end
            || self.may_break()
            || self.may_be_spared(net)
            || self.is_head_lost(net);
        if is_allowed { Ok(()) } else { Err("the connection was reset".to_owned()) }
    }

    /// Tells whether a head may have been given up and the answer to it be lost, all or in part.
    fn is_head_lost(&self, net: &Net) -> bool {
        let request = self.plan.requests.get(self.answered);
        let accepted = self.accepted(net);
        // Of `HEA` nobody can tell that its answer must have no body.
        let is_behind_refusal = self.state == State::Over && self.may_end;
        let is_unfinished =
            request.is_some_and(|request| (1..request.head_size).contains(&accepted));
        net.shortage != Shortage::None && (is_unfinished || is_behind_refusal)
    }

    fn may_break(&self) -> bool {
        let request = self.plan.requests.get(self.answered);
        request.is_some_and(|request| request.expected.may_break)
    }

    /// Judges the end behind an answer that announced it.
    fn check_goodbye(&self, net: &Net, ending: Ending) -> Result<(), String> {
        let Ending::Stall { .. } = ending else {
            return self.check_soon(net.now, self.times.answered.max(self.times.sent));
        };
        let request = self.plan.requests.last();
        let is_in_head = request
            .is_some_and(|request| request.stops_at.is_some_and(|stop| stop < request.head_size));
        if self.answered < self.plan.requests.len() || self.may_end {
            return Ok(());
        }
        let (since, timeout) = match is_in_head {
            true if self.answered == 1 => (self.times.connected, self.timeouts.head),
            true => (self.times.begun.max(self.times.answered_before), self.timeouts.head),
            false => (self.times.sent.max(self.times.answered_before), self.timeouts.body),
        };
        self.check_time(net.now, since, timeout)
    }

    /// Checks that something comes `timeout` after `since`, neither much later nor much earlier.
    fn check_time(
        &self,
        now: Instant,
        since: Option<Instant>,
        timeout: Duration,
    ) -> Result<(), String> {
        let passed = since.map_or(Duration::ZERO, |since| now.since(since));
        let is_refused = self.refused > 0;
        if passed > timeout + SLACK || passed + SLACK_BEFORE < timeout && !is_refused {
            return Err(format!("the connection ended after {passed:?} instead of {timeout:?}"));
        }
        Ok(())
    }

    fn check_soon(&self, now: Instant, since: Option<Instant>) -> Result<(), String> {
        let passed = since.map_or(Duration::ZERO, |since| now.since(since));
        if passed > SLACK {
            return Err(format!("{} waited {passed:?} for the end", self.number));
        }
        Ok(())
    }

    /// Returns until when the server may try to send to a client that does not read.
    pub(super) fn stalled_until(&self) -> Instant {
        let since = self.times.stalled.unwrap_or(Instant::ORIGIN);
        let held_max = self.received + self.plan.capacity;
        since.after(self.timeouts.send_of(held_max) + STREAM_TIME_MAX)
    }

    /// Tells whether it reads on, but so slowly that the server never finds room.
    pub(super) fn reads_trickling(&self) -> bool {
        self.plan.ending == Ending::StalledReader { trickles: true }
    }

    /// Waits, hardly reading, until the server has given the connection up.
    pub(super) fn wait_stalled(&mut self, net: &mut Net, link: LinkId) -> Result<(), String> {
        if net.is_closed_by_server(link) {
            let passed = self.times.stalled.map_or(Duration::ZERO, |since| net.now.since(since));
            let is_running = net.ending == ServerEnding::Running;
            // It counts from when it last found room, which may be before the client read of it.
            if is_running && passed + SLACK < self.timeouts.send_of(self.received) {
                return Err(format!("a client that does not read is given up after {passed:?}"));
            }
            let is_slow = self.reads_trickling();
            net.tally.note(if is_slow { Fault::SlowReader } else { Fault::StalledReader });
            net.client_reset(link);
            self.state = State::Done;
        } else if net.now >= self.stalled_until() {
            return Err("a client that does not read is still served".to_owned());
        } else if self.reads_trickling() && self.read_at <= net.now {
            if let Received::Bytes(bytes) = net.client_read(link, 1) {
                self.received += bytes.len();
            }
            self.read_at = net.now.after(self.rng.micros(TRICKLE_PAUSE));
        }
        Ok(())
    }
}

fn has_body(request: &Request) -> bool {
    request.wire.len() > request.head_size
}
