//! One load: all servers started, measured in turns, and ended.

use std::io::Write as _;

use load::{Body, Client, Request, Target};

use crate::failure::Failure;
use crate::terminal;

use super::Effort;
use super::peer::{Kind, Memory, Server, Setup};
use super::scenario::{FILE_NAME, FILE_SIZE, ROUNDS, Scenario};
use super::statistics::{Estimate, median};

/// What came of a load.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) scenario: &'static Scenario,
    pub(super) rows: Vec<Row>,
}

/// One server under a load.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) samples: Vec<Sample>,
    pub(super) memory: Memory,
}

/// One server in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// CPU of the server for one request, in nanoseconds.
    pub(super) cpu_ns: f64,
    /// Requests answered in a second by the clock on the wall.
    pub(super) rate: f64,
}

/// A server, the client that is connected to it, and what was measured.
struct Contender {
    kind: Kind,
    server: Server,
    client: Client,
    samples: Vec<Sample>,
}

/// Measures all servers under a load.
///
/// # Errors
///
/// When a server cannot be started or answers wrongly.
pub(super) fn run(
    scenario: &'static Scenario,
    effort: Effort,
    peers: &[Kind],
    setup: &Setup,
) -> Result<Outcome, Failure> {
    let mut contenders = Vec::new();
    for &kind in peers {
        let mut contender = Contender::start(kind, scenario, setup)?;
        // Opens files, fills caches and grows buffers.
        contender.sample(scenario, effort)?;
        contenders.push(contender);
    }
    for round in 0..ROUNDS {
        show_progress(scenario, round);
        // Each server comes first, second and last equally often.
        let first = round % contenders.len();
        contenders.rotate_left(first);
        for contender in &mut contenders {
            let sample = contender.sample(scenario, effort)?;
            contender.samples.push(sample);
        }
        contenders.rotate_right(first);
    }
    show_end(scenario);
    let rows = contenders.into_iter().map(Contender::into_row).collect::<Result<_, _>>()?;
    Ok(Outcome { scenario, rows })
}

impl Contender {
    fn start(kind: Kind, scenario: &Scenario, setup: &Setup) -> Result<Self, Failure> {
        let body = Body::Exactly(FILE_SIZE as u64);
        let request = Request::get(format!("/{FILE_NAME}")).expecting(200, body);
        let server = setup.start(kind, scenario, |addr| request.bytes(addr).len())?;
        let target = Target {
            connections: scenario.connections,
            pipelined: scenario.pipelined,
            ..Target::new(server.addr, request)
        };
        let client = Client::connect(&target)
            .map_err(|error| Failure::new(format!("load on {}", kind.name()), &error))?;
        Ok(Self { kind, server, client, samples: Vec::with_capacity(ROUNDS) })
    }

    /// Makes one round and says what it cost.
    fn sample(&mut self, scenario: &Scenario, effort: Effort) -> Result<Sample, Failure> {
        let before = self.server.cpu_ns()?;
        let report = self
            .client
            .run(scenario.pace, scenario.length(effort))
            .map_err(|error| Failure::new(format!("load on {}", self.kind.name()), &error))?;
        let used = self.server.cpu_ns()?.saturating_sub(before);
        Ok(Sample {
            cpu_ns: used as f64 / report.requests as f64,
            rate: report.requests as f64 / report.elapsed.as_secs_f64(),
        })
    }

    fn into_row(self) -> Result<Row, Failure> {
        let memory = self.server.memory()?;
        Ok(Row { kind: self.kind, samples: self.samples, memory })
    }
}

impl Outcome {
    /// The ratio of two servers' CPU; `None` if one of them was not there.
    pub(super) fn ratio(&self, of: Kind, to: Kind) -> Option<Estimate> {
        let row = |kind: Kind| self.rows.iter().find(|row| row.kind == kind);
        let pairs = row(of)?.samples.iter().zip(&row(to)?.samples);
        let ratios: Vec<f64> = pairs.map(|(of, to)| of.cpu_ns / to.cpu_ns).collect();
        Estimate::of(&ratios)
    }
}

impl Row {
    /// The median over the rounds of one side of a sample.
    pub(super) fn median(&self, side: impl Fn(&Sample) -> f64) -> f64 {
        median(&self.samples.iter().map(side).collect::<Vec<_>>()).unwrap_or(f64::NAN)
    }
}

/// Tells whoever waits how far it is; a log gets only the end.
fn show_progress(scenario: &Scenario, round: usize) {
    if terminal::is_watched() {
        eprint!("\r{}: round {} of {ROUNDS} ", scenario.name, round + 1);
        // Progress that cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
    }
}

fn show_end(scenario: &Scenario) {
    let begin = if terminal::is_watched() { "\r" } else { "" };
    eprintln!("{begin}{}: {ROUNDS} rounds measured", scenario.name);
}

#[cfg(test)]
mod tests {
    use super::super::scenario::SCENARIOS;
    use super::*;

    fn row(kind: Kind, cpu: &[f64]) -> Row {
        let samples = cpu.iter().map(|&cpu_ns| Sample { cpu_ns, rate: 1.0 }).collect();
        Row { kind, samples, memory: Memory::default() }
    }

    #[test]
    fn a_ratio_is_the_median_of_the_pairs() {
        // The machine was disturbed in the last two rounds; the pairs do not show it.
        let floor = row(Kind::Floor, &[10.0, 10.0, 20.0, 40.0]);
        let avocet = row(Kind::Avocet, &[11.0, 11.0, 22.0, 44.0]);
        let outcome = Outcome { scenario: &SCENARIOS[0], rows: vec![floor, avocet] };
        let ratio = outcome.ratio(Kind::Avocet, Kind::Floor).unwrap();
        assert!((ratio.median - 1.1).abs() < 1e-9, "{ratio:?}");
        assert_eq!(outcome.ratio(Kind::Avocet, Kind::Nginx), None);
    }
}
