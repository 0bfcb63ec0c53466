//! From the path of a request to a path below a root that can be opened as it stands.
//!
//! The request's path is decoded once and in one pass. What comes out has no empty, `.` or `..`
//! segment, no backslash, no control byte and no hidden name, and does not begin with a slash:
//! joined to a directory it stays beneath it, and put behind a single slash it never reads as
//! another host (`//host`). A path with nothing to decode is not copied.
//!
//! Bytes above 127 are kept as they are, UTF-8 or not: names of files are bytes on Linux, and a
//! file that can be listed should be one that can be asked for.
//!
//! What it does not do: look at files, or know links. That those do not leave the root is the
//! opener's to see to.

use std::error::Error;
use std::fmt;

use crate::status::Status;

/// A relative path that is safe below a root; see the module for what that means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SafePath<'a>(&'a [u8]);

impl<'a> SafePath<'a> {
    /// Gives the path: no slash before it; one behind it if the request's path had one; empty for
    /// the root.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Tells whether the path is written as that of a directory: empty, or with a slash at its end.
    #[must_use]
    pub const fn is_directory_form(self) -> bool {
        matches!(self.0, [] | [.., b'/'])
    }

    /// Gives the last segment; empty in directory form.
    #[must_use]
    pub fn file_name(self) -> &'a [u8] {
        let start = memchr::memrchr(b'/', self.0).map_or(0, |slash| slash + 1);
        &self.0[start..]
    }

    /// Gives what follows the last dot of the last segment; `None` without a dot, or with nothing
    /// after it.
    #[must_use]
    pub fn extension(self) -> Option<&'a [u8]> {
        let name = self.file_name();
        let dot = memchr::memrchr(b'.', name)?;
        // Only `.well-known` can begin with a dot, and that is no extension of nothing.
        Some(&name[dot + 1..]).filter(|extension| dot > 0 && !extension.is_empty())
    }
}

impl fmt::Debug for SafePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafePath({})", self.0.escape_ascii())
    }
}

/// Why a request's path names nothing that could be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// It leads above the root.
    AboveRoot,
    /// A control byte, NUL among them, raw or encoded.
    Control,
    /// Two slashes in a row: one file is to have one address, and `//` at the start reads as a
    /// host.
    EmptySegment,
    /// A percent sign without two hexadecimal digits behind it.
    Escape,
    /// A segment that begins with a dot; `.well-known` at the root excepted (RFC 8615).
    Hidden,
    /// It does not begin with a slash.
    NotAbsolute,
    /// An encoded slash, or a backslash raw or encoded: what some take for a separator and others
    /// do not.
    Separator,
}

impl PathError {
    /// Gives the status that answers it: 404 if the path is well-formed but nothing is shown there,
    /// else 400.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::EmptySegment | Self::Hidden => Status::NOT_FOUND,
            Self::AboveRoot
            | Self::Control
            | Self::Escape
            | Self::NotAbsolute
            | Self::Separator => Status::BAD_REQUEST,
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AboveRoot => "path leads above the root",
            Self::Control => "path has a control byte",
            Self::EmptySegment => "path has an empty segment",
            Self::Escape => "path has a percent sign without two hexadecimal digits",
            Self::Hidden => "path has a segment that begins with a dot",
            Self::NotAbsolute => "path does not begin with a slash",
            Self::Separator => "path has a backslash or an encoded slash",
        })
    }
}

impl Error for PathError {}

/// Resolves the path of a request, without its query, to a path below the root.
///
/// Dot segments are removed as RFC 3986 §5.2.4 says, encoded ones too. The result borrows from
/// `raw` if it can, else from `scratch`, whose former content is lost.
///
/// # Errors
///
/// [`PathError`]; the first fault found in order of the bytes.
#[inline]
pub fn resolve<'a>(raw: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<SafePath<'a>, PathError> {
    let [b'/', rest @ ..] = raw else { return Err(PathError::NotAbsolute) };
    if is_plain(rest) {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
    Ok(SafePath(scratch))
}

/// Tells whether a path is its own result: nothing to decode or to refuse, no empty or dotted
/// segment.
fn is_plain(rest: &[u8]) -> bool {
    let mut seen = 0;
    let mut before = SLASH;
    for &byte in rest {
        let class = CLASSES[usize::from(byte)];
        // A slash or dot right after a slash is what needs a second look, and lands in the upper
        // half.
        seen |= class | (class & (before << 1 | before)) << AFTER_SLASH_SHIFT;
        before = class & SLASH;
    }
    seen & !(SLASH | DOT) == 0
}

/// The classes of bytes that [`is_plain`] distinguishes, one bit each. DOT is twice SLASH, so that
/// one shift makes the mask of both from a preceding SLASH.
const SLASH: u8 = 1;
const DOT: u8 = 2;
const SPECIAL: u8 = 4;
const AFTER_SLASH_SHIFT: u32 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < classes.len() {
        #[expect(clippy::cast_possible_truncation, reason = "counts to 255")]
        let special = matches!(byte as u8, b'%' | b'\\') || (byte as u8).is_ascii_control();
        classes[byte] = if special { SPECIAL } else { 0 };
        byte += 1;
    }
    classes[b'/' as usize] = SLASH;
    classes[b'.' as usize] = DOT;
    classes
};

/// Writes the path segment by segment, decoded, dot segments removed.
fn rewrite(rest: &[u8], path: &mut Vec<u8>) -> Result<(), PathError> {
    let mut segments = rest.split(|&byte| byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let start = path.len();
        decode(segment, path)?;
        match &path[start..] {
            b"" if is_last => {}
            b"" => return Err(PathError::EmptySegment),
            b"." => path.truncate(start),
            b".." => {
                path.truncate(start);
                remove_last_segment(path)?;
            }
            b".well-known" if start == 0 => end_segment(path, is_last),
            [b'.', ..] => return Err(PathError::Hidden),
            _ => end_segment(path, is_last),
        }
    }
    Ok(())
}

fn end_segment(path: &mut Vec<u8>, is_last: bool) {
    if !is_last {
        path.push(b'/');
    }
}

/// Takes the last segment off a path that ends with its slash, or is empty.
fn remove_last_segment(path: &mut Vec<u8>) -> Result<(), PathError> {
    let [parents @ .., b'/'] = path.as_slice() else { return Err(PathError::AboveRoot) };
    let end = memchr::memrchr(b'/', parents).map_or(0, |slash| slash + 1);
    path.truncate(end);
    Ok(())
}

/// Appends a segment with its escapes decoded, once.
fn decode(segment: &[u8], path: &mut Vec<u8>) -> Result<(), PathError> {
    let mut bytes = segment.iter();
    while let Some(&raw) = bytes.next() {
        let byte = match raw {
            b'%' => decode_escape(bytes.next(), bytes.next()).ok_or(PathError::Escape)?,
            raw => raw,
        };
        match byte {
            b'/' | b'\\' => return Err(PathError::Separator),
            byte if byte.is_ascii_control() => return Err(PathError::Control),
            byte => path.push(byte),
        }
    }
    Ok(())
}

fn decode_escape(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    Some(hex_digit(*high?)? << 4 | hex_digit(*low?)?)
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
