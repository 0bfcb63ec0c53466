//! What a run has to say: the tables of its loads, the verdicts, what is missing. From here come
//! the text for a terminal and the parts of the pages.

use std::fmt::Write as _;

use crate::failure::Failure;
use crate::terminal;

use super::figures::{Outcome, Row, Sample, Who};
use super::judge::{self, State, Verdict, mib};
use super::machine::Machine;
use super::peer::Kind;
use super::scenario::{Drive, Unit};
use super::table::Table;

/// All that a run of the bench has to say.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) rounds: usize,
    pub(super) outcomes: Vec<Outcome>,
    /// Who or what is not there, and how to get it.
    pub(super) missing: Vec<String>,
}

const HEADINGS: [&str; 13] = [
    "server",
    "CPU",
    "of the floor",
    "Avocet of it",
    "requests/s",
    "p50",
    "p99",
    "cold CPU",
    "calls",
    "RSS",
    "PSS",
    "balance",
    "longest turn",
];

impl Report {
    /// The report for a terminal.
    pub(super) fn text(&self) -> String {
        let mut text = format!("\n{}\n{} rounds\n", self.machine, self.rounds);
        for outcome in &self.outcomes {
            let scenario = outcome.scenario;
            let _ = write!(text, "\n{}\n", terminal::strong(scenario.name));
            text.push_str(&table(outcome).text());
            for remark in &outcome.remarks {
                let _ = writeln!(text, "  {remark}");
            }
        }
        text.push('\n');
        for verdict in self.verdicts() {
            let Verdict { load, wanted, found, state } = &verdict;
            let mark = match state {
                State::Met => terminal::good("met"),
                State::Missed(by) => terminal::bad(&format!("missed by {by}")),
                State::Unknown => "not judged".to_owned(),
            };
            let _ = writeln!(text, "{mark}: {load}: {wanted}: {found}");
        }
        for lack in &self.missing {
            let _ = writeln!(text, "{}", terminal::bad(&format!("partial: {lack}")));
        }
        text
    }

    /// All verdicts, in the order of the loads.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        self.outcomes.iter().flat_map(judge::judge).collect()
    }

    /// Fails when a target was missed.
    ///
    /// # Errors
    ///
    /// With the number of those that were missed, and their loads.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        let mut missed: Vec<&str> = self
            .verdicts()
            .iter()
            .filter(|verdict| matches!(verdict.state, State::Missed(_)))
            .map(|verdict| verdict.load)
            .collect();
        if missed.is_empty() {
            return Ok(());
        }
        let count = missed.len();
        missed.dedup();
        Err(Failure::Failed(format!("{count} targets missed: {}", missed.join("; "))))
    }

    /// The outcome of a load; `None` if it was not measured.
    pub(super) fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.scenario.name == name)
    }
}

/// The table of a load, without the columns that say nothing about it.
pub(super) fn table(outcome: &Outcome) -> Table {
    let mut table = Table::new(&HEADINGS);
    for row in &outcome.rows {
        table.add(cells(outcome, row));
    }
    table.without_empty()
}

fn cells(outcome: &Outcome, row: &Row) -> Vec<String> {
    let scenario = outcome.scenario;
    let shown = |value: Option<String>| value.unwrap_or_default();
    let (avocet, floor) = (Who::Server(Kind::Avocet), Who::Server(Kind::Floor));
    let is_driven_by_server = matches!(scenario.drive, Drive::LockStep | Drive::FreeRunning);
    let rate = row.median(|sample| is_driven_by_server.then_some(sample.rate));
    let latency = |of: fn(&Sample) -> Option<f64>| row.median(of).map(millis);
    let of_it = outcome.cpu_ratio(avocet, row.who).filter(|_| row.who != avocet);
    let of_floor = outcome.cpu_ratio(row.who, floor).filter(|_| row.who != floor);
    vec![
        shown_name(outcome, row.who),
        shown(row.cpu_ns().filter(|_| is_driven_by_server).map(|cpu| cost(cpu, scenario.unit))),
        shown(of_floor.filter(|_| is_driven_by_server).map(|ratio| ratio.to_string())),
        shown(of_it.filter(|_| is_driven_by_server).map(|ratio| ratio.to_string())),
        shown(rate.map(|rate| number(rate, scenario.unit, row))),
        shown(latency(|sample| Some(sample.latency?.p50))),
        shown(latency(|sample| Some(sample.latency?.p99))),
        shown(row.cold_ns.map(|cold| cost(cold, Unit::Request))),
        shown(row.calls.map(|calls| format!("{calls:.2}"))),
        format!("{:.1} MiB", mib(row.memory.resident)),
        format!("{:.1} MiB", mib(row.memory.proportional)),
        shown(row.balance.map(|b| format!("{b:.2}"))),
        shown(row.longest_turn_ms.map(millis)),
    ]
}

/// What a row is called.
pub(super) fn shown_name(outcome: &Outcome, who: Who) -> String {
    match who {
        Who::Server(Kind::Floor) => match outcome.scenario.floor {
            Some(super::scenario::Floor::SendFile) => "floor, sendfile".to_owned(),
            _ => "floor".to_owned(),
        },
        Who::Server(kind) => kind.name().to_owned(),
        Who::Twin => outcome.scenario.twin_name().unwrap_or_default(),
    }
}

/// Processor time for one of its units.
pub(super) fn cost(nanos: f64, unit: Unit) -> String {
    let micros = nanos / 1e3;
    let digits = match micros {
        ..100.0 => 2,
        ..1000.0 => 1,
        _ => 0,
    };
    match unit {
        Unit::Request => format!("{micros:.digits$} µs"),
        Unit::Mebibyte => format!("{micros:.digits$} µs/MiB"),
    }
}

fn millis(millis: f64) -> String {
    format!("{millis:.2} ms")
}

/// Requests a second; of a long file MiB a second say more.
fn number(rate: f64, unit: Unit, row: &Row) -> String {
    match unit {
        Unit::Request => format!("{rate:.0}"),
        Unit::Mebibyte => {
            let body = row.median(|sample| Some(sample.body)).unwrap_or(0.0);
            format!("{rate:.1} ({:.0} MiB/s)", rate * body / f64::from(1 << 20))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::figures::tests::{outcome, row};
    use super::*;

    /// A report of one load, with the processor time that each server used.
    pub(in super::super) fn report(load: &str, cpu: &[(Kind, f64)]) -> Report {
        let rows = cpu.iter().map(|&(kind, cpu)| row(Who::Server(kind), &[cpu; 15])).collect();
        let outcomes = vec![outcome(load, rows)];
        Report { machine: Machine::default(), rounds: 15, outcomes, missing: Vec::new() }
    }

    #[test]
    fn a_missed_target_fails_the_run_and_is_said_by_how_much() {
        let good = [(Kind::Floor, 100.0), (Kind::Avocet, 105.0), (Kind::Nginx, 200.0)];
        assert!(report("612 B, 1,024 connections", &good).judge().is_ok());
        let bad = [(Kind::Floor, 100.0), (Kind::Avocet, 130.0), (Kind::Nginx, 200.0)];
        let report = report("612 B, 1,024 connections", &bad);
        let Err(Failure::Failed(text)) = report.judge() else { panic!("it passed") };
        assert_eq!(text, "1 targets missed: 612 B, 1,024 connections");
        assert!(report.text().contains("missed by 0.20"), "{}", report.text());
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut report = report("304", &[(Kind::Avocet, 110.0)]);
        report.missing.push("h2o is not installed".to_owned());
        assert!(report.judge().is_ok());
        assert!(report.text().contains("partial: h2o"));
    }

    #[test]
    fn figures_are_shown_with_their_unit() {
        assert_eq!(cost(5_500.0, Unit::Request), "5.50 µs");
        assert_eq!(cost(123_456.0, Unit::Mebibyte), "123.5 µs/MiB");
        assert_eq!(cost(9_123_456.0, Unit::Request), "9123 µs");
        let report = report("304", &[(Kind::Avocet, 5_500.0), (Kind::Nginx, 11_000.0)]);
        let text = report.text();
        for cell in ["5.50 µs", "0.50 (0.50 to 0.50)", "1000", "2.0 MiB", "1.0 MiB", "2.00"] {
            assert!(text.contains(cell), "{cell} {text}");
        }
    }
}
