//! The load client: many keep-alive connections, one file, every response checked.
//!
//! A figure is worth something only if each run finds the server with the same work to do. So the
//! client has two paces. In *lock-step* it writes to all its connections and then reads from all
//! of them, round by round, and no connection runs ahead of another. *Free-running*, a connection
//! asks again as soon as it was answered, as a crowd of browsers would.
//!
//! A response counts only when it is a 200 with the Content-Length that was expected and a body of
//! exactly that many bytes; anything else ends the run with an error. A server that is fast at
//! sending something wrong gets no figure.
//!
//! It runs on the thread that calls it, so that pinning this thread pins the load. It does not do
//! chunked bodies, TLS or requests of more than one kind, and it measures no server: who calls it
//! counts the server's CPU.

#![forbid(unsafe_code)]

mod client;
mod error;
mod response;

pub use crate::client::{Client, Length, Pace, Report, Target};
pub use crate::error::LoadError;
pub use crate::response::Fault;
