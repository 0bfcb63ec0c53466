//! What the server tells of itself: the access log and the counters.

pub(crate) mod access_log;
mod counters;
mod date;
pub(crate) mod diagnostics;
mod totals;

pub use self::access_log::{AccessLog, LogReopener, LogSink};
pub use self::counters::{Counter, Counters, Totals};
pub(crate) use self::date::Dates;
pub use self::totals::Meters;
pub(crate) use self::totals::WorkerMeters;
