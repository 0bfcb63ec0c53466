//! The answers on a connection, taken apart strictly.

use std::fmt;

/// An answer, interim ones left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head as it was sent.
    pub head: String,
    /// The content, chunks put together.
    pub body: Vec<u8>,
    /// Whether it says that the connection closes.
    pub closes: bool,
    /// Whether its body is seen to have come to its end.
    pub is_whole: bool,
}

impl Answer {
    /// The answer as it would be on a connection that stays open.
    #[must_use]
    pub fn without_close(&self) -> Self {
        let head = self.head.replace("Connection: close\r\n", "");
        Self { head, closes: false, ..self.clone() }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, head, body, closes, is_whole } = self;
        let body = body.escape_ascii();
        write!(f, "{status} closes {closes} whole {is_whole}: {head:?} \"{body}\"")
    }
}

/// Takes apart all that was sent on a connection.
///
/// # Panics
///
/// When that is not a row of well-formed answers, the last of which may be cut short: a finding.
#[must_use]
pub fn parse(mut sent: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !sent.is_empty() {
        let head_len = find(sent, b"\r\n\r\n").expect("a head has an end") + 4;
        let (head, rest) = sent.split_at(head_len);
        let text = std::str::from_utf8(head).expect("heads of ours are ASCII");
        let head = Head::parse(text);
        let body = head.body(rest);
        if !matches!(head.status, 100..=199) {
            answers.push(Answer {
                status: head.status,
                head: text.to_owned(),
                body: body.content,
                closes: head.closes,
                is_whole: body.is_whole,
            });
        }
        sent = &rest[body.len..];
    }
    answers
}

/// A body as it was sent.
struct Body {
    content: Vec<u8>,
    /// Its bytes on the wire.
    len: usize,
    is_whole: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

struct Head {
    status: u16,
    framing: Framing,
    closes: bool,
}

impl Head {
    fn parse(text: &str) -> Self {
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let rest = status_line.strip_prefix("HTTP/1.1 ").expect("the status line begins so");
        let status = rest.get(..3).and_then(|status| status.parse().ok()).expect("a status");
        let (mut length, mut is_chunked, mut closes, mut is_to_head) = (None, false, false, false);
        for line in lines {
            assert!(line.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')), "{line:?}");
            let (name, value) = line.split_once(": ").expect("a field line has a colon");
            match name {
                "Content-Length" => {
                    assert!(length.is_none(), "one length: {text}");
                    length = Some(value.parse().expect("a number"));
                }
                "Transfer-Encoding" => is_chunked = value == "chunked",
                "Connection" => closes = value == "close",
                "X-Method" => is_to_head = true,
                _ => {}
            }
        }
        assert!(length.is_none() || !is_chunked, "one framing: {text}");
        let is_bodiless = is_to_head || matches!(status, 100..=199 | 204 | 304);
        assert!(
            !matches!(status, 100..=199 | 204) || length.is_none() && !is_chunked,
            "no framing without a body: {text}"
        );
        let framing = match (is_bodiless, is_chunked, length) {
            (true, ..) => Framing::None,
            (_, true, _) => Framing::Chunked,
            (_, _, Some(length)) => Framing::Length(length),
            (false, false, None) => Framing::UntilClose,
        };
        Self { status, framing, closes }
    }

    /// Cuts the body from the front of what follows the head.
    fn body(&self, rest: &[u8]) -> Body {
        let plain = |len: usize, is_whole| Body { content: rest[..len].to_vec(), len, is_whole };
        match self.framing {
            Framing::None => plain(0, true),
            // A refusal of a HEAD that no handler saw has no mark, and no body.
            Framing::Length(_)
                if self.status >= 400 && (rest.is_empty() || rest.starts_with(b"HTTP/1.1 ")) =>
            {
                plain(0, true)
            }
            Framing::Length(length) => plain(length.min(rest.len()), length <= rest.len()),
            Framing::Chunked => chunks(rest),
            // An end by closing does not tell whether there should have been more.
            Framing::UntilClose => plain(rest.len(), false),
        }
    }
}

/// Cuts a chunked body without trailers from the front of `rest`.
fn chunks(rest: &[u8]) -> Body {
    let mut body = Body { content: Vec::new(), len: 0, is_whole: false };
    while let Some((chunk, len)) = next_chunk(&rest[body.len..]) {
        body.content.extend_from_slice(chunk);
        body.len += len;
        if chunk.is_empty() {
            body.is_whole = true;
            return body;
        }
    }
    body.len = rest.len();
    body
}

/// The data of the chunk at the front and the length of the chunk; `None` if it is cut short.
fn next_chunk(rest: &[u8]) -> Option<(&[u8], usize)> {
    let line_len = find(rest, b"\r\n")?;
    let size = std::str::from_utf8(&rest[..line_len]).expect("a size is ASCII");
    let size = usize::from_str_radix(size, 16).expect("a chunk begins with its size");
    let start = line_len + 2;
    let end = start + size;
    assert_eq!(rest.get(end..end + 2)?, b"\r\n", "a chunk ends where its size says");
    Some((&rest[start..end], end + 2))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
