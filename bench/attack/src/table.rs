//! The verdicts as a table: for a terminal, and for a page.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

use crate::verdict::{Verdict, shown_size};

/// Writes how busy the machine is: above its cores, times are not the server's alone.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().unwrap_or("?").to_owned();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    format!("{cores} cores, load average {load}; what else runs shows in the times\n")
}

/// Writes the head of the table for a terminal.
pub(crate) fn head() -> String {
    format!(
        "{:<17} {:>7} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8}  what became of \
         them\n",
        "attack",
        "clients",
        "let go",
        "p99",
        "slowest",
        "heap",
        "resident",
        "sockets",
        "CPU",
        "no CPU"
    )
}

/// Writes a row for a terminal, with what was missed below it.
pub(crate) fn row(verdict: &Verdict) -> String {
    let [heap, resident, sockets] = sizes(verdict);
    let mut text = format!(
        "{:<17} {:>7} {:>8} {:>8} {:>8} {heap:>9} {resident:>9} {sockets:>9} {:>8} {:>8}  {}\n",
        verdict.attack.name,
        verdict.clients,
        verdict.held_max().map_or_else(|| "-".to_owned(), shown_time),
        shown_time(verdict.good.percentile(99)),
        shown_time(verdict.good.percentile(100)),
        shown_time(verdict.cpu.used),
        shown_time(verdict.cpu.awaited),
        verdict.tally.in_short(),
    );
    for miss in &verdict.misses {
        // Writing to a string cannot fail.
        writeln!(text, "  MISSED: {miss}").ok();
    }
    text
}

/// Writes the table for a page.
pub(crate) fn page(verdicts: &[Verdict]) -> String {
    let mut text = String::from(
        "| attack | clients | bounded by | let go after | heap | resident | kernel's sockets \
         | CPU | good client, p99 | slowest |\n|---|--:|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for verdict in verdicts {
        let attack = verdict.attack;
        let limits: Vec<_> = attack.limits.iter().map(|key| format!("`{key}`")).collect();
        let [heap, resident, sockets] = sizes(verdict);
        writeln!(
            text,
            "| **{}**: {} | {} | {} | {} | {heap} | {resident} | {sockets} | {} | {} | {} |",
            attack.name,
            attack.about,
            verdict.clients,
            limits.join(", "),
            verdict.held_max().map_or_else(String::new, shown_time),
            shown_time(verdict.cpu.used),
            shown_time(verdict.good.percentile(99)),
            shown_time(verdict.good.percentile(100)),
        )
        .ok();
    }
    text
}

fn sizes(verdict: &Verdict) -> [String; 3] {
    [verdict.heap, verdict.resident, verdict.sockets].map(shown_size)
}

/// Writes a time for people.
fn shown_time(time: Duration) -> String {
    match time {
        Duration::MAX => "never".to_owned(),
        time if time < Duration::from_secs(1) => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        time => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_a_unit_that_fits() {
        assert_eq!(shown_time(Duration::from_micros(1500)), "1.5 ms");
        assert_eq!(shown_time(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(shown_time(Duration::MAX), "never");
    }
}
