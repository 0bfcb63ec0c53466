//! Pool handlers as ordinary functions: from a request to a response, and free to block.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use semantics::status::Status;

use super::job::{Answer, Job, JobBody, PoolRoute};
use super::{Handler, Incoming, Reply, RequestHead, Response, error_form, error_response};

/// A request as a function on the pool gets it: owned, with a body to be read.
pub type PoolRequest = http::Request<PoolBody>;

/// A handler whose answers an ordinary function makes on the pool.
///
/// The function starts when the request's body is complete, unless it is told to take it as it
/// arrives. It returns the answer; one that writes its answer bit by bit uses a [`Job`].
///
/// # Blocking
///
/// The function may block; it occupies a thread of the pool meanwhile.
///
/// # Panics
///
/// A panic of the function is one 500.
///
/// # Example
///
/// ```
/// use std::io::Read;
///
/// use avocet_server::service::{OnPool, PoolRequest, PoolRoute, Response};
/// use avocet_server::{Method, MethodSet, Router, Status};
///
/// fn count(mut request: PoolRequest) -> Response {
///     let mut text = String::new();
///     match request.body_mut().read_to_string(&mut text) {
///         Ok(_) => Response::text(Status::OK, format!("{} words\n", text.split(' ').count())),
///         Err(_) => Response::text(Status::BAD_REQUEST, "text in UTF-8, please\n"),
///     }
/// }
///
/// let route = PoolRoute::new("count", 8);
/// let post = MethodSet::EMPTY.with(Method::Post);
/// let router = Router::new().route(post, "/count", OnPool::new(&route, count));
/// # drop(router);
/// ```
pub struct OnPool<F> {
    run: Arc<F>,
    route: PoolRoute,
    body: JobBody,
}

impl<F> OnPool<F>
where
    F: Fn(PoolRequest) -> Response + Send + Sync + 'static,
{
    /// Has `run` answer, by way of `route`.
    #[must_use]
    pub fn new(route: &PoolRoute, run: F) -> Self {
        Self { run: Arc::new(run), route: route.clone(), body: JobBody::Whole }
    }

    /// Starts the function with the request's head, to read the body while it arrives: its thread
    /// waits for the client then.
    #[must_use]
    pub fn as_it_arrives(mut self) -> Self {
        self.body = JobBody::AsItArrives;
        self
    }
}

impl<F> Handler for OnPool<F>
where
    F: Fn(PoolRequest) -> Response + Send + Sync + 'static,
{
    fn handle(&self, head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
        let Ok(request) = head.to_http() else {
            // What the types of that crate do not take, no function is given.
            let form = error_form(head.fields());
            return Reply::Ready(error_response(Status::BAD_REQUEST, form));
        };
        let request = request.map(|()| PoolBody::new(incoming));
        let run = Arc::clone(&self.run);
        let job = Job::new(move |answer: Answer| answer.respond(run(request)));
        Reply::Pool(job.with_body(self.body).with_route(&self.route))
    }
}

impl<F> fmt::Debug for OnPool<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnPool").field("route", &self.route).finish_non_exhaustive()
    }
}

/// The body of a [`PoolRequest`]; empty if the request has none.
pub struct PoolBody(Option<Box<dyn Read + Send>>);

impl PoolBody {
    fn new(incoming: Option<Incoming>) -> Self {
        Self(incoming.map(|incoming| Box::new(incoming.into_reader()) as Box<dyn Read + Send>))
    }
}

impl Read for PoolBody {
    /// Reads on.
    ///
    /// # Errors
    ///
    /// When the client broke off, or the disk fails that the body is kept on.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |reader| reader.read(buf))
    }
}

impl fmt::Debug for PoolBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBody").field("is_empty", &self.0.is_none()).finish()
    }
}
