//! How long, wide and heavy things may be.

use super::source::Function;
use super::tree::{File, Tree};
use super::{EXEMPT, Exempt, Finding};

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;
const FUNCTION_LINES_P95_MAX: usize = 50;
const LINE_WIDTH_MAX: usize = 100;
const BLOB_SIZE_MAX: usize = 512 * 1024;

/// Finds files that nobody reads to their end.
pub(super) fn files(tree: &Tree) -> Vec<Finding> {
    limited(tree)
        .filter(|file| file.text.lines().count() > FILE_LINES_MAX)
        .map(|file| {
            let lines = file.text.lines().count();
            let what = format!("{lines} lines, at most {FILE_LINES_MAX} are allowed");
            Finding::new(&file.path, 1, what, "split it by concern")
        })
        .collect()
}

/// Finds functions that do not fit on a screen.
pub(super) fn functions(tree: &Tree) -> Vec<Finding> {
    let too_long = |file: &File, function: &Function<'_>| {
        let Function { name, line, line_count } = *function;
        let what = format!("`{name}` has {line_count} lines, at most {FUNCTION_LINES_MAX}");
        Finding::new(&file.path, line, what, "keep the branches and move the loops to functions")
    };
    let mut findings = Vec::new();
    for file in limited(tree) {
        let functions = file.source.functions();
        let long = functions.iter().filter(|f| f.line_count > FUNCTION_LINES_MAX);
        findings.extend(long.map(|function| too_long(file, function)));
    }
    findings
}

/// Finds out whether long functions are the exception.
pub(super) fn functions_on_the_whole(tree: &Tree) -> Vec<Finding> {
    let measured = |file: &File| -> Vec<(usize, String)> {
        let functions = file.source.functions();
        functions.iter().map(|f| (f.line_count, format!("{}:{}", file.path, f.line))).collect()
    };
    let mut all: Vec<(usize, String)> = limited(tree).flat_map(measured).collect();
    all.sort();
    let Some((p95, _)) = all.get((all.len() * 95).div_ceil(100).saturating_sub(1)) else {
        return Vec::new();
    };
    if *p95 <= FUNCTION_LINES_P95_MAX {
        return Vec::new();
    }
    let longest: Vec<&str> = all.iter().rev().take(5).map(|(_, place)| place.as_str()).collect();
    let what =
        format!("95 % of all functions are within {p95} lines, not {FUNCTION_LINES_P95_MAX}");
    let remedy = format!("shorten the longest, which begin at {}", longest.join(", "));
    vec![Finding::new("Cargo.toml", 1, what, remedy)]
}

/// Finds lines that two columns on a screen would wrap.
pub(super) fn lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in limited(tree) {
        for (at, line) in file.text.lines().enumerate() {
            let width = line.chars().count();
            if width > LINE_WIDTH_MAX {
                let what = format!("{width} characters wide, at most {LINE_WIDTH_MAX} are allowed");
                findings.push(Finding::new(&file.path, at + 1, what, "break the line"));
            }
        }
    }
    findings
}

/// Finds files that every clone would carry for ever.
pub(super) fn blobs(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|file| file.size > BLOB_SIZE_MAX)
        .map(|file| {
            let what =
                format!("{} KiB, at most {} are allowed", file.size >> 10, BLOB_SIZE_MAX >> 10);
            Finding::new(&file.path, 1, what, "make it in a test or a task, or ignore it in git")
        })
        .collect()
}

/// Finds exemptions that name no file or no reason.
pub(super) fn exemptions(tree: &Tree) -> Vec<Finding> {
    check_exemptions(tree, EXEMPT)
}

fn check_exemptions(tree: &Tree, exempt: &[Exempt]) -> Vec<Finding> {
    exempt
        .iter()
        .filter(|exempt| tree.file(exempt.path).is_none() || exempt.reason.is_empty())
        .map(|exempt| {
            let what = "exempt from the limits, but it is not there or no reason is given";
            Finding::new(exempt.path, 1, what, "correct the list in xtask/src/tidy/mod.rs")
        })
        .collect()
}

/// The Rust files that the limits hold for.
fn limited(tree: &Tree) -> impl Iterator<Item = &File> {
    let is_exempt = |file: &File| EXEMPT.iter().any(|exempt| exempt.path == file.path);
    tree.rust().filter(move |file| !is_exempt(file))
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    /// A function of so many lines.
    fn function(lines: usize) -> String {
        format!("fn f() {{{}}}\n", "\n".repeat(lines - 1))
    }

    #[test]
    fn a_file_may_have_as_many_lines_as_the_limit() {
        assert!(findings(files, &[("a.rs", &"\n".repeat(FILE_LINES_MAX))]).is_empty());
        assert_eq!(
            findings(files, &[("a.rs", &"\n".repeat(FILE_LINES_MAX + 1))]),
            ["a.rs:1: 801 lines, at most 800 are allowed; split it by concern"]
        );
    }

    #[test]
    fn a_function_may_have_as_many_lines_as_the_limit() {
        assert!(findings(functions, &[("a.rs", &function(FUNCTION_LINES_MAX))]).is_empty());
        let found = findings(functions, &[("a.rs", &function(FUNCTION_LINES_MAX + 1))]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a.rs:1: `f` has 71 lines, at most 70; "), "{found:?}");
    }

    #[test]
    fn long_functions_are_the_exception() {
        let of = |short: usize, long: usize| function(1).repeat(short) + &function(60).repeat(long);
        assert!(findings(functions_on_the_whole, &[("a.rs", &of(95, 5))]).is_empty());
        let found = findings(functions_on_the_whole, &[("a.rs", &of(94, 6))]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("within 60 lines, not 50"), "{found:?}");
    }

    #[test]
    fn a_line_may_be_as_wide_as_the_limit() {
        assert!(findings(lines, &[("a.rs", &"ü".repeat(LINE_WIDTH_MAX))]).is_empty());
        assert_eq!(
            findings(lines, &[("a.rs", &format!("\n{}", "x".repeat(LINE_WIDTH_MAX + 1)))]),
            ["a.rs:2: 101 characters wide, at most 100 are allowed; break the line"]
        );
    }

    #[test]
    fn a_blob_may_be_as_large_as_the_limit() {
        assert!(findings(blobs, &[("a.bin", &"x".repeat(BLOB_SIZE_MAX))]).is_empty());
        assert_eq!(findings(blobs, &[("a.bin", &"x".repeat(BLOB_SIZE_MAX + 1))]).len(), 1);
    }

    #[test]
    fn an_exemption_names_a_file_and_a_reason() {
        let tree = Tree::of(&[("a.rs", "")]);
        let count = |path, reason| check_exemptions(&tree, &[Exempt { path, reason }]).len();
        assert_eq!(count("a.rs", "a table"), 0);
        assert_eq!(count("a.rs", ""), 1);
        assert_eq!(count("b.rs", "a table"), 1);
    }
}
