//! Tokens: names of table entries that cannot be mistaken for a later tenant of the same slot.

use std::fmt;

/// Names an entry of a [`Slab`](crate::slab::Slab): the slot and the generation that filled it.
///
/// The kernel carries a source's token in each event, a waker carries its task's, a timer its
/// wheel entry's. Whoever holds a token of an earlier generation finds nothing (rule 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    slot: u32,
    generation: u32,
}

impl Token {
    pub(crate) const fn new(slot: u32, generation: u32) -> Self {
        Self { slot, generation }
    }

    /// Rebuilds a token from the number that [`Token::to_bits`] gave.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = bits.to_le_bytes();
        Self {
            slot: u32::from_le_bytes([a, b, c, d]),
            generation: u32::from_le_bytes([e, f, g, h]),
        }
    }

    /// Returns the token as one number, for the kernel to carry.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.slot as u64) | ((self.generation as u64) << 32)
    }

    pub(crate) const fn slot(self) -> u32 {
        self.slot
    }

    pub(crate) const fn generation(self) -> u32 {
        self.generation
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.slot, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_round_trip() {
        for (slot, generation) in [(0, 0), (1, 0), (0, 1), (u32::MAX, 7), (9, u32::MAX)] {
            let token = Token::new(slot, generation);
            assert_eq!(Token::from_bits(token.to_bits()), token);
        }
    }
}
