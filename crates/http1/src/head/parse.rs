//! The parse itself: from bytes to a [`Head`], line by line.
//!
//! The order of the checks is what makes the verdict independent of reads: skip empty lines, judge
//! the first byte, then for each line its end against the limits and only then its grammar. An
//! incomplete line is judged by its length alone, and exactly when no way of going on could keep
//! it within its limit.

use memchr::memchr;
use semantics::fields::FieldName;
use semantics::method::Method;

use super::authority::KnownHost;
use super::field::{FieldLine, FieldSpans};
use super::{EMPTY_LINES_MAX, Head, HeadLimits, HeadScratch, MethodToken, Parsed, Target, Version};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::scan;

/// Parses the head that the buffer begins with.
///
/// The head borrows the scratch. Bytes behind the head are not looked at.
///
/// # Errors
///
/// The first breach of the protocol or of a limit, in the order of lines. The answer has the
/// status of its kind, and nothing that follows is read as a request.
///
/// # Example
///
/// ```
/// use http1::head::{self, HeadScratch, HeadLimits, Parsed};
///
/// let mut scratch = HeadScratch::new();
/// let buf = b"GET /a?b HTTP/1.1\r\nHost: example.org\r\n\r\nGET ";
/// let Parsed::Complete(head) = head::parse(buf, &HeadLimits::default(), &mut scratch)? else {
///     return Ok(());
/// };
/// assert_eq!((head.path(), head.query()), (b"/a".as_slice(), Some(b"b".as_slice())));
/// assert_eq!(head.authority(), Some(b"example.org".as_slice()));
/// assert_eq!(&buf[head.len()..], b"GET ");
/// # Ok::<(), http1::error::ParseError>(())
/// ```
pub fn parse<'b>(
    buf: &'b [u8],
    limits: &HeadLimits,
    scratch: &'b mut HeadScratch,
) -> Result<Parsed<'b>, ParseError> {
    match scratch.recall(buf, limits) {
        Some(known) => Ok(Parsed::Complete(scratch.head(known, buf))),
        None => parse_unknown(buf, limits, scratch),
    }
}

/// As [`parse`], without asking whether the head is known: for who has asked
/// [`HeadScratch::recall`] already, and learnt that it is not.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_unknown<'b>(
    buf: &'b [u8],
    limits: &HeadLimits,
    scratch: &'b mut HeadScratch,
) -> Result<Parsed<'b>, ParseError> {
    let HeadScratch { known_heads, known_host } = scratch;
    let mut place = known_heads.clear(buf);
    let Some(start) = message_start(buf)? else { return Ok(Parsed::Partial) };
    let message = buf.get(start..).unwrap_or_default();
    let parsed = parse_message(message, limits, known_host, place.spans());
    let Some(lines) = parsed.map_err(|error| error.moved(start))? else {
        return Ok(Parsed::Partial);
    };
    if start == 0 {
        place.keep(buf, &lines, limits);
    }
    Ok(Parsed::Complete(Head {
        method: lines.request.method,
        target: lines.request.target,
        version: lines.request.version,
        host: lines.host,
        fields: place.into_fields().view(message, start),
        len: start.saturating_add(lines.len),
    }))
}

/// Whether the buffer begins with a request of the method HEAD, as far as its first bytes tell.
///
/// For who answers what is no whole head or a malformed one: not even that answer may have a body
/// if the client takes it for one to HEAD (RFC 9110 §9.3.2).
#[must_use]
pub fn begins_head_request(buf: &[u8]) -> bool {
    let start = message_start(buf).ok().flatten();
    start.and_then(|start| buf.get(start..)).is_some_and(|message| message.starts_with(b"HEAD "))
}

/// Whether parsing could say more than it said when the buffer held its first `scanned` bytes.
///
/// A caller whose last parse gave [`Parsed::Partial`] keeps the length that was parsed as
/// `scanned` (0 at first) and asks here before parsing again. It is false as long as nothing has
/// come but a piece of a line within its limits, so that a head that arrives a byte at a time is
/// not parsed for every byte. Skipping a parse when this is false never changes a verdict, nor
/// delays one.
#[must_use]
pub fn needs_parse(buf: &[u8], scanned: usize, limits: &HeadLimits) -> bool {
    let new = buf.get(scanned..).unwrap_or_default();
    if new.is_empty() || scanned == 0 {
        return !new.is_empty();
    }
    // The first byte of the request, or one of an empty line before it, is judged as it comes.
    let Ok(Some(start)) = message_start(buf) else { return true };
    if scanned <= start || memchr(b'\n', new).is_some() {
        return true;
    }
    // Without a new line end only a limit can be passed: that of the request line once, since
    // behind a complete request line it means nothing; that of the head for good.
    let line_end = start.saturating_add(request_line_size_max(limits));
    let head_end = start.saturating_add(limits.head_size_max as usize);
    (scanned < line_end && buf.len() >= line_end) || buf.len() >= head_end
}

/// The limit of the request line, which cannot be larger than that of the head it is in.
fn request_line_size_max(limits: &HeadLimits) -> usize {
    limits.request_line_size_max.min(limits.head_size_max) as usize
}

/// Where the request begins, behind the empty lines that are forgiven; `None` if only such came.
fn message_start(buf: &[u8]) -> Result<Option<usize>, ParseError> {
    let mut rest = buf;
    let mut lines = 0_u8;
    let fail = |kind, rest: &[u8]| Err(ParseError::new(kind, buf.len().saturating_sub(rest.len())));
    loop {
        match rest {
            [b'\r' | b'\n', ..] if lines == EMPTY_LINES_MAX => {
                return fail(Kind::TooManyEmptyLines, rest);
            }
            [b'\r', b'\n', tail @ ..] => rest = tail,
            [] | [b'\r'] => return Ok(None),
            [b'\r', ..] => return fail(Kind::BareCr, rest),
            [b'\n', ..] => return fail(Kind::BareLf, rest),
            [byte, ..] if scan::is_token_byte(*byte) => {
                return Ok(Some(buf.len().saturating_sub(rest.len())));
            }
            [byte, ..] => return fail(byte_kind(*byte, Kind::InvalidMethod), rest),
        }
        lines = lines.saturating_add(1);
    }
}

/// What a whole head is made of, apart from its fields.
pub(super) struct MessageLines<'b> {
    pub(super) request: RequestLine<'b>,
    pub(super) host: Option<&'b [u8]>,
    pub(super) len: usize,
}

fn parse_message<'b>(
    message: &'b [u8],
    limits: &HeadLimits,
    known_host: &mut KnownHost,
    spans: &mut FieldSpans,
) -> Result<Option<MessageLines<'b>>, ParseError> {
    let mut lines = Lines { message, position: 0 };
    let line_size_max = request_line_size_max(limits);
    let line = lines
        .next(line_size_max, Kind::RequestLineTooLong)
        .map_err(|error| too_long(message, error))?;
    let Some(line) = line else { return Ok(None) };
    let request = RequestLine::parse(line)?;
    let head_size_max = limits.head_size_max as usize;
    let fields_max = usize::from(limits.fields_max);
    let mut host = None;
    loop {
        let start = lines.position;
        let field = if spans.len() < fields_max { lines.next_field(head_size_max) } else { None };
        let Some(field) = field else {
            let Some(line) = lines.next(head_size_max, Kind::HeadTooLarge)? else {
                return Ok(None);
            };
            if !line.is_empty() {
                return Err(match spans.len() {
                    len if len < fields_max => field_error(line).moved(start),
                    _ => ParseError::new(Kind::TooManyFields, start),
                });
            }
            if host.is_none() && request.version == Version::Http11 {
                return Err(ParseError::new(Kind::MissingHost, start));
            }
            return Ok(Some(MessageLines { request, host, len: lines.position }));
        };
        if field.name == Some(FieldName::Host) {
            if host.is_some() {
                return Err(ParseError::new(Kind::DuplicateHost, start));
            }
            if !known_host.is_host(field.value) {
                let value_start = start.saturating_add(field.value_start());
                return Err(ParseError::new(Kind::InvalidHost, value_start));
            }
            host = Some(field.value);
        }
        spans.push(start, field);
    }
}

/// The lines of a message, each without its CRLF.
struct Lines<'b> {
    message: &'b [u8],
    position: usize,
}

impl<'b> Lines<'b> {
    /// The next line; `None` if it is not complete and may yet end within `end_max`.
    #[inline]
    fn next(&mut self, end_max: usize, beyond: Kind) -> Result<Option<&'b [u8]>, ParseError> {
        let start = self.position;
        let rest = self.message.get(start..).unwrap_or_default();
        let line_len = scan::find(b'\n', rest);
        let end = line_len.map_or(self.message.len(), |len| start.saturating_add(len));
        // A line end at or behind the limit, or none before it, cannot be within it any more.
        if end >= end_max {
            return Err(ParseError::new(beyond, end_max));
        }
        let Some(line_len) = line_len else { return Ok(None) };
        self.position = end.saturating_add(1);
        match rest.get(..line_len) {
            Some([bytes @ .., b'\r']) => Ok(Some(bytes)),
            _ => Err(ParseError::new(Kind::BareLf, end)),
        }
    }

    /// The field on the next line, found in one pass; `None` if that is not a whole field line
    /// within `end_max` and without a fault. It is still the next line then.
    #[inline]
    fn next_field(&mut self, end_max: usize) -> Option<FieldLine<'b>> {
        let rest = self.message.get(self.position..)?;
        rest.first().filter(|byte| scan::is_token_byte(**byte))?;
        let (name, behind) = rest.split_at_checked(scan::find(b':', rest)?)?;
        let (_, behind) = behind.split_first()?;
        let (value, behind) = behind.split_at_checked(scan::value_len(behind)?)?;
        let behind = behind.strip_prefix(b"\r\n")?;
        let end = self.message.len().wrapping_sub(behind.len());
        let field = FieldLine::new(name, value)?;
        if end > end_max {
            return None;
        }
        self.position = end;
        Some(field)
    }
}

pub(super) struct RequestLine<'b> {
    pub(super) method: MethodToken<'b>,
    pub(super) target: Target<'b>,
    pub(super) version: Version,
}

impl<'b> RequestLine<'b> {
    /// Takes a request line apart (RFC 9112 §3): one space each before target and version.
    fn parse(line: &'b [u8]) -> Result<Self, ParseError> {
        let method_len = scan::token_len(line);
        let (method, rest) = line.split_at_checked(method_len).unwrap_or((line, b""));
        let [b' ', rest @ ..] = rest else {
            return Err(first_bad(line, method_len, Kind::InvalidMethod));
        };
        let target_start = method_len.saturating_add(1);
        let Some((target, version)) =
            rest.split_last_chunk::<9>().filter(|(_, version)| version.starts_with(b" HTTP/"))
        else {
            return Err(version_error(line, target_start));
        };
        let version = match parse_version(version) {
            Ok(version) => version,
            Err(Kind::InvalidVersion) => return Err(version_error(line, target_start)),
            Err(kind) => {
                let version_start = target_start.saturating_add(target.len()).saturating_add(1);
                return Err(ParseError::new(kind, version_start));
            }
        };
        let method = match Method::parse(method) {
            Some(method) => MethodToken::Known(method),
            None => MethodToken::Other(
                str::from_utf8(method).map_err(|_| ParseError::new(Kind::InvalidMethod, 0))?,
            ),
        };
        let target = Target::parse(method, target).ok_or_else(|| {
            let bad = target.iter().position(|&byte| !scan::is_target_byte(byte));
            first_bad(line, target_start.saturating_add(bad.unwrap_or(0)), Kind::InvalidTarget)
        })?;
        Ok(Self { method, target, version })
    }
}

/// The version in ` HTTP/d.d`, of which the part before the digits is known to be right.
fn parse_version(version: &[u8; 9]) -> Result<Version, Kind> {
    match version {
        [.., b'1', b'.', b'0'] => Ok(Version::Http10),
        [.., b'1', b'.', b'1'..=b'9'] => Ok(Version::Http11),
        [.., b'0' | b'2'..=b'9', b'.', b'0'..=b'9'] => Err(Kind::UnsupportedVersion),
        _ => Err(Kind::InvalidVersion),
    }
}

/// What is too long of a request line: its method, if that alone fills what a line may have.
#[cold]
fn too_long(message: &[u8], error: ParseError) -> ParseError {
    match message.get(..error.offset) {
        Some(line) if error.kind == Kind::RequestLineTooLong && scan::is_token(line) => {
            ParseError::new(Kind::MethodTooLong, error.offset)
        }
        _ => error,
    }
}

/// Why a request line does not end in a version.
#[cold]
fn version_error(line: &[u8], target_start: usize) -> ParseError {
    if let Some(at) = line.iter().position(|byte| matches!(byte, b'\r' | 0)) {
        return first_bad(line, at, Kind::InvalidVersion);
    }
    let target = line.get(target_start..).unwrap_or_default();
    match memchr(b' ', target) {
        None => ParseError::new(Kind::MissingVersion, line.len()),
        Some(at) => ParseError::new(Kind::InvalidVersion, target_start.saturating_add(at)),
    }
}

/// Why a line is no field line (RFC 9112 §5).
#[cold]
fn field_error(line: &[u8]) -> ParseError {
    let name_len = scan::token_len(line);
    match line.get(name_len..) {
        Some([b':', behind @ ..]) if name_len > 0 => {
            let bad = behind.iter().position(|&byte| !scan::is_value_byte(byte));
            let at = name_len.saturating_add(1).saturating_add(bad.unwrap_or(0));
            first_bad(line, at, Kind::InvalidFieldValue)
        }
        _ => name_error(line, name_len),
    }
}

/// Why a field line does not begin with a name and a colon.
fn name_error(line: &[u8], name_len: usize) -> ParseError {
    let kind = match line.get(name_len) {
        None => Kind::MissingColon,
        Some(b' ' | b'\t') if name_len == 0 => Kind::ObsoleteFold,
        Some(b' ' | b'\t') => {
            let behind = scan::trim_start(line.get(name_len..).unwrap_or_default());
            if behind.first() == Some(&b':') {
                Kind::WhitespaceBeforeColon
            } else {
                Kind::InvalidFieldName
            }
        }
        Some(_) => return first_bad(line, name_len, Kind::InvalidFieldName),
    };
    ParseError::new(kind, name_len)
}

/// The error for the byte at an offset of a line.
#[cold]
fn first_bad(line: &[u8], at: usize, otherwise: Kind) -> ParseError {
    let kind = line.get(at).map_or(otherwise, |byte| byte_kind(*byte, otherwise));
    ParseError::new(kind, at)
}

/// The kind for a byte out of place: a carriage return and a zero byte have kinds of their own.
const fn byte_kind(byte: u8, otherwise: Kind) -> Kind {
    match byte {
        b'\r' => Kind::BareCr,
        0 => Kind::Nul,
        _ => otherwise,
    }
}
