//! The life of a server: made by a builder, run by workers, ended by a drain.

mod context;

pub use self::context::{OffloadError, Offloaded, PerWorker, WorkerContext};
