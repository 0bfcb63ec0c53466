//! Field names and values (RFC 9110 §5): what a server looks for, and what a response is made of.
//!
//! [`FieldName`] recognises the well-known request fields. [`Fields`] is what a handler fills:
//! order and spelling are kept as given, and nothing gets in that could end a field line early, so
//! that a response cannot be split by what a handler copies into it. [`list_items`] takes
//! comma-separated values apart.
//!
//! Received fields are not stored here: the protocol crates keep them as spans of their buffer.

mod list;
mod name;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

pub use list::{ListItems, list_items};
pub(crate) use list::{parameters, trim_ows};
pub use name::FieldName;

/// The field lines of a response, in the order and with the spelling in which they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    lines: Vec<(Cow<'static, str>, Cow<'static, [u8]>)>,
}

impl Fields {
    /// Makes an empty list; nothing is allocated before the first field.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// Appends a field line, whether or not the name is there already.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if the name is no token, or if the value has control bytes (tab excepted)
    /// or white space at an end; the list is as before.
    pub fn push(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Octets>,
    ) -> Result<(), InvalidField> {
        self.lines.push(checked(name.into(), value.into().0)?);
        Ok(())
    }

    /// Appends a field line and gives the list back, for building in one expression.
    ///
    /// # Errors
    ///
    /// As [`Fields::push`].
    pub fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Octets>,
    ) -> Result<Self, InvalidField> {
        self.push(name, value)?;
        Ok(self)
    }

    /// Makes `value` the only one of that name: in the place of the first line of that name, else
    /// at the end.
    ///
    /// # Errors
    ///
    /// As [`Fields::push`].
    pub fn set(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Octets>,
    ) -> Result<(), InvalidField> {
        let line = checked(name.into(), value.into().0)?;
        match self.lines.iter().position(|(name, _)| name.eq_ignore_ascii_case(&line.0)) {
            None => self.lines.push(line),
            Some(first) => {
                let mut index = 0;
                self.lines.retain(|(name, _)| {
                    index += 1;
                    index <= first + 1 || !name.eq_ignore_ascii_case(&line.0)
                });
                self.lines[first] = line;
            }
        }
        Ok(())
    }

    /// Gives the value of the first line of that name; names compare without regard to case.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Iterates over the lines as name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.lines.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Gives the number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Tells whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Bytes offered as a field value, not yet checked; made by `into()` from strings and bytes.
#[derive(Debug, Clone)]
pub struct Octets(Cow<'static, [u8]>);

impl From<&'static str> for Octets {
    fn from(value: &'static str) -> Self {
        Self(Cow::Borrowed(value.as_bytes()))
    }
}

impl From<String> for Octets {
    fn from(value: String) -> Self {
        Self(Cow::Owned(value.into_bytes()))
    }
}

impl From<&'static [u8]> for Octets {
    fn from(value: &'static [u8]) -> Self {
        Self(Cow::Borrowed(value))
    }
}

impl From<Vec<u8>> for Octets {
    fn from(value: Vec<u8>) -> Self {
        Self(Cow::Owned(value))
    }
}

impl<const N: usize> From<[u8; N]> for Octets {
    fn from(value: [u8; N]) -> Self {
        Self(Cow::Owned(value.to_vec()))
    }
}

/// A field line that must not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidField {
    /// The name is empty or has a byte that no token has.
    Name(Cow<'static, str>),
    /// The value has a byte that no value may have there.
    Value {
        /// The field's name.
        name: Cow<'static, str>,
        /// Where the byte stands in the value.
        offset: usize,
        /// The byte.
        byte: u8,
    },
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "field name \"{}\" is no token", name.escape_debug()),
            Self::Value { name, offset, byte } => {
                let byte = byte.escape_ascii();
                write!(f, "value of field \"{name}\" has '{byte}' at offset {offset}")
            }
        }
    }
}

impl Error for InvalidField {}

/// Tells whether `name` is a token (RFC 9110 §5.6.2), as names of fields and methods are.
#[must_use]
pub fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte))
}

fn checked(
    name: Cow<'static, str>,
    value: Cow<'static, [u8]>,
) -> Result<(Cow<'static, str>, Cow<'static, [u8]>), InvalidField> {
    if !is_token(name.as_bytes()) {
        return Err(InvalidField::Name(name));
    }
    match first_invalid(&value) {
        None => Ok((name, value)),
        Some(offset) => Err(InvalidField::Value { name, offset, byte: value[offset] }),
    }
}

/// Finds the first byte that must not stand where it does (RFC 9110 §5.5; white space at the ends
/// would be lost in HTTP/1.1 and is malformed in HTTP/2, RFC 9113 §8.2.1).
fn first_invalid(value: &[u8]) -> Option<usize> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    if value.first().is_some_and(is_space) {
        return Some(0);
    }
    let is_control = |&byte: &u8| byte.is_ascii_control() && byte != b'\t';
    let end = || value.last().filter(|byte| is_space(byte)).map(|_| value.len() - 1);
    value.iter().position(is_control).or_else(end)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}
