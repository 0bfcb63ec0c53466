//! `docs/limits.md`: what each limit is, by the table of settings, and what was measured.
//!
//! The prose is written by hand; between two markers each stands what this program writes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::attacks::ATTACKS;
use crate::error::Failure;
use crate::table;
use crate::verdict::Verdict;

/// The parts that are written.
const LIMITS: &str = "limits";
const MEASURED: &str = "measured";

/// Writes what was measured.
///
/// # Errors
///
/// When the page cannot be read or written, or has no such part.
pub(crate) fn write_measured(verdicts: &[Verdict]) -> Result<(), Failure> {
    write(MEASURED, &table::page(verdicts))
}

/// Writes the table of limits, for which nothing needs to be measured.
///
/// # Errors
///
/// When the page cannot be read or written, or has no such part.
pub(crate) fn write_limits() -> Result<(), Failure> {
    write(LIMITS, &limits())
}

fn write(name: &str, part: &str) -> Result<(), Failure> {
    let path = path();
    let text = fs::read_to_string(&path).map_err(Failure::of("read docs/limits.md"))?;
    let text = replace(&text, name, part);
    let text = text.ok_or_else(|| Failure::Strange("docs/limits.md without markers".to_owned()))?;
    fs::write(path, text).map_err(Failure::of("write docs/limits.md"))
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/limits.md")
}

/// Puts `part` between the markers of that name; `None` when they are not there.
fn replace(text: &str, name: &str, part: &str) -> Option<String> {
    let begin = format!("<!-- {name}: begin, written by attack-proof --write-docs -->\n");
    let end = format!("<!-- {name}: end -->\n");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{part}\n{end}{after}"))
}

/// Writes the table of limits.
fn limits() -> String {
    let mut text = String::from("| limit | default | what it is | tried by |\n|---|--:|---|---|\n");
    for entry in settings::limits() {
        let tried = ATTACKS.iter().filter(|attack| attack.limits.contains(&entry.key));
        let tried: Vec<_> = tried.map(|attack| attack.name).collect();
        let (key, default) = (entry.key, entry.default_text());
        // Writing to a string cannot fail.
        writeln!(text, "| `{key}` | {default} | {} | {} |", entry.doc, tried.join(", ")).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_parts_and_names_every_limit() {
        let text = fs::read_to_string(path()).unwrap();
        for name in [LIMITS, MEASURED] {
            let changed = replace(&text, name, "changed").unwrap();
            assert!(changed.contains("\nchanged\n"));
        }
        let limits = limits();
        assert!(limits.contains("| `head_timeout` | 10s |"), "{limits}");
        assert!(text.contains(&limits), "cargo run -p attack-proof -- --write-limits");
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let text = "a\n<!-- x: begin, written by attack-proof --write-docs -->\nb\n\
                    <!-- x: end -->\nc\n";
        let changed = replace(text, "x", "new").unwrap();
        assert_eq!(changed, text.replace("b\n", "\nnew\n"));
        assert_eq!(replace(text, "y", "new"), None);
    }
}
