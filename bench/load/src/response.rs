//! The checker of responses: bytes in, whole and right responses counted.
//!
//! Pure, and cheap enough to look at every byte count: a head that equals the one before, which is
//! every head but one a second, is compared and not parsed. It does not compare bodies byte by
//! byte; that a server sends the right file is what the test suites are for.

use std::error::Error;
use std::fmt;

/// A head above this is not the small file's head that the client asked for.
const HEAD_SIZE_MAX: usize = 16 * 1024;

/// What is wrong with a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The status line is not that of a 200; it carries the line.
    Status(String),
    /// The head has no Content-Length that can be read.
    NoLength,
    /// The Content-Length is another than in the responses before, or than the caller expects.
    Length {
        /// What the head says.
        found: u64,
        /// What it should say.
        expected: u64,
    },
    /// The head does not end within 16 KiB.
    HeadTooLong,
    /// More came than was asked for.
    Excess,
}

/// Knows what a right response looks like.
#[derive(Debug)]
pub(crate) struct Checker {
    body_len: Option<u64>,
    known_head: Vec<u8>,
}

/// How far the response that is coming in has come; one per connection.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Within the head; what has come of it.
    Head(Vec<u8>),
    /// Within the body; so much is missing.
    Body(u64),
}

impl Stage {
    /// Before the first byte of a response.
    pub(crate) const START: Self = Self::Head(Vec::new());
}

impl Checker {
    /// Expects bodies of `body_len`, or of whatever length the first response has.
    pub(crate) fn new(body_len: Option<u64>) -> Self {
        Self { body_len, known_head: Vec::new() }
    }

    /// Takes bytes of one connection and takes the responses that they complete off `owed`.
    ///
    /// # Errors
    ///
    /// When a response is not as expected, or more came than was owed.
    pub(crate) fn take(
        &mut self,
        stage: &mut Stage,
        owed: &mut usize,
        mut bytes: &[u8],
    ) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if *owed == 0 {
                return Err(Fault::Excess);
            }
            match stage {
                Stage::Head(partial) => {
                    let Some((used, body_len)) = self.head(partial, bytes)? else { return Ok(()) };
                    bytes = &bytes[used..];
                    *stage = Stage::Body(body_len);
                }
                Stage::Body(missing) => {
                    let used = bytes.len().min(usize::try_from(*missing).unwrap_or(usize::MAX));
                    bytes = &bytes[used..];
                    *missing -= used as u64;
                }
            }
            if let Stage::Body(0) = stage {
                *stage = Stage::START;
                *owed -= 1;
            }
        }
        Ok(())
    }

    /// Reads a head from what came before and `bytes`: how many of the bytes belong to it, and
    /// the length of the body. `None` when the head goes on.
    fn head(&mut self, partial: &mut Vec<u8>, bytes: &[u8]) -> Result<Option<(usize, u64)>, Fault> {
        let known = !self.known_head.is_empty() && bytes.starts_with(&self.known_head);
        if let (true, true, Some(body_len)) = (known, partial.is_empty(), self.body_len) {
            return Ok(Some((self.known_head.len(), body_len)));
        }
        let before = partial.len();
        partial.extend_from_slice(&bytes[..bytes.len().min(HEAD_SIZE_MAX)]);
        let Some(end) = partial.windows(4).position(|window| window == b"\r\n\r\n") else {
            return if partial.len() < HEAD_SIZE_MAX { Ok(None) } else { Err(Fault::HeadTooLong) };
        };
        let head_len = end + 4;
        let found = content_length(&partial[..head_len])?;
        let expected = *self.body_len.get_or_insert(found);
        if found != expected {
            return Err(Fault::Length { found, expected });
        }
        self.known_head.clear();
        self.known_head.extend_from_slice(&partial[..head_len]);
        // What was partial before had no end in it, so the end lies within `bytes`.
        Ok(Some((head_len - before, found)))
    }
}

/// Reads the status line and the Content-Length of a whole head.
fn content_length(head: &[u8]) -> Result<u64, Fault> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200 ") {
        return Err(Fault::Status(status.to_owned()));
    }
    lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or(Fault::NoLength)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(line) => write!(f, "status line {line:?} found, a 200 expected"),
            Self::NoLength => f.write_str("no Content-Length that can be read"),
            Self::Length { found, expected } => {
                write!(f, "a Content-Length of {found} found, {expected} expected")
            }
            Self::HeadTooLong => f.write_str("a head that does not end within 16 KiB"),
            Self::Excess => f.write_str("more bytes than the requests asked for"),
        }
    }
}

impl Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello";

    /// Feeds the pieces to one connection that is owed `owed`, and says what is still owed.
    fn feed(pieces: &[&[u8]], mut owed: usize) -> Result<usize, Fault> {
        let mut checker = Checker::new(Some(5));
        let mut stage = Stage::START;
        for piece in pieces {
            checker.take(&mut stage, &mut owed, piece)?;
        }
        Ok(owed)
    }

    #[test]
    fn responses_count_however_they_are_cut() {
        let three = OK.repeat(3).replacen("Server: x", "Server: another", 1);
        for cut in 0..=three.len() {
            let (left, right) = three.as_bytes().split_at(cut);
            assert_eq!(feed(&[left, right], 3), Ok(0), "cut at {cut}");
        }
        let single: Vec<&[u8]> = three.as_bytes().chunks(1).collect();
        assert_eq!(feed(&single, 3), Ok(0));
        assert_eq!(feed(&[OK.as_bytes()], 2), Ok(1));
    }

    #[test]
    fn a_wrong_response_is_no_response() {
        let check = |response: &str, fault: Fault| {
            assert_eq!(feed(&[response.as_bytes()], 1), Err(fault), "{response:?}");
        };
        let status = "HTTP/1.1 404 Not Found";
        check(&OK.replace("HTTP/1.1 200 OK", status), Fault::Status(status.to_owned()));
        check(&OK.replace("Content-Length: 5", "Vary: a"), Fault::NoLength);
        check(&OK.replace("Length: 5", "Length: five"), Fault::NoLength);
        check(&OK.replace("Length: 5", "Length: 6"), Fault::Length { found: 6, expected: 5 });
        check(&OK.replace("hello", "hello!"), Fault::Excess);
        check(&"x".repeat(HEAD_SIZE_MAX), Fault::HeadTooLong);
    }

    #[test]
    fn a_head_may_be_as_long_as_the_limit() {
        let fixed = OK.len() - "hello".len();
        let head_of = |len: usize| OK.replace("Server: x", &format!("Server: {}", "x".repeat(len)));
        let longest = head_of(HEAD_SIZE_MAX - fixed + 1);
        assert_eq!(longest.len() - "hello".len(), HEAD_SIZE_MAX);
        assert_eq!(feed(&[longest.as_bytes()], 1), Ok(0));
        let over = head_of(HEAD_SIZE_MAX - fixed + 2);
        assert_eq!(feed(&[over.as_bytes()], 1), Err(Fault::HeadTooLong));
    }

    #[test]
    fn the_first_length_holds_for_all() {
        let mut checker = Checker::new(None);
        let (mut stage, mut owed) = (Stage::START, 2);
        assert_eq!(checker.take(&mut stage, &mut owed, OK.as_bytes()), Ok(()));
        let other = OK.replace("Length: 5", "Length: 4");
        let fault = Fault::Length { found: 4, expected: 5 };
        assert_eq!(checker.take(&mut stage, &mut owed, other.as_bytes()), Err(fault));
    }
}
