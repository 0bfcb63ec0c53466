//! Words that mean something was left undone.

use super::Finding;
use super::source::{is_word, line_of, words};
use super::tree::{File, Tree};

/// Notes to oneself, in comments and in files that are not Rust.
const NOTES: &[&str] = &["TODO", "FIXME", "XXX"];

/// What is written while searching a bug or before the code is.
const CODE: &[&str] = &["dbg!", "todo!", "unimplemented!", "#[ignore"];

/// Kinds of files, other than Rust, that people write code and comments in.
const WRITTEN: &[&str] = &[".toml", ".css", ".html", ".js", ".sh", ".conf", ".ci/run"];

/// Finds banned words.
pub(super) fn banned(tree: &Tree) -> Vec<Finding> {
    tree.files().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Finding> {
    let is_written = WRITTEN.iter().any(|end| file.path.ends_with(end));
    let notes = if file.is_rust() { &file.source.comments } else { &file.text };
    let mut findings = Vec::new();
    if file.is_rust() || is_written {
        for note in NOTES {
            let remedy = "do it, or file it as an issue and delete the note";
            findings.extend(words(notes, note).map(|at| found(file, notes, (at, note), remedy)));
        }
    }
    for &word in CODE {
        let code = &file.source.code;
        let places = code.match_indices(word).filter(|(at, _)| !code[..*at].ends_with(is_word));
        let remedy = "finish the code or delete it";
        findings.extend(places.map(|(at, _)| found(file, code, (at, word), remedy)));
    }
    findings
}

fn found(file: &File, text: &str, (at, word): (usize, &str), remedy: &str) -> Finding {
    Finding::new(&file.path, line_of(text, at), format!("`{word}`"), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    #[test]
    fn words_of_unfinished_work_are_found() {
        let check = |path: &str, text: &str, count: usize| {
            let found = findings(banned, &[(path, text)]);
            assert_eq!(found.len(), count, "{path} {text:?}: {found:?}");
        };
        check("a.rs", "fn f() { dbg!(1); }", 1);
        check("a.rs", "fn f() { todo!() }", 1);
        check("a.rs", "fn f() { unimplemented!() }", 1);
        check("a.rs", "#[ignore = \"slow\"]", 1);
        check("a.rs", "// TODO: more\n/* FIXME */ // XXX", 3);
        check("a.toml", "# TODO", 1);
        check(".ci/run", "# FIXME", 1);
        check("a.rs", "f(\"TODO dbg!\"); // todo, todos", 0);
        check("a.rs", "my_todo!()", 0);
        check("a.bin", "XXX", 0);
        check("a.md", "no TODO", 0);
    }

    #[test]
    fn a_word_is_found_at_its_line() {
        assert_eq!(
            findings(banned, &[("a.rs", "\n\nfn f() { dbg!(1); }")]),
            ["a.rs:3: `dbg!`; finish the code or delete it"]
        );
    }
}
