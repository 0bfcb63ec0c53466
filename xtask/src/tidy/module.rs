//! Modules: each says what it is, and each is reached.

use std::collections::HashSet;

use super::Finding;
use super::source::{is_word, words};
use super::tree::{File, Tree};

/// Finds modules that do not begin by saying what they are.
pub(super) fn missing_docs(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|file| !file.text.trim_start().starts_with("//! "))
        .map(|file| {
            let remedy = "begin with `//!`: what it is in a phrase, why, and what it does not do";
            Finding::new(&file.path, 1, "a module without docs", remedy)
        })
        .collect()
}

/// Finds files that no `mod` leads to, which the compiler never sees.
pub(super) fn dead_files(tree: &Tree) -> Vec<Finding> {
    let mut reached: HashSet<&str> = HashSet::new();
    let mut waiting: Vec<&File> = tree.rust().filter(|file| is_root(&file.path)).collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(&file.path) {
            let paths = module_paths(file).into_iter();
            waiting.extend(paths.filter_map(|path| tree.file(&path)));
        }
    }
    tree.rust()
        .filter(|file| !reached.contains(file.path.as_str()))
        .map(|file| {
            let remedy = "declare it with a plain `mod` in its parent, or delete it";
            Finding::new(&file.path, 1, "no `mod` leads to this file", remedy)
        })
        .collect()
}

/// Whether cargo compiles a file by itself.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., "src", "lib.rs" | "main.rs"] | [.., "build.rs"] | [.., "src", "bin", _] => true,
        [.., folder, _] | [.., folder, _, "main.rs"]
            if matches!(*folder, "tests" | "examples" | "benches" | "fuzz_targets") =>
        {
            // `src/foo/tests/bar.rs` is a module like any other.
            !parts.contains(&"src")
        }
        _ => false,
    }
}

/// Where the modules may be that a file declares.
fn module_paths(file: &File) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let stem = name.trim_end_matches(".rs");
    let owns_folder = is_root(&file.path) || stem == "mod";
    let below = if owns_folder { folder.to_owned() } else { format!("{folder}/{stem}") };
    declared(&file.source.code)
        .flat_map(|module| [format!("{below}/{module}.rs"), format!("{below}/{module}/mod.rs")])
        .collect()
}

/// The names of the modules that are declared and have a file of their own.
fn declared(code: &str) -> impl Iterator<Item = &str> {
    words(code, "mod").filter_map(|at| {
        let rest = code[at + "mod".len()..].trim_start();
        let name = &rest[..rest.find(|c| !is_word(c))?];
        rest[name.len()..].trim_start().starts_with(';').then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    #[test]
    fn a_module_begins_with_its_docs() {
        let check = |text: &str, count: usize| {
            assert_eq!(findings(missing_docs, &[("a.rs", text)]).len(), count, "{text:?}");
        };
        check("//! A thing.\n", 0);
        check("\n//! A thing.\n", 0);
        check("use std::fs;\n//! A thing.\n", 1);
        check("// A thing.\n", 1);
        check("", 1);
    }

    #[test]
    fn every_file_is_reached() {
        let alive = [
            ("c/src/lib.rs", "mod a;\npub(crate) mod b;\n#[cfg(test)]\nmod tests;"),
            ("c/src/a.rs", "mod inner;"),
            ("c/src/a/inner.rs", ""),
            ("c/src/b/mod.rs", "mod inner;"),
            ("c/src/b/inner.rs", ""),
            ("c/src/tests.rs", ""),
            ("c/src/bin/tool.rs", ""),
            ("c/tests/one.rs", ""),
            ("c/tests/many/main.rs", "mod part;"),
            ("c/tests/many/part.rs", ""),
            ("c/examples/echo.rs", ""),
        ];
        assert_eq!(findings(dead_files, &alive), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_nothing_declares_is_found() {
        let check = |dead: &str, parent: &str| {
            let found = findings(dead_files, &[("c/src/lib.rs", parent), (dead, "")]);
            assert_eq!(found.len(), 1, "{dead}: {found:?}");
            assert!(found[0].starts_with(&format!("{dead}:1: ")), "{found:?}");
        };
        check("c/src/a.rs", "mod b;");
        check("c/src/a.rs", "// mod a;");
        check("c/src/a.rs", "mod a { }");
        check("c/src/a/b.rs", "mod b;");
        check("c/src/tests/a.rs", "mod tests { }");
        check("c/tests/many/part.rs", "");
    }
}
