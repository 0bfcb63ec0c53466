//! Sockets: addresses, listeners and streams on the reactor.
//!
//! TCP and Unix sockets differ in how they are bound and named; once accepted both are a
//! [`Stream`]. Nothing here knows what the bytes mean.

mod address;
mod error;
mod inherited;
mod listener;
mod stream;
mod tcp;
mod unix;

pub use self::address::{ListenAddr, PeerAddr};
pub use self::error::{BindError, SocketError, SocketFault};
pub use self::inherited::InheritedBinding;
pub use self::listener::{Accepted, Listener};
pub use self::stream::{More, Progress, Queue, Stream};
pub use self::tcp::TcpBinding;
pub use self::unix::{UnixBinding, UnixPath};
