//! An edge-triggered epoll reactor with a single-threaded executor.
#![forbid(unsafe_code)]

pub mod clock;
pub mod driver;
mod inbox;
pub mod net;
pub mod planted;
pub mod poller;
pub mod pool;
mod shutdown;
pub mod slab;
mod source;
pub mod sync;
mod task;
pub mod timer;
mod token;
mod worker;

pub use self::driver::Driver;
pub use self::inbox::{Notify, Remote, WorkerEnded};
pub use self::shutdown::Phase;
pub use self::source::Source;
pub use self::timer::{Elapsed, Timer};
pub use self::token::Token;
pub use self::worker::{Census, Handle, RunEnd, Worker};
