//! The slab: a table whose entries keep their place and whose tokens go stale.
//!
//! Tasks, sources and timers live in slabs. It grows a chunk at a time, so growth copies nothing
//! and memory follows the number of entries, and it reuses the slot freed last. It does not
//! shrink: a chunk once made is kept for the next crowd.

use crate::token::Token;

/// Entries per chunk: large enough to make growth rare, small enough that an idle worker's
/// tables stay within a few kilobytes.
const CHUNK_LEN: usize = 64;

/// A table of `T` with generational [`Token`]s.
#[derive(Debug)]
pub struct Slab<T> {
    chunks: Vec<Box<[Slot<T>]>>,
    /// The head of the list of vacant slots.
    vacant: Option<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot<T> {
    /// Counts the tenants this slot has had.
    generation: u32,
    entry: Entry<T>,
}

#[derive(Debug)]
enum Entry<T> {
    Vacant { next: Option<u32> },
    Occupied(T),
}

impl<T> Slab<T> {
    /// Makes an empty table without allocating.
    #[must_use]
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), vacant: None, len: 0 }
    }

    /// Returns how many entries the table holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Tells whether the table holds no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the size in bytes of one slot, for memory accounts.
    #[must_use]
    pub const fn slot_size() -> usize {
        size_of::<Slot<T>>()
    }

    /// Puts `value` into a vacant slot and returns its token.
    pub fn insert(&mut self, value: T) -> Token {
        self.insert_with(|_token| value)
    }

    /// Fills a vacant slot with what `make` makes of its token, and returns the token.
    ///
    /// # Panics
    ///
    /// With 2³² entries, for which there are neither descriptors nor memory.
    pub fn insert_with(&mut self, make: impl FnOnce(Token) -> T) -> Token {
        let index = match self.vacant {
            Some(index) => index,
            None => self.grow(),
        };
        let slot = self.slot_mut(index).expect("the vacant list names slots of this table");
        let token = Token::new(index, slot.generation);
        let entry = Entry::Occupied(make(token));
        let Entry::Vacant { next } = std::mem::replace(&mut slot.entry, entry) else {
            unreachable!("the vacant list names vacant slots");
        };
        self.vacant = next;
        self.len += 1;
        token
    }

    /// Returns the entry that `token` names, unless it has been removed.
    #[must_use]
    pub fn entry(&self, token: Token) -> Option<&T> {
        let (chunk, within) = place(token.slot());
        let slot = self.chunks.get(chunk)?.get(within)?;
        match &slot.entry {
            Entry::Occupied(value) if slot.generation == token.generation() => Some(value),
            _ => None,
        }
    }

    /// Returns the entry that `token` names for change, unless it has been removed.
    #[must_use]
    pub fn entry_mut(&mut self, token: Token) -> Option<&mut T> {
        let slot = self.slot_mut(token.slot())?;
        match &mut slot.entry {
            Entry::Occupied(value) if slot.generation == token.generation() => Some(value),
            _ => None,
        }
    }

    /// Takes the entry that `token` names out of the table; the token is stale from then on.
    pub fn remove(&mut self, token: Token) -> Option<T> {
        self.entry(token)?;
        let next = self.vacant;
        let slot = self.slot_mut(token.slot())?;
        // After 2³² tenants a slot repeats a generation; a token that old is not kept anywhere.
        slot.generation = slot.generation.wrapping_add(1);
        let Entry::Occupied(value) = std::mem::replace(&mut slot.entry, Entry::Vacant { next })
        else {
            unreachable!("entry() has just found it occupied");
        };
        self.vacant = Some(token.slot());
        self.len -= 1;
        Some(value)
    }

    /// Lists the tokens of all entries, by slot.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        self.iter().map(|(token, _)| token).collect()
    }

    /// Visits all entries, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Token, &T)> {
        self.slots().filter_map(|(token, entry)| entry.map(|entry| (token, entry)))
    }

    /// Visits all entries for change, by slot.
    pub fn for_each_mut(&mut self, mut visit: impl FnMut(&mut T)) {
        for slot in self.chunks.iter_mut().flat_map(|chunk| chunk.iter_mut()) {
            if let Entry::Occupied(value) = &mut slot.entry {
                visit(value);
            }
        }
    }

    fn slots(&self) -> impl Iterator<Item = (Token, Option<&T>)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).zip(0u32..).map(|(slot, index)| {
            let entry = match &slot.entry {
                Entry::Occupied(value) => Some(value),
                Entry::Vacant { .. } => None,
            };
            (Token::new(index, slot.generation), entry)
        })
    }

    /// Adds a chunk of vacant slots and returns the first of them.
    fn grow(&mut self) -> u32 {
        let first = self.chunks.len() * CHUNK_LEN;
        let first = u32::try_from(first).expect("descriptors run out long before 2³² entries do");
        let mut chunk = Vec::with_capacity(CHUNK_LEN);
        for next in (first + 1).. {
            let is_last = chunk.len() + 1 == CHUNK_LEN;
            let next = if is_last { None } else { Some(next) };
            chunk.push(Slot { generation: 0, entry: Entry::Vacant { next } });
            if is_last {
                break;
            }
        }
        self.chunks.push(chunk.into_boxed_slice());
        first
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        let (chunk, within) = place(index);
        self.chunks.get_mut(chunk)?.get_mut(within)
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

const fn place(slot: u32) -> (usize, usize) {
    (slot as usize / CHUNK_LEN, slot as usize % CHUNK_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_outlived_by_its_slot_finds_nothing() {
        let mut slab = Slab::new();
        let first = slab.insert("first");
        assert_eq!(slab.remove(first), Some("first"));
        let second = slab.insert("second");
        assert_eq!(second.slot(), first.slot(), "the slot freed last is reused");
        assert_eq!(slab.entry(first), None);
        assert_eq!(slab.entry_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.entry(second), Some(&"second"));
    }

    #[test]
    fn it_grows_by_chunks_and_keeps_every_entry() {
        let mut slab = Slab::new();
        let tokens: Vec<_> = (0..3 * CHUNK_LEN + 1).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.len(), tokens.len());
        assert_eq!(slab.chunks.len(), 4);
        for (n, token) in tokens.iter().enumerate() {
            assert_eq!(slab.entry(*token), Some(&n));
        }
        for token in &tokens {
            slab.remove(*token);
        }
        assert!(slab.is_empty());
        assert!(slab.tokens().is_empty());
    }
}
