//! `docs/performance.md`: all figures of a whole run, and what one must know to read them.
//!
//! The page is written anew each time, but for the explanations of what was missed: those are
//! somebody's words, and kept.

use std::fmt::Write as _;

use super::figures::Outcome;
use super::judge::{self, State};
use super::peer::Kind;
use super::report::{Report, table};
use super::table::Table;

const BEFORE: &str = "\
# Performance

What a request costs Avocet, beside the least that it could cost and beside the servers that one
would take instead. This page is written by `cargo xtask bench --write-docs`; only the explanations
of what was missed are written by hand.

![Processor time per request](performance.svg)

## What is measured

The processor time of all of a server's processes and threads, from the kernel's scheduler
(`schedstat`), divided by the requests that were answered rightly. Before a server is measured under
a load, an answer of each kind is compared with the file, decoded if need be; while it is measured,
status and length of every answer are checked. What a server cannot do rightly is left out, and said
below its table.

The server has one core and the client another. The client writes to all its connections, then
reads from all of them, so that every server finds the same work when it wakes up; where the load is
*free-running* or has a rate of its own, it says so. Rounds are interleaved, server after server. A
ratio is the median of the ratios *within* a round, in parentheses its 95 % interval, and a target
is met when the upper end of that interval meets it.

The *floor* is a program of one thread that waits, receives and sends a ready answer without looking
at what was asked. No server that reads its requests can be cheaper by much. Its second form sends
the body with one `sendfile` of whole pages, which is the least up to some hundred KiB; large files
cost less when they go in the right pieces (decision 0019).

- **CPU**: processor time for a request, or for a MiB where a file is large; the median of the
  rounds.
- **of the floor**: that figure divided by the floor's. **Avocet of it**: Avocet's divided by that
  of the row's server.
- **requests/s**: what one core answered, by the clock on the wall. **p50**, **p99**: latency at the
  rate that the load says.
- **calls**: system calls a request, counted by strace in a run of its own.
- **RSS**, **PSS**: memory in use after the load; PSS counts once what processes share.
- **longest turn**: the longest that Avocet's loop kept all its connections waiting.

Everything happens on one machine over loopback. It says nothing about networks, and of disks only
what the cold loads say.
";

const REPEAT: &str = "\
## How to repeat it

    apt-get install nginx libnginx-mod-http-brotli-static h2o lighttpd lighttpd-mod-deflate caddy \\
        apache2 strace
    cargo build --release --manifest-path bench/peers/Cargo.toml
    cargo xtask bench                      all loads, in about twenty minutes
    cargo xtask bench --quick --only 304   a short look at one

The bench needs two cores and installs nothing; it says who is missing. The servers' configurations
are in [bench/peers](../bench/peers), the loads and what Avocet must reach under them in
`xtask/src/bench/loads.rs`.
";

/// Writes the page. `old` is the page as it was, for its explanations.
pub(super) fn page(report: &Report, old: &str) -> String {
    let mut page = BEFORE.to_owned();
    let _ = write!(page, "\n{REPEAT}\n## Where\n\n{}.\n", report.machine);
    remarks(&mut page, report);
    verdicts(&mut page, report);
    for outcome in &report.outcomes {
        load(&mut page, outcome, old);
    }
    page
}

/// What is to be known of the servers, and which are missing.
fn remarks(page: &mut String, report: &Report) {
    page.push('\n');
    for lack in &report.missing {
        let _ = writeln!(page, "- **Partial**: {lack}.");
    }
    let peers = Kind::ALL.into_iter().filter_map(Kind::peer);
    for remark in peers.filter_map(|peer| peer.remark) {
        let _ = writeln!(page, "- {remark}");
    }
}

/// The table of targets.
fn verdicts(page: &mut String, report: &Report) {
    let mut table = Table::new(&["load", "wanted", "found", ""]);
    for verdict in report.verdicts() {
        let mark = match verdict.state {
            State::Met => "met".to_owned(),
            State::Missed(by) => format!("**missed by {by}**"),
            State::Unknown => "not judged".to_owned(),
        };
        table.add(vec![verdict.load.to_owned(), verdict.wanted, verdict.found, mark]);
    }
    let _ = write!(page, "\n## What Avocet must reach\n\n{}", table.markdown());
}

/// The section of a load.
fn load(page: &mut String, outcome: &Outcome, old: &str) {
    let scenario = outcome.scenario;
    let _ = write!(page, "\n## {}\n\n{}", scenario.name, scenario.about);
    let connections = if scenario.connections == 1 { "connection" } else { "connections" };
    let _ = write!(page, " {} {connections}.\n\n", thousands(scenario.connections));
    page.push_str(&table(outcome).markdown());
    if !outcome.remarks.is_empty() {
        page.push('\n');
        for remark in &outcome.remarks {
            let _ = writeln!(page, "- {remark}");
        }
    }
    let is_missed = |verdict: &judge::Verdict| matches!(verdict.state, State::Missed(_));
    let words = explanation(old, scenario.name);
    if judge::judge(outcome).iter().any(is_missed) || !words.is_empty() {
        let [begin, end] = markers(scenario.name);
        let _ = write!(page, "\n{begin}\n{words}{end}\n");
    }
}

/// What somebody wrote about a load.
fn explanation<'a>(old: &'a str, load: &str) -> &'a str {
    let [begin, end] = markers(load);
    let rest = old.split_once(&format!("{begin}\n")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once(&end)).map_or("", |(words, _)| words)
}

/// What stands around an explanation.
fn markers(load: &str) -> [String; 2] {
    [format!("<!-- why: {load} -->"), "<!-- end of why -->".to_owned()]
}

fn thousands(number: usize) -> String {
    match number {
        ..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn an_explanation_is_kept_when_the_page_is_written_again() {
        let report = report("304", &[(Kind::Avocet, 300.0), (Kind::Nginx, 100.0)]);
        let first = page(&report, "");
        let [begin, end] = markers("304");
        assert!(first.contains(&format!("{begin}\n{end}")), "{first}");
        let explained = first.replace(&end, &format!("Because.\n{end}"));
        assert_eq!(page(&report, &explained), explained);
    }

    #[test]
    fn a_page_has_every_figure_and_what_is_missing() {
        let mut report = report("304", &[(Kind::Avocet, 5_500.0), (Kind::Nginx, 11_000.0)]);
        report.missing.push("h2o: `apt-get install h2o`".to_owned());
        let page = page(&report, "");
        for part in
            ["## 304", "| nginx | 11.00 µs | 0.50 (0.50 to 0.50) |", "**Partial**: h2o", "| met |"]
        {
            assert!(page.contains(part), "{part} {page}");
        }
        assert!(!page.contains("<!-- why"), "{page}");
    }

    #[test]
    fn numbers_are_read_more_easily_with_commas() {
        assert_eq!(
            (thousands(64), thousands(1_024), thousands(10_000)),
            ("64".into(), "1,024".into(), "10,000".into())
        );
    }
}
