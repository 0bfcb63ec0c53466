//! The reference page of the settings, written from the one table of them.
//!
//! The page is committed, so that it can be read without building anything; `--check`, which the
//! gate runs, fails when it is not what the table would write.

use std::fmt::Write as _;
use std::fs;

use settings::Entry;

use crate::failure::Failure;
use crate::workspace;

const PAGE: &str = "docs/reference/settings.md";

const INTRODUCTION: &str = "\
# Settings

Every limit and option of Avocet, with what it is when nothing is said. A setting with a flag is
given as that flag. This page is written by `cargo xtask docs` from the table in the `settings`
crate; change it there.

Sizes are written as `512`, `8KiB`, `1MiB` or `1GiB`, times as `500ms`, `30s` or `2m`.
";

/// Writes the page, or with `--check` compares it.
///
/// # Errors
///
/// When the page cannot be read or written, or with `--check` is not what it should be.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let page = workspace::root().join(PAGE);
    let wanted = render(settings::table());
    match arguments {
        [] => {
            let folder = page.parent().expect("a page has a folder");
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&page, wanted))
                .map_err(|error| Failure::new(format!("cannot write {PAGE}"), &error))
        }
        [flag] if flag == "--check" => {
            let found = fs::read_to_string(&page)
                .map_err(|error| Failure::new(format!("cannot read {PAGE}"), &error))?;
            compare(&found, &wanted)
        }
        [other, ..] => Err(Failure::unknown(other)),
    }
}

/// Says where the page first differs from what it should be.
fn compare(found: &str, wanted: &str) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    let same = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted);
    let line = same.count() + 1;
    Err(Failure::Failed(format!(
        "{PAGE}:{line}: differs from the table of settings; run `cargo xtask docs` and commit it"
    )))
}

/// Writes the page.
fn render<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut page = INTRODUCTION.to_owned();
    for entry in entries {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## `{}`\n\n{}\n\n", entry.key, entry.doc);
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(page, "- {name}: {value}");
        };
        if let Some(flag) = entry.flag {
            row("flag", &format!("`--{flag}`"));
        }
        row("default", &as_typed(&entry.default_text()));
        row("values", &as_typed(&entry.allowed()));
        if !entry.kind.unit().is_empty() {
            row("counted in", entry.kind.unit());
        }
    }
    page
}

/// Sets what one would type as code, and leaves sentences alone.
fn as_typed(text: &str) -> String {
    if text.contains(' ') { text.to_owned() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_section() {
        let page = render(settings::table());
        for entry in settings::table() {
            assert!(page.contains(&format!("\n## `{}`\n\n{}\n", entry.key, entry.doc)));
            let default = format!("- default: {}\n", as_typed(&entry.default_text()));
            assert!(page.contains(&default), "{}", entry.key);
        }
    }

    #[test]
    fn a_page_that_differs_is_found_at_its_line() {
        assert!(compare("a\nb\n", "a\nb\n").is_ok());
        let check = |found: &str, line: usize| {
            let Err(Failure::Failed(message)) = compare(found, "a\nb\n") else {
                panic!("{found:?} passed")
            };
            assert!(message.starts_with(&format!("{PAGE}:{line}: ")), "{message}");
        };
        check("x\nb\n", 1);
        check("a\nx\n", 2);
        check("a\nb\nc\n", 3);
        check("", 1);
    }
}
