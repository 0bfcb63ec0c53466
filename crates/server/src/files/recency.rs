//! What of a file was found in memory within the last second, so that it is not looked at again,
//! and what was found missing and not been read since.
//!
//! A file is sent in chunks of 1 MiB. Of each chunk one span of pages is remembered, and what was
//! found of it, and when. So a range in a large file is looked at, and waited for, by itself: who
//! asks for one byte has no megabyte read from the disk.
//!
//! The record is shared by all that send the file, on whichever worker, and is a hint: two that
//! write at once leave what one of them found, and who finds nothing looks. A file of up to 1 MiB
//! needs no memory for it; a larger one gets a small table when its second chunk is sent, in which
//! far-off chunks drive each other out.
//!
//! It looks at no file: that is `chunk`'s.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reactor::clock::Instant;

/// Bytes of a file that are looked at, waited for and sent in one go (rule 7).
pub(super) const CHUNK_SIZE: u64 = 1 << 20;

/// The page that the record counts in. A kernel whose pages are larger finds more in memory.
const PAGE_SIZE: u64 = 4096;

/// Chunks that the table of a large file has places for: 512 bytes, and the files of a site that
/// are sent at the same time are not read in more places than that.
const PLACES: usize = 64;

/// What was found of one file.
#[derive(Debug, Default)]
pub(super) struct Recency {
    first: Place,
    others: OnceLock<Box<[Place; PLACES]>>,
}

/// What is known of a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recollection {
    /// All of it was in memory within the last second.
    Present,
    /// Some of it was not in memory, and nobody has read it since. Another look would say little:
    /// the kernel takes one for a sign of what will be read, and fetches a little there.
    Missing,
    /// Nothing.
    Unknown,
}

/// What was found of a chunk: an [`Entry`] in one word, so that it is whole to all who read it.
#[derive(Debug)]
struct Place(AtomicU64);

impl Default for Place {
    /// Nothing: a span that ends before it begins.
    fn default() -> Self {
        Self(AtomicU64::new(
            Entry { tick: 0, state: PRESENT, chunk: 0, first: 1, last: 0 }.to_word(),
        ))
    }
}

/// A span of a chunk's pages, what was found of it, and when.
///
/// ```text
///    63      44    43   42               16 15     8 7      0
///   ┌──────────┬───────┬───────────────────┬────────┬────────┐
///   │   tick   │ state │       chunk       │  last  │ first  │
///   └──────────┴───────┴───────────────────┴────────┴────────┘
/// ```
///
/// Ticks are of 2^24 ns and begin anew after 4.9 hours. Who sends a chunk then that nobody has sent
/// in between may take it for found, once, and wait for the disk, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    tick: u64,
    state: u64,
    chunk: u64,
    first: u64,
    last: u64,
}

const TICK_SHIFT: u32 = 24;
const TICK_BITS: u32 = 20;
const STATE_BITS: u32 = 1;
const CHUNK_BITS: u32 = 27;
const PAGE_BITS: u32 = 8;

/// All of the span was in memory.
const PRESENT: u64 = 0;

/// Some of the span was not in memory.
const MISSING: u64 = 1;

/// For so long what was found is taken to be still there.
pub(super) const FRESH_FOR: Duration = Duration::from_secs(1);

/// The same in ticks: the most that are within it.
const FRESH_TICKS: u64 = (1_000_000_000 >> TICK_SHIFT) - 1;

impl Recency {
    /// Says what is known at `now` of `part`, which lies within a chunk.
    pub(super) fn recall(&self, part: &Range<u64>, now: Instant) -> Recollection {
        let Some(wanted) = Entry::of(part, PRESENT, now) else { return Recollection::Unknown };
        match self.place(wanted.chunk) {
            Some(place) => Entry::from_word(place.0.load(Ordering::Relaxed)).tells(wanted),
            None => Recollection::Unknown,
        }
    }

    /// Notes that all of `part`, which lies within a chunk, was in memory at `now`.
    pub(super) fn note_present(&self, part: &Range<u64>, now: Instant) {
        self.note(part, PRESENT, now);
    }

    /// Notes that `part`, which lies within a chunk, was not all in memory at `now`.
    pub(super) fn note_missing(&self, part: &Range<u64>, now: Instant) {
        self.note(part, MISSING, now);
    }

    fn note(&self, part: &Range<u64>, state: u64, now: Instant) {
        // Beyond 128 TiB nothing is remembered.
        let Some(found) = Entry::of(part, state, now) else { return };
        if found.chunk > 0 {
            self.others.get_or_init(|| Box::new(std::array::from_fn(|_| Place::default())));
        }
        if let Some(place) = self.place(found.chunk) {
            place.0.store(found.to_word(), Ordering::Relaxed);
        }
    }

    fn place(&self, chunk: u64) -> Option<&Place> {
        match chunk {
            0 => Some(&self.first),
            _ => {
                let index = usize::try_from(chunk % PLACES as u64).ok()?;
                self.others.get()?.get(index)
            }
        }
    }
}

impl Entry {
    /// `None` if the chunk's number has no room in a word.
    fn of(part: &Range<u64>, state: u64, now: Instant) -> Option<Self> {
        debug_assert!(!part.is_empty() && part.end <= end_of_chunk(part.start), "within a chunk");
        let chunk = part.start / CHUNK_SIZE;
        let page = |offset: u64| offset % CHUNK_SIZE / PAGE_SIZE;
        (chunk >> CHUNK_BITS == 0).then(|| Self {
            tick: (now.as_nanos() >> TICK_SHIFT) % (1 << TICK_BITS),
            state,
            chunk,
            first: page(part.start),
            last: page(part.end - 1),
        })
    }

    /// Says what this entry tells of `wanted`, at its time.
    const fn tells(self, wanted: Self) -> Recollection {
        let age = wanted.tick.wrapping_sub(self.tick) % (1 << TICK_BITS);
        let has_all = self.first <= wanted.first && wanted.last <= self.last;
        let has_any = self.first <= wanted.last && wanted.first <= self.last;
        if self.chunk != wanted.chunk {
            Recollection::Unknown
        } else if self.state == MISSING && has_any {
            Recollection::Missing
        } else if self.state == PRESENT && has_all && age <= FRESH_TICKS {
            Recollection::Present
        } else {
            Recollection::Unknown
        }
    }

    const fn to_word(self) -> u64 {
        let pages = self.last << PAGE_BITS | self.first;
        let when = self.tick << STATE_BITS | self.state;
        (when << CHUNK_BITS | self.chunk) << (2 * PAGE_BITS) | pages
    }

    fn from_word(word: u64) -> Self {
        let bits = |shift: u32, count: u32| word >> shift & ((1 << count) - 1);
        Self {
            tick: bits(2 * PAGE_BITS + CHUNK_BITS + STATE_BITS, TICK_BITS),
            state: bits(2 * PAGE_BITS + CHUNK_BITS, STATE_BITS),
            chunk: bits(2 * PAGE_BITS, CHUNK_BITS),
            first: bits(0, PAGE_BITS),
            last: bits(PAGE_BITS, PAGE_BITS),
        }
    }
}

/// Returns where the chunk ends that `offset` lies in.
pub(super) const fn end_of_chunk(offset: u64) -> u64 {
    (offset - offset % CHUNK_SIZE).saturating_add(CHUNK_SIZE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MIB: u64 = CHUNK_SIZE;
    const SECOND: Duration = Duration::from_secs(1);

    /// Notes a part at one time and asks for another at a later one.
    fn check(noted: Range<u64>, at: Instant, asked: Range<u64>, later: Duration, expected: bool) {
        let recency = Recency::default();
        recency.note_present(&noted, at);
        let is_present = recency.recall(&asked, at.after(later)) == Recollection::Present;
        assert_eq!(is_present, expected, "{noted:?} at {at:?}, {asked:?} {later:?} later");
    }

    #[test]
    fn what_was_found_is_fresh_for_a_second_at_most() {
        let tick = Duration::from_nanos(1 << TICK_SHIFT);
        let wrap = Duration::from_nanos(1 << (TICK_SHIFT + TICK_BITS));
        for at in [Instant::ORIGIN, Instant::from_nanos(12_345_678_901_234)] {
            for (later, expected) in [
                (Duration::ZERO, true),
                (SECOND - 2 * tick, true),
                (SECOND, false),
                (SECOND + tick, false),
                (60 * SECOND, false),
                (wrap - tick, false),
            ] {
                check(0..100_000, at, 0..100_000, later, expected);
                check(7 * MIB..8 * MIB, at, 7 * MIB..8 * MIB, later, expected);
            }
        }
        // Through the end of the count.
        let end = Instant::from_nanos((1 << (TICK_SHIFT + TICK_BITS)) - 1);
        check(0..1, end, 0..1, SECOND / 2, true);
        check(0..1, end, 0..1, 2 * SECOND, false);
    }

    #[test]
    fn a_part_is_fresh_with_all_of_it() {
        let noted = MIB + 8192..MIB + 20_000;
        for (asked, expected) in [
            (noted.clone(), true),
            (MIB + 8192..MIB + 8193, true),
            (MIB + 20_479..MIB + 20_480, true),
            (MIB + 8191..MIB + 8193, false),
            (MIB + 8192..MIB + 20_481, false),
            (8192..20_000, false),
            (2 * MIB + 8192..2 * MIB + 20_000, false),
        ] {
            check(noted.clone(), Instant::ORIGIN, asked, Duration::ZERO, expected);
        }
    }

    #[test]
    fn what_is_missing_is_missing_until_it_is_read() {
        let recency = Recency::default();
        let (missing, now) = (8192..20_000, Instant::ORIGIN);
        recency.note_missing(&missing, now);
        for (asked, expected) in [
            (missing.clone(), Recollection::Missing),
            (0..8193, Recollection::Missing),
            (20_479..MIB, Recollection::Missing),
            (0..8192, Recollection::Unknown),
            (20_480..MIB, Recollection::Unknown),
        ] {
            for later in [Duration::ZERO, SECOND, 600 * SECOND] {
                assert_eq!(recency.recall(&asked, now.after(later)), expected, "{asked:?}");
            }
        }
        recency.note_present(&missing, now);
        assert_eq!(recency.recall(&missing, now), Recollection::Present);
    }

    #[test]
    fn nothing_is_fresh_before_it_was_found() {
        let recency = Recency::default();
        for part in [0..1, MIB - 1..MIB, MIB..MIB + 1] {
            assert_eq!(recency.recall(&part, Instant::ORIGIN), Recollection::Unknown, "{part:?}");
        }
    }

    #[test]
    fn chunks_that_share_a_place_are_told_apart() {
        let recency = Recency::default();
        let (now, places) = (Instant::ORIGIN, PLACES as u64);
        let chunk = |number: u64| number * MIB..(number + 1) * MIB;
        for number in 0..=places {
            recency.note_present(&chunk(number), now);
        }
        for number in 0..=places {
            assert_eq!(recency.recall(&chunk(number), now), Recollection::Present, "{number}");
        }
        recency.note_missing(&chunk(places + 1), now);
        assert_eq!(recency.recall(&chunk(places + 1), now), Recollection::Missing);
        assert_eq!(recency.recall(&chunk(1), now), Recollection::Unknown, "it was driven out");
        let first = recency.recall(&chunk(0), now);
        assert_eq!(first, Recollection::Present, "the first has a place of its own");
    }

    #[test]
    fn the_last_chunk_with_a_number_and_the_one_behind() {
        let last = (1 << CHUNK_BITS) - 1;
        let chunk = |number: u64| number * MIB..(number + 1) * MIB;
        check(chunk(last), Instant::ORIGIN, chunk(last), Duration::ZERO, true);
        check(chunk(last + 1), Instant::ORIGIN, chunk(last + 1), Duration::ZERO, false);
        check(0..1, Instant::ORIGIN, chunk(last + 1), Duration::ZERO, false);
        assert_eq!(end_of_chunk(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_small_file_needs_no_memory_for_it() {
        let recency = Recency::default();
        recency.note_present(&(0..MIB), Instant::ORIGIN);
        assert!(recency.others.get().is_none());
        recency.note_present(&(MIB..MIB + 1), Instant::ORIGIN);
        assert!(recency.others.get().is_some());
    }
}
