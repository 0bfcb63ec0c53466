//! The request target and its four forms (RFC 9112 §3.2).
//!
//! It splits and checks; it neither unescapes nor normalises a path: that is `semantics::path`. The
//! parts are bytes, all of them visible ASCII; that they are text too need not be found out for
//! every request.

use semantics::method::Method;

use super::{MethodToken, authority};
use crate::scan;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'b> {
    /// A path on the host that Host names: what nearly every request has.
    Origin {
        /// The path; begins with `/`, still escaped.
        path: &'b [u8],
        /// What follows the first `?`, still escaped.
        query: Option<&'b [u8]>,
    },
    /// A whole `http` or `https` URI, as sent to proxies; its authority overrides Host.
    Absolute {
        /// How the URI wants the connection to be.
        scheme: Scheme,
        /// The host, which is not empty, and the port if given.
        authority: &'b [u8],
        /// The path. Where the URI has none it is `/`, but for OPTIONS without a query `*`: the
        /// server as a whole (RFC 9110 §4.2.3, RFC 9112 §3.2.4).
        path: &'b [u8],
        /// What follows the first `?`, still escaped.
        query: Option<&'b [u8]>,
    },
    /// A host and a port: CONNECT alone.
    Authority(&'b [u8]),
    /// `*`, the server as a whole: OPTIONS alone.
    Asterisk,
}

/// The schemes of the URIs that an HTTP server has resources for (RFC 9110 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`.
    Http,
    /// `https`: to be answered on a secured connection alone (RFC 9110 §7.4).
    Https,
}

impl Scheme {
    /// Recognises a scheme, whatever its case.
    const fn parse(scheme: &[u8]) -> Option<Self> {
        if scheme.eq_ignore_ascii_case(b"http") {
            Some(Self::Http)
        } else if scheme.eq_ignore_ascii_case(b"https") {
            Some(Self::Https)
        } else {
            None
        }
    }
}

impl<'b> Target<'b> {
    /// Takes a target apart by the rules of its method; `None` if it is malformed.
    pub(super) fn parse(method: MethodToken<'_>, target: &'b [u8]) -> Option<Self> {
        if !scan::is_target(target) {
            return None;
        }
        if method == MethodToken::Known(Method::Connect) {
            return authority::is_host_and_port(target).then_some(Self::Authority(target));
        }
        match target {
            [b'/', ..] => {
                let (path, query) = split_query(target);
                Some(Self::Origin { path, query })
            }
            [b'*'] if method == MethodToken::Known(Method::Options) => Some(Self::Asterisk),
            _ => Self::parse_absolute(method, target),
        }
    }

    fn parse_absolute(method: MethodToken<'_>, target: &'b [u8]) -> Option<Self> {
        let scheme_len = target.iter().position(|&byte| byte == b':')?;
        let (scheme, rest) = target.split_at_checked(scheme_len)?;
        let rest = rest.strip_prefix(b"://")?;
        let scheme = Scheme::parse(scheme)?;
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        if authority.is_empty() || !authority::is_host(authority) {
            return None;
        }
        let (path, query) = split_query(rest);
        let path = match (path, query, method) {
            (b"", None, MethodToken::Known(Method::Options)) => b"*",
            (b"", ..) => b"/",
            _ => path,
        };
        Some(Self::Absolute { scheme, authority, path, query })
    }

    /// The scheme, which the absolute form alone has.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        match *self {
            Self::Absolute { scheme, .. } => Some(scheme),
            Self::Origin { .. } | Self::Authority(_) | Self::Asterisk => None,
        }
    }

    /// The path; `*` for the server as a whole, empty for the authority form.
    #[must_use]
    pub const fn path(&self) -> &'b [u8] {
        match *self {
            Self::Origin { path, .. } | Self::Absolute { path, .. } => path,
            Self::Authority(_) => b"",
            Self::Asterisk => b"*",
        }
    }

    /// The query, if there is one.
    #[must_use]
    pub const fn query(&self) -> Option<&'b [u8]> {
        match *self {
            Self::Origin { query, .. } | Self::Absolute { query, .. } => query,
            Self::Authority(_) | Self::Asterisk => None,
        }
    }
}

fn split_query(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    match scan::find(b'?', target).and_then(|at| target.split_at_checked(at)) {
        Some((path, query)) => (path, query.get(1..)),
        None => (target, None),
    }
}
