//! The contract between a connection and a handler.
//!
//! A connection hands a [`Handler`] the head of a request and, if there is a body, the receiving
//! half of it; the handler's [`Reply`] says where the answer is made: it is there, it comes later
//! on the loop, or it is made by a job on the pool. The same contract serves every HTTP version.
//! Routing, files and comfort are layers on top and know nothing of sockets.

mod error_page;
mod incoming;
mod job;
mod on_pool;
mod parts;
mod request;
mod response;

use std::future::Future;
use std::pin::Pin;

use reactor::clock::Instant;

pub use self::error_page::{error_form, error_response, method_not_allowed, unavailable};
pub(crate) use self::error_page::{explained_error, options, plain_error};
pub use self::incoming::{BodyError, Incoming};
pub(crate) use self::incoming::{Slot, SpooledFile};
pub use self::job::{Answer, AnswerWriter, Job, JobBody, PoolRoute};
pub(crate) use self::job::{NoAnswer, Submitted, submit};
pub use self::on_pool::{OnPool, PoolBody, PoolRequest};
pub use self::parts::{Parts, Piece};
pub(crate) use self::request::Connection;
pub use self::request::{Extensions, RequestHead};
pub use self::response::{Body, BoxError, Head, Response};

/// A future that stays on its worker.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Makes the answer to a request.
///
/// # Blocking
///
/// `handle` and the futures of [`Reply::Later`] run on a loop thread and hold up every connection
/// of that worker while they run. What may block goes into a [`Job`].
///
/// # Panics
///
/// A panic becomes one 500 (or a closed connection if the head is out), counted and logged.
pub trait Handler: Send + Sync + 'static {
    /// Answers the request with this head.
    ///
    /// `incoming` is there only if the request has a body. What is not taken from it is read and
    /// thrown away within `body_drain_max`, beyond that the connection closes after the answer.
    fn handle(&self, head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply;

    /// Says until when the answer that `handle` has just made of this head may be given again to a
    /// request with the same head, byte for byte, without asking.
    ///
    /// It is asked only about requests without a body whose answer is complete and no failure. The
    /// answer is repeated on the same worker and within the second of its Date field at most.
    ///
    /// A handler may say so if its answer follows from the head alone: not from who the client is,
    /// the time, chance, or how often it was asked. One that wraps another must not pass this on
    /// unless all that it adds does so too. Unless it is implemented nothing is repeated.
    fn repeats_until(&self, head: &RequestHead<'_>) -> Option<Instant> {
        let _ = head;
        None
    }
}

impl<F> Handler for F
where
    F: Fn(&RequestHead<'_>, Option<Incoming>) -> Reply + Send + Sync + 'static,
{
    fn handle(&self, head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
        self(head, incoming)
    }
}

/// Where an answer is made.
#[non_exhaustive]
pub enum Reply {
    /// It is there.
    Ready(Response),
    /// It comes from a future, on the loop.
    ///
    /// The future is polled once in place, and dropped half-way when the client is gone.
    Later(LocalBoxFuture<'static, Response>),
    /// It is made by a job on the pool.
    Pool(Job),
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready(response) => f.debug_tuple("Ready").field(response).finish(),
            Self::Later(_) => f.write_str("Later"),
            Self::Pool(job) => f.debug_tuple("Pool").field(job).finish(),
        }
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Ready(response)
    }
}
