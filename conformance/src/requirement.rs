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
    /// By these cases, but for what Avocet does otherwise on purpose: what, and why.
    CasesBut(&'static [&'static str], &'static str),
    /// By these cases and, where they would notice nothing, by a test elsewhere.
    CasesAndTest(&'static [&'static str], &'static str),
    /// By a test elsewhere, since no exchange with a plain server can show it: its function and
    /// file, as `function in path`.
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

impl Proof {
    /// The ids of the cases that show it.
    #[must_use]
    pub const fn cases(&self) -> &'static [&'static str] {
        match self {
            Self::Cases(ids) | Self::CasesBut(ids, _) | Self::CasesAndTest(ids, _) => ids,
            Self::Test(_) | Self::Inapplicable(_) => &[],
        }
    }

    /// The test elsewhere that shows it: its function, and its file from the workspace's folder.
    /// `None` if there is none, or if it is not written as it should be.
    #[must_use]
    pub fn test(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Test(name) | Self::CasesAndTest(_, name) => name.split_once(" in "),
            Self::Cases(_) | Self::CasesBut(..) | Self::Inapplicable(_) => None,
        }
    }
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
