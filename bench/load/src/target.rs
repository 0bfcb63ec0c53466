//! What a load is: whom it asks, what for, over which connections, and what it expects.

use std::borrow::Cow;
use std::net::SocketAddr;

use crate::error::LoadError;

/// What is asked, of whom and over which connections.
#[derive(Debug, Clone)]
pub struct Target {
    /// The server.
    pub addr: SocketAddr,
    /// What is asked; at least one request.
    pub requests: Vec<Request>,
    /// In which order.
    pub walk: Walk,
    /// How many connections there are at a time.
    pub connections: usize,
    /// How many requests go out in one write: that many which follow each other in the list.
    pub pipelined: usize,
    /// How long a connection is kept.
    pub reuse: Reuse,
}

/// One request, and what a right response to it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Cow<'static, str>,
    /// The request's target, which starts with `/`.
    pub path: String,
    /// Lines that follow Host, User-Agent and Accept, each without its line end.
    pub fields: Vec<String>,
    /// The status that is right, and no other.
    pub status: u16,
    /// The body that is right.
    pub body: Body,
}

/// Which body is right. Framed is it by Content-Length or in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Exactly so many bytes.
    Exactly(u64),
    /// As many bytes as the first response to this request had.
    LikeTheFirst,
    /// Whatever the head announces, but all of it.
    Whole,
    /// None, whatever the head announces: the answer to HEAD, a 304.
    Absent,
}

/// In which order the list of requests is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// Each connection goes round the list; connection `n` begins with request `n`.
    Cyclic,
    /// Each write takes its (first) request by chance, all with the same probability. The same
    /// seed gives the same choices.
    Uniform {
        /// Where the pseudo-random numbers begin.
        seed: u64,
    },
}

/// How long a connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// As long as there is a client.
    Always,
    /// For so many requests, a multiple of `pipelined`; then another takes its place.
    Times {
        /// How many.
        requests: usize,
        /// Who closes it first, and has it in TIME_WAIT afterwards.
        closing: Closing,
    },
}

/// Who closes a connection that has served its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The client, once it has its last response, and without a word before: what programs do.
    ByClient,
    /// The server, which the last request asks for with `Connection: close`. The client waits for
    /// the end and counts it an error when none comes.
    ByServer,
}

impl Target {
    /// Asks for one thing over 64 connections that are kept, one request in a write.
    pub fn new(addr: SocketAddr, request: Request) -> Self {
        Self {
            addr,
            requests: vec![request],
            walk: Walk::Cyclic,
            connections: 64,
            pipelined: 1,
            reuse: Reuse::Always,
        }
    }

    /// The length of one request, if all in the list have the same; the floor wants to know.
    pub fn request_len(&self) -> Option<usize> {
        let mut lens = self.requests.iter().map(|request| request.bytes(self.addr).len());
        let first = lens.next()?;
        lens.all(|len| len == first).then_some(first)
    }

    /// Finds what cannot be asked.
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        let at_least_one = [self.requests.len(), self.connections, self.pipelined];
        if at_least_one.contains(&0) {
            return Err(LoadError::Nothing);
        }
        if let Some(request) = self.requests.iter().find(|request| !request.is_sound()) {
            return Err(LoadError::Request(format!("{} {}", request.method, request.path)));
        }
        match self.reuse {
            Reuse::Times { requests, .. } if requests == 0 || requests % self.pipelined != 0 => {
                Err(LoadError::Reuse { requests, pipelined: self.pipelined })
            }
            _ => Ok(()),
        }
    }

    /// Whether the last request over a connection says that it is the last.
    pub(crate) fn asks_to_close(&self) -> bool {
        matches!(self.reuse, Reuse::Times { closing: Closing::ByServer, .. })
    }
}

impl Request {
    /// A GET that expects a 200 and bodies of one length, whichever.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Cow::Borrowed("GET"),
            path: path.into(),
            fields: Vec::new(),
            status: 200,
            body: Body::LikeTheFirst,
        }
    }

    /// A HEAD that expects a 200.
    pub fn head(path: impl Into<String>) -> Self {
        let method = Cow::Borrowed("HEAD");
        Self { method, body: Body::Absent, ..Self::get(path) }
    }

    /// The same with one more line in its head.
    #[must_use]
    pub fn with_field(mut self, line: impl Into<String>) -> Self {
        self.fields.push(line.into());
        self
    }

    /// The same with another response expected.
    #[must_use]
    pub fn expecting(self, status: u16, body: Body) -> Self {
        Self { status, body, ..self }
    }

    /// The request as it is sent, over a connection that is kept.
    pub fn bytes(&self, addr: SocketAddr) -> Vec<u8> {
        self.text(addr, "").into_bytes()
    }

    /// The request as it is sent when the connection is to be closed.
    pub(crate) fn closing_bytes(&self, addr: SocketAddr) -> Vec<u8> {
        self.text(addr, "Connection: close\r\n").into_bytes()
    }

    fn text(&self, addr: SocketAddr, last_line: &str) -> String {
        let Self { method, path, .. } = self;
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n");
        text.push_str("User-Agent: avocet-load\r\nAccept: */*\r\n");
        for line in &self.fields {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str(last_line);
        text.push_str("\r\n");
        text
    }

    /// Whether it stays one request when it is written out.
    fn is_sound(&self) -> bool {
        let is_graphic = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_line = |line: &String| {
            line.contains(':') && line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        };
        let method = &*self.method;
        !method.is_empty()
            && is_graphic(method)
            && self.path.starts_with('/')
            && is_graphic(&self.path)
            && self.fields.iter().all(is_line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 9))
    }

    #[test]
    fn a_request_is_what_was_said() {
        let request = Request::head("/a").with_field("Range: bytes=0-1");
        let head = "HEAD /a HTTP/1.1\r\nHost: 127.0.0.1:9\r\nUser-Agent: avocet-load\r\n\
                    Accept: */*\r\nRange: bytes=0-1\r\n";
        assert_eq!(request.bytes(addr()), format!("{head}\r\n").into_bytes());
        let closing = format!("{head}Connection: close\r\n\r\n").into_bytes();
        assert_eq!(request.closing_bytes(addr()), closing);
    }

    #[test]
    fn the_length_is_told_if_there_is_one() {
        let mut target = Target::new(addr(), Request::get("/a"));
        let len = target.requests[0].bytes(addr()).len();
        assert_eq!(target.request_len(), Some(len));
        target.requests.push(Request::get("/b"));
        assert_eq!(target.request_len(), Some(len));
        target.requests.push(Request::get("/cc"));
        assert_eq!(target.request_len(), None);
    }

    #[test]
    fn what_would_not_be_one_request_is_refused() {
        let check = |request: Request, is_right: bool| {
            let target = Target::new(addr(), request.clone());
            assert_eq!(target.check().is_ok(), is_right, "{request:?}");
        };
        check(Request::get("/a?b=%20"), true);
        for path in ["", "index.html", "/a b", "/a\r\nX: y"] {
            check(Request::get(path), false);
        }
        for method in ["", "A B", "A\n"] {
            check(Request { method: method.into(), ..Request::get("/") }, false);
        }
        check(Request::get("/").with_field("Accept-Encoding: br, gzip"), true);
        for line in ["", "Range", "A: b\r\nC: d"] {
            check(Request::get("/").with_field(line), false);
        }
    }

    #[test]
    fn what_would_ask_nothing_or_never_close_is_refused() {
        let target = Target::new(addr(), Request::get("/"));
        let check = |target: &Target, is_right: bool| {
            assert_eq!(target.check().is_ok(), is_right, "{target:?}");
        };
        check(&Target { connections: 0, ..target.clone() }, false);
        check(&Target { pipelined: 0, ..target.clone() }, false);
        for (requests, pipelined, is_right) in [(0, 1, false), (1, 1, true), (10, 4, false)] {
            let reuse = Reuse::Times { requests, closing: Closing::ByClient };
            check(&Target { pipelined, reuse, ..target.clone() }, is_right);
        }
        check(&Target { requests: Vec::new(), ..target }, false);
    }
}
