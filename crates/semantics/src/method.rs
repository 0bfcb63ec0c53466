//! Request methods (RFC 9110 §9) and small sets of them.
//!
//! Only methods that the server can route are named; any other token is "not known", which the
//! server answers with 501. Extension methods are not carried: nothing could be done with them.

use std::fmt;

/// A request method that the server knows (RFC 9110 §9.3, and PATCH of RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Method {
    /// Transfers a current representation of the resource.
    Get,
    /// As GET, without the content.
    Head,
    /// Has the resource process the content in its own way.
    Post,
    /// Replaces the resource's representation with the content.
    Put,
    /// Applies the content to the resource as a set of changes.
    Patch,
    /// Removes the resource.
    Delete,
    /// Asks what may be done with the resource.
    Options,
    /// Asks for a tunnel.
    Connect,
    /// Asks for the request to be echoed.
    Trace,
}

impl Method {
    /// Every known method, in the order in which `Allow` names them.
    pub const ALL: [Self; 9] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Connect,
        Self::Trace,
    ];

    /// Recognises a method token; methods are case-sensitive (RFC 9110 §9.1).
    #[inline]
    #[must_use]
    pub fn parse(token: &[u8]) -> Option<Self> {
        Some(match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"PATCH" => Self::Patch,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            b"CONNECT" => Self::Connect,
            b"TRACE" => Self::Trace,
            _ => return None,
        })
    }

    /// Gives the token as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Connect => "CONNECT",
            Self::Trace => "TRACE",
        }
    }

    /// Tells whether the method is read-only by definition (RFC 9110 §9.2.1).
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of methods, one bit each: what a resource takes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct MethodSet(u16);

impl MethodSet {
    /// The set without members.
    pub const EMPTY: Self = Self(0);

    /// Gives the set with `method` added.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | 1 << method as u16)
    }

    /// Gives the methods that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether `method` is in the set.
    #[must_use]
    pub const fn contains(self, method: Method) -> bool {
        self.0 & (1 << method as u16) != 0
    }

    /// Tells whether the set has no members.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Iterates over the members in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |&method| self.contains(method))
    }

    /// Gives the value of an `Allow` field that names the members (RFC 9110 §10.2.1).
    #[must_use]
    pub fn allow_value(self) -> String {
        let mut value = String::new();
        for method in self.iter() {
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push_str(method.as_str());
        }
        value
    }
}

impl FromIterator<Method> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for MethodSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_parses_to_itself_and_nothing_else_does() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str().as_bytes()), Some(method));
        }
        for token in ["", "get", "Get", "GE", "GETT", "GET ", "PROPFIND", "PRI"] {
            assert_eq!(Method::parse(token.as_bytes()), None, "{token:?}");
        }
    }

    #[test]
    fn safe_methods_are_those_of_the_rfc() {
        let safe: MethodSet = Method::ALL.into_iter().filter(|method| method.is_safe()).collect();
        assert_eq!(safe.allow_value(), "GET, HEAD, OPTIONS, TRACE");
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        const FILES: MethodSet = MethodSet::EMPTY.with(Method::Head).with(Method::Get);
        assert_eq!(FILES.allow_value(), "GET, HEAD");
        assert_eq!(format!("{FILES:?}"), "{Get, Head}");
        for method in Method::ALL {
            let is_member = matches!(method, Method::Get | Method::Head);
            assert_eq!(FILES.contains(method), is_member, "{method}");
            assert!(FILES.with(method).contains(method));
        }
        assert_eq!(MethodSet::EMPTY.allow_value(), "");
        assert!(MethodSet::EMPTY.is_empty());
        assert_eq!(FILES.union(MethodSet::EMPTY.with(Method::Trace)).iter().count(), 3);
    }
}
