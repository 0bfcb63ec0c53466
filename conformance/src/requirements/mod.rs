//! Every MUST, MUST NOT, SHOULD and SHOULD NOT of the two RFCs, in their order.

use crate::requirement::Requirement;

mod rfc9110_b;
mod rfc9110_c;
mod rfc9110_s1;
mod rfc9110_s8;
mod rfc9112;
mod rfc9112_s6;
mod rfc9112_s7;

/// An RFC's number, its title, and what it asks.
#[derive(Clone, Copy, Debug)]
pub struct Rfc {
    /// Its number.
    pub number: u16,
    /// Its title.
    pub title: &'static str,
    /// The titles of its sections, from the first.
    pub sections: &'static [&'static str],
    /// What it asks, a list for each half that fills a file.
    pub parts: &'static [&'static [Requirement]],
}

/// The RFCs.
pub const RFCS: &[Rfc] = &[
    Rfc {
        number: 9110,
        title: "HTTP Semantics",
        sections: &[
            "Introduction",
            "Conformance",
            "Terminology and Core Concepts",
            "Identifiers in HTTP",
            "Fields",
            "Message Abstraction",
            "Routing HTTP Messages",
            "Representation Data and Metadata",
            "Methods",
            "Message Context",
            "HTTP Authentication",
            "Content Negotiation",
            "Conditional Requests",
            "Range Requests",
            "Status Codes",
            "Extending HTTP",
            "Security Considerations",
            "IANA Considerations",
        ],
        parts: &[
            rfc9110_s1::REQUIREMENTS,
            rfc9110_s8::REQUIREMENTS,
            rfc9110_b::REQUIREMENTS,
            rfc9110_c::REQUIREMENTS,
        ],
    },
    Rfc {
        number: 9112,
        title: "HTTP/1.1",
        sections: &[
            "Introduction",
            "Message",
            "Request Line",
            "Status Line",
            "Field Syntax",
            "Message Body",
            "Transfer Codings",
            "Handling Incomplete Messages",
            "Connection Management",
            "Enclosing Messages as Data",
            "Security Considerations",
            "IANA Considerations",
        ],
        parts: &[rfc9112::REQUIREMENTS, rfc9112_s6::REQUIREMENTS, rfc9112_s7::REQUIREMENTS],
    },
];

impl Rfc {
    /// What it asks, in order.
    pub fn requirements(&self) -> impl Iterator<Item = &'static Requirement> + use<> {
        self.parts.iter().flat_map(|part| *part)
    }
}
