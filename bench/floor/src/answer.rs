//! What is sent: ready answers out of memory, or a ready head and a file by `sendfile`.
//!
//! The head carries the fields that Avocet sends with a small file, so that both put about as many
//! bytes into the socket. Its date is fixed: filling it in is work, and the floor does none.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::sendfile;
use rustix::io::Errno;
use rustix::net::{SendFlags, send};

const HEAD: &str = "HTTP/1.1 200 OK\r\n\
    Server: Avocet\r\n\
    Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Accept-Ranges: bytes\r\n\
    ETag: \"264-0000000000000000\"\r\n\
    Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Length: ";

/// Where answers come from.
#[derive(Debug)]
pub(crate) enum Answers {
    /// One or more in a row, head and body, in one call.
    Memory(Copies),
    /// A call for the head and at least one for the body.
    File(Download),
}

/// Copies of one answer, end to end, so that any number of them is one slice.
#[derive(Debug)]
pub(crate) struct Copies {
    bytes: Vec<u8>,
    answer_len: usize,
    count: usize,
}

/// A head and the file that follows it.
#[derive(Debug)]
pub(crate) struct Download {
    head: Vec<u8>,
    file: File,
    len: u64,
}

/// Answers that a connection is owed, and how much of the first of them is sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Debt {
    pub(crate) answers: usize,
    sent: u64,
}

/// How sending ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing is owed any more.
    All,
    /// The socket has no room.
    Some,
}

impl Answers {
    /// Makes `count` answers in a row, each with a body of `body_size` bytes.
    pub(crate) fn in_memory(body_size: usize, count: usize) -> Self {
        let mut answer = head(body_size as u64);
        answer.resize(answer.len() + body_size, b'x');
        Self::Memory(Copies { bytes: answer.repeat(count), answer_len: answer.len(), count })
    }

    /// Makes an answer of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub(crate) fn of_file(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self::File(Download { head: head(len), file, len }))
    }

    /// Sends what is owed, as far as the socket has room.
    ///
    /// # Errors
    ///
    /// When the client has gone.
    pub(crate) fn pay(&self, debt: &mut Debt, socket: &OwnedFd) -> Result<Sent, Errno> {
        while debt.answers > 0 {
            let is_whole = match self {
                Self::Memory(copies) => copies.send(debt, socket)?,
                Self::File(download) => download.send(debt, socket)?,
            };
            if !is_whole {
                return Ok(Sent::Some);
            }
        }
        Ok(Sent::All)
    }
}

impl Copies {
    /// The bytes of as many answers as are owed and ready.
    fn take(&self, owed: usize) -> &[u8] {
        &self.bytes[..owed.min(self.count) * self.answer_len]
    }

    /// Makes one call and says whether all went out that it was to send.
    fn send(&self, debt: &mut Debt, socket: &OwnedFd) -> Result<bool, Errno> {
        let ready = self.take(debt.answers);
        let begun = usize::try_from(debt.sent).map_err(|_| Errno::OVERFLOW)?;
        let sent = or_nothing(send(socket, &ready[begun..], SendFlags::NOSIGNAL))?;
        let done = begun + sent;
        debt.answers -= done / self.answer_len;
        debt.sent = (done % self.answer_len) as u64;
        Ok(done == ready.len())
    }
}

impl Download {
    /// Sends what is missing of one answer and says whether that was all.
    fn send(&self, debt: &mut Debt, socket: &OwnedFd) -> Result<bool, Errno> {
        let head_len = self.head.len() as u64;
        if debt.sent < head_len {
            let begun = usize::try_from(debt.sent).map_err(|_| Errno::OVERFLOW)?;
            let flags = SendFlags::NOSIGNAL | SendFlags::MORE;
            debt.sent += or_nothing(send(socket, &self.head[begun..], flags))? as u64;
            if debt.sent < head_len {
                return Ok(false);
            }
        }
        let mut offset = debt.sent - head_len;
        let missing = usize::try_from(self.len - offset).unwrap_or(usize::MAX);
        match sendfile(socket, &self.file, Some(&mut offset), missing) {
            // The file has shrunk since its length went out.
            Ok(0) => return Err(Errno::IO),
            sent => debt.sent += or_nothing(sent)? as u64,
        }
        let is_whole = debt.sent == head_len + self.len;
        if is_whole {
            *debt = Debt { answers: debt.answers - 1, sent: 0 };
        }
        Ok(is_whole)
    }
}

fn head(body_len: u64) -> Vec<u8> {
    format!("{HEAD}{body_len}\r\n\r\n").into_bytes()
}

/// A socket without room has taken nothing, which is no error.
fn or_nothing(sent: Result<usize, Errno>) -> Result<usize, Errno> {
    match sent {
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        sent => sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(body_size: usize, count: usize) -> Copies {
        let Answers::Memory(copies) = Answers::in_memory(body_size, count) else {
            panic!("a file")
        };
        copies
    }

    #[test]
    fn any_number_of_answers_is_one_slice() {
        let answers = copies(3, 2);
        let check = |owed: usize, taken: usize| {
            assert_eq!(answers.take(owed).len(), taken * answers.answer_len, "{owed} owed");
        };
        check(0, 0);
        check(1, 1);
        check(2, 2);
        check(3, 2);
    }

    #[test]
    fn an_answer_says_its_length() {
        let text = String::from_utf8_lossy(copies(612, 1).take(1)).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with("Content-Length: 612"), "{head}");
        assert_eq!(body.len(), 612);
    }
}
