//! The cases, a file for each subject, named by the RFC and the section it speaks of.

use crate::case::Case;

mod rfc9112_s3_host;

/// The subjects, in the order of the RFCs.
pub const SUBJECTS: &[(&str, &[Case])] = &[("rfc9112_s3_host", rfc9112_s3_host::CASES)];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    SUBJECTS.iter().flat_map(|(_, cases)| *cases)
}
