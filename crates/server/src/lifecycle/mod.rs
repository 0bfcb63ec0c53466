//! The life of a server: made by a builder, run by workers, ended by a drain.

mod accept;
mod appeals;
mod arrivals;
mod bindings;
mod clients;
mod context;
mod descriptors;
mod outcome;
mod server;
mod shutdown;
mod spool;
mod worker;

pub use self::context::{OffloadError, Offloaded, PerWorker, WorkerContext};
pub(crate) use self::descriptors::{Place, Places};
pub use self::outcome::{RunError, ServerEnd, StartError};
pub use self::server::{Bound, Builder, Running, Server};
pub use self::shutdown::Shutdown;
pub(crate) use self::spool::SpoolSpace;
