//! Entity tags (RFC 9110 §8.8.3): made from a file's size and time, read from requests, compared.
//!
//! An [`EntityTag`] is ours and lies inline, ready to be sent; a [`TagRef`] is read from a request
//! and borrows. A backslash is an ordinary byte of a tag, and a comma may stand in one: lists of
//! tags are therefore split here and not as other lists are.

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::coding::Coding;

/// Whether equal tags promise equal bytes or merely as good content (RFC 9110 §8.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strength {
    /// Byte for byte the same.
    Strong,
    /// As good as the same; never enough for a range.
    Weak,
}

/// An entity tag of ours, held inline in the form in which it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityTag {
    len: u8,
    /// `"opaque"` or `W/"opaque"`, zeros behind it.
    text: [u8; TEXT_LEN_MAX],
}

/// Longest opaque part of an [`EntityTag`], in bytes; what is between the quotes.
pub const OPAQUE_LEN_MAX: usize = TEXT_LEN_MAX - b"W/\"\"".len();

/// With the length byte, seven words.
const TEXT_LEN_MAX: usize = 55;

/// How old a file's time must be before equal times promise equal bytes: a file system's clock may
/// tick as seldom as this (FAT), so a second write soon after the first can leave size and time as
/// they were.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

impl EntityTag {
    /// Makes a tag of the bytes that stand between its quotes; `None` if one is a quote, a control
    /// byte or a space, or if there are more than [`OPAQUE_LEN_MAX`].
    #[must_use]
    pub fn new(opaque: &[u8], strength: Strength) -> Option<Self> {
        let is_valid = opaque.len() <= OPAQUE_LEN_MAX && opaque.iter().all(|&b| is_tag_byte(b));
        is_valid.then(|| Self::of_valid(opaque, strength))
    }

    /// Makes the tag of a file from its size and the time of its last modification in nanoseconds.
    ///
    /// It is strong, but weak while the file was modified less than 2 s before `now` (or after it).
    #[must_use]
    pub fn of_file(size: u64, modified: SystemTime, now: SystemTime) -> Self {
        Self::of_state(size, modified, now, "")
    }

    /// Makes the tag of a file that has another in a coding: as [`EntityTag::of_file`] from the
    /// coded file's own size and time, and from the coding.
    ///
    /// No two codings have the same tag, nor a coding and the file itself: who has one must not be
    /// told that it is current as the other (RFC 9110 §8.8.3.3).
    #[must_use]
    pub fn of_coded_file(size: u64, modified: SystemTime, now: SystemTime, coding: Coding) -> Self {
        Self::of_state(size, modified, now, suffix(coding))
    }

    /// Makes the tag of the same content in a coding that is made on the fly.
    ///
    /// It is weak: the coded bytes may differ with the level and with the version of whatever made
    /// them, what they decode to does not (RFC 9110 §8.8.1). It is no other coding's, nor that of a
    /// coded file of the same size and time.
    #[must_use]
    pub fn made_into(&self, coding: Coding) -> Self {
        let made = match coding {
            Coding::Br => b"+b",
            Coding::Zstd => b"+z",
            Coding::Gzip => b"+g",
        };
        let mut room = [0; OPAQUE_LEN_MAX];
        let parts = self.tag().opaque.iter().chain(made);
        let mut len = 0;
        for (slot, &byte) in room.iter_mut().zip(parts) {
            *slot = byte;
            len += 1;
        }
        Self::of_valid(&room[..len], Strength::Weak)
    }

    fn of_state(size: u64, modified: SystemTime, now: SystemTime, suffix: &str) -> Self {
        let is_settled = now.duration_since(modified).is_ok_and(|age| age >= SETTLED_AFTER);
        let strength = if is_settled { Strength::Strong } else { Strength::Weak };
        // A second sign keeps times before the epoch apart from those after it.
        let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
            Ok(since) => ("", since),
            Err(error) => ("-", error.duration()),
        };
        let nanos = since.as_nanos();
        Self::compose(format_args!("{size:x}-{sign}{nanos:x}{suffix}"), strength)
    }

    /// Makes the strong tag of content that has no time of its own, such as an embedded asset.
    ///
    /// The digest tells versions of one's own content apart; it does not resist who wants two
    /// contents to have one tag.
    #[must_use]
    pub fn of_content(content: &[u8]) -> Self {
        Self::of_digest(content, "")
    }

    /// Makes the strong tag of content in a coding: as [`EntityTag::of_content`] from the coded
    /// bytes, and from the coding.
    #[must_use]
    pub fn of_coded_content(coded: &[u8], coding: Coding) -> Self {
        Self::of_digest(coded, suffix(coding))
    }

    fn of_digest(content: &[u8], suffix: &str) -> Self {
        // FNV-1a with 128 bits: no table, no dependency, read once per asset.
        let digest =
            content.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |digest, &byte| {
                (digest ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
            });
        let len = content.len();
        Self::compose(format_args!("{len:x}-{digest:032x}{suffix}"), Strength::Strong)
    }

    /// Gives the tag as it is sent, quotes and `W/` included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }

    /// Gives the tag in the form that compares.
    #[must_use]
    pub fn tag(&self) -> TagRef<'_> {
        match self.as_bytes() {
            [b'W', b'/', b'"', opaque @ .., b'"'] => TagRef { strength: Strength::Weak, opaque },
            [b'"', opaque @ .., b'"'] => TagRef { strength: Strength::Strong, opaque },
            _ => unreachable!("both ways to make a tag put the quotes"),
        }
    }

    /// Formats an opaque part in place. The longest is of coded content: 16, 1, 32 and 2 bytes.
    fn compose(opaque: fmt::Arguments<'_>, strength: Strength) -> Self {
        let mut room = [0; OPAQUE_LEN_MAX];
        let mut free = room.as_mut_slice();
        free.write_fmt(opaque).expect("at most 51 bytes, and there is room for as many");
        let len = OPAQUE_LEN_MAX - free.len();
        Self::of_valid(&room[..len], strength)
    }

    fn of_valid(opaque: &[u8], strength: Strength) -> Self {
        let mut text = [0; TEXT_LEN_MAX];
        let prefix: &[u8] = match strength {
            Strength::Strong => b"\"",
            Strength::Weak => b"W/\"",
        };
        let mut len = 0u8;
        for (slot, &byte) in text.iter_mut().zip(prefix.iter().chain(opaque).chain(b"\"")) {
            *slot = byte;
            len += 1;
        }
        Self { len, text }
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntityTag({})", self.as_bytes().escape_ascii())
    }
}

/// An entity tag that a request named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TagRef<'a> {
    strength: Strength,
    opaque: &'a [u8],
}

impl<'a> TagRef<'a> {
    /// Reads a value that is one entity tag and nothing else.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        match Self::parse_prefix(value)? {
            (tag, []) => Some(tag),
            _ => None,
        }
    }

    /// Tells whether the tag is weak.
    #[must_use]
    pub fn is_weak(self) -> bool {
        self.strength == Strength::Weak
    }

    /// Tells whether both are strong and the same (RFC 9110 §8.8.3.2).
    #[must_use]
    pub fn strong_eq(self, other: TagRef<'_>) -> bool {
        !self.is_weak() && !other.is_weak() && self.opaque == other.opaque
    }

    /// Tells whether both are the same, weak or not (RFC 9110 §8.8.3.2).
    #[must_use]
    pub fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Reads the tag that `value` begins with and gives what follows it.
    fn parse_prefix(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (strength, quoted) = match value {
            [b'W', b'/', quoted @ ..] => (Strength::Weak, quoted),
            _ => (Strength::Strong, value),
        };
        let [b'"', rest @ ..] = quoted else { return None };
        let end = rest.iter().position(|&byte| !is_tag_byte(byte))?;
        let (opaque, rest) = rest.split_at(end);
        let [b'"', rest @ ..] = rest else { return None };
        Some((Self { strength, opaque }, rest))
    }
}

impl fmt::Debug for TagRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TagRef({:?} {})", self.strength, self.opaque.escape_ascii())
    }
}

/// The value of an If-Match or If-None-Match line.
#[derive(Debug, Clone)]
pub enum TagList<'a> {
    /// `*`: whatever representation there is.
    Any,
    /// The tags named; what is malformed among them is left out.
    Tags(Tags<'a>),
}

impl<'a> TagList<'a> {
    /// Reads the value of one line.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Self {
        match crate::fields::trim_ows(value) {
            b"*" => Self::Any,
            rest => Self::Tags(Tags { rest }),
        }
    }
}

/// Iterator over the tags of a [`TagList`].
#[derive(Debug, Clone)]
pub struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Tags<'a> {
    type Item = TagRef<'a>;

    fn next(&mut self) -> Option<TagRef<'a>> {
        loop {
            self.skip(|byte| matches!(byte, b' ' | b'\t' | b','));
            if self.rest.is_empty() {
                return None;
            }
            let parsed = TagRef::parse_prefix(self.rest);
            self.rest = parsed.map_or(self.rest, |(_, rest)| rest);
            self.skip(|byte| matches!(byte, b' ' | b'\t'));
            // What is malformed reaches to the next comma, and takes a tag before it along.
            let is_alone = matches!(self.rest, [] | [b',', ..]);
            self.skip(|byte| byte != b',');
            if let (Some((tag, _)), true) = (parsed, is_alone) {
                return Some(tag);
            }
        }
    }
}

impl Tags<'_> {
    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) {
        let end = self.rest.iter().position(|&byte| !is_skipped(byte));
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }
}

/// What tells the tag of a coding from others; short, so that it fits behind the longest.
const fn suffix(coding: Coding) -> &'static str {
    match coding {
        Coding::Br => "-b",
        Coding::Zstd => "-z",
        Coding::Gzip => "-g",
    }
}

/// Tells whether a byte may stand between the quotes (`etagc` of RFC 9110 §8.8.3).
const fn is_tag_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..=0xff)
}

#[cfg(test)]
mod tests;
