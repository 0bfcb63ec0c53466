//! Avocet broken on purpose, so that each case is seen to fail that no other server fails.
//!
//! A mutant is one replacement in one source file, with an obvious wrong behaviour: a check left
//! out, a comparison turned round. It must compile; that it matches once is checked, and so is that
//! some case fails on it.

mod rfc9110_a;
mod rfc9110_b;
mod rfc9110_c;
mod rfc9112;
mod rfc9112_s6;

use mutation::Replacement;

/// Avocet with one thing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What is wrong, in words joined by hyphens, such as `takes-two-hosts`.
    pub name: &'static str,
    /// The source file, from the workspace's folder.
    pub file: &'static str,
    /// Text that stands in it exactly once.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
}

impl Mutant {
    /// What is changed.
    #[must_use]
    pub const fn change(&self) -> Replacement {
        Replacement { file: self.file, find: self.find, replace: self.replace }
    }
}

/// All mutants.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [
        rfc9112::MUTANTS,
        rfc9112_s6::MUTANTS,
        rfc9110_a::MUTANTS,
        rfc9110_b::MUTANTS,
        rfc9110_c::MUTANTS,
    ]
    .into_iter()
    .flatten()
}
