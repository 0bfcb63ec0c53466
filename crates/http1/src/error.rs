//! What can be wrong with a request, and the status that says so.
//!
//! An error carries its kind and the place where it was seen; the one table from kinds to statuses
//! is here and nowhere else. After any of these errors the connection must be closed: nothing that
//! follows can be trusted to begin where it seems to (RFC 9112 §9.6, §11.2).
//!
//! It does not write the answer and knows no policy: every kind is a breach of the protocol or of
//! a limit on its framing.

use std::fmt;

use semantics::status::Status;

/// A breach of the protocol: what it was and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What was wrong.
    pub kind: ParseErrorKind,
    /// Where it was seen, in bytes from the start of the slice that was given.
    pub offset: usize,
}

impl ParseError {
    /// Makes an error of a kind at an offset.
    #[must_use]
    pub const fn new(kind: ParseErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The same error seen from a slice that begins `by` bytes earlier.
    pub(crate) const fn moved(self, by: usize) -> Self {
        Self { kind: self.kind, offset: self.offset.saturating_add(by) }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl std::error::Error for ParseError {}

/// Declares the kinds with the sentence and the status of each: the one table.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident => $status:ident, $text:literal;)+) => {
        /// What was wrong with a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ParseErrorKind {
            $($(#[$doc])+ $kind,)+
        }

        impl ParseErrorKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The status of the answer that tells the client.
            #[must_use]
            pub const fn status(self) -> Status {
                match self {
                    $(Self::$kind => Status::$status,)+
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// More empty lines before the request than are forgiven (RFC 9112 §2.2).
    TooManyEmptyLines => BAD_REQUEST, "too many empty lines before the request";
    /// A carriage return that no line feed follows (RFC 9112 §2.2).
    BareCr => BAD_REQUEST, "a carriage return without a line feed";
    /// A line feed that no carriage return precedes.
    BareLf => BAD_REQUEST, "a line feed without a carriage return";
    /// A zero byte.
    Nul => BAD_REQUEST, "a zero byte";

    /// The request line, with its end, is longer than the limit.
    RequestLineTooLong => URI_TOO_LONG, "the request line is longer than the limit";
    /// The method alone is longer than the limit on request lines (RFC 9112 §3).
    MethodTooLong => NOT_IMPLEMENTED, "the method is longer than any that is implemented";
    /// The method is not a token, or what came is no HTTP at all.
    InvalidMethod => BAD_REQUEST, "the method is not a token followed by one space";
    /// The request target has a byte, or a form, that it must not have (RFC 9112 §3.2).
    InvalidTarget => BAD_REQUEST, "the request target is malformed";
    /// The request line ends without a version, as in HTTP/0.9.
    MissingVersion => BAD_REQUEST, "the request line has no version";
    /// The version is not of the form `HTTP/1.1` (RFC 9112 §2.3).
    InvalidVersion => BAD_REQUEST, "the version is not of the form HTTP/1.1";
    /// The version is well-formed and its major number is not 1 (RFC 9110 §15.6.6).
    UnsupportedVersion => HTTP_VERSION_NOT_SUPPORTED, "the version is not HTTP/1.0 or HTTP/1.1";

    /// The head is larger than the limit.
    HeadTooLarge => REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is larger than the limit";
    /// The head has more field lines than the limit.
    TooManyFields => REQUEST_HEADER_FIELDS_TOO_LARGE, "the head has more fields than the limit";
    /// A field line begins with whitespace (RFC 9112 §5.2).
    ObsoleteFold => BAD_REQUEST, "a field line begins with whitespace";
    /// A field line has no colon.
    MissingColon => BAD_REQUEST, "a field line has no colon";
    /// Whitespace between a field name and its colon (RFC 9112 §5.1).
    WhitespaceBeforeColon => BAD_REQUEST, "whitespace between a field name and its colon";
    /// A field name that is empty or has a byte that no token has.
    InvalidFieldName => BAD_REQUEST, "a field name is not a token";
    /// A control character in a field value (RFC 9110 §5.5).
    InvalidFieldValue => BAD_REQUEST, "a control character in a field value";
    /// No Host in HTTP/1.1 (RFC 9112 §3.2).
    MissingHost => BAD_REQUEST, "the Host field is missing";
    /// More than one Host.
    DuplicateHost => BAD_REQUEST, "the Host field is there twice";
    /// A Host that is not `host[:port]`.
    InvalidHost => BAD_REQUEST, "the Host field is not of the form host or host:port";

    /// A Content-Length that is not one decimal number that fits in 64 bits.
    InvalidContentLength => BAD_REQUEST, "the Content-Length is not one decimal number";
    /// More than one Content-Length, the same or not.
    DuplicateContentLength => BAD_REQUEST, "the Content-Length field is there twice";
    /// Content-Length together with Transfer-Encoding (RFC 9112 §6.3).
    LengthWithTransferEncoding => BAD_REQUEST, "Content-Length together with Transfer-Encoding";
    /// Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1).
    TransferEncodingInHttp10 => BAD_REQUEST, "Transfer-Encoding in HTTP/1.0";
    /// A Transfer-Encoding that is not a list of codings.
    InvalidTransferEncoding => BAD_REQUEST, "the Transfer-Encoding is not a list of codings";
    /// A Transfer-Encoding whose last coding is not chunked: the body has no end.
    ChunkedNotLast => BAD_REQUEST, "the last transfer coding is not chunked";
    /// A Transfer-Encoding that names chunked twice (RFC 9112 §6.1).
    ChunkedTwice => BAD_REQUEST, "the chunked transfer coding is applied twice";
    /// A transfer coding that is not implemented, with chunked last.
    UnknownTransferCoding => NOT_IMPLEMENTED, "a transfer coding that is not implemented";

    /// A chunk size that is not hexadecimal digits.
    InvalidChunkSize => BAD_REQUEST, "a chunk size is not a hexadecimal number";
    /// A chunk size of more than 16 digits.
    ChunkSizeTooLarge => BAD_REQUEST, "a chunk size has more than 16 digits";
    /// A chunk extension against the grammar (RFC 9112 §7.1.1).
    InvalidChunkExtension => BAD_REQUEST, "a chunk extension is malformed";
    /// More chunk extensions in one body than the limit.
    ChunkExtensionsTooLarge => BAD_REQUEST, "the chunk extensions are larger than the limit";
    /// Chunk data that is longer than its size says.
    MissingChunkEnd => BAD_REQUEST, "chunk data does not end where its size says";
    /// Trailer fields larger than the limit.
    TrailersTooLarge => REQUEST_HEADER_FIELDS_TOO_LARGE, "the trailers are larger than the limit";
    /// More trailer fields than the limit.
    TooManyTrailers => REQUEST_HEADER_FIELDS_TOO_LARGE, "more trailer fields than the limit";
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_lower_case_without_full_stop_and_differ() {
        let mut seen = std::collections::BTreeSet::new();
        for kind in ParseErrorKind::ALL {
            let text = kind.to_string();
            assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
            let proper = text.starts_with("Content-Length") || text.starts_with("Transfer-");
            assert!(proper || text.starts_with(|c: char| c.is_ascii_lowercase()), "{text}");
            assert!(seen.insert(text), "{kind:?} says what another kind says");
        }
    }

    #[test]
    fn statuses_are_those_of_the_table() {
        let others = [
            (ParseErrorKind::RequestLineTooLong, 414),
            (ParseErrorKind::MethodTooLong, 501),
            (ParseErrorKind::HeadTooLarge, 431),
            (ParseErrorKind::TooManyFields, 431),
            (ParseErrorKind::TrailersTooLarge, 431),
            (ParseErrorKind::TooManyTrailers, 431),
            (ParseErrorKind::UnknownTransferCoding, 501),
            (ParseErrorKind::UnsupportedVersion, 505),
        ];
        for kind in ParseErrorKind::ALL {
            let expected = others.iter().find(|(other, _)| other == kind).map_or(400, |(_, s)| *s);
            assert_eq!(kind.status().code(), expected, "{kind:?}");
        }
    }

    #[test]
    fn an_error_says_what_and_where() {
        let error = ParseError::new(ParseErrorKind::MissingHost, 18).moved(2);
        assert_eq!(error.to_string(), "the Host field is missing at byte 20");
    }
}
