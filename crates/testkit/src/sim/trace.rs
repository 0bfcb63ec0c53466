//! The trace of a run: a hash of all that happened, and the last of it in words.
//!
//! Two runs of a seed are the same run exactly if their hashes are equal.

use std::collections::VecDeque;
use std::fmt::Write;

use reactor::clock::Instant;

/// How many lines are kept for the report of a failure.
const LINES_KEPT: usize = 60;

#[derive(Debug)]
pub(super) struct Trace {
    hash: u64,
    last: VecDeque<Line>,
}

/// Something that happened: when, what, to whom, how much.
#[derive(Clone, Copy, Debug)]
struct Line {
    at: Instant,
    what: &'static str,
    who: usize,
    much: usize,
}

impl Trace {
    pub(super) const fn new() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, last: VecDeque::new() }
    }

    pub(super) fn note(&mut self, at: Instant, what: &'static str, who: usize, much: usize) {
        for byte in what.bytes() {
            self.mix(u64::from(byte));
        }
        self.mix(at.as_nanos());
        self.mix(who as u64);
        self.mix(much as u64);
        if self.last.len() == LINES_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(Line { at, what, who, much });
    }

    pub(super) const fn hash(&self) -> u64 {
        self.hash
    }

    /// Returns the last lines, the latest at the end.
    pub(super) fn tail(&self) -> String {
        let mut text = String::new();
        for Line { at, what, who, much } in &self.last {
            let micros = at.as_nanos() / 1000;
            let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
            writeln!(text, "{seconds:>6}.{micros:06} {who:>4} {what} {much}")
                .expect("writing to a string does not fail");
        }
        text
    }

    const fn mix(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
}
