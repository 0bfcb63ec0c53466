//! The requests that clients choose from.

mod file;
mod pool;

use semantics::etag::EntityTag;

use super::request::{BODY_MEMORY_SIZES, BODY_SIZE_MAX, Coding, Draft, Manner, Request};
use crate::sim::expect::{Closes, Expected, Outcome};
use crate::sim::rng::Rng;
use crate::sim::site::{File, digest, streamed, wall_at_start};

/// What is drained of a body that nobody reads; beyond that the connection closes.
const DRAINED_MAX: usize = 64 * 1024;

/// The site as its clients know it.
#[derive(Debug)]
pub(in crate::sim) struct Catalog {
    files: Vec<File>,
}

impl Catalog {
    pub(in crate::sim) const fn new(files: Vec<File>) -> Self {
        Self { files }
    }

    /// Draws a request that leaves the connection open.
    pub(super) fn usual(&self, rng: &mut Rng) -> Request {
        loop {
            let manner = if rng.chance(10) { Manner::OldKept } else { Manner::Usual };
            let request = self.any(rng, manner);
            if request.expected.keeps_open() {
                return request;
            }
        }
    }

    /// Draws a request of a file, answered without the pool unless the file is cold.
    pub(super) fn simple(&self, rng: &mut Rng) -> Request {
        self.file(rng, Manner::Usual)
    }

    /// Draws a request after whose answer the server closes.
    pub(super) fn closing(&self, rng: &mut Rng) -> Request {
        match rng.below(11) {
            0..=1 => self.any(rng, Manner::Last),
            2..=3 => self.any(rng, Manner::Old),
            4..=5 => too_large(rng),
            6 => ignored(rng, Manner::Usual, DRAINED_MAX + 1..=BODY_SIZE_MAX),
            7 => streamed_request(rng, Manner::OldKept),
            8 => withheld(rng),
            _ => malformed(rng),
        }
    }

    /// Draws a request that is answered by the pool.
    pub(super) fn pooled(&self, rng: &mut Rng) -> Request {
        match rng.below(4) {
            0 => pool::late(rng, Manner::Usual),
            1 => pool::no_answer(rng, Manner::Usual),
            2 => self.large(rng),
            _ => pool::shared(rng, Manner::Usual),
        }
    }

    /// Draws a request whose answer takes some time.
    pub(super) fn lasting(&self, rng: &mut Rng) -> Request {
        match rng.below(4) {
            0 => delayed(rng, Manner::Usual, 50..=900),
            1 => self.large(rng),
            2 => streamed_request(rng, Manner::Usual),
            _ => posted(rng, "/pool-echo", Manner::Usual),
        }
    }

    /// Draws a request whose answer is larger than what a slow client's kernel takes.
    pub(super) fn large(&self, rng: &mut Rng) -> Request {
        let file = self.files.last().expect("the site has files");
        if rng.chance(50) {
            let outcome = Outcome::new(200).with_body(file.content.clone());
            let target = format!("/{}", file.path);
            let draft = Draft::new("GET", &target, Manner::Usual);
            return draft.finish(rng, Expected::one(outcome).or(busy(0)));
        }
        streamed_of(rng, Manner::Usual, 100_000)
    }

    /// Draws a request that the client breaks off in the middle.
    pub(super) fn stalled(&self, rng: &mut Rng) -> Request {
        if rng.chance(40) {
            let mut request = self.slow_head(rng);
            request.stops_at = Some(rng.between(1..=request.head_size - 1));
            return request;
        }
        stalled_body(rng)
    }

    /// Draws a request of which the client lets single bytes trickle from some place on.
    pub(super) fn trickled(&self, rng: &mut Rng) -> Request {
        if rng.chance(40) { self.slow_head(rng) } else { stalled_body(rng) }
    }

    /// Draws a request whose head is so long that it can trickle.
    fn slow_head(&self, rng: &mut Rng) -> Request {
        let late = Outcome::new(408).closing(Closes::Announced);
        let padding = "x".repeat(600);
        let draft = Draft::new("GET", "/", Manner::Usual).field("User-Agent", &padding);
        let mut request = draft.finish(rng, Expected::one(late));
        request.stops_at = Some(rng.between(1..=200));
        request
    }

    fn any(&self, rng: &mut Rng, manner: Manner) -> Request {
        match rng.below(100) {
            0..=7 => self.file(rng, manner),
            8..=11 => file::compressed(rng, manner),
            12..=14 => pool::panicking(rng, manner),
            15..=17 => pool::shared(rng, manner),
            18..=22 => pool::bounded(rng, "/start", manner),
            23..=24 => pool::bounded(rng, "/finish", manner),
            25..=28 => {
                let file = self.large_file(rng);
                file::part(rng, file, manner)
            }
            29..=31 => {
                let file = self.large_file(rng);
                file::parts(rng, file, manner)
            }
            32..=34 => {
                let file = rng.pick(&self.files);
                file::coded(rng, file, manner)
            }
            35..=39 => {
                let file = rng.pick(&self.files);
                file::on_condition(rng, file, manner)
            }
            40..=43 => missing(rng, manner),
            44..=46 => self.not_allowed(rng, manner),
            47..=55 => posted(rng, "/echo", manner),
            56..=63 => ignored(rng, manner, 0..=DRAINED_MAX),
            64..=68 => posted(rng, "/whole", manner),
            69..=73 => posted(rng, "/arriving", manner),
            74..=78 => posted(rng, "/mirror", manner),
            79..=83 => posted(rng, "/pool-echo", manner),
            84..=88 => streamed_request(rng, manner),
            89..=91 => delayed(rng, manner, 0..=40),
            92..=93 => pool::no_answer(rng, manner),
            94..=95 => pool::late(rng, manner),
            96..=98 => with_leave(rng),
            _ => unknown_expectation(rng, manner),
        }
    }

    fn file(&self, rng: &mut Rng, manner: Manner) -> Request {
        let file = rng.pick(&self.files);
        let outcome = Outcome::new(200)
            .with_field("Content-Length", file.content.len().to_string())
            .with_field("ETag", etag(file));
        let (method, outcome) = match rng.chance(20) {
            true => ("HEAD", outcome.with_body("")),
            false => ("GET", outcome.with_body(file.content.clone())),
        };
        let draft = Draft::new(method, &format!("/{}", file.path), manner).padded(rng);
        draft.finish(rng, Expected::one(outcome).or(busy(0)))
    }

    /// Draws one of the five largest files.
    fn large_file(&self, rng: &mut Rng) -> &File {
        self.files.iter().rev().nth(rng.below(5)).expect("the site has files")
    }

    fn not_allowed(&self, rng: &mut Rng, manner: Manner) -> Request {
        let file = rng.pick(&self.files);
        if rng.chance(30) {
            let draft = Draft::new("BREW", &format!("/{}", file.path), manner);
            return draft.finish(rng, Expected::one(Outcome::new(501)));
        }
        let outcome = Outcome::new(405).with_field("Allow", "GET, HEAD, OPTIONS");
        let size = rng.between(0..=5_000);
        let draft = Draft::new("POST", &format!("/{}", file.path), manner)
            .body(rng.bytes(size), coding(rng));
        draft.finish(rng, Expected::one(outcome))
    }
}

/// The outcome where pool or memory refuse, for a request with a body of so many bytes.
fn busy(size: usize) -> Outcome {
    let closes = if size > DRAINED_MAX / 2 { Closes::Perhaps } else { Closes::Never };
    Outcome::new(503).with_field("Retry-After", "1").closing(closes)
}

/// The outcome where the pool refuses, or there is no room on disk for a whole body of so many
/// bytes: then the connection ends, as it was not read to its end.
fn no_room(size: usize) -> Outcome {
    busy(if size > BODY_MEMORY_SIZES[0] { usize::MAX } else { size })
}

/// Says whether a body of unknown length ends the connection: HTTP/1.0 has no other way to end it.
const fn until_close(manner: Manner) -> Closes {
    match manner {
        Manner::OldKept => Closes::Announced,
        Manner::Usual | Manner::Last | Manner::Old => Closes::Never,
    }
}

fn etag(file: &File) -> String {
    let tag = EntityTag::of_file(file.content.len() as u64, file.modified, wall_at_start());
    String::from_utf8_lossy(tag.as_bytes()).into_owned()
}

fn coding(rng: &mut Rng) -> Coding {
    *rng.pick(&[Coding::Length, Coding::Chunked])
}

fn body(rng: &mut Rng) -> Vec<u8> {
    let size = match rng.below(10) {
        0..=5 => rng.between(0..=2_000),
        6..=8 => rng.between(2_000..=20_000),
        _ if rng.chance(10) => BODY_SIZE_MAX,
        _ => rng.between(20_000..=BODY_SIZE_MAX),
    };
    rng.bytes(size)
}

/// A body that is kept on disk if it is kept whole.
fn large_body(rng: &mut Rng) -> Vec<u8> {
    let size = rng.between(BODY_MEMORY_SIZES[1] - 1..=BODY_SIZE_MAX);
    rng.bytes(size)
}

fn missing(rng: &mut Rng, manner: Manner) -> Request {
    let target = *rng.pick(&["/", "/missing", "/file-1.bin/more", "/.hidden", "/no/such/path.css"]);
    let draft = Draft::new("GET", target, manner);
    draft.finish(rng, Expected::one(Outcome::new(404)).or(busy(0)))
}

/// A request with a body, to the handler at `path`.
fn posted(rng: &mut Rng, path: &str, manner: Manner) -> Request {
    let body = match path {
        "/whole" if rng.chance(30) => large_body(rng),
        _ => body(rng),
    };
    let size = body.len();
    // An answer made of a body that is still to come is the last one if much of it is.
    let closes = match path {
        "/pool-echo" if manner == Manner::OldKept => until_close(manner),
        _ if size > DRAINED_MAX => Closes::Perhaps,
        _ => Closes::Never,
    };
    let same = || Outcome::new(200).with_body(body.clone());
    let expected = match path {
        "/echo" => Expected::one(same()),
        "/mirror" => Expected::one(same().closing(closes)),
        "/pool-echo" => Expected::one(same().closing(closes)).or(busy(size)),
        "/whole" => Expected::one(Outcome::new(200).with_body(digest(&body))).or(no_room(size)),
        _ => Expected::one(Outcome::new(200).with_body(digest(&body))).or(busy(size)),
    };
    let coding = coding(rng);
    let request = Draft::new("POST", path, manner).body(body, coding).finish(rng, expected);
    if path == "/whole" { request.kept_whole(size) } else { request }
}

fn ignored(rng: &mut Rng, manner: Manner, sizes: std::ops::RangeInclusive<usize>) -> Request {
    let size = rng.between(sizes);
    let closes = if size > DRAINED_MAX { Closes::Perhaps } else { Closes::Never };
    let outcome = Outcome::new(200).with_body("ignored\n").closing(closes);
    let draft = Draft::new("POST", "/ignore", manner).body(rng.bytes(size), coding(rng));
    draft.finish(rng, Expected::one(outcome))
}

fn streamed_request(rng: &mut Rng, manner: Manner) -> Request {
    let len = *rng.pick(&[0, 1, 2_999, 40_000, 150_000]);
    streamed_of(rng, manner, len)
}

fn streamed_of(rng: &mut Rng, manner: Manner, len: usize) -> Request {
    let seed = rng.next() >> 8;
    let closes = until_close(manner);
    let outcome = Outcome::new(200).with_body(streamed(seed, len)).closing(closes);
    let draft = Draft::new("GET", &format!("/stream?len={len}&seed={seed}"), manner);
    draft.finish(rng, Expected::one(outcome).or(busy(0)))
}

fn delayed(rng: &mut Rng, manner: Manner, millis: std::ops::RangeInclusive<usize>) -> Request {
    let millis = rng.between(millis);
    let outcome = Outcome::new(200).with_body(format!("{millis} ms\n"));
    let draft = Draft::new("GET", &format!("/delay?ms={millis}"), manner);
    draft.finish(rng, Expected::one(outcome))
}

/// A request whose client waits for `100 Continue`.
fn with_leave(rng: &mut Rng) -> Request {
    let body = body(rng);
    let path = *rng.pick(&["/echo", "/whole", "/arriving"]);
    let usual = match path {
        "/echo" => Outcome::new(200).with_body(body.clone()),
        _ => Outcome::new(200).with_body(digest(&body)),
    };
    let expected = Expected::one(usual).or(busy(usize::MAX));
    let coding = coding(rng);
    let draft = Draft::new("POST", path, Manner::Usual).field("Expect", "100-continue");
    let size = body.len();
    let mut request = draft.body(body, coding).finish(rng, expected);
    request.waits_for_leave = request.wire.len() > request.head_size;
    if path == "/whole" { request.kept_whole(size) } else { request }
}

/// A request whose client waits for leave to send a body that nobody wants.
fn withheld(rng: &mut Rng) -> Request {
    let outcome = Outcome::new(200).with_body("ignored\n").closing(Closes::Perhaps);
    let draft = Draft::new("POST", "/ignore", Manner::Usual).field("Expect", "100-continue");
    let draft = draft.body(rng.bytes(3_000), coding(rng));
    let mut request = draft.finish(rng, Expected::one(outcome));
    request.waits_for_leave = true;
    request
}

fn unknown_expectation(rng: &mut Rng, manner: Manner) -> Request {
    let outcome = match manner {
        Manner::Usual | Manner::Last => Outcome::new(417),
        // HTTP/1.0 has no expectations.
        Manner::Old | Manner::OldKept => Outcome::new(200).with_body("0 ms\n"),
    };
    let draft = Draft::new("GET", "/delay?ms=0", manner).field("Expect", "a miracle");
    draft.finish(rng, Expected::one(outcome))
}

fn too_large(rng: &mut Rng) -> Request {
    let path = *rng.pick(&["/echo", "/whole", "/arriving"]);
    let size = BODY_SIZE_MAX + *rng.pick(&[1, 2, 5_000, 50_000]);
    let coding = coding(rng);
    let closes = match coding {
        Coding::Length => Closes::Announced,
        // It may be seen to be too large only at its end; then the connection could be kept.
        Coding::Chunked => Closes::Perhaps,
    };
    let expected = Expected::one(Outcome::new(413).closing(closes)).or(busy(size));
    let draft = Draft::new("POST", path, Manner::Usual).body(rng.bytes(size), coding);
    let request = draft.finish(rng, expected);
    if path == "/whole" { request.kept_whole(size) } else { request }
}

fn malformed(rng: &mut Rng) -> Request {
    let long_line = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(9_000));
    let long_head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(33_000));
    let (wire, status) = *rng.pick(&[
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX", 400),
        (&long_line, 414),
        (&long_head, 431),
    ]);
    let outcome = Outcome::new(status).closing(Closes::Announced);
    Request::of_bytes(wire, Expected::one(outcome))
}

/// A request whose body is broken off.
fn stalled_body(rng: &mut Rng) -> Request {
    let path = *rng.pick(&["/echo", "/whole", "/arriving", "/mirror", "/pool-echo", "/ignore"]);
    let body = rng.bytes(9_000);
    let late = Expected::one(Outcome::new(408).closing(Closes::Announced));
    let expected = match path {
        "/echo" | "/whole" => late,
        "/arriving" => late.or(busy(usize::MAX)),
        "/ignore" => {
            Expected::one(Outcome::new(200).with_body("ignored\n").closing(Closes::Perhaps))
        }
        _ => Expected::one(Outcome::new(200).with_body(body.clone()))
            .or(busy(usize::MAX))
            .or(Outcome::new(408).closing(Closes::Announced))
            .or_break(),
    };
    let coding = coding(rng);
    let mut request =
        Draft::new("POST", path, Manner::Usual).body(body, coding).finish(rng, expected);
    request.stops_at = Some(request.head_size + rng.between(0..=8_000));
    request
}
