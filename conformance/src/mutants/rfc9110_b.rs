//! What breaks cases of RFC 9110, sections 11 to 18.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[];
