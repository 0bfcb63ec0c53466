//! Awkward half-way states: where a connection may be left that no rule of HTTP ever leaves it.

use crate::conduct::{Conduct, Reading, Then};
use crate::server::{HELLO, IGNORE, KEEP, READ};

/// What a client sends before it stops, and what the state is called.
const OPENINGS: &[(&str, &str)] = &[
    ("connected", ""),
    ("an empty line", "\r\n"),
    ("half an empty line", "\r"),
    ("half a method", "GE"),
    ("a method", "GET "),
    ("half a target", "GET /pa"),
    ("half a version", "GET / HTTP/1."),
    ("a request line without its end", "GET / HTTP/1.1"),
    ("half the end of a request line", "GET / HTTP/1.1\r"),
    ("a request line", "GET / HTTP/1.1\r\n"),
    ("half a field name", "GET / HTTP/1.1\r\nHo"),
    ("a field without a value", "GET / HTTP/1.1\r\nHost:"),
    ("half a field value", "GET / HTTP/1.1\r\nHost: a"),
    ("half the end of a field", "GET / HTTP/1.1\r\nHost: a\r"),
    ("a field", "GET / HTTP/1.1\r\nHost: a\r\n"),
    ("all but the last byte of a head", "GET / HTTP/1.1\r\nHost: a\r\n\r"),
];

/// What is sent of a body behind its head: by length, or in chunks.
const BODIES: &[(&str, &str)] = &[
    ("no byte of a body", "Content-Length: 9\r\n\r\n"),
    ("half a body", "Content-Length: 9\r\n\r\n1234"),
    ("a body expected to be asked for", "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"),
    ("no chunk", "Transfer-Encoding: chunked\r\n\r\n"),
    ("half a chunk size", "Transfer-Encoding: chunked\r\n\r\n00"),
    ("half the end of a chunk size", "Transfer-Encoding: chunked\r\n\r\n4\r"),
    ("a chunk size", "Transfer-Encoding: chunked\r\n\r\n4\r\n"),
    ("half a chunk extension", "Transfer-Encoding: chunked\r\n\r\n4;a=\"b"),
    ("half a chunk", "Transfer-Encoding: chunked\r\n\r\n4\r\nab"),
    ("a chunk without its end", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd"),
    ("half the last chunk", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0"),
    ("the last chunk", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n"),
    ("half a trailer", "Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b"),
    ("all but the last byte of trailers", "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r"),
];

/// How the rest of them stand.
fn others() -> Vec<Conduct> {
    let hello = format!("GET {HELLO} HTTP/1.1\r\nHost: a\r\n\r\n");
    let large = "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        // Answered and kept; answered and the next begun; ended by half, before and behind.
        Conduct::new(hello.clone()),
        Conduct::new(format!("{hello}GET / HT")),
        Conduct::new("").then(Then::HalfClose),
        Conduct::new("GET / HTTP/1.1\r\nHo").then(Then::HalfClose),
        // An answer that is not read, alone, by half, and with requests behind it.
        Conduct::new(large).reading(Reading::Never),
        Conduct::new(large).reading(Reading::Never).then(Then::HalfClose),
        Conduct::new(format!("{large}{hello}{hello}")).reading(Reading::Never),
        Conduct::new(format!("{large}GET / HT")).reading(Reading::Never),
        // Urgent data between, before and behind everything else.
        Conduct::new("").then(Then::Urgent),
        Conduct::new("GET / HTTP/1.1\r\nHo").then(Then::Urgent),
        Conduct::new(hello).then(Then::Urgent),
        Conduct::new(large).reading(Reading::Never).then(Then::Urgent),
    ]
}

/// Returns all of them.
pub(crate) fn conducts() -> Vec<Conduct> {
    let openings = OPENINGS.iter().map(|(_, text)| Conduct::new(*text));
    let bodies = [READ, KEEP, IGNORE].into_iter().flat_map(|route| {
        let head = format!("POST {route} HTTP/1.1\r\nHost: a\r\n");
        BODIES.iter().map(move |(_, text)| Conduct::new(format!("{head}{text}")))
    });
    openings.chain(bodies).chain(others()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_promised_and_no_two_are_the_same() {
        let mut shown: Vec<_> = conducts().iter().map(|conduct| format!("{conduct:?}")).collect();
        let count = shown.len();
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), count);
        assert!(count >= 27, "{count}");
    }
}
