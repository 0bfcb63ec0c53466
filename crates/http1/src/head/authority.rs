//! The grammar of `host [":" port]` (RFC 9110 §7.2, RFC 3986 §3.2.2).
//!
//! Strict, because what a host name means is decided by more than one party: no user information,
//! no zone, no address but IPv6 in brackets, no port that does not fit in 16 bits. It resolves
//! nothing and compares nothing.

use std::net::Ipv6Addr;

use crate::scan;

/// The last host that was well-formed. Nearly all requests of a worker name the same, and to see
/// that costs less than to judge it again.
#[derive(Debug, Default)]
pub(super) struct KnownHost(Vec<u8>);

impl KnownHost {
    /// Whether the bytes are `host [":" port]`, as [`is_host`].
    pub(super) fn is_host(&mut self, bytes: &[u8]) -> bool {
        if bytes == self.0 {
            return true;
        }
        let is_host = is_host(bytes);
        if is_host {
            self.0.clear();
            self.0.extend_from_slice(bytes);
        }
        is_host
    }
}

/// Whether the bytes are `host [":" port]`, or nothing at all, which names no authority.
///
/// A port without a host is refused: no `http` URI has one (RFC 9110 §4.2.1).
pub(super) fn is_host(bytes: &[u8]) -> bool {
    bytes.is_empty() || matches!(split(bytes), Some(([_, ..], _)))
}

/// Whether the bytes are a host that is not empty and a port: the target of CONNECT.
pub(super) fn is_host_and_port(bytes: &[u8]) -> bool {
    matches!(split(bytes), Some(([_, ..], Some([_, ..]))))
}

/// The host and the port without its colon; `None` if malformed.
fn split(bytes: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let host_len = match bytes {
        [b'[', rest @ ..] => ip_literal_len(rest)?,
        _ => reg_name_len(bytes)?,
    };
    let (host, rest) = bytes.split_at_checked(host_len)?;
    match rest {
        [] => Some((host, None)),
        [b':', port @ ..] if is_port(port) => Some((host, Some(port))),
        _ => None,
    }
}

/// The length of an IPv6 literal with both brackets, given what follows the first.
fn ip_literal_len(rest: &[u8]) -> Option<usize> {
    let address_len = memchr::memchr(b']', rest)?;
    let address = str::from_utf8(rest.get(..address_len)?).ok()?;
    address.parse::<Ipv6Addr>().ok()?;
    address_len.checked_add(2)
}

/// The length of the registered name that the bytes begin with; `None` at a malformed escape.
fn reg_name_len(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    loop {
        rest = rest.get(scan::reg_name_run_len(rest)..)?;
        rest = match rest {
            [b'%', high, low, tail @ ..] if scan::is_hex_byte(*high) && scan::is_hex_byte(*low) => {
                tail
            }
            [b'%', ..] => return None,
            _ => return bytes.len().checked_sub(rest.len()),
        }
    }
}

/// Whether the bytes are a port; an empty one means the default (RFC 3986 §3.2.3).
fn is_port(bytes: &[u8]) -> bool {
    let port = bytes.iter().try_fold(0_u16, |port, &byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        port.checked_mul(10)?.checked_add(u16::from(digit))
    });
    port.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_judged_by_the_grammar() {
        let valid = [
            "",
            "localhost",
            "example.org",
            "example.org:80",
            "example.org:",
            "example.org:65535",
            "127.0.0.1:8080",
            "47.100.187.121:38350",
            "[::1]",
            "[::1]:8080",
            "[2001:db8::7]",
            "[::ffff:192.0.2.1]",
            "xn--bcher-kva.example",
            "a_b.example",
            "a%2Db.example",
        ];
        for host in valid {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        let invalid = [
            ":80",
            ":",
            "a b",
            "a,b",
            "user@a",
            "user:password@a:80",
            "a/b",
            "a?b",
            "a:b",
            "a:1:2",
            "a:65536",
            "a:-1",
            "a:+1",
            "[",
            "[]",
            "[::1",
            "[::1]x",
            "[::1]80",
            "[::1%lo]",
            "[::1%25lo]",
            "[v1.a]",
            "[127.0.0.1]",
            "::1",
            "a%",
            "a%2",
            "a%zz",
            "a\\b",
            "a\"b",
            "b\u{fc}cher",
            "http://a",
        ];
        for host in invalid {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn a_known_host_is_judged_like_any_other() {
        let mut known = KnownHost::default();
        for (host, expected) in
            [("", true), ("a", true), ("a", true), ("a b", false), ("a", true), ("b:1", true)]
        {
            assert_eq!(known.is_host(host.as_bytes()), expected, "{host}");
        }
    }

    #[test]
    fn connect_wants_both_host_and_port() {
        for (target, expected) in [
            ("example.org:443", true),
            ("[::1]:443", true),
            ("example.org", false),
            ("example.org:", false),
            (":443", false),
            ("", false),
        ] {
            assert_eq!(is_host_and_port(target.as_bytes()), expected, "{target}");
        }
    }
}
