//! The client's epoll: which connections can be read, and waiting for them to the microsecond.

use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::Errno;

use crate::connection::STALL_TIMEOUT;
use crate::error::LoadError;

/// Events taken from the kernel in one wait.
const EVENTS_PER_WAIT: usize = 1024;

/// Waits below this are spent asking again and again: to fall asleep and wake up takes as long.
const SPIN_MAX: Duration = Duration::from_micros(50);

/// Watches connections for bytes, level-triggered.
pub(crate) struct Watch {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

/// What became of a look into epoll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Found,
    Interrupted,
    /// Nothing came in time.
    Over,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    ///
    /// When the kernel has no epoll for us.
    pub(crate) fn new() -> Result<Self, LoadError> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
        Ok(Self { epoll, events: Vec::with_capacity(EVENTS_PER_WAIT) })
    }

    /// Watches a connection, too, until it is closed.
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    pub(crate) fn add(&self, slot: usize, stream: &TcpStream) -> Result<(), LoadError> {
        let token = epoll::EventData::new_u64(slot as u64);
        epoll::add(&self.epoll, stream, token, epoll::EventFlags::IN).map_err(failed)
    }

    /// Waits until a connection can be read.
    ///
    /// # Errors
    ///
    /// [`LoadError::Stalled`] after ten seconds, or when the kernel refuses to wait.
    pub(crate) fn wait(&mut self) -> Result<(), LoadError> {
        match self.look(STALL_TIMEOUT)? {
            Look::Over => Err(LoadError::Stalled),
            Look::Found | Look::Interrupted => Ok(()),
        }
    }

    /// Waits until a connection can be read, but no longer than `timeout`.
    ///
    /// epoll by itself counts milliseconds, so a wait that is to be exact sleeps in `ppoll` on it.
    ///
    /// # Errors
    ///
    /// When the kernel refuses to wait.
    pub(crate) fn wait_for(&mut self, timeout: Duration) -> Result<(), LoadError> {
        if self.look(Duration::ZERO)? == Look::Found || timeout < SPIN_MAX {
            return Ok(());
        }
        match poll(&mut [PollFd::new(&self.epoll, PollFlags::IN)], Some(&timespec(timeout)?)) {
            Ok(0) | Err(Errno::INTR) => Ok(()),
            Ok(_) => self.look(Duration::ZERO).map(drop),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// The connections that the last wait found, by their place in the table.
    pub(crate) fn ready(&self) -> impl Iterator<Item = usize> {
        self.events.iter().filter_map(|event| usize::try_from(event.data.u64()).ok())
    }

    /// Takes what is there, waiting for it if it must.
    fn look(&mut self, timeout: Duration) -> Result<Look, LoadError> {
        self.events.clear();
        let timeout = timespec(timeout)?;
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(0) => Ok(Look::Over),
            Ok(_) => Ok(Look::Found),
            Err(Errno::INTR) => Ok(Look::Interrupted),
            Err(errno) => Err(failed(errno)),
        }
    }
}

fn timespec(timeout: Duration) -> Result<Timespec, LoadError> {
    Timespec::try_from(timeout).map_err(|_| failed(Errno::INVAL))
}

fn failed(errno: Errno) -> LoadError {
    LoadError::Io(errno.into())
}
