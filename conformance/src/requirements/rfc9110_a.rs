//! RFC 9110, sections 1 to 10.

use crate::requirement::Requirement;

pub(super) const REQUIREMENTS: &[Requirement] = &[];
