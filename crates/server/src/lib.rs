//! The Avocet web server as a library.
//!
//! A [`Server`] answers by a [`Router`], whose [handlers](service::Handler) make a
//! [`Reply`](service::Reply): at once, later on the loop, or on a pool of threads that may block.
//! [`files`] has the handler for a folder. Everything is bounded by [`Limits`].
//!
//! ```
//! use avocet_server::service::{Incoming, Reply, RequestHead, Response};
//! use avocet_server::{Method, MethodSet, Router, Server, Status};
//!
//! fn hello(_head: &RequestHead<'_>, _body: Option<Incoming>) -> Reply {
//!     Response::text(Status::OK, "hello\n").into()
//! }
//!
//! let router = Router::new().route(MethodSet::EMPTY.with(Method::Get), "/hello", hello);
//! let running = Server::builder(router).listen("127.0.0.1:0".parse()?).bind()?.start()?;
//! println!("listening on {}", running.addrs()[0]);
//! running.shutdown().drain();
//! running.join()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things run
//!
//! Each worker is one thread with one loop; a connection stays on the worker that accepted it.
//! [`Handler::handle`](service::Handler::handle) and the futures of
//! [`Reply::Later`](service::Reply::Later) run there and must not block; a
//! [`Job`](service::Job) runs on the pool and may.
//!
//! # Cancel safety
//!
//! When a client is gone, a future of `Reply::Later` is dropped where it stands. A job that waits
//! is taken out of the queue; one that runs is left to end, and finds its answer unwanted.
#![forbid(unsafe_code)]

mod conn;
pub mod files;
mod lifecycle;
pub mod middleware;
mod router;
pub mod service;
mod telemetry;
pub mod transport;

pub use self::conn::{Connections, Logging, MemoryUse};
pub use self::lifecycle::{
    Bound, Builder, OffloadError, Offloaded, PerWorker, RunError, Running, Server, ServerEnd,
    Shutdown, StartError, WorkerContext,
};
pub use self::router::Router;
pub use self::telemetry::{AccessLog, Counter, Counters, LogReopener, LogSink, Meters, Totals};
pub use reactor::net::{BindError, ListenAddr, PeerAddr};
pub use semantics::{Fields, Method, MethodSet, Status};
pub use settings::{ClientLimit, Limits, LogFormat};
