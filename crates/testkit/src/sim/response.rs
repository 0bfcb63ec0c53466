//! A strict little parser of responses, for the simulated clients.
//!
//! It takes what the grammar of RFC 9112 demands of a server that sends with care, and nothing
//! else: one space, CRLF, each framing field once. It is written apart from the server's own
//! code, so that the two do not share a mistake.

use bytes::{Buf, BytesMut};

/// A response as it was received.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Tells whether it is the last of its connection.
    pub(super) fn says_close(&self) -> bool {
        self.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    const fn is_interim(&self) -> bool {
        self.status < 200
    }
}

/// What the request said that decides whether its answer has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// GET, POST and the like.
    Whole,
    /// HEAD.
    Head,
}

/// Reads the responses of a connection, however they are cut.
#[derive(Debug)]
pub(super) struct Reader {
    buf: BytesMut,
    /// The answer whose head has been read.
    begun: Option<(Answer, Left)>,
}

/// What is left of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Bytes(usize),
    ChunkHead,
    ChunkData(usize),
    ChunkEnd,
    UntilClose,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { buf: BytesMut::new(), begun: None }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Tells whether nothing of an answer has been received that was not returned.
    pub(super) fn is_between(&self) -> bool {
        self.buf.is_empty() && self.begun.is_none()
    }

    /// Returns the status of the answer under way.
    pub(super) fn begun_status(&self) -> Option<u16> {
        self.begun.as_ref().map(|(answer, _)| answer.status)
    }

    /// Returns the body of the answer under way as far as it has been received.
    pub(super) fn begun_body(&self) -> &[u8] {
        self.begun.as_ref().map_or(&[], |(answer, _)| &answer.body)
    }

    /// Returns the next whole answer, if it is there.
    pub(super) fn next(&mut self, asked: Asked) -> Result<Option<Answer>, String> {
        if self.begun.is_none() {
            let Some(head) = self.take_head() else { return Ok(None) };
            let answer = parse_head(&head)?;
            let left = body_left(&answer, asked)?;
            self.begun = Some((answer, left));
        }
        let Some((mut answer, left)) = self.begun.take() else { return Ok(None) };
        match self.take_body(&mut answer.body, left)? {
            None => Ok(Some(answer)),
            Some(left) => {
                self.begun = Some((answer, left));
                Ok(None)
            }
        }
    }

    /// Takes note of the end of the connection, which may be the end of an answer.
    pub(super) fn on_end(&mut self) -> Option<Answer> {
        let (answer, _) = self.begun.take_if(|(_, left)| *left == Left::UntilClose)?;
        Some(answer)
    }

    fn take_head(&mut self) -> Option<String> {
        let end = self.buf.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = self.buf.split_to(end + 4);
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    /// Moves what is there of the body; returns what is left of it then.
    fn take_body(&mut self, body: &mut Vec<u8>, mut left: Left) -> Result<Option<Left>, String> {
        loop {
            left = match left {
                Left::Bytes(0) => return Ok(None),
                _ if self.buf.is_empty() => return Ok(Some(left)),
                Left::Bytes(count) => Left::Bytes(self.move_bytes(body, count)),
                Left::UntilClose => {
                    self.move_bytes(body, usize::MAX);
                    Left::UntilClose
                }
                Left::ChunkData(count) => match self.move_bytes(body, count) {
                    0 => Left::ChunkEnd,
                    left => Left::ChunkData(left),
                },
                Left::ChunkEnd if self.buf.len() < 2 => return Ok(Some(left)),
                Left::ChunkEnd if self.buf.starts_with(b"\r\n") => {
                    self.buf.advance(2);
                    Left::ChunkHead
                }
                Left::ChunkEnd => return Err("a chunk does not end where it says".to_owned()),
                Left::ChunkHead => match self.take_chunk_head()? {
                    None => return Ok(Some(left)),
                    Some(0) => return Ok(None),
                    Some(size) => Left::ChunkData(size),
                },
            };
        }
    }

    fn move_bytes(&mut self, body: &mut Vec<u8>, count: usize) -> usize {
        let moved = self.buf.split_to(count.min(self.buf.len()));
        body.extend_from_slice(&moved);
        count - moved.len()
    }

    /// Takes the line of a chunk's size; with size 0, the end of the body too.
    fn take_chunk_head(&mut self) -> Result<Option<usize>, String> {
        let Some(end) = self.buf.windows(2).position(|window| window == b"\r\n") else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&self.buf[..end]).into_owned();
        let size = usize::from_str_radix(&line, 16)
            .map_err(|_| format!("chunk size `{}`", excerpt(&line)))?;
        if size > 0 {
            self.buf.advance(end + 2);
            return Ok(Some(size));
        }
        match self.buf.get(end + 2..end + 4) {
            None => Ok(None),
            Some(b"\r\n") => {
                self.buf.advance(end + 4);
                Ok(Some(0))
            }
            Some(_) => Err("trailers that nobody announced".to_owned()),
        }
    }
}

fn parse_head(head: &str) -> Result<Answer, String> {
    let mut lines = head.trim_end_matches("\r\n").split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(code, _reason)| code.parse().ok())
        .ok_or_else(|| format!("status line `{}`", excerpt(status_line)))?;
    let mut answer = Answer { status, ..Answer::default() };
    for line in lines {
        let field = line.split_once(": ").filter(|(name, value)| {
            !name.is_empty() && !name.contains([' ', '\r', '\n']) && !value.contains(['\r', '\n'])
        });
        let (name, value) = field.ok_or_else(|| format!("field `{}`", excerpt(line)))?;
        let is_single = ["Content-Length", "Transfer-Encoding", "Connection", "Date"];
        if is_single.iter().any(|single| name.eq_ignore_ascii_case(single))
            && answer.field(name).is_some()
        {
            return Err(format!("{name} twice"));
        }
        answer.fields.push((name.to_owned(), value.to_owned()));
    }
    if !answer.is_interim() && answer.field("Date").is_none() {
        return Err("no Date".to_owned());
    }
    Ok(answer)
}

/// Returns the beginning of what was found, fit for a line of a report.
fn excerpt(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

/// Says what is to come of the body (RFC 9112 §6.3).
fn body_left(answer: &Answer, asked: Asked) -> Result<Left, String> {
    let length = answer.field("Content-Length").map(|value| {
        value.parse::<usize>().map_err(|_| format!("Content-Length `{}`", excerpt(value)))
    });
    let length = length.transpose()?;
    let coding = answer.field("Transfer-Encoding");
    let has_no_body = asked == Asked::Head || matches!(answer.status, 100..=199 | 204 | 304);
    match (coding, length) {
        (Some(_), Some(_)) => Err("Content-Length and Transfer-Encoding".to_owned()),
        _ if has_no_body => Ok(Left::Bytes(0)),
        (Some("chunked"), None) => Ok(Left::ChunkHead),
        (Some(coding), None) => Err(format!("transfer coding `{}`", excerpt(coding))),
        (None, Some(length)) => Ok(Left::Bytes(length)),
        (None, None) => Ok(Left::UntilClose),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a stream whole and cut at every point; gives the answers' statuses and bodies.
    fn read(stream: &str, asked: Asked) -> Result<Vec<(u16, String)>, String> {
        let whole = read_pieces(&[stream], asked);
        for cut in 0..stream.len() {
            let (first, rest) = stream.split_at(cut);
            assert_eq!(read_pieces(&[first, rest], asked), whole, "cut at {cut}");
        }
        whole
    }

    fn read_pieces(pieces: &[&str], asked: Asked) -> Result<Vec<(u16, String)>, String> {
        let mut reader = Reader::new();
        let mut answers = Vec::new();
        for piece in pieces {
            reader.push(piece.as_bytes());
            while let Some(answer) = reader.next(asked)? {
                answers.push(answer);
            }
        }
        answers.extend(reader.on_end());
        let text = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
        Ok(answers.into_iter().map(|answer| (answer.status, text(answer.body))).collect())
    }

    #[test]
    fn answers_in_each_framing() {
        let head = |fields: &str| format!("HTTP/1.1 200 OK\r\nDate: today\r\n{fields}\r\n");
        for (stream, asked, expected) in [
            (head("Content-Length: 2\r\n") + "ab", Asked::Whole, vec![(200, "ab")]),
            (head("Content-Length: 2\r\n"), Asked::Head, vec![(200, "")]),
            (
                head("Transfer-Encoding: chunked\r\n") + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                Asked::Whole,
                vec![(200, "abc")],
            ),
            (head("") + "to the end", Asked::Whole, vec![(200, "to the end")]),
            (
                "HTTP/1.1 100 Continue\r\n\r\n".to_owned() + &head("Content-Length: 0\r\n"),
                Asked::Whole,
                vec![(100, ""), (200, "")],
            ),
        ] {
            let expected = expected.into_iter().map(|(code, body)| (code, body.to_owned()));
            assert_eq!(read(&stream, asked), Ok(expected.collect()), "{stream:?}");
        }
    }

    #[test]
    fn what_is_not_a_response() {
        for stream in [
            "HTTP/1.0 200 OK\r\nDate: d\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ] {
            assert!(read(stream, Asked::Whole).is_err(), "{stream:?}");
        }
    }
}
