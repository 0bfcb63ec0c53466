//! The simulator: the shipped server in a world that a seed decides.
//!
//! Worker, executor, timing wheel, connections, router and file handler are the code that ships.
//! What is replaced is what lies around them, at the four seams: the poller and the clock (a
//! [`World`](reactor::driver::World) with virtual time), the sockets (a network in memory, in which
//! everything comes in pieces and late), the pool's threads (which pass a baton) and the tree of
//! files (which is sometimes cold).
//!
//! ```text
//!     clients ── network ── SimTransport ── connections, router, handlers ── pool, files
//!        └──────────┴────────── world ───────── worker ───────────────────────┘
//! ```
//!
//! Clients draw their requests, their pace and their misbehaviour from the seed, know what each
//! answer must be, and fail the run at the first difference. After each turn of the worker its
//! tables are looked at; in the end they must be empty. The same seed gives the same run, whose
//! [`Report::trace`] shows it.
//!
//! TLS has no part in it, nor has anything that the kernel does on its own.

mod agenda;
mod client;
mod expect;
mod fault;
mod net;
mod response;
mod rng;
mod run;
mod script;
mod site;
mod trace;
mod transport;
mod world;

pub use self::fault::{Fault, Tally};
pub use self::run::{Failure, Report, run};
