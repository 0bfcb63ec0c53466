//! FNV-1a, by which client and server compare what was uploaded. It is no defence.

/// A hash on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fnv(pub(crate) u64);

impl Fnv {
    pub(crate) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    #[must_use]
    pub(crate) fn with(self, bytes: &[u8]) -> Self {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, mix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors() {
        assert_eq!(Fnv::EMPTY.with(b"").0, 0xcbf2_9ce4_8422_2325);
        assert_eq!(Fnv::EMPTY.with(b"a").0, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Fnv::EMPTY.with(b"foo").with(b"bar").0, 0x8594_4171_f739_67e8);
    }
}
