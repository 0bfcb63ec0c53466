//! The kernel as driver: real sockets, real time.

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

use super::{Driver, Events, WaitError};
use crate::clock::{self, Now};
use crate::inbox::Notify;
use crate::poller::{Interest, PollBuf, Poller};
use crate::token::Token;

/// The token of the eventfd by which other threads end a wait; no slab gives it out.
const NOTIFIED: Token = Token::from_bits(u64::MAX);

/// Waits on the kernel through a [`Poller`] of its own.
#[derive(Debug)]
pub struct Epoll {
    poller: Rc<Poller>,
    buf: PollBuf,
    notifier: Arc<OwnedFd>,
}

impl Epoll {
    /// Makes a poller and the eventfd by which other threads wake it.
    ///
    /// # Errors
    ///
    /// When the process or the system is out of descriptors or memory.
    pub fn new() -> Result<Self, Errno> {
        let poller = Poller::new()?;
        let notifier = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        // Edge-triggered: each write is an event of its own, so the counter is never read.
        poller.add(&notifier, NOTIFIED, Interest::IN | Interest::ET)?;
        Ok(Self { poller: Rc::new(poller), buf: PollBuf::new(), notifier: Arc::new(notifier) })
    }

    /// Returns the poller, for sockets to register with.
    #[must_use]
    pub fn poller(&self) -> Rc<Poller> {
        Rc::clone(&self.poller)
    }

    /// Returns what ends this driver's wait from any thread.
    #[must_use]
    pub fn notify(&self) -> Notify {
        let notifier = Arc::clone(&self.notifier);
        // A write fails only when the counter is full, and then an event is due anyway.
        Notify::new(move || {
            rustix::io::write(&*notifier, &1u64.to_ne_bytes()).ok();
        })
    }
}

impl Driver for Epoll {
    fn wait(&mut self, timeout: Option<Duration>, events: &mut Events) -> Result<(), WaitError> {
        self.poller.wait(&mut self.buf, timeout, events).map_err(WaitError)?;
        events.retain(|event| event.token != NOTIFIED);
        Ok(())
    }

    fn now(&self) -> Now {
        clock::read()
    }

    fn has_ticked_since(&self, begun: Now) -> bool {
        clock::has_ticked_since(begun)
    }
}
