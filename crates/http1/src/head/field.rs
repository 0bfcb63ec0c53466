//! The fields of a head: spans into the buffer, and the view that reads them.
//!
//! A span is five small numbers, so that a head of any size costs no copy and the scratch that
//! holds them is reused from request to request. The name is recognised once, when the line is
//! parsed; looking a field up compares small numbers afterwards.
//!
//! It judges nothing: lines come here when they are known to be well-formed.

use std::fmt;

use semantics::fields::FieldName;

use crate::scan;

/// Where the fields of a head stand.
#[derive(Debug, Default)]
pub(super) struct FieldSpans {
    spans: Vec<Span>,
    present: Present,
}

/// Which names have a field: a bit each, shared by names that are 64 apart.
///
/// Most requests lack most of the fields that are asked for; this says so without a search.
#[derive(Clone, Copy, Debug, Default)]
struct Present(u64);

impl Present {
    fn add(&mut self, name: FieldName) {
        self.0 |= Self::bit(name);
    }

    const fn may_have(self, name: FieldName) -> bool {
        self.0 & Self::bit(name) != 0
    }

    const fn bit(name: FieldName) -> u64 {
        1_u64.rotate_left(name as u32)
    }
}

#[derive(Clone, Copy, Debug)]
struct Span {
    name_start: u32,
    name_end: u32,
    value_start: u32,
    value_end: u32,
    name: Option<FieldName>,
}

impl FieldSpans {
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.present = Present::default();
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Adds a field: the line begins at `start`, its name has `name_len` bytes, a colon follows,
    /// and `value`, trimmed, is what stands behind it.
    pub(super) fn push(&mut self, start: usize, line: FieldLine<'_>) {
        if let Some(name) = line.name {
            self.present.add(name);
        }
        let start = offset(start);
        let value_start = start.wrapping_add(offset(line.value_start()));
        self.spans.push(Span {
            name_start: start,
            name_end: start.wrapping_add(offset(line.name_len)),
            value_start,
            value_end: value_start.wrapping_add(offset(line.value.len())),
            name: line.name,
        });
    }

    pub(super) fn view<'b>(&'b self, message: &'b [u8], start: usize) -> FieldsView<'b> {
        FieldsView { message, spans: &self.spans, present: self.present, start }
    }
}

/// One field line taken apart.
#[derive(Clone, Copy)]
pub(super) struct FieldLine<'b> {
    pub(super) name: Option<FieldName>,
    name_len: usize,
    /// The white space between the colon and the value.
    space_len: usize,
    pub(super) value: &'b [u8],
}

/// An offset within a head. Heads are bounded by a `u32`, so that nothing is ever cut off here.
fn offset(offset: usize) -> u32 {
    debug_assert!(u32::try_from(offset).is_ok(), "a head is larger than its limit");
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The fields of a head in the order in which they came.
#[derive(Clone, Copy)]
pub struct FieldsView<'b> {
    /// The head, from the request line on.
    message: &'b [u8],
    spans: &'b [Span],
    present: Present,
    /// Where the head begins in the buffer.
    start: usize,
}

impl<'b> FieldsView<'b> {
    /// The number of field lines.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Names and values, in order and spelling as they came; values are trimmed.
    #[must_use]
    pub fn iter(&self) -> Iter<'b> {
        Iter { message: self.message, spans: self.spans.iter() }
    }

    /// The value of the first field of a name.
    #[must_use]
    pub fn first(&self, name: FieldName) -> Option<&'b [u8]> {
        self.all(name).next()
    }

    /// The values of every field of a name, in order.
    #[must_use]
    pub fn all(&self, name: FieldName) -> Values<'b> {
        let spans = if self.present.may_have(name) { self.spans } else { &[] };
        Values { message: self.message, spans: spans.iter(), name }
    }

    /// Whether there is a field of any of these names: mostly a look at one number.
    #[inline]
    #[must_use]
    pub fn has_any(&self, names: &[FieldName]) -> bool {
        names.iter().any(|&name| self.present.may_have(name))
            && names.iter().any(|&name| self.first(name).is_some())
    }

    /// The values of every field of any name, whatever its case; for names that [`FieldName`] does
    /// not have.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        self.iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// Where in the buffer the value of the first field of a name begins.
    pub(crate) fn offset_of(&self, name: FieldName) -> usize {
        let span = self.spans.iter().find(|span| span.name == Some(name));
        span.map_or(0, |span| self.start.saturating_add(span.value_start as usize))
    }
}

impl fmt::Debug for FieldsView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |(name, value): (&[u8], &[u8])| {
            (name.escape_ascii().to_string(), value.escape_ascii().to_string())
        };
        f.debug_map().entries(self.iter().map(text)).finish()
    }
}

impl<'b> IntoIterator for FieldsView<'b> {
    type Item = (&'b [u8], &'b [u8]);
    type IntoIter = Iter<'b>;

    fn into_iter(self) -> Iter<'b> {
        self.iter()
    }
}

/// Iterator of [`FieldsView::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'b> {
    message: &'b [u8],
    spans: std::slice::Iter<'b, Span>,
}

impl<'b> Iterator for Iter<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let span = self.spans.next()?;
        let name = slice(self.message, span.name_start, span.name_end);
        Some((name, slice(self.message, span.value_start, span.value_end)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// Iterator of [`FieldsView::all`].
#[derive(Clone, Debug)]
pub struct Values<'b> {
    message: &'b [u8],
    spans: std::slice::Iter<'b, Span>,
    name: FieldName,
}

impl<'b> Iterator for Values<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let span = self.spans.find(|span| span.name == Some(self.name))?;
        Some(slice(self.message, span.value_start, span.value_end))
    }
}

fn slice(message: &[u8], start: u32, end: u32) -> &[u8] {
    debug_assert!(end as usize <= message.len() && start <= end, "a span outside its head");
    message.get(start as usize..end as usize).unwrap_or_default()
}

impl<'b> FieldLine<'b> {
    /// Makes a field of what stands before and behind the colon; `None` if the name is no token.
    #[inline(always)]
    pub(super) fn new(name: &'b [u8], behind_colon: &'b [u8]) -> Option<Self> {
        let recognised = FieldName::recognise(name);
        // A name that was recognised is a token.
        if recognised.is_none() && !scan::is_token(name) {
            return None;
        }
        let value = scan::trim_start(behind_colon);
        let space_len = behind_colon.len().wrapping_sub(value.len());
        let value = scan::trim_end(value);
        Some(Self { name: recognised, name_len: name.len(), space_len, value })
    }

    /// Where the value begins, from the start of the line.
    pub(super) const fn value_start(&self) -> usize {
        self.name_len.wrapping_add(1).wrapping_add(self.space_len)
    }
}
