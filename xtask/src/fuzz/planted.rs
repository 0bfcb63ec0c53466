//! One bug for each fuzz target, planted in a copy of the sources, to see that the target finds it
//! within a minute. A target that finds nothing there would find nothing anywhere.
//!
//! The bugs are of the kinds that slip in: a limit off by one, a check left out, a comparison that
//! is too strong.

use mutation::Replacement;

/// A target, and a bug that it must find.
pub(super) struct Planted {
    pub(super) target: &'static str,
    pub(super) bug: Replacement,
}

pub(super) const PLANTED: &[Planted] = &[
    // What is left of a chunk at the end of a read is forgotten.
    Planted {
        target: "chunked",
        bug: Replacement {
            file: "crates/http1/src/chunked.rs",
            find: "if self.left == 0 {\n                    self.state = State::DataCr;",
            replace: "if run < rest.len() {\n                    self.state = State::DataCr;",
        },
    },
    // A body that nobody reads runs as a request.
    Planted {
        target: "connection",
        bug: Replacement {
            file: "crates/server/src/conn/h1.rs",
            find: "*at += decide_on_body(",
            replace: "decide_on_body(",
        },
    },
    // Field names are not looked at.
    Planted {
        target: "differential",
        bug: Replacement {
            file: "crates/http1/src/head/field.rs",
            find: "if recognised.is_none() && !scan::is_token(name) {",
            replace: "if recognised.is_none() && name.is_empty() {",
        },
    },
    // A request line that fills its limit exactly is not looked at again.
    Planted {
        target: "head",
        bug: Replacement {
            file: "crates/http1/src/head/parse.rs",
            find: "(scanned < line_end && buf.len() >= line_end)",
            replace: "(scanned < line_end && buf.len() > line_end)",
        },
    },
    // What is refused with a weight of nothing is sent.
    Planted {
        target: "negotiation",
        bug: Replacement {
            file: "crates/semantics/src/coding.rs",
            find: "self.quality(coding).filter(|&quality| quality > Quality::ZERO)",
            replace: "self.quality(coding)",
        },
    },
    // An encoded slash parts segments behind the checks.
    Planted {
        target: "path",
        bug: Replacement {
            file: "crates/semantics/src/path.rs",
            find: "b'/' | b'\\\\' => return Err(PathError::Separator),",
            replace: "b'\\\\' => return Err(PathError::Separator),",
        },
    },
    // If-None-Match compares strongly.
    Planted {
        target: "preconditions",
        bug: Replacement {
            file: "crates/semantics/src/conditional.rs",
            find: "lines if !lines.name(current, TagRef::weak_eq) => Outcome::Proceed,",
            replace: "lines if !lines.name(current, TagRef::strong_eq) => Outcome::Proceed,",
        },
    },
    // Ranges may come to more than the file.
    Planted {
        target: "range",
        bug: Replacement {
            file: "crates/semantics/src/range.rs",
            find: "len_left = len_left.checked_sub(part.end - part.start)?;",
            replace: "len_left = len_left.saturating_sub(part.end - part.start);",
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_bug_has_its_place() {
        for Planted { target, bug } in PLANTED {
            assert!(bug.check(workspace::root()).is_ok(), "{target}: {bug:?}");
            assert_ne!(bug.find, bug.replace);
        }
    }
}
