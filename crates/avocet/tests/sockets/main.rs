//! The real program on real sockets.
//!
//! Each test serves a folder of its own on a port of its own and speaks raw HTTP. Times that are
//! waited for are set by `--limit`, so that no test takes as long as a default. Nothing but Rust is
//! needed; what needs other programs is in `tests/e2e`.

mod answers;
mod bodies;
mod browse;
mod codings;
mod cold;
mod compression;
mod deadlines;
mod drain;
mod files;
mod framing;
mod freshness;
mod limits;
mod log;
mod paths;
mod persistence;
mod program;
mod ranges;
mod resources;
mod restart;
mod shedding;
mod site;
mod systemd;
