//! The README's short table: a few loads, a few servers.

use super::figures::Who;
use super::peer::Kind;
use super::report::{Report, cost};
use super::table::Table;
use crate::failure::Failure;

/// Where the README has it.
const MARKERS: [&str; 2] = ["<!-- bench:begin -->", "<!-- bench:end -->"];

const LOADS: [&str; 7] = [
    "612 B, 1,024 connections",
    "612 B, 16 pipelined",
    "100 KiB",
    "1 MiB",
    "20 assets",
    "304",
    "a connection per request",
];

const SERVERS: [Kind; 5] = [Kind::Floor, Kind::Avocet, Kind::Nginx, Kind::H2o, Kind::Caddy];

/// Puts the table between the markers of a page.
///
/// # Errors
///
/// When the page has no markers.
pub(super) fn replaced(page: &str, report: &Report) -> Result<String, Failure> {
    let [begin, end] = MARKERS;
    let parts =
        page.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, after)) = parts else {
        return Err(Failure::Failed(format!("README.md has no `{begin}` followed by `{end}`")));
    };
    Ok(format!("{before}{begin}\n{}{end}{after}", figures(report)))
}

fn figures(report: &Report) -> String {
    let headings = SERVERS.map(Kind::name);
    let mut table = Table::new(&[&["processor time per request"], headings.as_slice()].concat());
    for outcome in LOADS.iter().filter_map(|load| report.outcome(load)) {
        let cell = |kind: &Kind| {
            let cpu = outcome.row(Who::Server(*kind)).and_then(|row| row.cpu_ns());
            cpu.map_or_else(String::new, |cpu| cost(cpu, outcome.scenario.unit))
        };
        let cells = SERVERS.iter().map(cell);
        table.add(std::iter::once(outcome.scenario.name.to_owned()).chain(cells).collect());
    }
    let partial = if report.missing.is_empty() { "" } else { "Partial: a server was missing. " };
    format!("{}\n{partial}{}.\n", table.markdown(), report.machine)
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn figures_go_between_the_markers() {
        let report = report("304", &[(Kind::Avocet, 5_500.0), (Kind::Nginx, 11_000.0)]);
        let page = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let new = replaced(page, &report).unwrap();
        assert!(new.contains("| 304 |  | 5.50 µs | 11.00 µs |  |  |"), "{new}");
        assert!(new.starts_with("a\n") && new.ends_with("\nb\n") && !new.contains("old"));
        assert_eq!(replaced(&new, &report).unwrap(), new);
        for page in ["", "<!-- bench:begin -->", "<!-- bench:end --> <!-- bench:begin -->"] {
            assert!(replaced(page, &report).is_err(), "{page:?}");
        }
    }
}
