//! How an answer is put into the kernel's queue: how much may wait there for its client to make
//! room, and how much of a file goes at a time.
//!
//! Little may wait, usually: what is copied for a client that does not read is memory lost. But of
//! a file the kernel queues the pages of its cache; and whoever tells the server of room each time
//! that there is a little wakes it three times as often. So a large file gets a long queue when its
//! client was seen to read: was handed more than any queue can hold. From then on it goes in short
//! strides, which are still in the processor's cache when the client copies them (decision 0019).

use super::Conn;
use super::stall::SEND_QUEUE_MAX;
use crate::transport::{Queue, Transport};

/// Most bytes of a file that one turn of a connection sends (rule 4).
pub(super) const TURN_MAX: u64 = 1 << 20;

/// Bytes of a file that one turn sends into a long queue, to a multiple of that many.
const STRIDE: u64 = 256 << 10;

/// The queue of one answer.
#[derive(Debug)]
pub(super) struct Queueing {
    /// Bytes given to the transport when the answer began to be delivered.
    begun_at: u64,
    queue: Queue,
}

/// Where what is sent next comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Bytes, of which the kernel makes a copy.
    Memory,
    /// A file, of which it has the pages anyway.
    File { offset: u64 },
}

impl Queueing {
    /// Begins with the queue that a connection has, which was given `handed` bytes so far.
    pub(super) const fn new(handed: u64) -> Self {
        Self { begun_at: handed, queue: Queue::Short }
    }

    /// Has the queue as long as suits what is sent next; returns how much of a file is sent this
    /// turn.
    pub(super) fn adapt<T: Transport>(&mut self, conn: &mut Conn<T>, origin: Origin) -> u64 {
        let (queue, budget) = self.suited(conn.handed, origin);
        self.set(conn, queue);
        budget
    }

    const fn suited(&self, handed: u64, origin: Origin) -> (Queue, u64) {
        match origin {
            Origin::File { offset } if handed - self.begun_at >= SEND_QUEUE_MAX => {
                (Queue::Long, STRIDE - offset % STRIDE)
            }
            Origin::File { .. } | Origin::Memory => (Queue::Short, TURN_MAX),
        }
    }

    /// Leaves the connection the queue that it had.
    pub(super) fn end<T: Transport>(mut self, conn: &mut Conn<T>) {
        self.set(conn, Queue::Short);
    }

    fn set<T: Transport>(&mut self, conn: &mut Conn<T>, queue: Queue) {
        if queue != self.queue {
            self.queue = queue;
            conn.transport.set_queue(queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_handed_more_than_a_queue_holds_gets_a_long_one_for_files() {
        let queueing = Queueing::new(1000);
        let (at, file) = (1000 + SEND_QUEUE_MAX, Origin::File { offset: 5 * STRIDE });
        for (handed, origin, expected) in [
            (1000, file, (Queue::Short, TURN_MAX)),
            (at - 1, file, (Queue::Short, TURN_MAX)),
            (at, file, (Queue::Long, STRIDE)),
            (at + 1, file, (Queue::Long, STRIDE)),
            (at, Origin::File { offset: STRIDE - 1 }, (Queue::Long, 1)),
            (at, Origin::File { offset: STRIDE + 1 }, (Queue::Long, STRIDE - 1)),
            (at, Origin::Memory, (Queue::Short, TURN_MAX)),
        ] {
            assert_eq!(queueing.suited(handed, origin), expected, "{handed} {origin:?}");
        }
    }
}
