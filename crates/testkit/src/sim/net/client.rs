//! A client's calls on the network, and what happens at its end.

use bytes::{Bytes, BytesMut};
use reactor::driver::Events;

use super::half::{End, Half, Packet};
use super::{Link, LinkId, Net, ServerSide, Way};
use crate::sim::fault::Fault;

/// Bytes that may be under way from a client, or unread by the server.
const UP_CAPACITY: usize = 64 * 1024;

/// What a client gets when it reads.
#[derive(Debug)]
pub(in crate::sim) enum Received {
    Bytes(BytesMut),
    /// Nothing now.
    Nothing,
    /// The server has ended its half.
    End,
    /// The connection is broken.
    Reset,
}

impl Net {
    /// Connects a client, whose kernel takes `capacity` bytes of answers that it has not read;
    /// `None` if nobody listens.
    pub(in crate::sim) fn connect(
        &mut self,
        client: usize,
        capacity: usize,
        events: &mut Events,
    ) -> Option<LinkId> {
        self.listener?;
        let id = LinkId(self.links.len());
        self.links.push(Link {
            client,
            up: Half::new(UP_CAPACITY),
            down: Half::new(capacity),
            is_left: false,
            wants_room: false,
            server: ServerSide {
                token: None,
                is_closed: false,
                read: 0,
                accepted: None,
                has_closed_write: false,
                wants_room: false,
                is_event_due: false,
                told_gone_at: None,
            },
        });
        self.note("connect", id.0, client);
        self.queue.push_back(id);
        self.knock(events);
        Some(id)
    }

    /// Sends what there is room for of `bytes`; returns how much that was. If no room is left, the
    /// client is woken when there is some.
    pub(in crate::sim) fn client_send(&mut self, id: LinkId, bytes: &[u8]) -> usize {
        let link = &mut self.links[id.0];
        let room = link.up.room();
        let count = bytes.len().min(room);
        link.wants_room = count == room;
        if count > 0 {
            self.note("send", id.0, count);
            self.launch(id, Way::Up, Packet::Data(Bytes::copy_from_slice(&bytes[..count])));
        }
        count
    }

    /// Sends urgent data.
    pub(in crate::sim) fn client_send_urgent(&mut self, id: LinkId) {
        self.launch(id, Way::Up, Packet::Urgent);
    }

    pub(in crate::sim) fn client_read(&mut self, id: LinkId, len: usize) -> Received {
        let link = &mut self.links[id.0];
        let (bytes, _) = link.down.take(len);
        if !bytes.is_empty() {
            self.note("receive", id.0, bytes.len());
            if link_wants_event(&mut self.links[id.0]) {
                self.wake_server(id);
            }
            return Received::Bytes(bytes);
        }
        match link.down.end {
            End::Open => Received::Nothing,
            End::Fin => Received::End,
            End::Reset | End::ResetTold => Received::Reset,
        }
    }

    /// Tells whether there is something to read.
    pub(in crate::sim) fn is_readable(&self, id: LinkId) -> bool {
        let down = &self.links[id.0].down;
        !down.arrived.is_empty() || down.end != End::Open
    }

    /// Tells whether there is room to send.
    pub(in crate::sim) fn has_room(&self, id: LinkId) -> bool {
        self.links[id.0].up.room() > 0
    }

    /// Tells whether the server has let go of the connection.
    pub(in crate::sim) fn is_closed_by_server(&self, id: LinkId) -> bool {
        self.links[id.0].server.is_closed
    }

    /// Ends the client's half.
    pub(in crate::sim) fn client_end(&mut self, id: LinkId) {
        self.note("end", id.0, 0);
        self.launch(id, Way::Up, Packet::Fin);
    }

    /// Closes the connection. With bytes unread that resets it.
    pub(in crate::sim) fn client_close(&mut self, id: LinkId) {
        self.note("leave", id.0, 0);
        let link = &mut self.links[id.0];
        link.is_left = true;
        let is_unread = !link.down.arrived.is_empty();
        link.down.arrived.clear();
        self.launch(id, Way::Up, if is_unread { Packet::Reset } else { Packet::Fin });
    }

    /// Resets the connection.
    pub(in crate::sim) fn client_reset(&mut self, id: LinkId) {
        self.note("reset", id.0, 0);
        self.links[id.0].is_left = true;
        self.launch(id, Way::Up, Packet::Reset);
    }

    /// Something from the server has arrived.
    pub(super) fn arrive_down(&mut self, id: LinkId, packet: Packet) {
        let link = &mut self.links[id.0];
        if link.is_left {
            if matches!(packet, Packet::Data(_)) {
                self.tally.note(Fault::ClientGone);
                self.note("nobody", id.0, 0);
                self.links[id.0].down.lose_flight();
                self.launch(id, Way::Up, Packet::Reset);
            }
            return;
        }
        match packet {
            Packet::Data(bytes) => link.down.arrived.extend_from_slice(&bytes),
            Packet::Fin if link.down.end == End::Open => link.down.end = End::Fin,
            Packet::Reset => link.down.end = End::Reset,
            Packet::Fin | Packet::Urgent => {}
        }
        self.wake_client(id);
    }
}

/// Tells whether the room that was just made is what the server waits for.
fn link_wants_event(link: &mut Link) -> bool {
    link.server.wants_room && link.down.is_writable() && {
        link.server.wants_room = false;
        true
    }
}
