//! Preconditions (RFC 9110 §13): whether to carry a request out, answer 304 or refuse with 412.
//!
//! [`Conditions`] is gathered in one walk over the request's fields and borrows their values;
//! [`Conditions::evaluate`] takes the steps in the order of §13.2.2 up to the range,
//! [`Conditions::range`] the last one.
//!
//! What it does not do: find out whether the request would succeed without its conditions. They are
//! to be evaluated only if it would (§13.2.1): a missing file is 404 whatever If-Match says.

use std::time::{Duration, SystemTime};

use crate::date;
use crate::etag::{EntityTag, TagList, TagRef};
use crate::fields::{FieldName, trim_ows};
use crate::method::Method;
use crate::range::{self, RangeOutcome};

/// What is known of the representation that the request would select.
#[derive(Debug, Clone, Copy, Default)]
pub struct Validators<'a> {
    /// Its entity tag, if it has one.
    pub etag: Option<&'a EntityTag>,
    /// When it was last modified, if that is known; the fraction of the second does not count.
    pub last_modified: Option<SystemTime>,
}

/// What the preconditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Carry the request out.
    Proceed,
    /// Answer 304: the client has it already.
    NotModified,
    /// Answer 412: the client's picture of the resource is not true.
    PreconditionFailed,
}

/// The conditional fields of one request, and its Range.
#[derive(Debug, Clone, Default)]
pub struct Conditions<'h> {
    if_match: Lines<'h>,
    if_none_match: Lines<'h>,
    if_modified_since: Lines<'h>,
    if_unmodified_since: Lines<'h>,
    if_range: Lines<'h>,
    range: Lines<'h>,
}

impl<'h> Conditions<'h> {
    /// Gathers the conditional fields among `fields`; the others are passed over.
    pub fn gather(fields: impl IntoIterator<Item = (FieldName, &'h [u8])>) -> Self {
        let mut conditions = Self::default();
        for (name, value) in fields {
            conditions.add(name, value);
        }
        conditions
    }

    /// Takes one field line in, if it is a conditional one or a Range.
    pub fn add(&mut self, name: FieldName, value: &'h [u8]) {
        match name {
            FieldName::IfMatch => self.if_match.push(value),
            FieldName::IfNoneMatch => self.if_none_match.push(value),
            FieldName::IfModifiedSince => self.if_modified_since.push(value),
            FieldName::IfUnmodifiedSince => self.if_unmodified_since.push(value),
            FieldName::IfRange => self.if_range.push(value),
            FieldName::Range => self.range.push(value),
            _ => {}
        }
    }

    /// Evaluates steps 1 to 4 of RFC 9110 §13.2.2 against the current representation.
    ///
    /// The time is for years of two digits only: a date in the future is as good as any.
    #[must_use]
    pub fn evaluate(&self, method: Method, current: &Validators<'_>, now: SystemTime) -> Outcome {
        // These neither select nor modify a representation (§13.2.1).
        if matches!(method, Method::Connect | Method::Options | Method::Trace) {
            return Outcome::Proceed;
        }
        let is_read = matches!(method, Method::Get | Method::Head);
        let is_as_expected = match &self.if_match {
            Lines::None => self.is_unmodified_since(current, now),
            lines => lines.name(current, TagRef::strong_eq),
        };
        if !is_as_expected {
            return Outcome::PreconditionFailed;
        }
        match &self.if_none_match {
            Lines::None if is_read && !self.is_modified_since(current, now) => Outcome::NotModified,
            Lines::None => Outcome::Proceed,
            lines if !lines.name(current, TagRef::weak_eq) => Outcome::Proceed,
            _ if is_read => Outcome::NotModified,
            _ => Outcome::PreconditionFailed,
        }
    }

    /// Decides how much of a representation of `len` bytes to send: step 5 of RFC 9110 §13.2.2, and
    /// the Range itself.
    ///
    /// To be asked when [`Conditions::evaluate`] said to proceed. Only GET has ranges (§14.2). Sent
    /// in several lines Range is ignored: it is no list but a unit with one, and two units in one
    /// value are malformed (§14.1.1).
    #[must_use]
    pub fn range(
        &self,
        method: Method,
        current: &Validators<'_>,
        len: u64,
        now: SystemTime,
    ) -> RangeOutcome {
        match self.range.single() {
            Some(value) if method == Method::Get && self.if_range_allows(current, now) => {
                range::parse(value, len)
            }
            _ => RangeOutcome::Whole,
        }
    }

    /// Tells whether the request asks for a part, whatever comes of it.
    #[must_use]
    pub const fn has_range(&self) -> bool {
        !matches!(self.range, Lines::None)
    }

    /// Tells whether the request has an If-Range: whoever sends that has a part already, and knows
    /// what was said of the representation with it (RFC 9110 §15.3.7).
    #[must_use]
    pub const fn has_if_range(&self) -> bool {
        !matches!(self.if_range, Lines::None)
    }

    /// Tells whether the request has an If-Match. A weak tag never meets it (RFC 9110 §13.1.1).
    #[must_use]
    pub const fn has_if_match(&self) -> bool {
        !matches!(self.if_match, Lines::None)
    }

    /// Tells whether the request has an If-None-Match.
    #[must_use]
    pub const fn has_if_none_match(&self) -> bool {
        !matches!(self.if_none_match, Lines::None)
    }

    /// Tells whether If-None-Match names a tag: the client has what that is of. A `*` names none.
    #[must_use]
    pub fn names(&self, etag: &EntityTag) -> bool {
        self.if_none_match.name_tag(etag, TagRef::weak_eq)
    }

    /// Evaluates If-Range (RFC 9110 §13.1.5): true without the field; false, and the whole is to be
    /// sent, unless its tag or date is strong and exactly the current one.
    #[must_use]
    pub fn if_range_allows(&self, current: &Validators<'_>, now: SystemTime) -> bool {
        let value = match &self.if_range {
            Lines::None => return true,
            Lines::One(value) => trim_ows(value),
            Lines::Many(_) => return false,
        };
        match TagRef::parse(value) {
            Some(tag) => current.etag.is_some_and(|etag| tag.strong_eq(etag.tag())),
            None => is_strong_date(value, current.last_modified, now),
        }
    }

    /// Evaluates If-Unmodified-Since (§13.1.4); true if there is none that counts.
    fn is_unmodified_since(&self, current: &Validators<'_>, now: SystemTime) -> bool {
        match (self.if_unmodified_since.date(now), current.last_modified) {
            (Some(since), Some(modified)) => date::whole_seconds(modified) <= since,
            _ => true,
        }
    }

    /// Evaluates If-Modified-Since (§13.1.3); true if there is none that counts.
    fn is_modified_since(&self, current: &Validators<'_>, now: SystemTime) -> bool {
        match (self.if_modified_since.date(now), current.last_modified) {
            (Some(since), Some(modified)) => date::whole_seconds(modified) > since,
            _ => true,
        }
    }
}

/// Tells whether a date of If-Range is the current one and old enough to be strong (§8.8.2.2):
/// within the second that it names the content may yet change. That it did not change twice in that
/// second is for the client to know, which may send no other date (§13.1.5).
fn is_strong_date(value: &[u8], modified: Option<SystemTime>, now: SystemTime) -> bool {
    let (Some(date), Some(modified)) = (date::parse(value, now), modified) else { return false };
    let is_past = now.duration_since(date).is_ok_and(|age| age >= STRONG_DATE_AGE);
    is_past && date == date::whole_seconds(modified)
}

/// As with entity tags made from a file's time.
const STRONG_DATE_AGE: Duration = Duration::from_secs(2);

/// The lines of one field; more than one is rare, and the only case that allocates.
#[derive(Debug, Clone, Default)]
enum Lines<'h> {
    #[default]
    None,
    One(&'h [u8]),
    Many(Vec<&'h [u8]>),
}

impl<'h> Lines<'h> {
    fn push(&mut self, value: &'h [u8]) {
        match self {
            Self::None => *self = Self::One(value),
            Self::One(first) => *self = Self::Many(vec![*first, value]),
            Self::Many(values) => values.push(value),
        }
    }

    /// Gives the value of a field that may stand only once; sent twice, it is as good as malformed.
    fn single(&self) -> Option<&'h [u8]> {
        match self {
            Self::One(value) => Some(value),
            Self::None | Self::Many(_) => None,
        }
    }

    fn date(&self, now: SystemTime) -> Option<SystemTime> {
        date::parse(trim_ows(self.single()?), now)
    }

    /// Tells whether the lines together name the current representation, by a tag that `equals` its
    /// own or by `*`. A star counts only by itself: beside anything else, be it in another line, it
    /// is malformed (§13.1.1), and what is malformed names nothing.
    fn name(
        &self,
        current: &Validators<'_>,
        equals: impl Fn(TagRef<'h>, TagRef<'_>) -> bool,
    ) -> bool {
        let is_star =
            matches!(self, Self::One(value) if matches!(TagList::parse(value), TagList::Any));
        is_star || current.etag.is_some_and(|etag| self.name_tag(etag, equals))
    }

    /// Tells whether one of the lines has a tag that `equals` this one.
    fn name_tag(&self, etag: &EntityTag, equals: impl Fn(TagRef<'h>, TagRef<'_>) -> bool) -> bool {
        let is_named = |value| match TagList::parse(value) {
            TagList::Tags(mut tags) => tags.any(|tag| equals(tag, etag.tag())),
            TagList::Any => false,
        };
        match self {
            Self::None => false,
            Self::One(value) => is_named(value),
            Self::Many(values) => values.iter().any(|value| is_named(value)),
        }
    }
}

#[cfg(test)]
mod tests;
