//! The page for people, `docs/conformance.md`: what is asked, what shows it, how servers stand.
//!
//! It is made of the lists and the committed results alone, so the same always gives the same page.

use std::fmt::Write as _;

use crate::alone::ALONE;
use crate::case::Case;
use crate::cases;
use crate::requirement::{Proof, Requirement};
use crate::requirements::{RFCS, Rfc};
use crate::results::Results;

const INTRODUCTION: &str = "\
# Conformance

What RFC 9110 and RFC 9112 ask of an origin server, what shows that Avocet does it, and how Debian's
other servers stand the same cases. This page is written by `cargo run -p avocet-conformance --
report` from the lists in [conformance](../conformance/src/lib.rs) and the results of the last run;
change those.

A *case* is an exchange over a raw socket with the real program. It asserts what the RFC requires
and, where the RFC leaves a choice, what all permitted behaviours have in common. Each was seen to
fail: on another server, or on a build of Avocet broken for it, a *mutant*. Servers are configured
to serve a folder of files, as their own documentation recommends, with precompressed siblings
where the server knows how ([configurations](../conformance/peers/nginx.conf)); a cross says what a
server does in that role and in that version.

```text
cargo test -p avocet --test conformance         the cases on Avocet
cargo run -p avocet-conformance                 and on the other servers that are installed
cargo run -p avocet-conformance -- mutants      on Avocet broken on purpose
cargo run -p avocet-conformance -- record       all of it, and this page; takes long
```
";

const READING: &str = "\
## How to read the rest

For each section there is what it asks, in our words, a line for each keyword with the cases that
show it, and then the cases: ✓ where a server does as asked, ✗ where it does something else. A case
that no other server fails names a mutant that does. *Elsewhere* names a test of the workspace, for
what no exchange with a plain server can show. *But* says what Avocet does otherwise on purpose.
*Not ours* says why something does not apply.
";

/// Writes the page.
#[must_use]
pub fn render(results: &Results) -> String {
    let mut page = INTRODUCTION.to_owned();
    counts(&mut page, results);
    summary(&mut page, results);
    alone(&mut page);
    page.push('\n');
    page.push_str(READING);
    for rfc in RFCS {
        line(&mut page, format_args!("\n## RFC {}, {}", rfc.number, rfc.title));
        for (at, title) in rfc.sections.iter().enumerate() {
            section(&mut page, rfc, &(at + 1).to_string(), title, results);
        }
    }
    page
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{text}");
}

fn counts(page: &mut String, results: &Results) {
    let requirements = || RFCS.iter().flat_map(Rfc::requirements);
    let count = |is: fn(&Proof) -> bool| requirements().filter(|row| is(&row.proof)).count();
    let by_cases = count(|proof| !proof.cases().is_empty());
    let by_tests = count(|proof| matches!(proof, Proof::Test(_)));
    let others = count(|proof| matches!(proof, Proof::Inapplicable(_)));
    line(
        page,
        format_args!(
            "\nIn all: {} cases. {by_cases} requirements are shown by them, {by_tests} by tests \
         elsewhere; {others} rows say what is not asked of such a server. {} mutants were tried.",
            cases::all().count(),
            results.mutants,
        ),
    );
}

/// The table of servers by sections.
fn summary(page: &mut String, results: &Results) {
    line(page, format_args!("\n## Servers\n"));
    let names: Vec<String> =
        results.servers.iter().map(|(name, version)| format!("{name} {version}")).collect();
    line(page, format_args!("| section | cases | {} |", names.join(" | ")));
    line(page, format_args!("|---|---:|{}", "---:|".repeat(names.len())));
    let mut row = |title: String, cases: &[&Case]| {
        let passed = results.servers.iter().map(|(server, _)| {
            let passes = |case: &&&Case| mark(results, case.id, server) == PASSED;
            cases.iter().filter(passes).count().to_string()
        });
        let passed: Vec<String> = passed.collect();
        line(page, format_args!("| {title} | {} | {} |", cases.len(), passed.join(" | ")));
    };
    for rfc in RFCS {
        for (at, title) in rfc.sections.iter().enumerate() {
            let cases = cases_of(rfc, &(at + 1).to_string());
            if !cases.is_empty() {
                row(format!("{} §{} {title}", rfc.number, at + 1), &cases);
            }
        }
    }
    row("**all**".to_owned(), &cases::all().collect::<Vec<_>>());
}

/// What no other server passes, and why it is asked.
fn alone(page: &mut String) {
    line(page, format_args!("\nNo other server passes these, which are right all the same:\n"));
    for (id, why) in ALONE {
        line(page, format_args!("- `{id}`: {why}"));
    }
}

/// What a top section asks, and its cases.
fn section(page: &mut String, rfc: &Rfc, number: &str, title: &str, results: &Results) {
    let is_here = |row: &&Requirement| top(row.section) == number;
    let requirements: Vec<_> = rfc.requirements().filter(is_here).collect();
    let cases = cases_of(rfc, number);
    if requirements.is_empty() && cases.is_empty() {
        return;
    }
    line(page, format_args!("\n### {} §{number} {title}", rfc.number));
    if !requirements.is_empty() {
        page.push('\n');
    }
    for row in requirements {
        requirement(page, row);
    }
    if cases.is_empty() {
        return;
    }
    let servers = || results.servers.iter().map(|(name, _)| name.as_str());
    let names: Vec<&str> = servers().collect();
    line(page, format_args!("\n| case | asks | {} | mutant |", names.join(" | ")));
    line(page, format_args!("|---|---|{}---|", ":-:|".repeat(names.len())));
    for case in cases {
        let marks: Vec<&str> = servers().map(|server| mark(results, case.id, server)).collect();
        line(
            page,
            format_args!(
                "| {} | {} | {} | {} |",
                case.id,
                escaped(case.asks),
                marks.join(" | "),
                mutant(results, case.id),
            ),
        );
    }
}

fn requirement(page: &mut String, row: &Requirement) {
    let Requirement { section, level, says, proof } = row;
    let ids: Vec<String> = proof.cases().iter().map(|id| format!("`{id}`")).collect();
    let ids = ids.join(", ");
    let proof = match proof {
        Proof::Cases(_) => ids,
        Proof::CasesBut(_, what) => format!("{ids}; *but:* {what}"),
        Proof::CasesAndTest(_, name) => format!("{ids}; *elsewhere:* {name}"),
        Proof::Test(name) => format!("*elsewhere:* {name}"),
        Proof::Inapplicable(why) => format!("*not ours:* {why}"),
    };
    line(page, format_args!("- §{section} **{}** {says}: {proof}", level.keyword()));
}

const PASSED: &str = "✓";

fn mark(results: &Results, id: &str, server: &str) -> &'static str {
    match results.of(id) {
        Some(failed) if failed.servers.contains(server) => "✗",
        Some(_) => PASSED,
        None => "?",
    }
}

/// The mutant that shows most of a case, if no other server fails it: the one that fails fewest.
fn mutant<'a>(results: &'a Results, id: &str) -> &'a str {
    let failed = results.of(id);
    let failed = failed.filter(|failed| failed.servers.iter().all(|name| name == "avocet"));
    let mutants = failed.into_iter().flat_map(|failed| &failed.mutants);
    mutants.min_by_key(|name| results.failed_by(name)).map_or("", String::as_str)
}

fn cases_of(rfc: &Rfc, number: &str) -> Vec<&'static Case> {
    let section = format!("{}-{number}", rfc.number);
    cases::all().filter(|case| case.section() == section).collect()
}

/// The top of a section such as `3.2.1`.
fn top(section: &str) -> &str {
    section.split('.').next().unwrap_or(section)
}

/// Text for a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
