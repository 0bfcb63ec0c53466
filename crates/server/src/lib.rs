//! The Avocet web server as a library.
#![forbid(unsafe_code)]

mod conn;
pub mod files;
mod lifecycle;
mod router;
pub mod service;
mod telemetry;
pub mod transport;

pub use self::conn::{Connections, Logging};
pub use self::lifecycle::{
    Bound, Builder, OffloadError, Offloaded, PerWorker, RunError, Running, Server, ServerEnd,
    Shutdown, StartError, WorkerContext,
};
pub use self::router::Router;
pub use self::telemetry::{AccessLog, Counter, Counters};
