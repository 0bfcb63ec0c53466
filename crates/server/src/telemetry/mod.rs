//! What the server tells of itself: the access log and the counters.

pub(crate) mod access_log;
mod counters;
mod date;
pub(crate) mod diagnostics;

pub use self::access_log::AccessLog;
pub use self::counters::{Counter, Counters};
pub(crate) use self::date::Dates;
