//! The requests as they are sent, end to end in one piece of memory, and the walk through them.
//!
//! A hundred thousand requests are ten megabytes and one more number each, and a batch is a slice:
//! the first requests stand once more behind the last, so that no batch has to be put together.

use crate::target::{Request, Target, Walk};

/// All requests of a load, written out.
#[derive(Debug)]
pub(crate) struct Book {
    kept: Pages,
    /// The same with `Connection: close`, if the load asks for that.
    closing: Option<Pages>,
    len: usize,
    pipelined: usize,
}

/// Requests end to end.
#[derive(Debug, Default)]
struct Pages {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

/// Chooses what is asked next.
#[derive(Debug)]
pub(crate) struct Walker {
    walk: Walk,
    len: usize,
    drawn: u64,
}

impl Book {
    /// Writes out the requests of a load that was checked.
    pub(crate) fn new(target: &Target) -> Self {
        let Target { requests, pipelined, addr, .. } = target;
        let count = requests.len() + pipelined - 1;
        let write = |bytes_of: &dyn Fn(&Request) -> Vec<u8>| {
            let mut pages = Pages::default();
            for request in requests.iter().cycle().take(count) {
                pages.bytes.extend_from_slice(&bytes_of(request));
                pages.ends.push(pages.bytes.len());
            }
            pages
        };
        Self {
            kept: write(&|request| request.bytes(*addr)),
            closing: target.asks_to_close().then(|| write(&|request| request.closing_bytes(*addr))),
            len: requests.len(),
            pipelined: *pipelined,
        }
    }

    /// How many requests there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many requests a batch has.
    pub(crate) fn pipelined(&self) -> usize {
        self.pipelined
    }

    /// The batch that begins with the request at `first`.
    pub(crate) fn batch(&self, first: usize) -> &[u8] {
        self.kept.slice(first, self.pipelined)
    }

    /// The batch that begins at `first` and is the last of its connection, in two parts.
    pub(crate) fn last_batch(&self, first: usize) -> [&[u8]; 2] {
        let before = self.pipelined - 1;
        match &self.closing {
            Some(closing) => [self.kept.slice(first, before), closing.slice(first + before, 1)],
            None => [self.batch(first), &[]],
        }
    }
}

impl Pages {
    fn slice(&self, first: usize, count: usize) -> &[u8] {
        let end_of = |count: usize| if count == 0 { 0 } else { self.ends[count - 1] };
        &self.bytes[end_of(first)..end_of(first + count)]
    }
}

impl Walker {
    pub(crate) fn new(walk: Walk, len: usize) -> Self {
        let drawn = if let Walk::Uniform { seed } = walk { seed } else { 0 };
        Self { walk, len, drawn }
    }

    /// Where a connection goes on that has just had the request before `following`.
    pub(crate) fn next(&mut self, following: usize) -> usize {
        match self.walk {
            Walk::Cyclic => following,
            Walk::Uniform { .. } => self.draw(),
        }
    }

    /// Takes the next number of SplitMix64 and spreads it over the list.
    fn draw(&mut self) -> usize {
        self.drawn = self.drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.drawn;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let place = (u128::from(bits) * self.len as u128) >> 64;
        usize::try_from(place).expect("below the length of a list")
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::target::{Closing, Reuse};

    fn target(pipelined: usize, reuse: Reuse) -> Target {
        let addr = SocketAddr::from(([127, 0, 0, 1], 9));
        let requests = ["/a", "/b", "/c"].map(Request::get).to_vec();
        Target { requests, pipelined, reuse, ..Target::new(addr, Request::get("/")) }
    }

    /// The paths in some bytes, and a `!` behind each request that is to be the last.
    fn paths(bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut paths = String::new();
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("GET /") {
                paths.push_str(&path[..1]);
            } else if line == "Connection: close" {
                paths.push('!');
            }
        }
        paths
    }

    #[test]
    fn a_batch_goes_round_the_list() {
        let check = |pipelined: usize, first: usize, expected: &str| {
            let book = Book::new(&target(pipelined, Reuse::Always));
            assert_eq!(paths(book.batch(first)), expected);
            assert_eq!(paths(&book.last_batch(first).concat()), expected);
        };
        check(1, 0, "a");
        check(1, 2, "c");
        check(2, 1, "bc");
        check(2, 2, "ca");
        check(7, 2, "cabcabc");
    }

    #[test]
    fn the_last_request_of_a_connection_says_so() {
        let check = |pipelined: usize, first: usize, expected: &str| {
            let reuse = Reuse::Times { requests: pipelined, closing: Closing::ByServer };
            let book = Book::new(&target(pipelined, reuse));
            assert_eq!(paths(&book.last_batch(first).concat()), expected);
        };
        check(1, 0, "a!");
        check(2, 2, "ca!");
        check(4, 1, "bcab!");
    }

    #[test]
    fn chance_is_fair_and_can_be_repeated() {
        let draw = |seed: u64, len: usize| {
            let mut walker = Walker::new(Walk::Uniform { seed }, len);
            (0..10_000).map(|_| walker.next(0)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, 100), draw(1, 100));
        assert_ne!(draw(1, 100), draw(2, 100));
        let mut counts = [0; 10];
        for place in draw(3, 10) {
            counts[place] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn without_chance_one_follows_the_other() {
        let mut walker = Walker::new(Walk::Cyclic, 3);
        assert_eq!([walker.next(2), walker.next(0)], [2, 0]);
    }
}
