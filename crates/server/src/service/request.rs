//! The head of a request, as a handler sees it.

use std::any::{Any, TypeId};
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

use http1::head::{FieldsView, MethodToken, Version};
use reactor::clock::Now;
use reactor::net::{ListenAddr, PeerAddr};
use semantics::fields::FieldName;
use semantics::method::Method;

use crate::lifecycle::WorkerContext;

/// What is known of a connection, made once at accept.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) peer: PeerAddr,
    pub(crate) local: Rc<ListenAddr>,
}

/// The head of a request: spans into the worker's buffer, and the circumstances.
///
/// Nothing of it outlives [`Handler::handle`](super::Handler::handle): what a future or a job
/// needs is copied there.
pub struct RequestHead<'a> {
    head: &'a http1::head::Head<'a>,
    connection: &'a Connection,
    worker: &'a Rc<WorkerContext>,
    extensions: OnceCell<RefCell<Extensions>>,
}

impl<'a> RequestHead<'a> {
    pub(crate) const fn new(
        head: &'a http1::head::Head<'a>,
        connection: &'a Connection,
        worker: &'a Rc<WorkerContext>,
    ) -> Self {
        Self { head, connection, worker, extensions: OnceCell::new() }
    }

    /// Returns the method if it is one that Avocet knows.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        match self.head.method() {
            MethodToken::Known(method) => Some(method),
            MethodToken::Other(_) => None,
        }
    }

    /// Returns the method as it was sent.
    #[must_use]
    pub fn method_text(&self) -> &'a str {
        self.head.method().as_str()
    }

    /// Returns the path as it was sent, percent-encoded, without the query.
    #[must_use]
    pub fn path(&self) -> &'a str {
        text(self.head.path())
    }

    /// Returns the path as it was sent, as bytes, which costs nothing.
    #[must_use]
    pub fn path_bytes(&self) -> &'a [u8] {
        self.head.path()
    }

    /// Returns what follows the `?`, as it was sent.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.query().map(text)
    }

    /// Returns the host and port the client meant (`RFC 9112 §3.3`).
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        self.head.authority().map(text)
    }

    /// Returns the version of the request line.
    #[must_use]
    pub fn version(&self) -> Version {
        self.head.version()
    }

    /// Returns the fields in order.
    #[must_use]
    pub fn fields(&self) -> FieldsView<'a> {
        self.head.fields()
    }

    /// Returns the first value of a well-known field.
    #[must_use]
    pub fn field(&self, name: FieldName) -> Option<&'a [u8]> {
        self.head.fields().first(name)
    }

    /// Returns who is at the other end.
    #[must_use]
    pub fn peer(&self) -> PeerAddr {
        self.connection.peer
    }

    /// Returns the address that the connection was accepted on.
    #[must_use]
    pub fn local(&self) -> &ListenAddr {
        &self.connection.local
    }

    /// Returns the time of this turn of the loop.
    #[must_use]
    pub fn now(&self) -> Now {
        self.worker.now()
    }

    /// Returns the worker that runs the connection.
    #[must_use]
    pub const fn worker(&self) -> &'a Rc<WorkerContext> {
        self.worker
    }

    /// Lends the values that middleware attached to the request; the table is made on first use.
    pub fn with_extensions<R>(&self, with: impl FnOnce(&mut Extensions) -> R) -> R {
        with(&mut self.extensions.get_or_init(RefCell::default).borrow_mut())
    }

    /// Makes an [`http::Request`] of the head, for code that speaks that crate's types.
    ///
    /// It costs a microsecond or more, most of it for the header map: for handlers that ask.
    ///
    /// # Errors
    ///
    /// When the target or a field is one that the `http` crate does not take.
    pub fn to_http(&self) -> Result<http::Request<()>, http::Error> {
        let target = match self.query() {
            Some(query) => format!("{}?{query}", self.path()),
            None => self.path().to_owned(),
        };
        let version = match self.version() {
            Version::Http10 => http::Version::HTTP_10,
            Version::Http11 => http::Version::HTTP_11,
        };
        let mut builder =
            http::Request::builder().method(self.method_text()).uri(target).version(version);
        for (name, value) in self.fields().iter() {
            builder = builder.header(name, value);
        }
        builder.body(())
    }
}

/// Makes text of a part of the target or of Host; the parse lets nothing but ASCII into them.
fn text(part: &[u8]) -> &str {
    str::from_utf8(part).expect("targets and hosts are ASCII")
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method_text())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// Values attached to a request, one of each type.
///
/// A list: a request carries few of them, so a look through is quicker than a hash.
#[derive(Default)]
pub struct Extensions(Vec<(TypeId, Box<dyn Any>)>);

impl Extensions {
    /// Attaches a value, and returns the one of its type that was there.
    pub fn insert<T: Any>(&mut self, value: T) -> Option<T> {
        let before = self.remove::<T>();
        self.0.push((TypeId::of::<T>(), Box::new(value)));
        before
    }

    /// Returns the value of a type.
    #[must_use]
    pub fn value<T: Any>(&self) -> Option<&T> {
        let (_, value) = self.0.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
        value.downcast_ref()
    }

    /// Takes the value of a type out.
    pub fn remove<T: Any>(&mut self) -> Option<T> {
        let index = self.0.iter().position(|(id, _)| *id == TypeId::of::<T>())?;
        self.0.swap_remove(index).1.downcast().ok().map(|value| *value)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").field("len", &self.0.len()).finish()
    }
}
