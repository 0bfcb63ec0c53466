//! The cases, a file for each subject, named by the RFC and the section it speaks of.

use crate::case::Case;

mod rfc9112_s11_smuggling;
mod rfc9112_s11_splitting;
mod rfc9112_s2_first_field;
mod rfc9112_s2_lines;
mod rfc9112_s2_version;
mod rfc9112_s3_absolute;
mod rfc9112_s3_host;
mod rfc9112_s3_request_line;
mod rfc9112_s3_target;
mod rfc9112_s4_status_line;
mod rfc9112_s5_field;
mod rfc9112_s5_fold;
mod rfc9112_s6_answer;
mod rfc9112_s6_coding;
mod rfc9112_s6_length;
mod rfc9112_s7_chunk;
mod rfc9112_s7_extension;
mod rfc9112_s7_trailer;
mod rfc9112_s8_incomplete;
mod rfc9112_s9_close;
mod rfc9112_s9_persistence;
mod rfc9112_s9_pipeline;

/// The subjects, in the order of the RFCs.
pub const SUBJECTS: &[(&str, &[Case])] = &[
    ("rfc9112_s2_lines", rfc9112_s2_lines::CASES),
    ("rfc9112_s2_first_field", rfc9112_s2_first_field::CASES),
    ("rfc9112_s2_version", rfc9112_s2_version::CASES),
    ("rfc9112_s3_request_line", rfc9112_s3_request_line::CASES),
    ("rfc9112_s3_target", rfc9112_s3_target::CASES),
    ("rfc9112_s3_absolute", rfc9112_s3_absolute::CASES),
    ("rfc9112_s3_host", rfc9112_s3_host::CASES),
    ("rfc9112_s4_status_line", rfc9112_s4_status_line::CASES),
    ("rfc9112_s5_field", rfc9112_s5_field::CASES),
    ("rfc9112_s5_fold", rfc9112_s5_fold::CASES),
    ("rfc9112_s6_coding", rfc9112_s6_coding::CASES),
    ("rfc9112_s6_length", rfc9112_s6_length::CASES),
    ("rfc9112_s6_answer", rfc9112_s6_answer::CASES),
    ("rfc9112_s7_chunk", rfc9112_s7_chunk::CASES),
    ("rfc9112_s7_extension", rfc9112_s7_extension::CASES),
    ("rfc9112_s7_trailer", rfc9112_s7_trailer::CASES),
    ("rfc9112_s8_incomplete", rfc9112_s8_incomplete::CASES),
    ("rfc9112_s9_persistence", rfc9112_s9_persistence::CASES),
    ("rfc9112_s9_close", rfc9112_s9_close::CASES),
    ("rfc9112_s9_pipeline", rfc9112_s9_pipeline::CASES),
    ("rfc9112_s11_splitting", rfc9112_s11_splitting::CASES),
    ("rfc9112_s11_smuggling", rfc9112_s11_smuggling::CASES),
];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    SUBJECTS.iter().flat_map(|(_, cases)| *cases)
}
