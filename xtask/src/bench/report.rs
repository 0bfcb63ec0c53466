//! The report: a table for the terminal, the same for the README, and the verdict.

use std::fmt::Write as _;

use crate::failure::Failure;
use crate::terminal;

use super::machine::Machine;
use super::measure::Outcome;
use super::peer::Kind;
use super::scenario::{FILE_SIZE, ROUNDS, Target};
use super::statistics::Estimate;

/// All that a run of the bench has to say.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) outcomes: Vec<Outcome>,
    /// What to say about servers that are not there.
    pub(super) missing: Vec<String>,
}

/// A target, and whether it was met.
#[derive(Debug, PartialEq)]
struct Verdict {
    text: String,
    is_met: bool,
}

const HEADINGS: [&str; 6] =
    ["load", "server", "CPU a request", "of the floor (95 %)", "requests/s", "resident (peak)"];

impl Report {
    /// The report for a terminal.
    pub(super) fn text(&self) -> String {
        let mut text = format!("\n{FILE_SIZE} bytes, {ROUNDS} rounds, {}\n\n", self.facts());
        let mut rows = self.rows();
        rows.insert(0, HEADINGS.map(str::to_owned));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or(0));
        for row in &rows {
            for (cell, width) in row.iter().zip(widths) {
                // Writing to a string cannot fail, here and below.
                let _ = write!(text, "{cell:<width$}  ");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push('\n');
        for Verdict { text: verdict, is_met } in self.verdicts() {
            let mark = if is_met { terminal::good("met") } else { terminal::bad("missed") };
            let _ = writeln!(text, "{mark}: {verdict}");
        }
        for complaint in &self.missing {
            let _ = writeln!(text, "{complaint}");
        }
        text
    }

    /// The report for the README.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!(
            "A file of {FILE_SIZE} bytes, one core for the server and one for the client, {ROUNDS} \
             interleaved rounds; CPU and memory are those of all of a server's processes.\n{}.\n\n",
            self.facts()
        );
        let line = |cells: &[String; 6]| format!("| {} |\n", cells.join(" | "));
        text.push_str(&line(&HEADINGS.map(str::to_owned)));
        text.push_str("|---|---|---:|---:|---:|---:|\n");
        for row in self.rows() {
            text.push_str(&line(&row));
        }
        text.push('\n');
        for Verdict { text: verdict, is_met } in self.verdicts() {
            let _ = writeln!(text, "- {}: {verdict}", if is_met { "met" } else { "missed" });
        }
        for complaint in &self.missing {
            let _ = writeln!(text, "- {complaint}");
        }
        text
    }

    /// Fails when a target was missed.
    ///
    /// # Errors
    ///
    /// With the targets that were missed.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        let missed: Vec<String> = self
            .verdicts()
            .into_iter()
            .filter(|verdict| !verdict.is_met)
            .map(|verdict| verdict.text)
            .collect();
        if missed.is_empty() {
            return Ok(());
        }
        Err(Failure::Failed(format!("targets missed: {}", missed.join("; "))))
    }

    fn facts(&self) -> String {
        let Machine { date, processor, kernel, avocet, rustc, nginx } = &self.machine;
        format!("{date}, {processor}, Linux {kernel}, avocet {avocet}, {nginx}, {rustc}")
    }

    fn rows(&self) -> Vec<[String; 6]> {
        let mut rows = Vec::new();
        for outcome in &self.outcomes {
            for row in &outcome.rows {
                let ratio = outcome.ratio(row.kind, Kind::Floor);
                rows.push([
                    outcome.scenario.name.to_owned(),
                    row.kind.name().to_owned(),
                    format!("{:.2} µs", row.median(|sample| sample.cpu_ns) / 1000.0),
                    ratio.map_or_else(String::new, shown),
                    format!("{:.0}", row.median(|sample| sample.rate)),
                    format!("{} ({}) KiB", row.memory.now, row.memory.peak),
                ]);
            }
        }
        rows
    }

    fn verdicts(&self) -> Vec<Verdict> {
        self.outcomes
            .iter()
            .flat_map(|outcome| {
                outcome.scenario.targets.iter().map(move |&target| (outcome, target))
            })
            .filter_map(|(outcome, target)| verdict(outcome, target))
            .collect()
    }
}

/// Judges one target; `None` if the server that it compares with was not there.
fn verdict(outcome: &Outcome, target: Target) -> Option<Verdict> {
    let name = outcome.scenario.name;
    match target {
        Target::OfTheFloor(max) => {
            let ratio = outcome.ratio(Kind::Avocet, Kind::Floor)?;
            let text = format!("{name}: {} of the floor, at most {max:.2} wanted", shown(ratio));
            Some(Verdict { text, is_met: ratio.median <= max })
        }
        Target::BelowNginx => {
            let ratio = outcome.ratio(Kind::Avocet, Kind::Nginx)?;
            let text = format!("{name}: {} of nginx, less than 1 wanted", shown(ratio));
            Some(Verdict { text, is_met: ratio.median < 1.0 })
        }
    }
}

fn shown(Estimate { median, low, high }: Estimate) -> String {
    format!("{median:.2} ({low:.2} to {high:.2})")
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Row, Sample};
    use super::super::peer::Memory;
    use super::super::scenario::SCENARIOS;
    use super::*;

    /// A report of the first load, with the CPU that each server used.
    fn report(cpu: &[(Kind, f64)]) -> Report {
        let row = |&(kind, cpu_ns): &(Kind, f64)| Row {
            kind,
            samples: vec![Sample { cpu_ns, rate: 1000.0 }; 15],
            memory: Memory { now: 10, peak: 20 },
        };
        let rows = cpu.iter().map(row).collect();
        let outcomes = vec![Outcome { scenario: &SCENARIOS[0], rows }];
        Report { machine: Machine::default(), outcomes, missing: Vec::new() }
    }

    #[test]
    fn a_ratio_may_be_as_high_as_its_target() {
        let check = |avocet: f64, nginx: f64, missed: usize| {
            let report =
                report(&[(Kind::Floor, 100.0), (Kind::Avocet, avocet), (Kind::Nginx, nginx)]);
            let found = report.verdicts().iter().filter(|verdict| !verdict.is_met).count();
            assert_eq!(found, missed, "{avocet} {nginx}");
            assert_eq!(report.judge().is_err(), missed > 0, "{avocet} {nginx}");
        };
        check(120.0, 200.0, 0);
        check(121.0, 200.0, 1);
        check(110.0, 110.0, 1);
        check(121.0, 100.0, 2);
    }

    #[test]
    fn without_nginx_nothing_is_said_about_it() {
        let mut report = report(&[(Kind::Floor, 100.0), (Kind::Avocet, 110.0)]);
        report.missing.push("partial: nginx is not installed".to_owned());
        assert_eq!(report.verdicts().len(), 1);
        assert!(report.text().contains("partial: nginx"));
        assert!(report.markdown().contains("- partial: nginx"));
    }

    #[test]
    fn both_forms_show_every_figure() {
        let report = report(&[(Kind::Floor, 5000.0), (Kind::Avocet, 5500.0)]);
        let row =
            "| 64 connections | avocet | 5.50 µs | 1.10 (1.10 to 1.10) | 1000 | 10 (20) KiB |";
        assert!(report.markdown().contains(row), "{}", report.markdown());
        for cell in row.split('|').map(str::trim) {
            assert!(report.text().contains(cell), "{cell}");
        }
    }
}
