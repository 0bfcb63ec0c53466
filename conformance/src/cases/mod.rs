//! The cases, a file for each subject, named by the RFC and the section it speaks of.

use crate::case::Case;

mod rfc9112_s2_first_field;
mod rfc9112_s2_lines;
mod rfc9112_s2_version;
mod rfc9112_s3_absolute;
mod rfc9112_s3_host;
mod rfc9112_s3_request_line;
mod rfc9112_s3_target;

/// The subjects, in the order of the RFCs.
pub const SUBJECTS: &[(&str, &[Case])] = &[
    ("rfc9112_s2_lines", rfc9112_s2_lines::CASES),
    ("rfc9112_s2_first_field", rfc9112_s2_first_field::CASES),
    ("rfc9112_s2_version", rfc9112_s2_version::CASES),
    ("rfc9112_s3_request_line", rfc9112_s3_request_line::CASES),
    ("rfc9112_s3_target", rfc9112_s3_target::CASES),
    ("rfc9112_s3_absolute", rfc9112_s3_absolute::CASES),
    ("rfc9112_s3_host", rfc9112_s3_host::CASES),
];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    SUBJECTS.iter().flat_map(|(_, cases)| *cases)
}
