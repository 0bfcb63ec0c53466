//! The cases, a file for each subject, named by the RFC and the section it speaks of.

use crate::case::Case;

mod rfc9110_s10_context;
mod rfc9110_s10_expect;
mod rfc9110_s12_accept;
mod rfc9110_s12_accept_encoding;
mod rfc9110_s12_vary;
mod rfc9110_s12_weights;
mod rfc9110_s13_if_match;
mod rfc9110_s13_if_modified_since;
mod rfc9110_s13_if_none_match;
mod rfc9110_s13_if_range;
mod rfc9110_s13_if_unmodified_since;
mod rfc9110_s13_when;
mod rfc9110_s14_ranges;
mod rfc9110_s14_refused;
mod rfc9110_s14_several;
mod rfc9110_s15_classes;
mod rfc9110_s15_not_modified;
mod rfc9110_s15_partial;
mod rfc9110_s2_grammar;
mod rfc9110_s4_identity;
mod rfc9110_s4_path;
mod rfc9110_s5_date;
mod rfc9110_s5_field;
mod rfc9110_s5_list;
mod rfc9110_s6_date;
mod rfc9110_s6_message;
mod rfc9110_s7_routing;
mod rfc9110_s8_content;
mod rfc9110_s8_length;
mod rfc9110_s8_validator;
mod rfc9110_s9_head;
mod rfc9110_s9_method;
mod rfc9110_s9_other;
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
    ("rfc9110_s2_grammar", rfc9110_s2_grammar::CASES),
    ("rfc9110_s4_path", rfc9110_s4_path::CASES),
    ("rfc9110_s4_identity", rfc9110_s4_identity::CASES),
    ("rfc9110_s5_field", rfc9110_s5_field::CASES),
    ("rfc9110_s5_list", rfc9110_s5_list::CASES),
    ("rfc9110_s5_date", rfc9110_s5_date::CASES),
    ("rfc9110_s6_message", rfc9110_s6_message::CASES),
    ("rfc9110_s6_date", rfc9110_s6_date::CASES),
    ("rfc9110_s7_routing", rfc9110_s7_routing::CASES),
    ("rfc9110_s8_content", rfc9110_s8_content::CASES),
    ("rfc9110_s8_length", rfc9110_s8_length::CASES),
    ("rfc9110_s8_validator", rfc9110_s8_validator::CASES),
    ("rfc9110_s9_method", rfc9110_s9_method::CASES),
    ("rfc9110_s9_head", rfc9110_s9_head::CASES),
    ("rfc9110_s9_other", rfc9110_s9_other::CASES),
    ("rfc9110_s10_expect", rfc9110_s10_expect::CASES),
    ("rfc9110_s10_context", rfc9110_s10_context::CASES),
    ("rfc9110_s12_accept_encoding", rfc9110_s12_accept_encoding::CASES),
    ("rfc9110_s12_weights", rfc9110_s12_weights::CASES),
    ("rfc9110_s12_accept", rfc9110_s12_accept::CASES),
    ("rfc9110_s12_vary", rfc9110_s12_vary::CASES),
    ("rfc9110_s13_if_match", rfc9110_s13_if_match::CASES),
    ("rfc9110_s13_if_none_match", rfc9110_s13_if_none_match::CASES),
    ("rfc9110_s13_if_modified_since", rfc9110_s13_if_modified_since::CASES),
    ("rfc9110_s13_if_unmodified_since", rfc9110_s13_if_unmodified_since::CASES),
    ("rfc9110_s13_if_range", rfc9110_s13_if_range::CASES),
    ("rfc9110_s13_when", rfc9110_s13_when::CASES),
    ("rfc9110_s14_ranges", rfc9110_s14_ranges::CASES),
    ("rfc9110_s14_refused", rfc9110_s14_refused::CASES),
    ("rfc9110_s14_several", rfc9110_s14_several::CASES),
    ("rfc9110_s15_partial", rfc9110_s15_partial::CASES),
    ("rfc9110_s15_not_modified", rfc9110_s15_not_modified::CASES),
    ("rfc9110_s15_classes", rfc9110_s15_classes::CASES),
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
