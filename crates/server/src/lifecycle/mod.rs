//! The life of a server: made by a builder, run by workers, ended by a drain.

mod accept;
mod arrivals;
mod bindings;
mod context;
mod descriptors;
mod outcome;
mod server;
mod spool;
mod worker;

pub use self::context::{OffloadError, Offloaded, PerWorker, WorkerContext};
pub use self::outcome::{RunError, ServerEnd, StartError};
pub use self::server::{Bound, Builder, Running, Server, Shutdown};
pub(crate) use self::spool::SpoolSpace;
