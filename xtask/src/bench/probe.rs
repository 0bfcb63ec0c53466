//! One request, sent by hand and looked at in full, before a server is measured: a server that is
//! quick at sending something wrong gets no figure.
//!
//! The load client checks status and length of every response; this checks that the bytes are those
//! of the file, what they were coded in, and learns the tag of a page.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use brotli::BrotliDecompress;
use flate2::read::GzDecoder;
use load::Request;

/// The name of no coding.
pub(super) const IDENTITY: &str = "identity";

/// Bodies above this are not compared; the load client still counts their bytes.
const COMPARED_MAX: u64 = 2 << 20;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A response, its body put together but still coded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Lines of the head.
    head: String,
    body: Vec<u8>,
}

/// Sends a request and reads the response; a very long body is left unread.
///
/// # Errors
///
/// When the connection fails, or what comes is no response.
pub(super) fn ask(addr: SocketAddr, request: &Request) -> io::Result<Response> {
    let mut stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(&request.bytes(addr))?;
    let mut bytes = Vec::new();
    let mut buf = vec![0; 64 * 1024];
    loop {
        if let Some(response) = Response::read(&bytes, request.method == "HEAD")? {
            return Ok(response);
        }
        match stream.read(&mut buf)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&buf[..count]),
        }
    }
}

impl Response {
    /// Reads a response; `None` when more must come.
    fn read(bytes: &[u8], is_head: bool) -> io::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| invalid("no status"))?;
        let mut response = Self { status, head, body: Vec::new() };
        let rest = &bytes[end + 4..];
        if is_head || matches!(status, 204 | 304) {
            return Ok(Some(response));
        }
        let body = if response.field("Transfer-Encoding").is_some() {
            unchunked(rest)?
        } else {
            let len = response.content_length().ok_or_else(|| invalid("no length"))?;
            let wanted = usize::try_from(len.min(COMPARED_MAX)).unwrap_or(usize::MAX);
            (rest.len() >= wanted).then(|| rest[..wanted].to_vec())
        };
        Ok(body.map(|body| {
            response.body = body;
            response
        }))
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    fn content_length(&self) -> Option<u64> {
        self.field("Content-Length")?.parse().ok()
    }

    /// What the body is coded in; `identity` when in nothing.
    pub(super) fn coding(&self) -> &str {
        self.field("Content-Encoding").unwrap_or(IDENTITY)
    }

    /// Whether the body, decoded, is this; of one that is too long the beginning is compared.
    pub(super) fn is(&self, content: &[u8]) -> bool {
        let mut decoded = Vec::new();
        let whole = match self.coding() {
            IDENTITY => return content.starts_with(&self.body) && self.is_as_long_as(content),
            "br" => BrotliDecompress(&mut &*self.body, &mut decoded).is_ok(),
            "gzip" => GzDecoder::new(&*self.body).read_to_end(&mut decoded).is_ok(),
            "zstd" => zstd::stream::copy_decode(&*self.body, &mut decoded).is_ok(),
            _ => false,
        };
        whole && decoded == content
    }

    fn is_as_long_as(&self, content: &[u8]) -> bool {
        let len = self.content_length().unwrap_or(self.body.len() as u64);
        len == content.len() as u64
    }
}

/// Takes a body out of its chunks; `None` when more must come.
fn unchunked(mut rest: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
        let line = String::from_utf8_lossy(&rest[..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("no chunk size"))?;
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return Ok(None) };
        let Some(next) = rest.get(end + 2 + size + 2..) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(chunk);
        rest = next;
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} in a response"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Response> {
        Response::read(text.as_bytes(), false).unwrap()
    }

    #[test]
    fn a_response_is_read_when_it_is_whole() {
        let text = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 3\r\n\r\nabc";
        for cut in 0..text.len() {
            assert_eq!(read(&text[..cut]), None, "{cut}");
        }
        let response = read(text).unwrap();
        assert_eq!((response.status, response.field("etag")), (200, Some("\"a\"")));
        assert!(response.is(b"abc") && !response.is(b"abd") && !response.is(b"abcd"));
        assert_eq!(response.coding(), "identity");
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let text = format!("{head}2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n");
        for cut in 0..text.len() {
            assert_eq!(read(&text[..cut]), None, "{cut}");
        }
        assert!(read(&text).unwrap().is(b"abc"));
        assert!(Response::read(format!("{head}x\r\n").as_bytes(), false).is_err());
    }

    #[test]
    fn heads_alone_have_no_body() {
        let head = "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(read(head).unwrap().status, 304);
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        assert!(Response::read(head.as_bytes(), true).unwrap().is_some());
        assert!(Response::read(b"HTTP\r\n\r\n", false).is_err());
        assert!(Response::read(b"HTTP/1.1 200 OK\r\n\r\n", false).is_err());
    }
}
