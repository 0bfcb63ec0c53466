//! The load client: many connections, a list of requests, every response checked.
//!
//! A figure is worth something only if each run finds the server with the same work to do. So the
//! client has three paces. In *lock-step* it writes to all its connections and then reads from all
//! of them, round by round, and no connection runs ahead of another. *Free-running*, a connection
//! asks again as soon as it was answered, as a crowd of browsers would. At an *offered* rate,
//! requests are due at fixed moments whatever became of those before, and latencies count from
//! those moments: a server that stops for a while cannot hide it by not being asked meanwhile.
//!
//! A response counts only when it has the status and the length of body that were expected;
//! anything else ends the run with an error. A server that is fast at sending something wrong gets
//! no figure.
//!
//! Connections are kept, or last for some requests (for one, if that is asked) and are made anew.
//! Those of short life come from sixteen addresses of the loopback in turn: whoever closes first
//! keeps the pair of ports for a minute, and one address would run out of them.
//!
//! It runs on the thread that calls it, so that pinning this thread pins the load. It does not do
//! TLS or read answers that end with their connection, and it measures no server: who calls it
//! counts the server's CPU.

#![forbid(unsafe_code)]

mod book;
mod chunks;
mod client;
mod clock;
mod connection;
mod descriptors;
mod error;
mod histogram;
mod response;
mod schedule;
mod target;
mod watch;

pub use crate::client::{Client, Length, Pace, Report};
pub use crate::error::LoadError;
pub use crate::histogram::Latencies;
pub use crate::response::Fault;
pub use crate::target::{Body, Closing, Request, Reuse, Target, Walk};
