//! The head of a request: request line and fields, as spans into the bytes that arrived
//! (RFC 9112 §3, §5).
//!
//! [`parse`] looks at a buffer and says: not all here yet, malformed, or here is the head. Nothing
//! is copied but into the scratch ([`HeadScratch`], one per worker), and nothing allocated once
//! that has grown to what requests need; a head that comes again, byte for byte, is known by it.
//! The verdict does not depend on how the bytes arrived: the head is judged line by line, each
//! complete line first against the limits and then against the grammar, and of an incomplete line
//! nothing is judged but its length. The one exception hurries a refusal that is certain: a first
//! byte that no method begins with (a TLS handshake on a plain port) is refused at once.
//!
//! It does not wait, keeps no state between calls ([`needs_parse`] spares a caller the repeated
//! work), and gives no meaning to fields other than Host.

mod authority;
mod field;
mod known;
mod parse;
mod target;

use std::fmt;

use semantics::method::Method;

use self::authority::KnownHost;
pub use self::field::{FieldsView, Iter, Values};
pub use self::known::Known;
use self::known::KnownHeads;
pub use self::parse::{begins_head_request, needs_parse, parse, parse_unknown};
pub use self::target::{Scheme, Target};

/// How many empty lines before a request are skipped (RFC 9112 §2.2).
///
/// Some clients send a line end that no length counts after the body of a request.
pub const EMPTY_LINES_MAX: u8 = 4;

/// The limits on a head, all of them inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// The bytes of the request line with its line end. Past it the answer is 414.
    pub request_line_size_max: u32,
    /// The bytes of the whole head, from the request line to the empty line. Past it the answer
    /// is 431.
    pub head_size_max: u32,
    /// The number of field lines. Past it the answer is 431.
    pub fields_max: u16,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { request_line_size_max: 8 * 1024, head_size_max: 32 * 1024, fields_max: 100 }
    }
}

/// The scratch of parses: where the fields of a head stand, and what is known of the heads that
/// came before. One per worker; which one is used changes no verdict.
#[derive(Debug, Default)]
pub struct HeadScratch {
    known_heads: KnownHeads,
    known_host: KnownHost,
}

impl HeadScratch {
    /// Makes an empty scratch; it allocates when heads come, at most 2 KiB for each of 32 and what
    /// `fields_max` fields need.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of the head that a buffer begins with, if it is byte for byte one that was
    /// parsed lately under the same limits. [`parse`] asks this first; who did goes on with
    /// [`HeadScratch::head`] or [`parse_unknown`].
    #[inline]
    #[must_use]
    pub fn recall(&self, buf: &[u8], limits: &HeadLimits) -> Option<Known> {
        self.known_heads.recall(buf, limits)
    }

    /// The head that a buffer begins with, which was just recalled: what [`parse`] would say.
    #[inline]
    #[must_use]
    pub fn head<'b>(&'b self, known: Known, buf: &'b [u8]) -> Head<'b> {
        self.known_heads.head(known, buf)
    }
}

/// What a buffer holds.
#[derive(Clone, Copy, Debug)]
pub enum Parsed<'b> {
    /// The beginning of a head, or nothing: read more and parse again from the start.
    Partial,
    /// A whole head.
    Complete(Head<'b>),
}

/// The version of a request; the minor versions 2 to 9 count as 1 (RFC 9110 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
}

impl Version {
    /// The version as it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodToken<'b> {
    /// A method that we have a name for.
    Known(Method),
    /// Any other token, as it was sent.
    Other(&'b str),
}

impl<'b> MethodToken<'b> {
    /// The method as it was sent.
    #[must_use]
    pub const fn as_str(self) -> &'b str {
        match self {
            Self::Known(method) => method.as_str(),
            Self::Other(token) => token,
        }
    }
}

/// A whole head, borrowed from the buffer it came in and from the scratch of the parse.
#[derive(Clone, Copy, Debug)]
pub struct Head<'b> {
    method: MethodToken<'b>,
    target: Target<'b>,
    version: Version,
    host: Option<&'b [u8]>,
    fields: FieldsView<'b>,
    len: usize,
}

impl<'b> Head<'b> {
    /// The method.
    #[must_use]
    pub const fn method(&self) -> MethodToken<'b> {
        self.method
    }

    /// The request target in its form (RFC 9112 §3.2).
    #[must_use]
    pub const fn target(&self) -> Target<'b> {
        self.target
    }

    /// The path of the target, still escaped; `*` for the server as a whole, empty for CONNECT.
    ///
    /// It is visible ASCII.
    #[must_use]
    pub const fn path(&self) -> &'b [u8] {
        self.target.path()
    }

    /// The query of the target without its `?`, still escaped, if there is one.
    ///
    /// It is visible ASCII.
    #[must_use]
    pub const fn query(&self) -> Option<&'b [u8]> {
        self.target.query()
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The fields, in the order in which they came.
    #[must_use]
    pub const fn fields(&self) -> FieldsView<'b> {
        self.fields
    }

    /// The host, and port if given, that the request is for (RFC 9112 §3.2.2, §3.3).
    ///
    /// That is the authority of the target if it has one, else the value of Host. It is well-formed
    /// or empty, and visible ASCII. `None` happens in HTTP/1.0 alone.
    #[must_use]
    pub const fn authority(&self) -> Option<&'b [u8]> {
        match self.target {
            Target::Absolute { authority, .. } | Target::Authority(authority) => Some(authority),
            Target::Origin { .. } | Target::Asterisk => self.host,
        }
    }

    /// The bytes of the buffer that are done with: the head with its empty line, and the empty
    /// lines skipped before it.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no head is empty")]
    pub const fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests;
