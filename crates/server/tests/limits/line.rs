//! A connection of which the test is the client.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use avocet_server::{Connections, Limits, Logging, WorkerContext};
use reactor::clock::Instant;
use reactor::driver::Sim;
use reactor::net::{ListenAddr, PeerAddr};
use reactor::{Notify, Phase, Worker};
use testkit::pipe::{Kernel, NoPool, Pipe};

use crate::clock::Clock;
use crate::routes::router;

/// How much later than its moment a deadline may be noticed: the ticks of the wheel.
const TICKS: Duration = Duration::from_millis(10);

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    worker: Worker<Sim<Clock>>,
    kernel: Rc<RefCell<Kernel>>,
    connections: Rc<Connections>,
}

impl Line {
    /// Connects to a server with the default limits.
    pub(crate) fn open() -> Self {
        Self::with(64 << 10, &[])
    }

    /// Connects with a kernel that takes so much of answers, to a server with other limits.
    #[track_caller]
    pub(crate) fn with(capacity: usize, changed: &[(&str, &str)]) -> Self {
        let mut limits = Limits::default();
        for (key, value) in changed {
            limits.set(key, value).expect("a limit, and within its range");
        }
        let kernel = Kernel::new(capacity);
        let worker = Worker::new(Sim::new(Clock::new(&kernel)), Notify::new(|| {}));
        let handle = worker.handle();
        let context = WorkerContext::new(handle.clone(), Arc::new(NoPool), Arc::new(limits));
        let connections = Connections::new(context, Arc::new(router()), Logging::Off);
        let local = Rc::new(ListenAddr::Tcp(([192, 0, 2, 1], 80).into()));
        let peer = PeerAddr::Tcp(([192, 0, 2, 2], 1).into());
        handle.spawn(connections.serve(Pipe::new(&kernel, handle), peer, local));
        let mut line = Self { worker, kernel, connections };
        line.pass(Duration::ZERO);
        line
    }

    /// Lets time pass, and the server do all that comes due.
    #[track_caller]
    pub(crate) fn pass(&mut self, time: Duration) {
        let target = self.now().after(time);
        self.worker.driver_mut().world_mut().target = target;
        loop {
            self.worker.turn().expect("a world in memory does not break");
            if self.worker.driver().world().is_there || self.is_stopped() {
                break;
            }
        }
        assert_eq!(self.worker.handle().census().panicked_tasks, 0);
    }

    /// Sends bytes, which arrive at once.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.kernel.borrow_mut().client_send(bytes.as_ref());
        self.pass(Duration::ZERO);
    }

    /// Sends bytes, which arrive at once; returns how many of them the server takes in a turn at
    /// most.
    pub(crate) fn send_and_watch(&mut self, bytes: impl AsRef<[u8]>) -> usize {
        self.kernel.borrow_mut().client_send(bytes.as_ref());
        let left = |line: &Self| line.kernel.borrow().unread();
        let (mut before, mut most) = (left(self), 0);
        while before > 0 {
            self.worker.turn().expect("a world in memory does not break");
            let taken = before - left(self);
            if taken == 0 && self.worker.driver().world().is_there {
                break;
            }
            most = most.max(taken);
            before = left(self);
        }
        most
    }

    /// Ends the client's half.
    pub(crate) fn end(&mut self) {
        self.kernel.borrow_mut().client_end();
        self.pass(Duration::ZERO);
    }

    /// Reads up to `count` bytes.
    pub(crate) fn read(&mut self, count: usize) -> Vec<u8> {
        let read = self.kernel.borrow_mut().client_read(count);
        self.pass(Duration::ZERO);
        read
    }

    /// Reads all there is, which is text.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8(self.read(usize::MAX)).expect("the answers are text")
    }

    /// Reads the status of the one answer there is, if there is one.
    #[track_caller]
    pub(crate) fn status(&mut self) -> Option<u16> {
        let text = self.text();
        let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{text}");
        Some(status.parse().expect("a status is a number"))
    }

    /// Tells the server to end.
    pub(crate) fn drain(&mut self) {
        self.worker.handle().advance_phase(Phase::Draining);
        self.pass(Duration::ZERO);
    }

    /// Tells the server to end, and to wait so long for what it has begun, as a shutdown does.
    pub(crate) fn drain_within(&mut self, timeout: Duration) {
        let handle = self.worker.handle();
        handle.stop_at(handle.now().instant.after(timeout));
        self.drain();
    }

    /// Tells whether the time of a drain is up, and the server stops as things stand.
    pub(crate) fn is_stopped(&self) -> bool {
        self.worker.handle().phase() == Phase::Stopped
    }

    /// Tells whether the server may still send something.
    pub(crate) fn is_open(&self) -> bool {
        self.kernel.borrow().ended_at.is_none()
    }

    /// Tells whether the server has let go of the connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.kernel.borrow().closed_at.is_some()
    }

    /// Asserts that the server ends its half after `time`, and not earlier.
    #[track_caller]
    pub(crate) fn assert_ends_after(&mut self, time: Duration) {
        self.pass(time.saturating_sub(Duration::from_millis(1)));
        assert!(self.is_open(), "ended too early");
        self.pass(TICKS);
        assert!(!self.is_open(), "not ended in time");
    }

    /// Asserts that the server lets go of the connection after `time`, and not earlier.
    #[track_caller]
    pub(crate) fn assert_closes_after(&mut self, time: Duration) {
        self.pass(time.saturating_sub(Duration::from_millis(1)));
        assert!(!self.is_closed(), "closed too early");
        self.pass(TICKS);
        assert!(self.is_closed(), "not closed in time");
    }

    /// Returns how many requests the server has taken.
    pub(crate) fn requests(&self) -> u64 {
        self.connections.counters().requests.count()
    }

    /// Returns how much memory the connection has for what it received and has not consumed.
    pub(crate) fn held_size(&self) -> usize {
        self.connections.memory_use().heads
    }

    /// Returns the size of the largest write of the server.
    pub(crate) fn write_max(&self) -> usize {
        self.kernel.borrow().write_max
    }

    fn now(&self) -> Instant {
        self.kernel.borrow().now
    }
}

/// Writes a request without a body.
pub(crate) fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// Writes the head of a request with a body of so many bytes.
pub(crate) fn post(target: &str, size: usize) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {size}\r\n\r\n")
}

/// So many seconds.
pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
