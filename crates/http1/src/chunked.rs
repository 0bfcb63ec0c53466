//! The chunked transfer coding, decoded as it arrives (RFC 9112 §7.1).
//!
//! A machine of one byte at a time for the framing, and of whole runs for the data, so that the
//! verdict on a body cannot depend on how it was cut into reads. It is strict: sizes are one to 16
//! hexadecimal digits, lines end in CRLF, extensions and trailers follow their grammar and are
//! then forgotten.
//!
//! ```text
//!              ┌──────────────── CRLF ────────────────┐
//!              ▼                                      │
//!   Size ─▶ (extensions) ─▶ SizeLf ── size > 0 ─▶ Data ─▶ DataCr ─▶ DataLf
//!                             │
//!                         size = 0
//!                             ▼
//!                        TrailerStart ──▶ TrailerName ─▶ TrailerValue ─▶ TrailerLf ─┐
//!                             │  ▲                                                  │
//!                             │  └──────────────────────────────────────────────────┘
//!                             ▼
//!                          FinalLf ─▶ End
//! ```
//!
//! It copies nothing, and does not bound the size of the body: that is the route's limit.

use std::ops::Range;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::scan;

/// The bytes of chunk extensions that one body may have in sum.
pub const EXTENSIONS_SIZE_MAX: u16 = 1024;
/// The bytes of trailer fields, with their line ends, that one body may have.
pub const TRAILERS_SIZE_MAX: u16 = 8 * 1024;
/// The trailer fields that one body may have.
pub const TRAILERS_MAX: u8 = 32;

/// The digits of a chunk size: what 64 bits hold.
const SIZE_DIGITS_MAX: u8 = 16;

/// What one step of a decoder did with its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// How many bytes of the input are done with: framing and data.
    pub consumed: usize,
    /// Where in the input the data stands; within `..consumed`, and empty if there was none.
    pub data: Range<usize>,
    /// Whether the body is complete: what follows `consumed` is the next request.
    pub is_end: bool,
}

/// The decoder of one chunked body.
#[derive(Clone, Debug)]
pub struct ChunkedDecoder {
    state: State,
    /// The size being read, then how much of the chunk's data is still to come.
    left: u64,
    digits: u8,
    trailers: u8,
    extensions_size: u16,
    trailers_size: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    /// After whitespace: only `;` may come.
    BeforeSemicolon,
    ExtensionStart,
    ExtensionName,
    /// After whitespace behind a name: `=` or `;` may come.
    AfterName,
    ValueStart,
    Value,
    Quoted,
    Escape,
    AfterQuoted,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    FinalLf,
    End,
}

impl ChunkedDecoder {
    /// Makes the decoder of a body of which nothing has been read.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::Size,
            left: 0,
            digits: 0,
            trailers: 0,
            extensions_size: 0,
            trailers_size: 0,
        }
    }

    /// Whether the body, its trailers included, is complete.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.state == State::End
    }

    /// Decodes framing up to and including the next run of data.
    ///
    /// One call gives at most one run. Call again with what was not consumed until the body is at
    /// its end or the input is used up: a call with input left always consumes some of it.
    ///
    /// # Errors
    ///
    /// The first byte that breaks the grammar or a limit. The decoder must not be used after it.
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, ParseError> {
        let mut consumed = 0_usize;
        while let Some(rest) = input.get(consumed..) {
            if self.state == State::Data {
                let run = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                let end = consumed.saturating_add(run);
                self.left = self.left.saturating_sub(u64::try_from(run).unwrap_or(u64::MAX));
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                return Ok(Decoded { consumed: end, data: consumed..end, is_end: false });
            }
            let (false, [byte, ..]) = (self.is_end(), rest) else { break };
            self.state = self.after(*byte).map_err(|kind| ParseError::new(kind, consumed))?;
            consumed = consumed.saturating_add(1);
        }
        Ok(Decoded { consumed, data: consumed..consumed, is_end: self.is_end() })
    }

    /// The state after a byte of framing.
    fn after(&mut self, byte: u8) -> Result<State, Kind> {
        match self.state {
            State::Size => self.after_size(byte),
            State::BeforeSemicolon
            | State::ExtensionStart
            | State::ExtensionName
            | State::AfterName
            | State::ValueStart
            | State::Value
            | State::Quoted
            | State::Escape
            | State::AfterQuoted => self.after_extension(byte),
            State::SizeLf => {
                let next = if self.left == 0 { State::TrailerStart } else { State::Data };
                expect(byte, b'\n', next, Kind::BareCr)
            }
            State::DataCr => expect(byte, b'\r', State::DataLf, Kind::MissingChunkEnd),
            State::DataLf => {
                self.digits = 0;
                expect(byte, b'\n', State::Size, Kind::BareCr)
            }
            State::TrailerStart
            | State::TrailerName
            | State::TrailerValue
            | State::TrailerLf
            | State::FinalLf => self.after_trailer(byte),
            // `decode` handles these two before it looks at a byte.
            State::Data | State::End => Ok(self.state),
        }
    }

    fn after_size(&mut self, byte: u8) -> Result<State, Kind> {
        if let Some(digit) = char::from(byte).to_digit(16) {
            if self.digits == SIZE_DIGITS_MAX {
                return Err(Kind::ChunkSizeTooLarge);
            }
            self.digits = self.digits.saturating_add(1);
            // `left` is 0 here when the first digit comes, and 16 digits fill it exactly.
            self.left = (self.left << 4) | u64::from(digit);
            return Ok(State::Size);
        }
        match byte {
            _ if self.digits == 0 => Err(Kind::InvalidChunkSize),
            b'\r' => Ok(State::SizeLf),
            b';' | b' ' | b'\t' => {
                self.state = State::AfterQuoted;
                self.after_extension(byte)
            }
            _ => Err(line_error(byte, Kind::InvalidChunkSize)),
        }
    }

    fn after_extension(&mut self, byte: u8) -> Result<State, Kind> {
        let next = match (self.state, byte) {
            (State::ExtensionName | State::Value | State::AfterQuoted, b'\r') => {
                return Ok(State::SizeLf);
            }
            (State::ExtensionName | State::AfterName, b' ' | b'\t') => State::AfterName,
            (State::Value | State::AfterQuoted | State::BeforeSemicolon, b' ' | b'\t') => {
                State::BeforeSemicolon
            }
            (State::ExtensionStart | State::ValueStart, b' ' | b'\t') => self.state,
            (
                State::ExtensionName
                | State::AfterName
                | State::Value
                | State::AfterQuoted
                | State::BeforeSemicolon,
                b';',
            ) => State::ExtensionStart,
            (State::ExtensionName | State::AfterName, b'=') => State::ValueStart,
            (State::ExtensionStart | State::ExtensionName, _) if scan::is_token_byte(byte) => {
                State::ExtensionName
            }
            (State::ValueStart, b'"') => State::Quoted,
            (State::ValueStart | State::Value, _) if scan::is_token_byte(byte) => State::Value,
            (State::Quoted, b'"') => State::AfterQuoted,
            (State::Quoted, b'\\') => State::Escape,
            (State::Quoted, _) if scan::is_quoted_byte(byte) => State::Quoted,
            (State::Escape, _) if scan::is_value_byte(byte) => State::Quoted,
            _ => return Err(line_error(byte, Kind::InvalidChunkExtension)),
        };
        if self.extensions_size == EXTENSIONS_SIZE_MAX {
            return Err(Kind::ChunkExtensionsTooLarge);
        }
        self.extensions_size = self.extensions_size.saturating_add(1);
        Ok(next)
    }

    fn after_trailer(&mut self, byte: u8) -> Result<State, Kind> {
        if self.state == State::FinalLf {
            return expect(byte, b'\n', State::End, Kind::BareCr);
        }
        if self.state == State::TrailerStart && byte == b'\r' {
            return Ok(State::FinalLf);
        }
        if self.trailers_size == TRAILERS_SIZE_MAX {
            return Err(Kind::TrailersTooLarge);
        }
        self.trailers_size = self.trailers_size.saturating_add(1);
        match (self.state, byte) {
            (State::TrailerStart, b' ' | b'\t') => Err(Kind::ObsoleteFold),
            (State::TrailerStart, _) if scan::is_token_byte(byte) => {
                if self.trailers == TRAILERS_MAX {
                    return Err(Kind::TooManyTrailers);
                }
                self.trailers = self.trailers.saturating_add(1);
                Ok(State::TrailerName)
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerName, b' ' | b'\t') => Err(Kind::WhitespaceBeforeColon),
            (State::TrailerName, b'\r') => Err(Kind::MissingColon),
            (State::TrailerName, _) if scan::is_token_byte(byte) => Ok(State::TrailerName),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, _) if scan::is_value_byte(byte) => Ok(State::TrailerValue),
            (State::TrailerValue, _) => Err(line_error(byte, Kind::InvalidFieldValue)),
            (State::TrailerLf, _) => expect(byte, b'\n', State::TrailerStart, Kind::BareCr),
            _ => Err(line_error(byte, Kind::InvalidFieldName)),
        }
    }
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::new()
    }
}

fn expect(byte: u8, wanted: u8, next: State, otherwise: Kind) -> Result<State, Kind> {
    if byte == wanted { Ok(next) } else { Err(otherwise) }
}

/// The kind for a byte out of place in a line: a line feed and a zero byte have their own.
fn line_error(byte: u8, otherwise: Kind) -> Kind {
    match byte {
        b'\n' => Kind::BareLf,
        0 => Kind::Nul,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests;
