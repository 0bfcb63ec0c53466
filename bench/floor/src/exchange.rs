//! One connection's turn: one `recv`, and the answers that are owed by then.

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use crate::answer::{Answers, Debt, Sent};

/// One `recv` takes at most this much; 16 pipelined requests are far below it.
const RECV_BUF_SIZE: usize = 64 * 1024;

/// What turns received bytes into answers; shared by all connections.
#[derive(Debug)]
pub(crate) struct Exchange {
    answers: Answers,
    request_len: usize,
    /// A connection is closed after so many answers, if that was asked for.
    times: Option<usize>,
    recv_buf: Vec<u8>,
}

/// A socket and what it has been sent and not been sent.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: OwnedFd,
    /// So much came of a request that is not whole yet.
    partial_len: usize,
    debt: Debt,
    requests: usize,
    /// What was waited for when its turn came.
    pub(crate) awaited: Next,
}

/// What a connection waits for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// More requests.
    Read,
    /// Room for the rest of what is owed.
    Write,
    /// Nothing: it is closed.
    Close,
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        let debt = Debt::default();
        Self { socket, partial_len: 0, debt, requests: 0, awaited: Next::Read }
    }
}

impl Exchange {
    pub(crate) fn new(answers: Answers, request_len: usize, times: Option<usize>) -> Self {
        Self { answers, request_len, times, recv_buf: vec![0; RECV_BUF_SIZE] }
    }

    /// Whether connections last for some requests only, so that the first of them is worth looking
    /// for before anything else is done with a connection.
    pub(crate) fn is_brief(&self) -> bool {
        self.times.is_some()
    }

    /// Does what a connection can do: receives once, unless it still has to send.
    pub(crate) fn turn(&mut self, connection: &mut Connection) -> Next {
        if connection.awaited == Next::Read {
            let buf = &mut self.recv_buf[..];
            match recv(&connection.socket, buf, RecvFlags::empty()) {
                Ok((0, _)) => return Next::Close,
                Ok((received, _)) => {
                    let whole = connection.partial_len + received;
                    connection.debt.answers = whole / self.request_len;
                    connection.partial_len = whole % self.request_len;
                    connection.requests += connection.debt.answers;
                }
                Err(Errno::AGAIN | Errno::INTR) => return Next::Read,
                Err(_) => return Next::Close,
            }
        }
        let is_last = self.times.is_some_and(|times| connection.requests >= times);
        match self.answers.pay(&mut connection.debt, &connection.socket) {
            Ok(Sent::All) if is_last => Next::Close,
            Ok(Sent::All) => Next::Read,
            Ok(Sent::Some) => Next::Write,
            Err(_) => Next::Close,
        }
    }
}
