//! What breaks cases of RFC 9112: HTTP/1.1.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[];
