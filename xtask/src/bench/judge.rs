//! What Avocet must reach, and whether it did: by the upper end of the interval, so that a target
//! is not met by luck.

use std::fmt;

use super::figures::{Outcome, Who};
use super::peer::Kind;
use super::statistics::Estimate;

/// What Avocet must reach under a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// Processor time beside another's.
    Cpu(Against, Limit),
    /// The latency that one request in a hundred exceeds, beside another's.
    P99(Against, Limit),
    /// The same, in milliseconds.
    HotP99(f64),
    /// Requests of the busiest worker to those of the idlest.
    Balance(f64),
    /// Bytes of memory.
    Resident(u64),
}

/// Whom Avocet is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    Floor,
    Nginx,
    /// Every other server.
    EachOther,
    /// The second Avocet.
    TheTwin,
}

/// How large a ratio may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    AtMost(f64),
    Below(f64),
}

/// A target, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) load: &'static str,
    /// What was wanted.
    pub(super) wanted: String,
    /// What was found.
    pub(super) found: String,
    pub(super) state: State,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Met,
    /// By how much.
    Missed(String),
    /// Whom it is compared with was not there.
    Unknown,
}

const AVOCET: Who = Who::Server(Kind::Avocet);

/// Judges all targets of a load.
pub(super) fn judge(outcome: &Outcome) -> Vec<Verdict> {
    outcome.scenario.targets.iter().map(|&target| verdict(outcome, target)).collect()
}

/// Judges one.
fn verdict(outcome: &Outcome, target: Target) -> Verdict {
    let load = outcome.scenario.name;
    let wanted = target.to_string();
    let verdict = |found: String, state: State| Verdict { load, wanted, found, state };
    let Some(avocet) = outcome.row(AVOCET) else {
        return verdict("no figure for Avocet".to_owned(), State::Missed("no figure".to_owned()));
    };
    let (found, state) = match target {
        Target::Cpu(against, limit) => {
            worst(outcome, against, limit, |other| outcome.cpu_ratio(AVOCET, other))
        }
        Target::P99(against, limit) => worst(outcome, against, limit, |other| {
            outcome.ratio(AVOCET, other, |sample| Some(sample.latency?.p99))
        }),
        Target::HotP99(most) => {
            let values = avocet.samples.iter().filter_map(|sample| Some(sample.latency?.p99));
            let estimate = Estimate::of(&values.collect::<Vec<_>>());
            single(estimate.map(|estimate| estimate.high), most, " ms")
        }
        Target::Balance(most) => single(avocet.balance, most, ""),
        Target::Resident(most) => single(Some(mib(avocet.memory.resident)), mib(most), " MiB"),
    };
    verdict(found, state)
}

/// Compares with one or several and says the worst of it.
fn worst(
    outcome: &Outcome,
    against: Against,
    limit: Limit,
    ratio: impl Fn(Who) -> Option<Estimate>,
) -> (String, State) {
    let others = outcome.rows.iter().map(|row| row.who).filter(|&who| against.includes(who));
    let found = others.filter_map(|who| Some((who, ratio(who)?)));
    let Some((who, estimate)) = found.max_by(|(_, a), (_, b)| a.high.total_cmp(&b.high)) else {
        return (format!("{against} was not there"), State::Unknown);
    };
    let name = match who {
        Who::Server(kind) if against == Against::EachOther => format!(", {}", kind.name()),
        _ => String::new(),
    };
    let state = match limit.exceeded_by(estimate.high) {
        None => State::Met,
        Some(excess) => State::Missed(format!("{excess:.2}")),
    };
    (format!("{estimate}{name}"), state)
}

/// Compares a single figure.
fn single(found: Option<f64>, most: f64, unit: &str) -> (String, State) {
    match found {
        None => ("not told".to_owned(), State::Missed("no figure".to_owned())),
        Some(found) if found <= most => (format!("{found:.2}{unit}"), State::Met),
        Some(found) => {
            (format!("{found:.2}{unit}"), State::Missed(format!("{:.2}{unit}", found - most)))
        }
    }
}

/// Bytes as MiB.
pub(super) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Against {
    fn includes(self, who: Who) -> bool {
        match (self, who) {
            (Self::Floor, Who::Server(Kind::Floor))
            | (Self::Nginx, Who::Server(Kind::Nginx))
            | (Self::TheTwin, Who::Twin) => true,
            (Self::EachOther, Who::Server(kind)) => kind.peer().is_some() && kind != Kind::Nginx,
            _ => false,
        }
    }
}

impl Limit {
    /// By how much a ratio is too large; `None` if it is not.
    fn exceeded_by(self, ratio: f64) -> Option<f64> {
        let (most, is_kept) = match self {
            Self::AtMost(most) => (most, ratio <= most),
            Self::Below(most) => (most, ratio < most),
        };
        (!is_kept).then_some(ratio - most)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu(against, limit) => write!(f, "CPU {limit} of {against}"),
            Self::P99(against, limit) => write!(f, "p99 {limit} of {against}"),
            Self::HotP99(most) => write!(f, "p99 at most {most} ms"),
            Self::Balance(most) => write!(f, "busiest to idlest worker at most {most:.2}"),
            Self::Resident(most) => write!(f, "resident at most {} MiB", mib(*most)),
        }
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Floor => "the floor",
            Self::Nginx => "nginx",
            Self::EachOther => "each other peer",
            Self::TheTwin => "the second Avocet",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most:.2}"),
            Self::Below(most) => write!(f, "below {most:.2}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{outcome, row};
    use super::*;

    fn server(kind: Kind, cpu: f64) -> super::super::figures::Row {
        row(Who::Server(kind), &[cpu; 15])
    }

    fn states(load: &str, rows: Vec<super::super::figures::Row>) -> Vec<State> {
        judge(&outcome(load, rows)).into_iter().map(|verdict| verdict.state).collect()
    }

    fn missed(by: &str) -> State {
        State::Missed(by.to_owned())
    }

    #[test]
    fn a_ratio_may_be_as_high_as_its_target() {
        let check = |avocet: f64, nginx: f64, h2o: f64, expected: [State; 3]| {
            let rows = vec![
                server(Kind::Floor, 100.0),
                server(Kind::Avocet, avocet),
                server(Kind::Nginx, nginx),
                server(Kind::H2o, h2o),
            ];
            assert_eq!(states("612 B, 1,024 connections", rows), expected, "{avocet}");
        };
        check(110.0, 200.0, 200.0, [State::Met, State::Met, State::Met]);
        check(111.0, 200.0, 111.0, [missed("0.01"), State::Met, missed("0.00")]);
        check(150.0, 200.0, 100.0, [missed("0.40"), missed("0.05"), missed("0.50")]);
    }

    #[test]
    fn it_is_the_upper_end_that_counts() {
        let mut cpu = [100.0; 15];
        cpu[..8].fill(120.0);
        let rows = vec![server(Kind::Floor, 100.0), row(AVOCET, &cpu)];
        assert_eq!(states("612 B, 1,024 connections", rows)[0], missed("0.10"));
    }

    #[test]
    fn who_is_not_there_is_not_judged_by_but_avocet_must_be() {
        let rows = vec![server(Kind::Avocet, 100.0)];
        assert_eq!(states("304", rows), [State::Unknown, State::Unknown]);
        let rows = vec![server(Kind::Nginx, 100.0)];
        assert_eq!(states("304", rows), [missed("no figure"), missed("no figure")]);
    }

    #[test]
    fn the_worst_of_the_others_is_named() {
        let rows = vec![
            server(Kind::Avocet, 50.0),
            server(Kind::Caddy, 100.0),
            server(Kind::Lighttpd, 80.0),
        ];
        let verdicts = judge(&outcome("304", rows));
        assert!(verdicts[1].found.ends_with("lighttpd"), "{verdicts:?}");
    }

    #[test]
    fn memory_is_judged_by_itself() {
        let mut avocet = server(Kind::Avocet, 1.0);
        avocet.memory.resident = 8 << 20;
        assert_eq!(states("at rest", vec![avocet.clone()]), [State::Met]);
        avocet.memory.resident = 9 << 20;
        assert_eq!(states("at rest", vec![avocet]), [missed("1.00 MiB")]);
    }
}
