//! The client's epoll: which connections can be read, and waiting for them to the microsecond.

use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::Errno;

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

    /// Waits until a connection can be read, or for `timeout`, and counts those that can.
    ///
    /// epoll by itself counts milliseconds, so a wait that is to be exact sleeps in `ppoll` on it.
    ///
    /// # Errors
    ///
    /// When the kernel refuses to wait.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<usize, LoadError> {
        let mut found = self.look()?;
        if found == 0 && timeout > SPIN_MAX {
            let timeout = Timespec::try_from(timeout).map_err(|_| failed(Errno::INVAL))?;
            match poll(&mut [PollFd::new(&self.epoll, PollFlags::IN)], Some(&timeout)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => found = self.look()?,
                Err(errno) => return Err(failed(errno)),
            }
        }
        Ok(found)
    }

    /// The connections that the last wait found, by their place in the table.
    pub(crate) fn ready(&self) -> impl Iterator<Item = usize> {
        self.events.iter().filter_map(|event| usize::try_from(event.data.u64()).ok())
    }

    /// Takes what is there, without waiting.
    fn look(&mut self) -> Result<usize, LoadError> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&Timespec::default()))
        {
            Ok(count) => Ok(count),
            Err(Errno::INTR) => Ok(0),
            Err(errno) => Err(failed(errno)),
        }
    }
}

fn failed(errno: Errno) -> LoadError {
    LoadError::Io(errno.into())
}
