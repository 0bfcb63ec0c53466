//! Answers as a client takes them: well-formed, or not answers at all.

/// An answer that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Bytes of head and body together, framing included.
    pub(crate) len: usize,
}

/// What the client knows that the answer does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The answer has the body that its head announces.
    Whole,
    /// It was for HEAD: no body follows.
    HeadAlone,
}

/// Whether more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// More may come.
    Open,
    /// The server has closed.
    Ended,
}

/// Longest head that is taken.
const HEAD_SIZE_MAX: usize = 16 * 1024;

/// Takes the answer at the front of `bytes`; `None` when it is not whole yet.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn parse(bytes: &[u8], asked: Asked, input: Input) -> Result<Option<Reply>, String> {
    const BEGIN: &[u8] = b"HTTP/1.1 ";
    let begin = &bytes[..bytes.len().min(BEGIN.len())];
    if !BEGIN.starts_with(begin) {
        return Err(format!("it begins \"{}\"", begin.escape_ascii()));
    }
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_SIZE_MAX {
            Err("a head without end".into())
        } else {
            Ok(None)
        };
    };
    let head = str::from_utf8(&bytes[..end]).map_err(|_| "a head that is no text".to_owned())?;
    let (status, framing) = read_head(head)?;
    let rest = &bytes[end + 4..];
    let has_none = matches!(status, 100..=199 | 204 | 304) || asked == Asked::HeadAlone;
    let (body, body_len) = match framing {
        _ if has_none => (Vec::new(), 0),
        Framing::Chunked => match unchunk(rest)? {
            Some(found) => found,
            None => return Ok(None),
        },
        Framing::Length(length) => match rest.get(..length) {
            Some(body) => (body.to_vec(), length),
            None => return Ok(None),
        },
        Framing::UntilClose if input == Input::Open => return Ok(None),
        Framing::UntilClose => (rest.to_vec(), rest.len()),
    };
    Ok(Some(Reply { status, body, len: end + 4 + body_len }))
}

/// Returns the length of head and body that the head at the front of `bytes` announces.
pub(crate) fn announced_len(bytes: &[u8]) -> Option<u64> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    match read_head(str::from_utf8(&bytes[..end]).ok()?).ok()? {
        (_, Framing::Length(length)) => Some((end + 4 + length) as u64),
        _ => None,
    }
}

enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

/// Reads a head without the empty line behind it.
fn read_head(head: &str) -> Result<(u16, Framing), String> {
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let status = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split_once(' '))
        .filter(|(digits, _)| digits.len() == 3)
        .and_then(|(digits, _)| digits.parse().ok())
        .ok_or_else(|| format!("a status line {line:?}"))?;
    let mut framing = Framing::UntilClose;
    for line in lines {
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("a field {line:?}"))?;
        if name.is_empty() || line.contains(|byte: char| byte.is_ascii_control()) {
            return Err(format!("a field {line:?}"));
        }
        if name.eq_ignore_ascii_case("Content-Length") {
            let length = value.parse().map_err(|_| format!("a length {value:?}"))?;
            framing = Framing::Length(length);
        } else if name.eq_ignore_ascii_case("Transfer-Encoding") {
            framing = Framing::Chunked;
        }
    }
    Ok((status, framing))
}

/// Takes a chunked body apart: what it says, and how long it was.
fn unchunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = usize::from_str_radix(&line, 16).map_err(|_| format!("a chunk {line:?}"))?;
        let data = at + end + 2;
        let Some(chunk) = bytes.get(data..data.saturating_add(size).saturating_add(2)) else {
            return Ok(None);
        };
        let data = chunk.strip_suffix(b"\r\n").ok_or("a chunk that is too long")?;
        body.extend_from_slice(data);
        at += end + 2 + chunk.len();
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Result<Option<(u16, String, usize)>, String> {
        let parsed = parse(text.as_bytes(), Asked::Whole, Input::Ended)?;
        Ok(parsed.map(|reply| {
            (reply.status, String::from_utf8_lossy(&reply.body).into_owned(), reply.len)
        }))
    }

    #[test]
    fn an_answer_is_taken_by_its_framing() {
        let check = |text: &str, status, body: &str, left: usize| {
            assert_eq!(
                whole(text),
                Ok(Some((status, body.to_owned(), text.len() - left))),
                "{text}"
            );
        };
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", 0);
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhim", 200, "hi", 1);
        check("HTTP/1.1 200 OK\r\nA: b\r\n\r\nhi", 200, "hi", 0);
        check("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", 304, "", 0);
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        check(chunked, 200, "hi", 0);
        assert_eq!(whole("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"), Ok(None));
        assert_eq!(whole("HTTP/1.1 20"), Ok(None));
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        assert!(parse(head, Asked::HeadAlone, Input::Open).unwrap().is_some());
        assert_eq!(announced_len(head), Some(head.len() as u64 + 2));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "hello",
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi\r\n",
        ] {
            assert!(whole(text).is_err(), "{text:?}");
        }
    }
}
