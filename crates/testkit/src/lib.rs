//! Test tools of Avocet.
#![forbid(unsafe_code)]

pub mod pipe;
pub mod program;
pub mod raw;
pub mod sim;

/// Makes `size` bytes in which no part looks like another, the same each time.
#[must_use]
pub fn noise(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56).to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}
