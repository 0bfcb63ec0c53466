//! The router: which handler answers.
//!
//! Exact paths first, then the fallback, usually a folder of files. What no handler should have to
//! know is decided here: methods that nobody has heard of, methods that a resource does not take,
//! and OPTIONS, which every resource answers with the methods that it does take.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use reactor::clock::Instant;
use semantics::method::{Method, MethodSet};
use semantics::status::Status;

use crate::service::{
    Handler, Incoming, Reply, RequestHead, error_form, error_response, method_not_allowed, options,
};

/// Routes by path and method.
///
/// A resource that has no route for OPTIONS answers it itself: with 204, and the methods that it
/// takes in Allow. `OPTIONS *` is answered so for the server as a whole, unless there is a route at
/// `*` (RFC 9110 §9.3.7). CONNECT is 501 whatever the routes say, since an answer is no tunnel.
#[derive(Default)]
pub struct Router {
    exact: HashMap<Box<[u8]>, Resource>,
    fallback: Option<Resource>,
    /// Every method that some route takes.
    methods: MethodSet,
}

/// The handlers of one path.
#[derive(Clone, Default)]
struct Resource {
    handlers: Vec<(MethodSet, Arc<dyn Handler>)>,
}

impl Router {
    /// Makes a router without routes: everything is 404.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `handler` answer `methods` at exactly `path`; GET brings HEAD with it.
    #[must_use]
    pub fn route(mut self, methods: MethodSet, path: &str, handler: impl Handler) -> Self {
        let methods = routed(methods);
        self.methods = self.methods.union(methods);
        self.exact
            .entry(path.as_bytes().into())
            .or_default()
            .handlers
            .push((methods, Arc::new(handler)));
        self
    }

    /// Has `handler` answer `methods` at every path that has no route of its own.
    #[must_use]
    pub fn fallback(mut self, methods: MethodSet, handler: impl Handler) -> Self {
        let methods = routed(methods);
        self.methods = self.methods.union(methods);
        self.fallback.get_or_insert_default().handlers.push((methods, Arc::new(handler)));
        self
    }

    /// Answers a request, or has the handler of its route do so.
    pub(crate) fn handle(&self, head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
        // Those with a standard meaning are known, whether a route takes them or not.
        let Some(method) = head.method().filter(|method| *method != Method::Connect) else {
            return refuse(head, Status::NOT_IMPLEMENTED);
        };
        let resource = match self.resource(head.path_bytes()) {
            Some(resource) => resource,
            None if head.path_bytes() == b"*" => {
                return Reply::Ready(options(with_options(self.methods)));
            }
            None => return refuse(head, Status::NOT_FOUND),
        };
        if let Some(handler) = resource.handler(method) {
            return handler.handle(head, incoming);
        }
        let methods = with_options(resource.methods());
        Reply::Ready(match method {
            Method::Options => options(methods),
            _ => method_not_allowed(methods, error_form(head.fields())),
        })
    }

    /// Says until when the answer to a head may be given again, as its handler does.
    pub(crate) fn repeats_until(&self, head: &RequestHead<'_>) -> Option<Instant> {
        self.resource(head.path_bytes())?.handler(head.method()?)?.repeats_until(head)
    }

    /// Returns what is at a path. The server as a whole, `*`, is nothing that a fallback stands in
    /// for.
    fn resource(&self, path: &[u8]) -> Option<&Resource> {
        let exact = if self.exact.is_empty() { None } else { self.exact.get(path) };
        exact.or_else(|| self.fallback.as_ref().filter(|_| path != b"*"))
    }
}

impl Resource {
    fn handler(&self, method: Method) -> Option<&dyn Handler> {
        let (_, handler) = self.handlers.iter().find(|(methods, _)| methods.contains(method))?;
        Some(handler.as_ref())
    }

    fn methods(&self) -> MethodSet {
        let sets = self.handlers.iter().map(|(methods, _)| *methods);
        sets.fold(MethodSet::EMPTY, MethodSet::union)
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("exact", &self.exact.len())
            .field("has_fallback", &self.fallback.is_some())
            .finish_non_exhaustive()
    }
}

fn refuse(head: &RequestHead<'_>, status: Status) -> Reply {
    Reply::Ready(error_response(status, error_form(head.fields())))
}

/// The methods of a route: one that can be read can be asked about (RFC 9110 §9.3.2), and none
/// makes a tunnel.
fn routed(methods: MethodSet) -> MethodSet {
    let head = methods.contains(Method::Get).then_some(Method::Head);
    methods.iter().filter(|method| *method != Method::Connect).chain(head).collect()
}

/// What the router takes itself is among the methods of every resource.
const fn with_options(methods: MethodSet) -> MethodSet {
    methods.with(Method::Options)
}

#[cfg(test)]
mod tests;
