//! The router: which handler answers.
//!
//! Exact paths first, then the fallback, usually a folder of files. What no handler should have to
//! know is decided here: methods that nobody has heard of, and methods that a resource does not
//! take.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use semantics::method::{Method, MethodSet};
use semantics::status::Status;

use crate::service::{
    Handler, Incoming, Reply, RequestHead, error_form, error_response, method_not_allowed,
};

/// Routes by path and method.
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
        let methods = with_head(methods);
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
        let methods = with_head(methods);
        self.methods = self.methods.union(methods);
        self.fallback.get_or_insert_default().handlers.push((methods, Arc::new(handler)));
        self
    }

    /// Answers a request, or has the handler of its route do so.
    pub(crate) fn handle(&self, head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
        let Some(resource) = self.exact.get(head.path_bytes()).or(self.fallback.as_ref()) else {
            let status = match self.is_known(head) {
                true => Status::NOT_FOUND,
                false => Status::NOT_IMPLEMENTED,
            };
            return refuse(head, status);
        };
        let handler = head.method().and_then(|method| resource.handler(method));
        match handler {
            Some(handler) => handler.handle(head, incoming),
            None if self.is_known(head) => {
                Reply::Ready(method_not_allowed(resource.methods(), error_form(head.fields())))
            }
            None => refuse(head, Status::NOT_IMPLEMENTED),
        }
    }

    /// Tells whether the method is one that this server could take: those with a standard meaning
    /// but CONNECT, which asks for a proxy, and those that some route names (RFC 9110 §9.1).
    fn is_known(&self, head: &RequestHead<'_>) -> bool {
        head.method().is_some_and(|method| {
            method != Method::Connect || self.methods.contains(Method::Connect)
        })
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

/// A resource that can be read can be asked about (RFC 9110 §9.3.2).
fn with_head(methods: MethodSet) -> MethodSet {
    if methods.contains(Method::Get) { methods.with(Method::Head) } else { methods }
}
