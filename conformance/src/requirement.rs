//! What the RFCs ask, counted: a row for each keyword, with what shows that it is done.

/// How much is asked, by the keywords of RFC 2119.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// MUST, REQUIRED, SHALL.
    Must,
    /// MUST NOT, SHALL NOT.
    MustNot,
    /// SHOULD, RECOMMENDED.
    Should,
    /// SHOULD NOT, NOT RECOMMENDED.
    ShouldNot,
}

/// How it is known that Avocet does as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By these cases, named by their ids.
    Cases(&'static [&'static str]),
    /// By a test elsewhere, since no exchange with a plain server can show it: its function and
    /// file.
    Test(&'static str),
    /// It does not apply to an origin server of this kind: why.
    Inapplicable(&'static str),
}

/// One thing that an RFC asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The section that asks, such as `3.2`.
    pub section: &'static str,
    /// How much.
    pub level: Level,
    /// What, in our own words.
    pub says: &'static str,
    /// How it is known that it is done.
    pub proof: Proof,
}

impl Level {
    /// The keyword as the RFCs write it.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
        }
    }
}
