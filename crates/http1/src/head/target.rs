//! The request target and its four forms (RFC 9112 §3.2).
//!
//! It splits and checks; it neither unescapes nor normalises a path: that is `semantics::path`.

use semantics::method::Method;

use super::{MethodToken, authority};
use crate::scan;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'b> {
    /// A path on the host that Host names: what nearly every request has.
    Origin {
        /// The path; begins with `/`, still escaped.
        path: &'b str,
        /// What follows the first `?`, still escaped.
        query: Option<&'b str>,
    },
    /// A whole `http` or `https` URI, as sent to proxies; its authority overrides Host.
    Absolute {
        /// The host, and port if given; never empty.
        authority: &'b str,
        /// The path; `/` where the URI has none.
        path: &'b str,
        /// What follows the first `?`, still escaped.
        query: Option<&'b str>,
    },
    /// A host and a port: CONNECT alone.
    Authority(&'b str),
    /// `*`, the server as a whole: OPTIONS alone.
    Asterisk,
}

impl<'b> Target<'b> {
    /// Takes a target apart by the rules of its method; `None` if it is malformed.
    pub(super) fn parse(method: MethodToken<'_>, target: &'b [u8]) -> Option<Self> {
        if !scan::is_target(target) {
            return None;
        }
        let text = str::from_utf8(target).ok()?;
        if method == MethodToken::Known(Method::Connect) {
            return authority::is_host_and_port(target).then_some(Self::Authority(text));
        }
        match target {
            [b'/', ..] => {
                let (path, query) = split_query(text);
                Some(Self::Origin { path, query })
            }
            [b'*'] if method == MethodToken::Known(Method::Options) => Some(Self::Asterisk),
            _ => Self::parse_absolute(text),
        }
    }

    fn parse_absolute(text: &'b str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        if authority.is_empty() || !authority::is_host(authority.as_bytes()) {
            return None;
        }
        let (path, query) = split_query(rest);
        let path = if path.is_empty() { "/" } else { path };
        Some(Self::Absolute { authority, path, query })
    }

    /// The path; `*` for the asterisk form, empty for the authority form.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        match *self {
            Self::Origin { path, .. } | Self::Absolute { path, .. } => path,
            Self::Authority(_) => "",
            Self::Asterisk => "*",
        }
    }

    /// The query, if there is one.
    #[must_use]
    pub const fn query(&self) -> Option<&'b str> {
        match *self {
            Self::Origin { query, .. } | Self::Absolute { query, .. } => query,
            Self::Authority(_) | Self::Asterisk => None,
        }
    }
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    }
}
