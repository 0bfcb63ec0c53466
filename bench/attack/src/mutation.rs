//! Damaged requests: a corpus of sound ones, changed by chance, and what may come back.
//!
//! Whatever is sent, the server answers in HTTP/1.1 and well-formed, or not at all; it never says
//! that the fault is its own.

use std::io::Read as _;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::chance::Chance;
use crate::escape::{connect, send};
use crate::reply::{self, Asked, Input};
use crate::tally::{OPENED, Tally};

/// Requests of a round.
const COUNT: u64 = 2000;

const THREADS: usize = 4;

/// Longest wait for the server to close behind a request that was ended.
const END_WAIT: Duration = Duration::from_secs(10);

/// How long an answer is waited for when the request is left open.
const OPEN_WAIT: Duration = Duration::from_millis(50);

/// One in so many is left open.
const OPEN_SHARE: usize = 16;

/// Sound requests.
const CORPUS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /page.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n",
    "HEAD /medium.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /medium.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99\r\n\r\n",
    "GET /medium.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9, 20-29, -5\r\n\r\n",
    "GET /page.html HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\", W/\"y\"\r\n\r\n",
    "GET /page.html HTTP/1.1\r\nHost: a\r\n\
     If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
    "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET http://a/hello?q=1#f HTTP/1.1\r\nHost: b\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /keep HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
     5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /read HTTP/1.1\r\nHost: a\r\n\
     Content-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /inside/?sort=name&order=desc HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n",
    "PUT /page.html HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
];

/// What is put in.
const PIECES: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    ":",
    ";",
    "%",
    "%00",
    "%2e%2e/",
    "\u{e9}",
    "-1",
    "0x10",
    "18446744073709551616",
    "HTTP/0.9",
    "HTTP/1.0",
    "HTTP/2.0",
    "Host: b\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 5, 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Expect: 100-continue\r\n",
    "Range: bytes=0-0,1-1,2-2\r\n",
    "Connection: close, upgrade\r\nUpgrade: h2c\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/// Sends the mutations of a round and holds what comes back against what may.
pub(crate) fn run(addr: SocketAddr, round: u64) -> Tally {
    let share = |number: u64| {
        let mut tally = Tally::default();
        for seed in (round * COUNT + number..(round + 1) * COUNT).step_by(THREADS) {
            try_seed(addr, seed, &mut tally);
        }
        tally
    };
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS as u64).map(|number| scope.spawn(move || share(number))).collect();
        for thread in threads {
            match thread.join() {
                Ok(part) => tally.merge(part),
                Err(_panic) => tally.fault("the client of the mutations panicked"),
            }
        }
    });
    tally
}

/// Sends the mutation of one seed.
fn try_seed(addr: SocketAddr, seed: u64, tally: &mut Tally) {
    tally.add(OPENED);
    let request = mutate(&mut Chance::of(seed));
    let is_ended = Chance::of(!seed).below(OPEN_SHARE) != 0;
    let judged = exchange(addr, &request, is_ended).and_then(|(received, input)| {
        let asked = match request.windows(4).any(|window| window == b"HEAD") {
            true => Asked::HeadAlone,
            false => Asked::Whole,
        };
        judge(&received, asked, input)
    });
    match judged {
        Ok(statuses) if statuses.is_empty() => tally.add("none"),
        Ok(statuses) => statuses.iter().for_each(|status| tally.add(status.to_string())),
        Err(what) => tally.fault(format!("seed {seed}, \"{}\": {what}", request.escape_ascii())),
    }
}

/// Makes a damaged request.
fn mutate(chance: &mut Chance) -> Vec<u8> {
    let mut bytes = chance.pick(CORPUS).as_bytes().to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len() + 1);
        let end = at + chance.below(bytes.len() - at + 1).min(chance.below(40));
        match chance.below(6) {
            0 => bytes.truncate(at.max(1)),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, chance.pick(PIECES).bytes())),
            3 => drop(bytes.splice(at..end, chance.pick(PIECES).bytes())),
            4 => {
                let part = bytes[at..end].to_vec();
                let at = chance.below(bytes.len() + 1);
                drop(bytes.splice(at..at, part));
            }
            _ => {
                let byte = chance.number().to_le_bytes()[0];
                drop(bytes.splice(at..(at + 1).min(bytes.len()), [byte]));
            }
        }
        if bytes.is_empty() {
            bytes.push(b'\r');
        }
    }
    bytes
}

/// Sends it and takes what comes.
fn exchange(addr: SocketAddr, bytes: &[u8], is_ended: bool) -> Result<(Vec<u8>, Input), String> {
    let mut socket = connect(addr)?;
    send(&mut socket, bytes);
    let wait = if is_ended { END_WAIT } else { OPEN_WAIT };
    if is_ended {
        // The server may have closed meanwhile.
        socket.shutdown(Shutdown::Write).ok();
    }
    socket.set_read_timeout(Some(wait)).map_err(|error| error.to_string())?;
    receive(&mut socket, is_ended)
}

fn receive(socket: &mut TcpStream, is_ended: bool) -> Result<(Vec<u8>, Input), String> {
    let (mut received, mut buf) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match socket.read(&mut buf) {
            Ok(0) => return Ok((received, Input::Ended)),
            Ok(count) => received.extend_from_slice(&buf[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                // What was on its way may be gone with it.
                return Ok((received, Input::Open));
            }
            Err(_) if is_ended => return Err("neither answered nor closed".to_owned()),
            Err(_) => return Ok((received, Input::Open)),
        }
    }
}

/// Returns the statuses of the answers in what was received.
fn judge(received: &[u8], asked: Asked, input: Input) -> Result<Vec<u16>, String> {
    let (mut rest, mut statuses) = (received, Vec::new());
    while !rest.is_empty() {
        let whole = reply::parse(rest, Asked::Whole, input);
        let reply = match (whole, asked) {
            // There may be a HEAD in it, and this its answer.
            (Ok(None) | Err(_), Asked::HeadAlone) => reply::parse(rest, asked, input)?,
            (Ok(Some(reply)), Asked::HeadAlone) if !is_begin(&rest[reply.len..]) => {
                reply::parse(rest, asked, input)?
            }
            (whole, _) => whole?,
        };
        let Some(reply) = reply else {
            return if input == Input::Open { Ok(statuses) } else { Err("cut short".to_owned()) };
        };
        if reply.status >= 500 && ![501, 505].contains(&reply.status) {
            return Err(format!("status {}", reply.status));
        }
        statuses.push(reply.status);
        rest = &rest[reply.len..];
    }
    Ok(statuses)
}

/// Tells whether an answer may begin here.
fn is_begin(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_request_and_few_are_left_sound() {
        let make = |seed| mutate(&mut Chance::of(seed));
        assert_eq!(make(7), make(7));
        let is_sound = |seed: &u64| CORPUS.iter().any(|text| text.as_bytes() == make(*seed));
        assert!((0..COUNT).filter(is_sound).count() < 200);
    }

    #[test]
    fn answers_are_judged() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        let check = |text: &str, asked, input, expected: Option<&[u16]>| {
            let found = judge(text.as_bytes(), asked, input);
            assert_eq!(found.ok().as_deref(), expected, "{text:?}");
        };
        check("", Asked::Whole, Input::Ended, Some(&[]));
        check(&ok.repeat(2), Asked::Whole, Input::Ended, Some(&[200, 200]));
        let of_head = ok.trim_end_matches("hi");
        check(&format!("{of_head}{ok}"), Asked::HeadAlone, Input::Ended, Some(&[200, 200]));
        check(of_head, Asked::Whole, Input::Ended, None);
        check(of_head, Asked::Whole, Input::Open, Some(&[]));
        check("hello", Asked::Whole, Input::Open, None);
        check(&ok.replace("200", "500"), Asked::Whole, Input::Ended, None);
        check(&ok.replace("200", "501"), Asked::Whole, Input::Ended, Some(&[501]));
    }
}
