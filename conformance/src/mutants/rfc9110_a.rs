//! What breaks cases of RFC 9110, sections 1 to 10.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[];
