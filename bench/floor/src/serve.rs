//! The loop: wait, accept what came, and give each connection that can do something its turn.
//!
//! Level-triggered, so that a connection needs no second `recv` to learn that nothing is left. A
//! connection waits for requests, or, while an answer does not fit the socket, for room and for
//! nothing else.

use std::net::TcpListener;
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with, listen, sockopt};

use crate::exchange::{Connection, Exchange, Next};

/// Events taken from the kernel in one wait.
const EVENTS_PER_WAIT: usize = 1024;

/// Connections accepted in one turn.
const ACCEPTS_PER_TURN: usize = 64;

/// Connections that the kernel keeps until they are accepted; it may keep fewer.
const BACKLOG: i32 = 4096;

/// The listener's token; connections have their slot in the table.
const LISTENER: u64 = u64::MAX;

/// A server that looks at nothing.
pub(crate) struct Floor {
    epoll: OwnedFd,
    listener: TcpListener,
    events: Vec<epoll::Event>,
    connections: Connections,
    exchange: Exchange,
}

/// The connections by their slots.
#[derive(Debug, Default)]
struct Connections {
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
}

impl Floor {
    /// Makes a floor on a listener.
    ///
    /// # Errors
    ///
    /// When the listener cannot be set up, or there is no epoll.
    pub(crate) fn new(listener: TcpListener, exchange: Exchange) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        listen(&listener, BACKLOG)?;
        // Connections inherit it.
        sockopt::set_tcp_nodelay(&listener, true)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let token = epoll::EventData::new_u64(LISTENER);
        epoll::add(&epoll, &listener, token, epoll::EventFlags::IN)?;
        let events = Vec::with_capacity(EVENTS_PER_WAIT);
        Ok(Self { epoll, listener, events, connections: Connections::default(), exchange })
    }

    /// Waits once and does all that came.
    pub(crate) fn turn(&mut self) -> Result<(), Errno> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        let mut has_arrivals = false;
        for event in &self.events {
            let token = event.data.u64();
            if token == LISTENER {
                has_arrivals = true;
                continue;
            }
            let Ok(slot) = usize::try_from(token) else { continue };
            let Some(connection) = self.connections.at(slot) else { continue };
            let next = self.exchange.turn(connection);
            if next == Next::Close {
                self.connections.remove(slot);
            } else if next != connection.awaited {
                let token = epoll::EventData::new_u64(token);
                epoll::modify(&self.epoll, &connection.socket, token, next.flags())?;
                connection.awaited = next;
            }
        }
        // Last, so that no event of this turn is taken for one of a newcomer in the same slot.
        if has_arrivals { self.accept() } else { Ok(()) }
    }

    /// Accepts what is there; level-triggered, so the next turn takes what is left.
    fn accept(&mut self) -> Result<(), Errno> {
        for _ in 0..ACCEPTS_PER_TURN {
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            let mut connection = match accept_with(&self.listener, flags) {
                Ok(socket) => Connection::new(socket),
                Err(Errno::AGAIN) => break,
                // The client took its connection back before we came.
                Err(Errno::CONNABORTED | Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            if self.exchange.is_brief() {
                connection.awaited = self.exchange.turn(&mut connection);
            }
            if connection.awaited != Next::Close {
                let slot = self.connections.free.pop().unwrap_or(self.connections.slots.len());
                let token = epoll::EventData::new_u64(slot as u64);
                epoll::add(&self.epoll, &connection.socket, token, connection.awaited.flags())?;
                self.connections.put(slot, connection);
            }
        }
        Ok(())
    }
}

impl Connections {
    fn at(&mut self, slot: usize) -> Option<&mut Connection> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Puts a connection into a slot that was free, or into the one behind the last.
    fn put(&mut self, slot: usize, connection: Connection) {
        match self.slots.get_mut(slot) {
            Some(free) => *free = Some(connection),
            None => self.slots.push(Some(connection)),
        }
    }

    /// Closes the connection in a slot.
    fn remove(&mut self, slot: usize) {
        self.slots[slot] = None;
        self.free.push(slot);
    }
}

impl Next {
    fn flags(self) -> epoll::EventFlags {
        match self {
            Self::Read => epoll::EventFlags::IN,
            Self::Write => epoll::EventFlags::OUT,
            Self::Close => epoll::EventFlags::empty(),
        }
    }
}

#[cfg(test)]
mod tests;
