//! What was measured, before anything is said about it.

use super::peer::Kind;
use super::scenario::Scenario;
use super::statistics::{Estimate, median};
use super::usage::Memory;

/// What came of a load.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) scenario: &'static Scenario,
    pub(super) rows: Vec<Row>,
    /// Why a server has no row, and what was found out about those that have one.
    pub(super) remarks: Vec<String>,
}

/// Who a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Server(Kind),
    /// The second Avocet.
    Twin,
}

/// One server under a load.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) who: Who,
    pub(super) samples: Vec<Sample>,
    pub(super) memory: Memory,
    /// System calls a request.
    pub(super) calls: Option<f64>,
    /// Processor time for each text the first time, in nanoseconds.
    pub(super) cold_ns: Option<f64>,
    /// Requests of the busiest worker to those of the idlest.
    pub(super) balance: Option<f64>,
    /// The longest turn of a loop, in milliseconds.
    pub(super) longest_turn_ms: Option<f64>,
}

/// One server in one round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    /// Processor time for one request or one MiB, in nanoseconds.
    pub(super) cpu_ns: f64,
    /// Requests answered in a second by the clock on the wall.
    pub(super) rate: f64,
    /// Bytes of a body.
    pub(super) body: f64,
    pub(super) latency: Option<Latency>,
}

/// How long requests took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p99: f64,
}

impl Who {
    /// Which program it is.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Server(kind) => kind,
            Self::Twin => Kind::Avocet,
        }
    }
}

impl Outcome {
    pub(super) fn row(&self, who: Who) -> Option<&Row> {
        self.rows.iter().find(|row| row.who == who)
    }

    /// The ratio of Avocet's figure to another's, pair by pair; `None` if one has none.
    pub(super) fn ratio(
        &self,
        of: Who,
        to: Who,
        figure: impl Fn(&Sample) -> Option<f64>,
    ) -> Option<Estimate> {
        let pairs = self.row(of)?.samples.iter().zip(&self.row(to)?.samples);
        let ratios: Option<Vec<f64>> =
            pairs.map(|(of, to)| Some(figure(of)? / figure(to)?)).collect();
        Estimate::of(&ratios?)
    }

    /// The ratio of processor times.
    pub(super) fn cpu_ratio(&self, of: Who, to: Who) -> Option<Estimate> {
        self.ratio(of, to, |sample| Some(sample.cpu_ns))
    }
}

impl Row {
    /// Of whom nothing is known yet.
    pub(super) const fn new(who: Who) -> Self {
        Self {
            who,
            samples: Vec::new(),
            memory: Memory { resident: 0, proportional: 0 },
            calls: None,
            cold_ns: None,
            balance: None,
            longest_turn_ms: None,
        }
    }

    /// The median over the rounds of a figure; `None` if there is none.
    pub(super) fn median(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        median(&self.samples.iter().filter_map(figure).collect::<Vec<_>>())
    }

    pub(super) fn cpu_ns(&self) -> Option<f64> {
        self.median(|sample| Some(sample.cpu_ns))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::loads::SCENARIOS;
    use super::*;

    /// A row of a server that used so much in each round.
    pub(in super::super) fn row(who: Who, cpu: &[f64]) -> Row {
        let sample = |&cpu_ns: &f64| Sample { cpu_ns, rate: 1000.0, body: 612.0, latency: None };
        Row {
            samples: cpu.iter().map(sample).collect(),
            memory: Memory { resident: 2 << 20, proportional: 1 << 20 },
            calls: Some(2.0),
            ..Row::new(who)
        }
    }

    /// An outcome of a load of the table.
    pub(in super::super) fn outcome(load: &str, rows: Vec<Row>) -> Outcome {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == load).unwrap();
        Outcome { scenario, rows, remarks: Vec::new() }
    }

    #[test]
    fn a_ratio_is_the_median_of_the_pairs() {
        // The machine was disturbed in the last two rounds; the pairs do not show it.
        let floor = row(Who::Server(Kind::Floor), &[10.0, 10.0, 20.0, 40.0]);
        let avocet = row(Who::Server(Kind::Avocet), &[11.0, 11.0, 22.0, 44.0]);
        let outcome = outcome("612 B, 64 connections", vec![floor, avocet]);
        let (of, to) = (Who::Server(Kind::Avocet), Who::Server(Kind::Floor));
        let ratio = outcome.cpu_ratio(of, to).unwrap();
        assert!((ratio.median - 1.1).abs() < 1e-9, "{ratio:?}");
        assert_eq!(outcome.cpu_ratio(of, Who::Twin), None);
        assert_eq!(outcome.ratio(of, to, |sample| Some(sample.latency?.p99)), None);
    }
}
