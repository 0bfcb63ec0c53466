//! Content codings (RFC 9110 §8.4.1), and which of them a client would rather have (§12.5.3).
//!
//! [`AcceptEncoding`] is gathered from the field's lines into a few numbers: nothing is allocated,
//! and codings that the server does not have are forgotten at once. [`AcceptEncoding::preferred`]
//! then chooses among the codings that exist of one representation.
//!
//! What it does not do: code or decode, or know which siblings a file has.

use crate::fields::{list_items, parameters};
use crate::quality::{Quality, weight};

/// A content coding that the server can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Br,
    /// Zstandard (RFC 8878).
    Zstd,
    /// Gzip (RFC 9110 §8.4.1.3).
    Gzip,
}

impl Coding {
    /// Every coding, those that usually need the fewest bytes first.
    pub const ALL: [Self; 3] = [Self::Br, Self::Zstd, Self::Gzip];

    /// Recognises the name of a coding without regard to case; `x-gzip` is gzip.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        let named = |coding: &Self| name.eq_ignore_ascii_case(coding.as_str().as_bytes());
        match Self::ALL.into_iter().find(named) {
            None if name.eq_ignore_ascii_case(b"x-gzip") => Some(Self::Gzip),
            found => found,
        }
    }

    /// Gives the name for Content-Encoding.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Gives what the name of a file in this coding ends with, dot included.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Br => ".br",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// The representation in this coding.
    Coded(Coding),
    /// The representation without a coding.
    Identity,
    /// The client refuses all there is. A server may answer 406, or send the identity nevertheless
    /// (RFC 9110 §12.4.1).
    NotAcceptable,
}

/// What the Accept-Encoding lines of a request say about the codings that we know.
///
/// The default is that of a request without the field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AcceptEncoding {
    /// By [`Coding`] as a number.
    codings: [Option<Quality>; Coding::ALL.len()],
    identity: Option<Quality>,
    /// What `*` has.
    others: Option<Quality>,
}

impl AcceptEncoding {
    /// Gathers the lines of the field, however many.
    ///
    /// A malformed member is passed over; of two about the same coding the first counts.
    pub fn gather<'h>(lines: impl IntoIterator<Item = &'h [u8]>) -> Self {
        let mut accepted = Self::default();
        for member in lines.into_iter().flat_map(list_items) {
            accepted.add(member);
        }
        accepted
    }

    /// Chooses among the codings that exist, each with the length of the representation in it, and
    /// the identity.
    ///
    /// The greatest quality wins, among equals the fewest bytes, among those the identity and then
    /// the coding that was offered first. An identity of which the field says nothing is acceptable
    /// but liked less than whatever is named, so who says nothing at all gets it.
    pub fn preferred(
        &self,
        available: impl IntoIterator<Item = (Coding, u64)>,
        identity_len: u64,
    ) -> Selection {
        // Without a word about it the identity has a rank below that of any weight.
        let identity = match self.identity_quality() {
            Some(Quality::ZERO) => None,
            stated => Some(stated.unwrap_or(Quality::ZERO)),
        };
        let mut best = identity.map(|quality| (quality, identity_len, Selection::Identity));
        for (coding, len) in available {
            let Some(quality) = self.quality(coding).filter(|&quality| quality > Quality::ZERO)
            else {
                continue;
            };
            let is_better = best.is_none_or(|(best_quality, best_len, _)| {
                quality > best_quality || quality == best_quality && len < best_len
            });
            if is_better {
                best = Some((quality, len, Selection::Coded(coding)));
            }
        }
        best.map_or(Selection::NotAcceptable, |(_, _, selection)| selection)
    }

    /// Gives the one of these codings that the client would like best if it existed, among equals
    /// the first; `None` if it takes none of them, or likes the identity better.
    pub fn liked_best(&self, codings: impl IntoIterator<Item = Coding>) -> Option<Coding> {
        let mut floor = self.identity_quality().unwrap_or(Quality::ZERO);
        let mut best = None;
        for coding in codings {
            let quality = self.quality(coding).unwrap_or(Quality::ZERO);
            let is_better = if best.is_some() { quality > floor } else { quality >= floor };
            if is_better && quality > Quality::ZERO {
                (floor, best) = (quality, Some(coding));
            }
        }
        best
    }

    /// Tells whether the client takes a coding.
    #[must_use]
    pub fn takes(&self, coding: Coding) -> bool {
        self.quality(coding).is_some_and(|quality| quality > Quality::ZERO)
    }

    fn identity_quality(&self) -> Option<Quality> {
        self.identity.or(self.others)
    }

    fn quality(&self, coding: Coding) -> Option<Quality> {
        self.codings[coding as usize].or(self.others)
    }

    fn add(&mut self, member: &[u8]) {
        let mut parts = parameters(member);
        let Some(name) = parts.next() else { return };
        let place = match name {
            b"*" => &mut self.others,
            name if name.eq_ignore_ascii_case(b"identity") => &mut self.identity,
            name => match Coding::parse(name) {
                Some(coding) => &mut self.codings[coding as usize],
                None => return,
            },
        };
        // The grammar has room for a weight and nothing else.
        let quality = match (parts.next(), parts.next()) {
            (None, _) => Some(Quality::ONE),
            (Some(parameter), None) => weight(parameter).and_then(Quality::parse),
            (Some(_), Some(_)) => None,
        };
        if place.is_none() {
            *place = quality;
        }
    }
}

#[cfg(test)]
mod tests;
