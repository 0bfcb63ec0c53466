//! What is written for people: its links lead somewhere, and its promises are kept in view.

use super::Finding;
use super::tree::{File, Tree};

/// The two commands with which everybody starts.
const COMMANDS: &[&str] = &["cargo run --release -- serve site", "cargo test --workspace"];

/// Finds links to files that are not there.
pub(super) fn broken_links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in links(&file.text) {
            let is_elsewhere = target.contains(':') || target.starts_with('#');
            let path = target.split(['#', '?']).next().unwrap_or_default();
            if !is_elsewhere && !resolve(&file.path, path).is_some_and(|path| tree.has(&path)) {
                let what = format!("the link `{target}` leads nowhere");
                findings.push(Finding::new(&file.path, line, what, "correct or drop it"));
            }
        }
    }
    findings
}

/// Finds a README that does not say how to start.
pub(super) fn readme_without_commands(tree: &Tree) -> Vec<Finding> {
    let says = |readme: &File, command: &str| readme.text.contains(command);
    must(tree, "README.md", COMMANDS, says)
}

/// Finds a CHANGELOG without a place for the next change.
pub(super) fn changelog_without_unreleased(tree: &Tree) -> Vec<Finding> {
    let has_heading = |changelog: &File, word: &str| {
        changelog.text.lines().any(|line| line.starts_with("## ") && line.contains(word))
    };
    must(tree, "CHANGELOG.md", &["Unreleased"], has_heading)
}

/// Finds what a file should say and does not.
fn must(
    tree: &Tree,
    path: &str,
    wanted: &[&str],
    says: impl Fn(&File, &str) -> bool,
) -> Vec<Finding> {
    let Some(file) = tree.file(path) else {
        return vec![Finding::new(path, 1, "it is not there", "write it")];
    };
    wanted
        .iter()
        .filter(|text| !says(file, text))
        .map(|text| Finding::new(path, 1, format!("it does not say `{text}`"), "say it"))
        .collect()
}

/// The targets of a page's links and images, with their lines; code is left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            found.extend(line_links(line).map(|target| (at + 1, target)));
        }
    }
    found
}

/// The targets in one line: what stands between `](` and `)`, outside of backticks.
fn line_links(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(move |(at, _)| {
        let is_code = !line[..at].matches('`').count().is_multiple_of(2);
        let rest = &line[at + 2..];
        // A title may follow the target.
        let target = rest[..rest.find(')')?].split_whitespace().next().unwrap_or_default();
        (!is_code).then(|| target.trim_matches(['<', '>']))
    })
}

/// The path that a link of a page means; `None` if it leaves the workspace.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let check = |text: &str, broken: &[&str]| {
            let files = [("docs/a.md", text), ("docs/b.md", ""), ("src/c.rs", "")];
            let found = findings(broken_links, &files);
            let expected: Vec<_> = broken
                .iter()
                .map(|target| {
                    format!("docs/a.md:1: the link `{target}` leads nowhere; correct or drop it")
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("[b](b.md) [c](../src/c.rs) [d](../src/) [e](b.md#part)", &[]);
        check("[web](https://example.org/x) [mail](mailto:a@b) [part](#part)", &[]);
        check("`[x](no.md)` and ![i](<b.md> \"title\")", &[]);
        check("[x](no.md) and [y](../../up.md)", &["no.md", "../../up.md"]);
        check("![i](b.png \"title\")", &["b.png"]);
    }

    #[test]
    fn code_blocks_hold_no_links() {
        let text = "```\n[x](no.md)\n```\n[x](no.md)";
        let found = findings(broken_links, &[("a.md", text)]);
        assert_eq!(found, ["a.md:4: the link `no.md` leads nowhere; correct or drop it"]);
    }

    #[test]
    fn the_readme_says_how_to_start() {
        let whole = COMMANDS.join("\n");
        assert!(findings(readme_without_commands, &[("README.md", &whole)]).is_empty());
        for command in COMMANDS {
            let found = findings(readme_without_commands, &[("README.md", command)]);
            assert_eq!(found.len(), COMMANDS.len() - 1, "{command}");
        }
        assert_eq!(
            findings(readme_without_commands, &[]),
            ["README.md:1: it is not there; write it"]
        );
    }

    #[test]
    fn the_changelog_has_a_place_for_the_next_change() {
        let check = |text: &str, count: usize| {
            let found = findings(changelog_without_unreleased, &[("CHANGELOG.md", text)]);
            assert_eq!(found.len(), count, "{text}");
        };
        check("# Changelog\n\n## Unreleased\n", 0);
        check("# Changelog\n\n## [Unreleased]\n", 0);
        check("# Changelog\n\nUnreleased\n", 1);
    }
}
