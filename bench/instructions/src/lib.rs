//! Pieces of the hot path, each a loop of a given length: for whoever counts what a round costs.
//!
//! `cargo xtask instructions` counts the instructions of each [`Probe`] under callgrind, here and
//! at an earlier commit; a test counts its allocations. Both run a probe for `n` and for `2n`
//! rounds and take the difference, so that what comes before the loop drops out: start-up, the
//! first search for a file, buffers that grow to their size.
//!
//! A round is the shipped code, and whole requests go through worker, connection, router and files
//! as they do on a socket. Only the kernel is missing: a wire in memory brings requests and takes
//! answers, on a clock that moves a little at each turn. Where heads that came before are known
//! again, some probes send the same one in each round, and some a new one. Each probe sees to it
//! that its rounds did what they should, since a request that is refused is quickly done.
//!
//! Nothing here is timed, and nothing depends on chance beyond the seeds of hash tables.
#![forbid(unsafe_code)]

mod head;
mod request;
mod site;
mod wire;

/// A piece of the hot path.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// What it is called on the command line and in the table.
    pub name: &'static str,
    /// What a round is.
    pub about: &'static str,
    /// Runs so many rounds.
    ///
    /// # Panics
    ///
    /// When a round did not do what it should.
    pub run: fn(u32),
}

/// All of them, from the smallest piece to the whole.
pub const PROBES: &[Probe] = &[
    Probe {
        name: "parse-known",
        about: "the head that a load client sends is parsed once more",
        run: head::parse_known,
    },
    Probe {
        name: "parse-small",
        about: "one like it is parsed, each with another query",
        run: head::parse_small,
    },
    Probe {
        name: "parse-browser",
        about: "a browser's head is parsed, each with another query",
        run: head::parse_browser,
    },
    Probe {
        name: "connection",
        about: "a browser's head begins an exchange, a prepared head ends it",
        run: head::connection,
    },
    Probe { name: "hit", about: "a file is found in the worker's cache", run: request::hit },
    Probe { name: "get", about: "612 B are asked for and sent", run: request::get },
    Probe { name: "get-new", about: "the same, each with another query", run: request::get_new },
    Probe {
        name: "get-pipelined",
        about: "612 B 16 times in one burst",
        run: request::get_pipelined,
    },
    Probe {
        name: "get-asset",
        about: "a browser gets a script that has siblings, each with another query",
        run: request::get_asset,
    },
    Probe {
        name: "get-large",
        about: "100 KiB, too large for memory, are asked for and sent",
        run: request::get_large,
    },
    Probe { name: "range-large", about: "206: 100 B of them", run: request::range_large },
    Probe { name: "not-modified", about: "304: the client has it", run: request::not_modified },
    Probe {
        name: "not-modified-new",
        about: "the same, each with another query",
        run: request::not_modified_new,
    },
    Probe { name: "not-found", about: "404: there is no such file", run: request::not_found },
    Probe {
        name: "not-found-new",
        about: "the same, each with another query",
        run: request::not_found_new,
    },
    Probe { name: "head", about: "HEAD: the head of 612 B", run: request::head },
    Probe { name: "head-new", about: "the same, each with another query", run: request::head_new },
    Probe { name: "range", about: "206: 100 of 612 B", run: request::range },
    Probe {
        name: "range-new",
        about: "the same, each with another query",
        run: request::range_new,
    },
];
