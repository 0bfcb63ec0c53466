//! The server's calls on the network: what its sockets do.

use std::io::IoSlice;
use std::time::Duration;

use bytes::Bytes;
use reactor::Token;
use reactor::driver::{Event, Events};
use reactor::net::{Progress, SocketError, SocketFault};
use reactor::poller::Readiness;
use rustix::io::Errno;

use super::half::{End, Packet, Stopped};
use super::{LinkId, Net, ServerEnding, Way};
use crate::sim::agenda::Action;
use crate::sim::fault::Fault;

/// Time after which a connection that the worker was told is gone must be closed.
const GONE_SLACK: Duration = Duration::from_millis(500);

impl Net {
    /// Begins to listen.
    pub(in crate::sim) const fn listen(&mut self, token: Token) {
        self.listener = Some(token);
    }

    /// Ends to listen; whoever is in the queue is reset.
    pub(in crate::sim) fn close_listener(&mut self) {
        self.listener = None;
        while let Some(id) = self.queue.pop_front() {
            self.links[id.0].server.is_closed = true;
            self.launch(id, Way::Down, Packet::Reset);
        }
    }

    /// Tells the worker that a connection waits.
    pub(super) fn knock(&mut self, events: &mut Events) {
        if let Some(token) = self.listener {
            events.push(Event { token, readiness: Readiness::IN });
        }
    }

    /// Takes a connection from the queue.
    pub(in crate::sim) fn accept(&mut self) -> Option<LinkId> {
        self.queue.pop_front()
    }

    /// Registers an accepted connection, as `epoll_ctl` does: what is ready already is an event.
    pub(in crate::sim) fn register(&mut self, id: LinkId, token: Token) {
        self.links[id.0].server.token = Some(token);
        self.note("accept", id.0, 0);
        self.wake_server(id);
        // The event of an earlier tenant of the same slot comes now, if one is still to come.
        if let Some(index) = self.stale.iter().position(|stale| slot(*stale) == slot(token)) {
            let stale = self.stale.swap_remove(index);
            let delay = self.rng.micros(0..=2_000);
            let bits = *self.rng.pick(&[Readiness::GONE, Readiness::HUP, Readiness::IN]);
            self.agenda.plan(self.now.after(delay), Action::StaleEvent(stale, bits));
        }
    }

    pub(in crate::sim) fn server_read(
        &mut self,
        id: LinkId,
        buf: &mut [u8],
    ) -> Result<Progress, SocketError> {
        let up = &mut self.links[id.0].up;
        let (bytes, stopped) = up.take(buf.len());
        if !bytes.is_empty() {
            buf[..bytes.len()].copy_from_slice(&bytes);
            if up.has_flight() {
                self.tally.note(Fault::ShortRead);
            }
            if stopped == Stopped::AtMark {
                self.tally.note(Fault::UrgentMark);
            }
            self.links[id.0].server.read += bytes.len();
            self.note("read", id.0, bytes.len());
            if std::mem::take(&mut self.links[id.0].wants_room) {
                self.wake_client(id);
            }
            return Ok(Progress::Bytes(bytes.len()));
        }
        match up.end {
            End::Open => Ok(Progress::NotReady),
            End::Fin | End::ResetTold => Ok(Progress::End),
            End::Reset => {
                up.end = End::ResetTold;
                Err(SocketError::new(SocketFault::Peer, Errno::CONNRESET))
            }
        }
    }

    pub(in crate::sim) fn server_write(
        &mut self,
        id: LinkId,
        slices: &[IoSlice<'_>],
    ) -> Result<Progress, SocketError> {
        let link = &self.links[id.0];
        if link.up.is_reset() || link.server.has_closed_write {
            return Err(SocketError::new(SocketFault::Peer, Errno::PIPE));
        }
        let asked = slices.iter().map(|slice| slice.len()).sum::<usize>();
        let mut room = link.down.room();
        // A kernel that is short of memory takes less; with nothing in the queue it takes what
        // the queue is made for.
        if link.down.outstanding() > 0 && self.rng.chance(20) {
            room = self.rng.below(room + 1);
        }
        let count = asked.min(room);
        if count < asked {
            self.links[id.0].server.wants_room = true;
            self.tally.note(if count == 0 { Fault::FullWrite } else { Fault::ShortWrite });
        }
        self.note("write", id.0, count);
        if count == 0 && asked > 0 {
            return Ok(Progress::NotReady);
        }
        self.send_down(id, slices, count);
        Ok(Progress::Bytes(count))
    }

    /// Sends the first `count` bytes, in packets.
    fn send_down(&mut self, id: LinkId, slices: &[IoSlice<'_>], count: usize) {
        /// Bytes of a packet.
        const PACKET_SIZE: usize = 16 * 1024;
        let mut left = count;
        for slice in slices {
            let taken = &slice[..slice.len().min(left)];
            left -= taken.len();
            for packet in taken.chunks(PACKET_SIZE) {
                self.launch(id, Way::Down, Packet::Data(Bytes::copy_from_slice(packet)));
            }
        }
    }

    pub(in crate::sim) fn server_close_write(&mut self, id: LinkId) {
        let accepted = self.accepted(id);
        let link = &mut self.links[id.0];
        link.server.accepted = Some(accepted);
        if !std::mem::replace(&mut link.server.has_closed_write, true) && !link.up.is_reset() {
            self.note("close write", id.0, 0);
            self.launch(id, Way::Down, Packet::Fin);
        }
    }

    /// Closes a connection. With bytes unread that resets it, and what is under way may be lost.
    pub(in crate::sim) fn server_close(&mut self, id: LinkId) {
        let now = self.now;
        let link = &mut self.links[id.0];
        link.server.is_closed = true;
        let token = link.server.token.take();
        let told_gone_at = link.server.told_gone_at;
        let (is_unread, is_reset) = (!link.up.arrived.is_empty(), link.up.is_reset());
        self.note("close", id.0, usize::from(is_unread));
        if let Some(gone_at) = told_gone_at
            && now.since(gone_at) > GONE_SLACK
            && self.ending != ServerEnding::Stopped
        {
            self.fail(format!(
                "connection {} was gone at {gone_at:?} and is closed only at {now:?}",
                id.0
            ));
        }
        if is_unread {
            if self.rng.chance(50) {
                self.links[id.0].down.lose_flight();
            }
            self.launch(id, Way::Down, Packet::Reset);
        } else if !is_reset {
            self.server_close_write(id);
        }
        self.plan_stale(token);
    }

    /// Has the event of a closed connection come late, now and then.
    fn plan_stale(&mut self, token: Option<Token>) {
        let Some(token) = token else { return };
        if self.rng.chance(50) {
            // When its slot has a new tenant.
            self.stale.push(token);
        } else if self.rng.chance(10) {
            let delay = self.rng.micros(0..=50_000);
            self.agenda.plan(self.now.after(delay), Action::StaleEvent(token, Readiness::HUP));
        }
    }

    /// Something from the client has arrived.
    pub(super) fn arrive_up(&mut self, id: LinkId, packet: Packet) {
        let link = &mut self.links[id.0];
        if link.server.is_closed {
            if matches!(packet, Packet::Data(_) | Packet::Urgent) && !link.is_left {
                self.note("reset in return", id.0, 0);
                self.launch(id, Way::Down, Packet::Reset);
            }
            return;
        }
        match packet {
            Packet::Data(bytes) => link.up.arrived.extend_from_slice(&bytes),
            Packet::Urgent => link.up.set_mark(),
            Packet::Fin => link.up.end = End::Fin,
            Packet::Reset => {
                link.up.end = End::Reset;
                link.down.lose_flight();
            }
        }
        self.wake_server(id);
    }
}

/// Returns the slot of a token, which its lower half is.
fn slot(token: Token) -> u64 {
    token.to_bits() & u64::from(u32::MAX)
}
