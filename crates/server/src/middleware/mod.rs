//! Middleware: what is done for a handler on the way in and on the way out.
//!
//! A middleware is a function from handler to handler. What it returns is a [`Handler`] like any
//! other: it is routed, or handed to the next middleware. The outermost sees the request first and
//! the response last. There is no trait to implement and no list to register in; the order is that
//! of the calls.
//!
//! On the way in it can look at the head, answer in the handler's place, and attach values by
//! [`RequestHead::with_extensions`](crate::service::RequestHead::with_extensions). On the way out
//! [`map_response`] changes the response, wherever it is made.
//!
//! What the server answers in a handler's place (a malformed request, a full pool, a panic, a
//! deadline) passes no middleware.
//!
//! ```
//! use avocet_server::middleware::{RequestId, map_response, set_field};
//! use avocet_server::service::{Handler, Incoming, Reply, RequestHead, Response};
//! use avocet_server::{Method, MethodSet, Router, Status};
//!
//! /// Has no cache keep the answers of `inner`.
//! fn uncached(inner: impl Handler) -> impl Handler {
//!     move |head: &RequestHead<'_>, incoming: Option<Incoming>| {
//!         map_response(inner.handle(head, incoming), |response| {
//!             set_field(response, "Cache-Control", "no-store").expect("a constant field is valid")
//!         })
//!     }
//! }
//!
//! fn hello(_head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
//!     Response::text(Status::OK, "hello\n").into()
//! }
//!
//! let handler = RequestId::default().wrap(uncached(hello));
//! let router = Router::new().route(MethodSet::EMPTY.with(Method::Get), "/hello", handler);
//! # drop(router);
//! ```

mod request_id;

use std::borrow::Cow;
use std::sync::Arc;

use semantics::fields::{Fields, InvalidField, Octets};

pub use self::request_id::{Id, Ids, RequestId};
#[cfg(doc)]
use crate::service::Handler;
use crate::service::{Head, Reply, Response};

/// Has `map` change the response of a reply: at once, when its future ends, or on the pool when
/// its job answers.
#[must_use]
pub fn map_response(
    reply: Reply,
    map: impl FnOnce(Response) -> Response + Send + 'static,
) -> Reply {
    match reply {
        Reply::Ready(response) => Reply::Ready(map(response)),
        Reply::Later(future) => Reply::Later(Box::pin(async move { map(future.await) })),
        Reply::Pool(job) => Reply::Pool(job.map_response(map)),
    }
}

/// Makes `value` the one of that name: in the place of the first field of the name, else behind all
/// others. In a prepared head, which many answers share, it always stands behind the others.
///
/// # Errors
///
/// [`InvalidField`] if the name is no token or the value has bytes that no value may have.
pub fn set_field(
    mut response: Response,
    name: impl Into<Cow<'static, str>>,
    value: impl Into<Octets>,
) -> Result<Response, InvalidField> {
    match &mut response.head {
        Head::Fields(_, fields) => fields.set(name, value)?,
        Head::Prepared(head) => {
            let field = Fields::new().with(name, value)?;
            *head = Arc::new(head.with_fields(&field));
        }
    }
    Ok(response)
}
