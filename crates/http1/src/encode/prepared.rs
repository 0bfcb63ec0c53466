//! A head that is written once and sent many times.
//!
//! What changes between two sends of the same file is the date and what becomes of the connection;
//! all else is one copy of bytes. It serves GET and HEAD alike, since their heads are the same.

use std::ops::Range;

use semantics::fields::Fields;
use semantics::status::Status;

use super::{
    ConnectionField, Date, Owned, SERVER, write_connection, write_decimal, write_field,
    write_length, write_status_line,
};

/// The bytes of a head but for its date, its Connection field and its empty line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedHead {
    bytes: Vec<u8>,
    /// Where the date goes, unless the fields had one of their own.
    date_start: Option<usize>,
    /// Where the fields are: behind the status line, before the Content-Length.
    fields: Range<usize>,
    status: Status,
    length: Option<u64>,
}

impl PreparedHead {
    /// Writes the head of an answer with a body of a known length; with `None` of one that by its
    /// status has no body, and no Content-Length either (304). For 204, which must not have that
    /// field (RFC 9110 §8.6), the length is not looked at.
    ///
    /// Content-Length, Transfer-Encoding and Connection among the fields are left out: the first
    /// is `length`, and the last comes with [`PreparedHead::append_to`].
    #[must_use]
    pub fn new(status: Status, fields: &Fields, length: Option<u64>) -> Self {
        let length = length.filter(|_| status != Status::NO_CONTENT);
        let mut out = Vec::with_capacity(256);
        write_status_line(&mut out, status);
        let fields_start = out.len();
        if fields.first("Server").is_none() {
            write_field(&mut out, "Server", SERVER.as_bytes());
        }
        let mut date_start = None;
        if fields.first("Date").is_none() {
            date_start = Some(out.len().saturating_add("Date: ".len()));
            write_field(&mut out, "Date", &[b' '; 29]);
        }
        for (name, value) in fields.iter().filter(|(name, _)| Owned::of(name).is_none()) {
            write_field(&mut out, name, value);
        }
        let fields = fields_start..out.len();
        if let Some(length) = length {
            write_length(&mut out, "Content-Length", length);
        }
        out.shrink_to_fit();
        Self { bytes: out, date_start, fields, status, length }
    }

    /// Makes a head of this one with `fields` behind its own, for an answer that says more than
    /// the others. What the encoder owns among them is left out.
    #[must_use]
    pub fn with_fields(&self, fields: &Fields) -> Self {
        let mut out = self.bytes.to_vec();
        for (name, value) in fields.iter().filter(|(name, _)| Owned::of(name).is_none()) {
            write_field(&mut out, name, value);
        }
        out.shrink_to_fit();
        Self { bytes: out, fields: self.fields.clone(), ..*self }
    }

    /// Makes the head of a 206 from that of the whole: the same fields, then what part of it this
    /// is (RFC 9110 §14.4). What [`PreparedHead::with_fields`] has added is left out.
    ///
    /// # Panics
    ///
    /// In debug builds, if the part is empty or not within a whole of a known length.
    #[must_use]
    pub fn of_part(&self, part: &Range<u64>) -> Self {
        let whole = self.length.unwrap_or_default();
        debug_assert!(part.start < part.end && part.end <= whole, "{part:?} of {whole}");
        let length = part.end.saturating_sub(part.start);
        let mut out = Vec::with_capacity(self.bytes.len().saturating_add(PART_SIZE_MAX));
        write_status_line(&mut out, Status::PARTIAL_CONTENT);
        let start = out.len();
        out.extend_from_slice(self.bytes.get(self.fields.clone()).unwrap_or_default());
        let moved = |place: usize| place.saturating_sub(self.fields.start).saturating_add(start);
        out.extend_from_slice(b"Content-Range: bytes ");
        write_decimal(&mut out, part.start);
        out.push(b'-');
        write_decimal(&mut out, part.end.saturating_sub(1));
        out.push(b'/');
        write_decimal(&mut out, whole);
        out.extend_from_slice(b"\r\n");
        let fields = start..out.len();
        write_length(&mut out, "Content-Length", length);
        Self {
            // Sent once: to give back what is left over would cost more than it is worth.
            bytes: out,
            date_start: self.date_start.map(moved),
            fields,
            status: Status::PARTIAL_CONTENT,
            length: Some(length),
        }
    }

    /// The status that the head says.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The Content-Length that the head says.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// The bytes of memory that the head holds.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the head with its date, its Connection field and its empty line.
    pub fn append_to(&self, out: &mut Vec<u8>, date: &Date, connection: ConnectionField) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let place = self.date_start.and_then(|date_start| {
            out.get_mut(start.saturating_add(date_start)..)?.first_chunk_mut::<29>()
        });
        if let Some(place) = place {
            *place = *date;
        }
        write_connection(out, "Connection", connection);
        out.extend_from_slice(b"\r\n");
    }
}

/// What the head of a part has more than that of the whole, at most: a longer status line, and
/// Content-Range with three numbers.
const PART_SIZE_MAX: usize = 128;
