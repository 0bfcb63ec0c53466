//! How an answer is put into the kernel's queue: how much may wait there for its client to make
//! room, and how much of a file goes at a time.
//!
//! Little may wait, usually: what is copied for a client that does not read is memory lost. But of
//! a file the kernel queues the pages of its cache; and whoever tells the server of room each time
//! that there is a little wakes it three times as often. So a large file gets a long queue when its
//! client was seen to read: was handed more than any queue can hold.
//!
//! It goes in short strides, which are still in the processor's cache when the client copies them,
//! and keep no other connection waiting for long. All but the last end in the middle of a page, the
//! first at once: to begin and end with a page costs half as much again (decision 0019).

use super::Conn;
use super::stall::SEND_QUEUE_MAX;
use crate::transport::{Queue, Transport};

/// Most bytes of a body that go out in the burst that answers for it (rule 4): a file that takes no
/// more costs least in one call.
pub(super) const BURST_MAX: u64 = 1 << 20;

/// Most bytes of it that one turn of a connection sends after that.
const STRIDE: u64 = 256 << 10;

/// Where a stride of a file ends, counted from a multiple of its length.
const STRIDE_END: u64 = 2 << 10;

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
    File { offset: u64, len: u64 },
}

impl Origin {
    /// Returns how much of it is sent in a turn.
    pub(super) const fn stride(self) -> u64 {
        match self {
            Self::File { offset, len } if len > STRIDE => {
                STRIDE - (offset + STRIDE - STRIDE_END) % STRIDE
            }
            Self::File { .. } | Self::Memory => STRIDE,
        }
    }
}

impl Queueing {
    /// Begins with the queue that a connection has, which was given `handed` bytes so far.
    pub(super) const fn new(handed: u64) -> Self {
        Self { begun_at: handed, queue: Queue::Short }
    }

    /// Has the queue as long as suits what is sent next.
    pub(super) fn adapt<T: Transport>(&mut self, conn: &mut Conn<T>, origin: Origin) {
        self.set(conn, self.suited(conn.handed, origin));
    }

    const fn suited(&self, handed: u64, origin: Origin) -> Queue {
        match origin {
            Origin::File { .. } if handed - self.begun_at >= SEND_QUEUE_MAX => Queue::Long,
            Origin::File { .. } | Origin::Memory => Queue::Short,
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
        let (at, file) = (1000 + SEND_QUEUE_MAX, Origin::File { offset: 5, len: 1 });
        for (handed, origin, expected) in [
            (1000, file, Queue::Short),
            (at - 1, file, Queue::Short),
            (at, file, Queue::Long),
            (at + 1, file, Queue::Long),
            (at, Origin::Memory, Queue::Short),
        ] {
            assert_eq!(queueing.suited(handed, origin), expected, "{handed} {origin:?}");
        }
    }

    #[test]
    fn strides_of_a_file_end_in_the_middle_of_a_page() {
        let (len, end) = (8 * STRIDE, STRIDE_END);
        for (offset, expected) in [
            (0, end),
            (1, end - 1),
            (end - 1, 1),
            (end, STRIDE),
            (end + 1, STRIDE - 1),
            (STRIDE, end),
            (7 * STRIDE + end, STRIDE),
        ] {
            assert_eq!(Origin::File { offset, len }.stride(), expected, "{offset}");
        }
        for (len, expected) in [(STRIDE - 1, STRIDE), (STRIDE, STRIDE), (STRIDE + 1, end)] {
            assert_eq!(Origin::File { offset: 0, len }.stride(), expected, "{len}");
        }
        assert_eq!(Origin::Memory.stride(), STRIDE);
    }
}
