//! The request fields that a server looks for, and their recognition in a few nanoseconds.
//!
//! Recognition runs for every field line of every request. Length and first letter leave one
//! candidate, which is then compared at a length known when compiling, so that the comparison is a
//! few wide instructions.

/// A well-known request field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants are the fields' own names")]
pub enum FieldName {
    Accept,
    AcceptEncoding,
    AcceptLanguage,
    AccessControlRequestHeaders,
    AccessControlRequestMethod,
    Authorization,
    CacheControl,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentRange,
    ContentType,
    Cookie,
    Date,
    Expect,
    Forwarded,
    Host,
    Http2Settings,
    IfMatch,
    IfModifiedSince,
    IfNoneMatch,
    IfRange,
    IfUnmodifiedSince,
    KeepAlive,
    Origin,
    ProxyAuthorization,
    ProxyConnection,
    Range,
    Referer,
    SecWebSocketKey,
    SecWebSocketProtocol,
    SecWebSocketVersion,
    Te,
    Traceparent,
    Trailer,
    TransferEncoding,
    Upgrade,
    UserAgent,
    Via,
    XForwardedFor,
    XForwardedHost,
    XForwardedProto,
    XRequestId,
}

/// Writes `recognise` and `as_str` from one table: length, first letter in lower case, variant,
/// spelling. Where two names share length and first letter they are alternatives of one row.
macro_rules! names {
    ($($len:literal $first:literal $($variant:ident $spelling:literal)|+;)*) => {
        impl FieldName {
            /// Recognises a field name without regard to case; `None` if it is not one of these.
            #[inline]
            #[must_use]
            pub fn recognise(name: &[u8]) -> Option<Self> {
                let first = *name.first()? | 0x20;
                match (name.len(), first) {
                    $(($len, $first) => {
                        let name: &[u8; $len] = name.try_into().ok()?;
                        $(if matches_ignoring_case(name, $spelling) {
                            return Some(Self::$variant);
                        })+
                        None
                    })*
                    _ => None,
                }
            }

            /// Gives the name in its usual spelling.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => match str::from_utf8($spelling) {
                        Ok(spelling) => spelling,
                        Err(_) => unreachable!(),
                    },)+)*
                }
            }

            /// Every name of the table.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$($(Self::$variant),+),*];
        }
    };
}

names! {
    2 b't' Te b"TE";
    3 b'v' Via b"Via";
    4 b'd' Date b"Date";
    4 b'h' Host b"Host";
    5 b'r' Range b"Range";
    6 b'a' Accept b"Accept";
    6 b'c' Cookie b"Cookie";
    6 b'e' Expect b"Expect";
    6 b'o' Origin b"Origin";
    7 b'r' Referer b"Referer";
    7 b't' Trailer b"Trailer";
    7 b'u' Upgrade b"Upgrade";
    8 b'i' IfMatch b"If-Match" | IfRange b"If-Range";
    9 b'f' Forwarded b"Forwarded";
    10 b'c' Connection b"Connection";
    10 b'k' KeepAlive b"Keep-Alive";
    10 b'u' UserAgent b"User-Agent";
    11 b't' Traceparent b"Traceparent";
    12 b'c' ContentType b"Content-Type";
    12 b'x' XRequestId b"X-Request-ID";
    13 b'a' Authorization b"Authorization";
    13 b'c' CacheControl b"Cache-Control" | ContentRange b"Content-Range";
    13 b'i' IfNoneMatch b"If-None-Match";
    14 b'c' ContentLength b"Content-Length";
    14 b'h' Http2Settings b"HTTP2-Settings";
    15 b'a' AcceptEncoding b"Accept-Encoding" | AcceptLanguage b"Accept-Language";
    15 b'x' XForwardedFor b"X-Forwarded-For";
    16 b'c' ContentEncoding b"Content-Encoding";
    16 b'p' ProxyConnection b"Proxy-Connection";
    16 b'x' XForwardedHost b"X-Forwarded-Host";
    17 b'i' IfModifiedSince b"If-Modified-Since";
    17 b's' SecWebSocketKey b"Sec-WebSocket-Key";
    17 b't' TransferEncoding b"Transfer-Encoding";
    17 b'x' XForwardedProto b"X-Forwarded-Proto";
    19 b'i' IfUnmodifiedSince b"If-Unmodified-Since";
    19 b'p' ProxyAuthorization b"Proxy-Authorization";
    21 b's' SecWebSocketVersion b"Sec-WebSocket-Version";
    22 b's' SecWebSocketProtocol b"Sec-WebSocket-Protocol";
    29 b'a' AccessControlRequestMethod b"Access-Control-Request-Method";
    30 b'a' AccessControlRequestHeaders b"Access-Control-Request-Headers";
}

/// Compares at a fixed length and without an early exit, a word at a time. The last word overlaps
/// the one before it, so that no byte is left over.
///
/// Always inlined, because the work done on `spelling` is then done when compiling.
#[inline(always)]
fn matches_ignoring_case<const N: usize>(name: &[u8; N], spelling: &[u8; N]) -> bool {
    let (Some(last), Some(last_spelling)) = (name.last_chunk(), spelling.last_chunk()) else {
        return difference(padded(name), padded(spelling)) == 0;
    };
    let mut differing = difference(*last, *last_spelling);
    for (word, spelling) in name.as_chunks().0.iter().zip(spelling.as_chunks().0) {
        differing |= difference(*word, *spelling);
    }
    differing == 0
}

/// A name shorter than a word as a word.
#[inline(always)]
fn padded<const N: usize>(name: &[u8; N]) -> [u8; 8] {
    let mut word = [0; 8];
    word[..N].copy_from_slice(name);
    word
}

/// What differs between the bytes of a word, but for the case of letters. Case is one bit; that
/// only letters may differ in it is known from the spelling, when compiling.
#[inline(always)]
fn difference(name: [u8; 8], spelling: [u8; 8]) -> u64 {
    let case = spelling.map(|byte| if byte.is_ascii_alphabetic() { 0x20 } else { 0 });
    let differing = u64::from_ne_bytes(name) ^ u64::from_ne_bytes(spelling);
    differing & !u64::from_ne_bytes(case)
}
