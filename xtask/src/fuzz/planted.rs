//! One bug for each fuzz target, planted in a copy of the sources, to see that the target finds it
//! within a minute. A target that finds nothing there would find nothing anywhere.
//!
//! The bugs are of the kinds that slip in: a limit off by one, a check left out, a comparison that
//! is too strong.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace;

/// A target, and a bug that it must find.
pub(super) struct Planted {
    pub(super) target: &'static str,
    /// The source file, from the workspace's folder.
    file: &'static str,
    /// Text that stands in it exactly once.
    find: &'static str,
    /// What takes its place.
    replace: &'static str,
}

pub(super) const PLANTED: &[Planted] = &[
    // What is left of a chunk at the end of a read is forgotten.
    Planted {
        target: "chunked",
        file: "crates/http1/src/chunked.rs",
        find: "if self.left == 0 {\n                    self.state = State::DataCr;",
        replace: "if run < rest.len() {\n                    self.state = State::DataCr;",
    },
    // A body that nobody reads runs as a request.
    Planted {
        target: "connection",
        file: "crates/server/src/conn/h1.rs",
        find: "*at += decide_on_body(",
        replace: "decide_on_body(",
    },
    // Field names are not looked at.
    Planted {
        target: "differential",
        file: "crates/http1/src/head/field.rs",
        find: "if recognised.is_none() && !scan::is_token(name) {",
        replace: "if recognised.is_none() && name.is_empty() {",
    },
    // A request line that fills its limit exactly is not looked at again.
    Planted {
        target: "head",
        file: "crates/http1/src/head/parse.rs",
        find: "(scanned < line_end && buf.len() >= line_end)",
        replace: "(scanned < line_end && buf.len() > line_end)",
    },
    // What is refused with a weight of nothing is sent.
    Planted {
        target: "negotiation",
        file: "crates/semantics/src/coding.rs",
        find: "self.quality(coding).filter(|&quality| quality > Quality::ZERO)",
        replace: "self.quality(coding)",
    },
    // An encoded slash parts segments behind the checks.
    Planted {
        target: "path",
        file: "crates/semantics/src/path.rs",
        find: "b'/' | b'\\\\' => return Err(PathError::Separator),",
        replace: "b'\\\\' => return Err(PathError::Separator),",
    },
    // If-None-Match compares strongly.
    Planted {
        target: "preconditions",
        file: "crates/semantics/src/conditional.rs",
        find: "lines if !lines.name(current, TagRef::weak_eq) => Outcome::Proceed,",
        replace: "lines if !lines.name(current, TagRef::strong_eq) => Outcome::Proceed,",
    },
    // Ranges may come to more than the file.
    Planted {
        target: "range",
        file: "crates/semantics/src/range.rs",
        find: "len_left = len_left.checked_sub(part.end - part.start)?;",
        replace: "len_left = len_left.saturating_sub(part.end - part.start);",
    },
];

/// A copy of what the targets are built from, to plant bugs in.
pub(super) struct Copy {
    root: PathBuf,
}

impl Copy {
    /// Copies the sources into the target folder, over what an earlier run left there.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub(super) fn make() -> Result<Self, Failure> {
        let root = workspace::target_dir().join("planted");
        let failed = |error| Failure::new("cannot copy the sources", &error);
        copy(workspace::root(), &root).map_err(failed)?;
        Ok(Self { root })
    }

    /// The folder of the targets.
    pub(super) fn fuzz(&self) -> PathBuf {
        self.root.join("fuzz")
    }

    /// Has `work` done with a bug planted, and takes the bug out again.
    ///
    /// # Errors
    ///
    /// When the bug's text does not stand in its file exactly once, and whatever `work` says.
    pub(super) fn with(
        &self,
        planted: &Planted,
        work: impl FnOnce(&Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = self.root.join(planted.file);
        let failed = |error| Failure::new(format!("cannot change {}", planted.file), &error);
        let source = fs::read_to_string(&path).map_err(failed)?;
        if source.matches(planted.find).count() != 1 {
            let Planted { target, file, find, .. } = planted;
            return Err(Failure::Failed(format!(
                "the bug for `{target}` has no place: {file} must have this once: {find}"
            )));
        }
        fs::write(&path, source.replace(planted.find, planted.replace)).map_err(failed)?;
        let outcome = work(self);
        fs::write(&path, source).map_err(failed)?;
        outcome
    }
}

/// Copies a file or a folder, but for what is built; a file that is the same already is left alone,
/// so that it is not built again.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        let content = fs::read(from)?;
        return match fs::read(to) {
            Ok(there) if there == content => Ok(()),
            _ => fs::write(to, content),
        };
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if name != "target" && name != "artifacts" && name != ".git" {
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_has_its_place() {
        for Planted { target, file, find, replace } in PLANTED {
            let source = fs::read_to_string(workspace::root().join(file)).unwrap();
            assert_eq!(source.matches(find).count(), 1, "{target}: {find}");
            assert_ne!(find, replace);
        }
    }
}
