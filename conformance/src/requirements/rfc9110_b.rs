//! RFC 9110, sections 11 to 18.

use crate::requirement::Requirement;

pub(super) const REQUIREMENTS: &[Requirement] = &[];
