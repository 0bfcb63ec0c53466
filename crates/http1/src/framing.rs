//! Where a message ends: how long a request body is, and how an answer says the same of its own
//! (RFC 9112 §6).
//!
//! Two parties that disagree about the end of a message can be made to see different requests, so
//! nothing is guessed here: a Content-Length is one field of digits, a Transfer-Encoding is
//! `chunked`, both together are refused, and so is whatever leaves room for two readings.
//!
//! It holds no data and knows no limit on the size of a body.

use std::ops::Range;

use semantics::fields::{FieldName, list_items};
use semantics::status::Status;

use crate::chunked::ChunkedDecoder;
pub use crate::chunked::Decoded;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::head::{Head, Version};
use crate::scan;

/// How long the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    None,
    /// As many bytes as Content-Length says; may be 0.
    Length(u64),
    /// The body is chunked and says itself where it ends.
    Chunked,
}

impl BodyLength {
    /// Whether no byte of a body will come.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }
}

/// Says how long the body of a request is (RFC 9112 §6.3).
///
/// # Errors
///
/// A Content-Length or Transfer-Encoding that leaves room for doubt, and a transfer coding that is
/// not implemented.
pub fn request_body(head: &Head<'_>) -> Result<BodyLength, ParseError> {
    let fields = head.fields();
    if !fields.has_any(&[FieldName::ContentLength, FieldName::TransferEncoding]) {
        return Ok(BodyLength::None);
    }
    let fail = |name, kind| Err(ParseError::new(kind, fields.offset_of(name)));
    let mut lengths = fields.all(FieldName::ContentLength);
    let length = lengths.next();
    if fields.first(FieldName::TransferEncoding).is_some() {
        if length.is_some() {
            return fail(FieldName::TransferEncoding, Kind::LengthWithTransferEncoding);
        }
        if head.version() == Version::Http10 {
            return fail(FieldName::TransferEncoding, Kind::TransferEncodingInHttp10);
        }
        return match check_codings(fields.all(FieldName::TransferEncoding)) {
            Ok(()) => Ok(BodyLength::Chunked),
            Err(kind) => fail(FieldName::TransferEncoding, kind),
        };
    }
    let Some(length) = length else { return Ok(BodyLength::None) };
    if lengths.next().is_some() {
        return fail(FieldName::ContentLength, Kind::DuplicateContentLength);
    }
    match scan::decimal(length) {
        Some(length) => Ok(BodyLength::Length(length)),
        None => fail(FieldName::ContentLength, Kind::InvalidContentLength),
    }
}

/// Accepts `chunked` alone. An empty member of the list is refused too: parties are known to read
/// `,chunked` in different ways.
fn check_codings<'b>(values: impl Iterator<Item = &'b [u8]>) -> Result<(), Kind> {
    let mut others = 0_usize;
    let mut is_chunked = false;
    for value in values {
        if value.split(|&byte| byte == b',').any(|member| scan::trim(member).is_empty()) {
            return Err(Kind::InvalidTransferEncoding);
        }
        for coding in list_items(value) {
            if coding.eq_ignore_ascii_case(b"chunked") {
                if is_chunked {
                    return Err(Kind::ChunkedTwice);
                }
                is_chunked = true;
            } else if is_chunked {
                return Err(Kind::ChunkedNotLast);
            } else {
                check_coding(coding)?;
                others = others.saturating_add(1);
            }
        }
    }
    match (is_chunked, others) {
        (true, 0) => Ok(()),
        (true, _) => Err(Kind::UnknownTransferCoding),
        (false, _) => Err(Kind::ChunkedNotLast),
    }
}

/// Whether a coding is a token, with parameters or without; `chunked` has none (RFC 9112 §7.1).
fn check_coding(coding: &[u8]) -> Result<(), Kind> {
    let name = coding.split(|&byte| byte == b';').next().unwrap_or_default();
    let name = scan::trim_end(name);
    if scan::is_token(name) && !name.eq_ignore_ascii_case(b"chunked") {
        Ok(())
    } else {
        Err(Kind::InvalidTransferEncoding)
    }
}

/// Decodes the body of one request, whatever its framing.
///
/// # Example
///
/// ```
/// use http1::framing::{BodyDecoder, BodyLength};
///
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked);
/// let mut input: &[u8] = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET ";
/// let mut body = Vec::new();
/// while !decoder.is_end() && !input.is_empty() {
///     let decoded = decoder.decode(input)?;
///     body.extend_from_slice(&input[decoded.data]);
///     input = &input[decoded.consumed..];
/// }
/// assert_eq!(body, b"abcde");
/// assert_eq!(input, b"GET ");
/// # Ok::<(), http1::error::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: Decoding,
}

#[derive(Clone, Debug)]
enum Decoding {
    Length(u64),
    Chunked(ChunkedDecoder),
}

impl BodyDecoder {
    /// Makes the decoder of a body of which nothing has been read.
    #[must_use]
    pub const fn new(length: BodyLength) -> Self {
        Self {
            state: match length {
                BodyLength::None => Decoding::Length(0),
                BodyLength::Length(length) => Decoding::Length(length),
                BodyLength::Chunked => Decoding::Chunked(ChunkedDecoder::new()),
            },
        }
    }

    /// Whether the body is complete; at once if there is none.
    #[must_use]
    pub fn is_end(&self) -> bool {
        match &self.state {
            Decoding::Length(left) => *left == 0,
            Decoding::Chunked(decoder) => decoder.is_end(),
        }
    }

    /// The bytes of data that are still to come, where the framing says it beforehand.
    #[must_use]
    pub const fn left(&self) -> Option<u64> {
        match self.state {
            Decoding::Length(left) => Some(left),
            Decoding::Chunked(_) => None,
        }
    }

    /// Decodes up to and including the next run of data.
    ///
    /// Call again with what was not consumed until the body is at its end or the input used up: a
    /// call with input left, before the end, always consumes some. At the end it consumes nothing.
    ///
    /// # Errors
    ///
    /// Chunked framing that is malformed or beyond its limits; the decoder must not be used
    /// afterwards. The offset counts from the start of `input`.
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, ParseError> {
        match &mut self.state {
            Decoding::Length(left) => {
                let run = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left = left.saturating_sub(u64::try_from(run).unwrap_or(u64::MAX));
                let data = Range { start: 0, end: run };
                Ok(Decoded { consumed: run, data, is_end: *left == 0 })
            }
            Decoding::Chunked(decoder) => decoder.decode(input),
        }
    }
}

/// What the head of an answer says about its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFraming {
    /// Nothing: there is no body, or for HEAD none that we know the length of.
    None,
    /// Content-Length.
    Length(u64),
    /// Transfer-Encoding: chunked.
    Chunked,
    /// Nothing: the body ends where the connection does.
    UntilClose,
}

/// What a request wants of an answer, as far as its framing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The head alone: the method is HEAD.
    Head,
    /// Head and body: any other method.
    Whole,
}

/// Whether an answer has a body on the wire (RFC 9112 §6.3).
///
/// An answer to HEAD has none, nor has one of 1xx, 204, 205 or 304.
#[must_use]
pub fn has_response_body(wanted: Wanted, status: Status) -> bool {
    wanted == Wanted::Whole && !matches!(status.code(), 100..=199 | 204 | 205 | 304)
}

/// Chooses what the head of an answer says about its body (RFC 9112 §6.3, RFC 9110 §8.6).
///
/// `length` is that of the body as made for GET, if known. The answer to HEAD says what the answer
/// to GET would, where that is known; a 1xx, 204 or 304 says nothing; a 205 says 0. A body of
/// unknown length is chunked, for HTTP/1.0 ended by closing.
#[must_use]
pub const fn response_framing(
    version: Version,
    wanted: Wanted,
    status: Status,
    length: Option<u64>,
) -> ResponseFraming {
    match (status.code(), length, wanted, version) {
        (100..=199 | 204 | 304, ..) => ResponseFraming::None,
        (205, ..) => ResponseFraming::Length(0),
        (_, Some(length), ..) => ResponseFraming::Length(length),
        (_, None, Wanted::Head, _) => ResponseFraming::None,
        (_, None, Wanted::Whole, Version::Http11) => ResponseFraming::Chunked,
        (_, None, Wanted::Whole, Version::Http10) => ResponseFraming::UntilClose,
    }
}

#[cfg(test)]
mod tests;
