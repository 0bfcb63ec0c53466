//! One direction of a connection: what is under way, what has arrived, how it ends.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use reactor::clock::Instant;

/// A bounded stream of bytes whose packets take their time.
#[derive(Debug)]
pub(super) struct Half {
    flight: VecDeque<Packet>,
    in_flight: usize,
    /// Nothing sent later may arrive before this.
    last_arrival: Instant,
    pub(super) arrived: BytesMut,
    pub(super) end: End,
    pub(super) capacity: usize,
    /// Bytes of `arrived` before the place at which urgent data stood.
    mark: Option<usize>,
}

/// What travels.
#[derive(Debug)]
pub(super) enum Packet {
    Data(Bytes),
    /// Urgent data, which is not in the stream itself: it leaves a mark.
    Urgent,
    Fin,
    Reset,
}

/// What comes behind the bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Open,
    Fin,
    /// A reset that the receiver has not been told of yet.
    Reset,
    /// One that it has been told of: then reads see the end.
    ResetTold,
}

impl Half {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            flight: VecDeque::new(),
            in_flight: 0,
            last_arrival: Instant::ORIGIN,
            arrived: BytesMut::new(),
            end: End::Open,
            capacity,
            mark: None,
        }
    }

    /// Returns for how many bytes there is room.
    pub(super) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.outstanding())
    }

    /// Returns how many bytes were sent and not read.
    pub(super) fn outstanding(&self) -> usize {
        self.in_flight + self.arrived.len()
    }

    /// Tells whether there is room enough for the kernel to say so.
    pub(super) fn is_writable(&self) -> bool {
        self.room() * 3 >= self.capacity
    }

    pub(super) fn has_flight(&self) -> bool {
        !self.flight.is_empty()
    }

    pub(super) const fn is_reset(&self) -> bool {
        matches!(self.end, End::Reset | End::ResetTold)
    }

    /// Sends a packet that would arrive at `at`; returns when it will, behind those before it.
    pub(super) fn launch(&mut self, packet: Packet, at: Instant) -> Instant {
        if let Packet::Data(bytes) = &packet {
            self.in_flight += bytes.len();
        }
        self.flight.push_back(packet);
        self.last_arrival = self.last_arrival.max(at);
        self.last_arrival
    }

    /// Takes the packet that arrives next.
    pub(super) fn land(&mut self) -> Option<Packet> {
        let packet = self.flight.pop_front()?;
        if let Packet::Data(bytes) = &packet {
            self.in_flight -= bytes.len();
        }
        Some(packet)
    }

    /// Loses what is under way. The arrivals that were planned for it find nothing.
    pub(super) fn lose_flight(&mut self) {
        self.flight.clear();
        self.in_flight = 0;
    }

    pub(super) fn set_mark(&mut self) {
        self.mark = Some(self.arrived.len());
    }

    pub(super) const fn has_mark(&self) -> bool {
        self.mark.is_some()
    }

    /// Takes up to `len` of the bytes that have arrived, not beyond an urgent mark.
    pub(super) fn take(&mut self, len: usize) -> (BytesMut, Stopped) {
        if self.mark == Some(0) {
            self.mark = None;
        }
        let len = len.min(self.arrived.len());
        let until_mark = self.mark.map_or(len, |mark| mark.min(len));
        if let Some(mark) = &mut self.mark {
            *mark -= until_mark;
        }
        let stopped = if until_mark < len { Stopped::AtMark } else { Stopped::AtEnd };
        (self.arrived.split_to(until_mark), stopped)
    }
}

/// Where a read stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// At the end of the buffer or of what had arrived.
    AtEnd,
    /// At urgent data.
    AtMark,
}
