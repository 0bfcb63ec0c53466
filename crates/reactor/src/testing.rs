//! What the tests of this crate share: socket pairs, a driver that does as it is told, and a limit
//! for what should come at once.

use std::cell::Cell;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use socket2::SockRef;

use crate::clock::{Instant, Now};
use crate::driver::{Driver, Epoll, Event, Events, WaitError};
use crate::inbox::Notify;
use crate::poller::{Poller, Readiness};
use crate::shutdown::{Phase, RunEnd};
use crate::token::Token;
use crate::worker::Worker;

/// How long a test waits for what is under way already.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Makes a TCP connection: our end, which never blocks, and the peer's, which does up to
/// [`LIMIT`].
pub(crate) fn tcp_pair() -> (OwnedFd, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_read_timeout(Some(LIMIT)).unwrap();
    peer.set_nodelay(true).unwrap();
    let (ours, _) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (ours.into(), peer)
}

/// Sends one byte of urgent data.
pub(crate) fn send_urgent(peer: &TcpStream, byte: u8) {
    assert_eq!(send(peer, &[byte], SendFlags::OOB), Ok(1));
}

/// Closes a connection by a reset.
pub(crate) fn reset(peer: TcpStream) {
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer);
}

/// Makes the kernel's buffer for what `socket` sends as small as it can be.
pub(crate) fn shrink_send_buffer(socket: &impl AsFd) {
    SockRef::from(socket).set_send_buffer_size(1).unwrap();
}

/// Sends until the kernel takes no more; returns how much it took.
pub(crate) fn fill(socket: &OwnedFd) -> u64 {
    let mut sent = 0;
    loop {
        match send(socket, &[0; 64 * 1024], SendFlags::NOSIGNAL) {
            Ok(len) => sent += len as u64,
            Err(error) => {
                assert_eq!(error, Errno::AGAIN);
                return sent;
            }
        }
    }
}

/// A driver whose events, time and choices a test sets, and which notes what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    events: Events,
    nanos: u64,
    /// The timeout of each wait so far.
    pub(crate) waits: Vec<Option<Duration>>,
    /// How often the time was asked for.
    pub(crate) readings: Cell<usize>,
    /// Whether the youngest task goes first.
    pub(crate) picks_youngest: bool,
}

impl Scripted {
    /// Makes a worker over such a driver, at the clock's origin.
    pub(crate) fn worker() -> Worker<Self> {
        Worker::new(Self::default(), Notify::new(|| {}))
    }

    /// Adds an event to the next wait.
    pub(crate) fn tell(&mut self, token: Token, readiness: Readiness) {
        self.events.push(Event { token, readiness });
    }

    /// Has time pass before the next turn.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.nanos += u64::try_from(duration.as_nanos()).unwrap();
    }
}

impl Driver for Scripted {
    fn wait(&mut self, timeout: Option<Duration>, events: &mut Events) -> Result<(), WaitError> {
        self.waits.push(timeout);
        events.append(&mut self.events);
        Ok(())
    }

    fn now(&self) -> Now {
        self.readings.set(self.readings.get() + 1);
        Now { instant: Instant::from_nanos(self.nanos), wall: UNIX_EPOCH }
    }

    fn pick(&mut self, runnable: usize) -> usize {
        if self.picks_youngest { runnable - 1 } else { 0 }
    }
}

/// Makes a worker on the kernel that stops after [`LIMIT`], so that a test that waits for what
/// does not come ends.
pub(crate) fn epoll_worker() -> (Worker<Epoll>, Rc<Poller>) {
    let driver = Epoll::new().unwrap();
    let (poller, notify) = (driver.poller(), driver.notify());
    let worker = Worker::new(driver, notify);
    let handle = worker.handle();
    handle.stop_at(handle.now().instant.after(LIMIT));
    (worker, poller)
}

/// Makes turns until `condition` holds.
pub(crate) fn turn_until<D: Driver>(worker: &mut Worker<D>, condition: impl Fn() -> bool) {
    while !condition() {
        assert_ne!(worker.handle().phase(), Phase::Stopped, "what was waited for did not come");
        worker.turn().unwrap();
    }
}

/// Returns when connections made by this thread so far are in their listeners' queues: the last
/// packet of a handshake may still be under way when `connect` returns, a whole connection later
/// it is not.
pub(crate) fn settle() {
    drop(tcp_pair());
}

/// Runs a worker to the end of its tasks, which must come before it is stopped, without a panic.
pub(crate) fn run_to_end<D: Driver>(mut worker: Worker<D>) {
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
    let census = worker.handle().census();
    assert_eq!((census.sources, census.timers, census.panicked_tasks), (0, 0, 0));
}
