//! Responses and their bodies.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http1::encode::PreparedHead;
use semantics::fields::Fields;
use semantics::status::Status;

use super::Parts;
use crate::files::FileSlice;

/// The error of a streamed body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer.
///
/// The encoder owns `Content-Length`, `Transfer-Encoding` and `Connection`; `Date` and `Server`
/// are added unless they are set. The body of an answer to HEAD is not sent, only its length.
#[derive(Debug)]
pub struct Response {
    /// Status and fields.
    pub head: Head,
    /// What follows the head.
    pub body: Body,
}

/// Status and fields of a response.
#[derive(Debug)]
pub enum Head {
    /// Bytes made once for many answers, only the date is filled in; they state the length of
    /// the body that goes with them.
    Prepared(Arc<PreparedHead>),
    /// A status and fields, in order and spelling as they will be sent.
    Fields(Status, Fields),
}

/// The body of a response.
pub enum Body {
    /// Nothing.
    Empty,
    /// All of it, in memory.
    Bytes(Bytes),
    /// A file or a part of one.
    File(FileSlice),
    /// Several pieces, one after another.
    Parts(Parts),
    /// Frames that come one by one; with an exact size hint it is sent with `Content-Length`,
    /// else in chunks. An error ends the connection without a proper end.
    Stream(Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>),
}

impl Response {
    /// Makes a response without fields or body.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self { head: Head::Fields(status, Fields::new()), body: Body::Empty }
    }

    /// Makes a response of a text in UTF-8.
    #[must_use]
    pub fn text(status: Status, text: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", text.into())
    }

    /// Makes a response of bytes that are in memory.
    #[must_use]
    pub fn bytes(status: Status, media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let mut response = Self::new(status).with_field("Content-Type", media_type);
        response.body = Body::Bytes(bytes.into());
        response
    }

    /// Adds a field whose name and value are constants.
    ///
    /// For values that come from elsewhere, fill in [`Fields`], which says what is wrong with one.
    ///
    /// # Panics
    ///
    /// When name or value is not valid, or the head is prepared.
    #[must_use]
    pub fn with_field(mut self, name: &'static str, value: &'static str) -> Self {
        let Head::Fields(_, fields) = &mut self.head else {
            unreachable!("a prepared head takes no field, not even {name}")
        };
        fields.push(name, value).expect("constant fields are valid");
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.head {
            Head::Prepared(head) => head.status(),
            Head::Fields(status, _) => *status,
        }
    }
}

impl Body {
    /// Returns the length in bytes, if it is known before the body is sent.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(slice) => Some(slice.len()),
            Self::Parts(parts) => Some(parts.len()),
            Self::Stream(stream) => stream.size_hint().exact(),
        }
    }

    /// Tells whether there is certainly nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::File(slice) => f.debug_tuple("File").field(slice).finish(),
            Self::Parts(parts) => f.debug_tuple("Parts").field(parts).finish(),
            Self::Stream(stream) => write!(f, "Stream({:?})", stream.size_hint()),
        }
    }
}

/// What crosses to the pool and back must be sendable.
const _: () = {
    const fn assert_send<T: Send>() {}
    assert_send::<Response>();
    assert_send::<Body>();
    assert_send::<super::Incoming>();
};
