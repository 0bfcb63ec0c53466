//! The drawing of `docs/performance.svg`: what the main loads cost each server.

use super::figures::{Outcome, Row, Who};
use super::peer::Kind;
use super::report::{Report, cost, shown_name};
use super::svg::{Bar, Chart, Group, Mark, Tone};

/// The loads that are drawn, and what they are called there.
const DRAWN: [(&str, &str); 10] = [
    ("612 B, 1,024 connections", "612 B"),
    ("612 B, 16 pipelined", "612 B, 16 pipelined"),
    ("100 KiB", "100 KiB"),
    ("1 MiB", "1 MiB"),
    ("20 assets", "20 web assets, br and gzip"),
    ("304", "304 Not Modified"),
    ("404", "404 Not Found"),
    ("a connection per request", "a connection per request"),
    ("log on", "with an access log"),
    ("compressed on the fly", "compressed on the fly, warm"),
];

const LEGEND: [(Mark, &str); 5] = [
    (Mark::Bars(Tone::Ours), "Avocet"),
    (Mark::Bars(Tone::Measure), "floor: only receives and sends"),
    (Mark::Bars(Tone::Other), "other servers"),
    (Mark::Middle, "nginx"),
    (Mark::Cut, "over twice nginx, cut"),
];

/// Makes the drawing.
pub(super) fn chart(report: &Report) -> Chart {
    let drawn = DRAWN.iter().filter_map(|(load, title)| Some((report.outcome(load)?, *title)));
    let groups: Vec<Group> = drawn.map(|(outcome, title)| group(outcome, title)).collect();
    let sentence = |group: &Group| {
        let bars = group.bars.iter().map(|bar| format!("{} {}", bar.label, bar.text));
        format!("{}: {}.", group.title, bars.collect::<Vec<_>>().join(", "))
    };
    let description = groups.iter().map(sentence).collect::<Vec<_>>().join(" ");
    let partial = if report.missing.is_empty() { "" } else { "Partial: a server is missing. " };
    let facts = &report.machine;
    Chart {
        title: "Processor time of the server per request, shorter is better".to_owned(),
        description,
        legend: LEGEND.map(|(mark, meaning)| (mark, meaning.to_owned())).to_vec(),
        groups,
        note: format!("{partial}{}, {}, Avocet {}.", facts.processor, facts.date, facts.avocet),
    }
}

fn group(outcome: &Outcome, title: &str) -> Group {
    let bar = |(who, nanos): (Who, f64)| Bar {
        label: shown_name(outcome, who),
        value: nanos,
        text: cost(nanos, outcome.scenario.unit),
        tone: match who {
            Who::Server(Kind::Avocet) => Tone::Ours,
            Who::Server(Kind::Floor) => Tone::Measure,
            _ => Tone::Other,
        },
    };
    let rows = outcome.rows.iter().filter(|row| row.who != Who::Twin);
    let bars = rows.filter_map(|row| Some((row.who, row.cpu_ns()?))).map(bar).collect();
    let middle = outcome.row(Who::Server(Kind::Nginx)).and_then(Row::cpu_ns);
    Group { title: title.to_owned(), bars, middle }
}

#[cfg(test)]
mod tests {
    use super::super::loads::SCENARIOS;
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn what_is_drawn_is_measured() {
        for (load, _) in DRAWN {
            assert!(SCENARIOS.iter().any(|scenario| scenario.name == load), "{load}");
        }
    }

    #[test]
    fn a_drawing_says_when_somebody_is_missing() {
        let mut report = report("304", &[(Kind::Avocet, 5_000.0), (Kind::Nginx, 10_000.0)]);
        let drawing = chart(&report);
        assert_eq!(drawing.groups[0].bars[1].text, "10.00 µs");
        assert!(!drawing.note.contains("Partial"), "{}", drawing.note);
        assert_eq!(drawing.description, "304 Not Modified: Avocet 5.00 µs, nginx 10.00 µs.");
        report.missing.push("h2o".to_owned());
        assert!(chart(&report).note.contains("Partial"));
    }
}
