//! The loop: wait, accept what came, and for each readable connection one `recv` and one `send`.
//!
//! Level-triggered, so that a connection needs no second `recv` to learn that nothing is left. It
//! does not watch for room to write: answers are small enough for the socket buffer.

use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send, sockopt};

use crate::answer::Answers;

/// Events taken from the kernel in one wait.
const EVENTS_PER_WAIT: usize = 1024;

/// One `recv` takes at most this much; 16 pipelined requests are far below it.
const RECV_BUF_SIZE: usize = 64 * 1024;

/// The listener's token; connections have their slot in the table.
const LISTENER: u64 = u64::MAX;

/// A server that looks at nothing.
pub(crate) struct Floor {
    epoll: OwnedFd,
    listener: TcpListener,
    events: Vec<epoll::Event>,
    connections: Vec<Option<Connection>>,
    exchange: Exchange,
}

/// What turns received bytes into answers; shared by all connections.
#[derive(Debug)]
struct Exchange {
    answers: Answers,
    request_len: usize,
    recv_buf: Vec<u8>,
}

/// A socket, and how much of a request it has sent that is not whole yet.
#[derive(Debug)]
struct Connection {
    socket: OwnedFd,
    partial_len: usize,
}

/// Whether a connection goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Keep,
    Close,
}

impl Floor {
    /// Makes a floor on a non-blocking listener.
    pub(crate) fn new(
        listener: TcpListener,
        answers: Answers,
        request_len: usize,
    ) -> Result<Self, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let token = epoll::EventData::new_u64(LISTENER);
        epoll::add(&epoll, &listener, token, epoll::EventFlags::IN)?;
        Ok(Self {
            epoll,
            listener,
            events: Vec::with_capacity(EVENTS_PER_WAIT),
            connections: Vec::new(),
            exchange: Exchange { answers, request_len, recv_buf: vec![0; RECV_BUF_SIZE] },
        })
    }

    /// Waits once and does all that came.
    pub(crate) fn turn(&mut self) -> Result<(), Errno> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        for event in &self.events {
            let token = event.data.u64();
            if token == LISTENER {
                accept(&self.listener, &self.epoll, &mut self.connections)?;
                continue;
            }
            let slot = usize::try_from(token).ok().and_then(|at| self.connections.get_mut(at));
            let Some(slot) = slot else { continue };
            let Some(connection) = slot else { continue };
            if self.exchange.answer(connection) == Next::Close {
                *slot = None;
            }
        }
        Ok(())
    }
}

/// Accepts one connection; level-triggered, so the next turn takes the next.
fn accept(
    listener: &TcpListener,
    epoll: &OwnedFd,
    connections: &mut Vec<Option<Connection>>,
) -> Result<(), Errno> {
    let socket = match accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
        Ok(socket) => socket,
        // The client took its connection back before we came.
        Err(Errno::AGAIN | Errno::CONNABORTED | Errno::INTR) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    sockopt::set_tcp_nodelay(&socket, true)?;
    let free = connections.iter().position(Option::is_none);
    let slot = free.unwrap_or(connections.len());
    let token = epoll::EventData::new_u64(slot as u64);
    epoll::add(epoll, socket.as_fd(), token, epoll::EventFlags::IN)?;
    let connection = Some(Connection { socket, partial_len: 0 });
    match free {
        Some(slot) => connections[slot] = connection,
        None => connections.push(connection),
    }
    Ok(())
}

impl Exchange {
    /// Receives once and sends the answers that are now owed.
    fn answer(&mut self, connection: &mut Connection) -> Next {
        let received = match recv(&connection.socket, &mut self.recv_buf[..], RecvFlags::empty()) {
            Ok((0, _)) => return Next::Close,
            Ok((received, _)) => received,
            Err(Errno::AGAIN | Errno::INTR) => return Next::Keep,
            Err(_) => return Next::Close,
        };
        let whole = connection.partial_len + received;
        let mut owed = whole / self.request_len;
        connection.partial_len = whole % self.request_len;
        while owed > 0 {
            let (bytes, taken) = self.answers.take(owed);
            if send(&connection.socket, bytes, SendFlags::NOSIGNAL) != Ok(bytes.len()) {
                return Next::Close;
            }
            owed -= taken;
        }
        Next::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// Sends the pieces, one turn of the floor after each, and gives back all that is answered.
    fn exchange(pieces: &[&[u8]]) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut floor = Floor::new(listener, Answers::new(5, 2), REQUEST.len()).unwrap();
        floor.turn().unwrap();
        for piece in pieces {
            client.write_all(piece).unwrap();
            floor.turn().unwrap();
        }
        drop(floor);
        let mut answered = Vec::new();
        client.read_to_end(&mut answered).unwrap();
        answered
    }

    #[test]
    fn as_many_answers_as_requests_however_they_are_cut() {
        let check = |pieces: &[&[u8]], count: usize| {
            assert_eq!(exchange(pieces), Answers::new(5, count).take(count).0, "{count}");
        };
        check(&[REQUEST], 1);
        check(&[&REQUEST[..7], &REQUEST[7..]], 1);
        check(&[&REQUEST.repeat(2)], 2);
        check(&[&REQUEST.repeat(3)], 3);
        check(&[&REQUEST.repeat(2)[..30], &REQUEST.repeat(2)[30..]], 2);
    }

    #[test]
    fn half_a_request_is_not_answered() {
        assert_eq!(exchange(&[&REQUEST[..7]]), b"");
    }
}
