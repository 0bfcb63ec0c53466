//! RFC 9112: HTTP/1.1.

use crate::requirement::{Level, Proof, Requirement};

pub(super) const REQUIREMENTS: &[Requirement] = &[Requirement {
    section: "3.2",
    level: Level::Must,
    says: "answer 400 to a request of 1.1 without Host, with several, or with an invalid one",
    proof: Proof::Cases(&["9112-3.2-host-missing", "9112-3.2-host-twice"]),
}];
