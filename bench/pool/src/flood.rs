//! A flooded route: far more requests than its share, and a probe of another route beside it.

use std::time::Duration;

use reactor::clock::Instant;

use crate::Effort;
use crate::core::Cores;
use crate::error::Failure;
use crate::figure::{Figures, Times};
use crate::load::{Load, Outcome, Timed};
use crate::peer::Peer;

/// The flood: requests a second, over connections that have nothing outstanding.
const FLOOD_RATE: u32 = 2_000;
const FLOOD_CONNECTIONS: usize = 500;

/// The probe.
const PROBE_RATE: u32 = 50;
const PROBE_CONNECTIONS: usize = 50;

/// What a full and a quick flood last.
const FULL: Duration = Duration::from_secs(30);
const QUICK: Duration = Duration::from_secs(8);

/// How long a client may wait to be sent away.
const REFUSAL_MAX: Duration = Duration::from_millis(20);

/// What eight threads answer a second that sleep for one.
const SLEEPING_RATE: [f64; 2] = [7.5, 8.1];
const SLEEPING_PROBE_MAX: Duration = Duration::from_millis(20);

const BURNING_PROBE_MAX: Duration = Duration::from_millis(50);
const BURNING_TURN_MAX: Duration = Duration::from_millis(5);

/// Handlers that sleep for a second.
///
/// # Errors
///
/// When nothing can be measured.
pub(crate) fn run_sleeping(
    cores: Cores,
    effort: Effort,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let flooded = flood(cores, effort, "/sleep", figures)?;
    let [low, high] = SLEEPING_RATE;
    figures.between("answers a second", flooded.rate, low, high);
    figures.below("slowest 503", flooded.refusals.max(), REFUSAL_MAX);
    figures.below("probe, p99", flooded.probe.percentile(99), SLEEPING_PROBE_MAX);
    figures.show_time("probe, slowest", flooded.probe.max());
    flooded.show_turns(figures);
    Ok(())
}

/// Handlers that use 100 ms of CPU.
///
/// # Errors
///
/// When nothing can be measured.
pub(crate) fn run_burning(
    cores: Cores,
    effort: Effort,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let flooded = flood(cores, effort, "/burn", figures)?;
    figures.show("answers a second", format!("{:.2}", flooded.rate));
    figures.show_time("503, p99", flooded.refusals.percentile(99));
    figures.show_time("slowest 503", flooded.refusals.max());
    figures.below("probe, p99", flooded.probe.percentile(99), BURNING_PROBE_MAX);
    figures.show_time("probe, slowest", flooded.probe.max());
    figures.below("longest turn, CPU time", flooded.turn_cpu, BURNING_TURN_MAX);
    figures.show_time("longest turn, by the clock", flooded.turn_elapsed);
    Ok(())
}

/// What came of a flood.
struct Flooded {
    rate: f64,
    refusals: Times,
    probe: Times,
    turn_cpu: Duration,
    turn_elapsed: Duration,
}

impl Flooded {
    fn show_turns(&self, figures: &mut Figures) {
        figures.show_time("longest turn, CPU time", self.turn_cpu);
        figures.show_time("longest turn, by the clock", self.turn_elapsed);
    }
}

/// Floods a path, probes meanwhile, and holds the counts of client and server together.
fn flood(
    cores: Cores,
    effort: Effort,
    path: &str,
    figures: &mut Figures,
) -> Result<Flooded, Failure> {
    let mut peer = Peer::start(cores)?;
    let mut load = Load::new()?;
    load.add(peer.addr, path, FLOOD_RATE, FLOOD_CONNECTIONS)?;
    load.add(peer.addr, "/probe", PROBE_RATE, PROBE_CONNECTIONS)?;
    let begin = load.run(if effort == Effort::Full { FULL } else { QUICK })?;
    let report = peer.report()?;
    let [flood, probe] = load.streams.as_slice() else { unreachable!("two were added") };
    let (flood, probe) = (&flood.outcome, &probe.outcome);
    let accepted = count(flood, |answer| answer.status == 200);
    let refused = count(flood, |answer| answer.status == 503 && answer.has_retry_after);
    figures.show("requests sent", flood.sent);
    figures.show("answered", accepted);
    figures.equal("accepted + refused", accepted + refused, flood.sent);
    figures.equal("requests without a free connection", flood.unsent + probe.unsent, 0);
    figures.equal("jobs done, by the server", report.done, accepted);
    figures.equal("refused, by the server", report.refused + report.discarded, refused);
    figures.equal("jobs that overran", report.stuck_ever, 0);
    figures.equal("probes answered", count(probe, |answer| answer.status == 200), probe.sent);
    figures.show_time("client late by at most", load.late_max);
    let of_status = |status| flood.answers.iter().filter(move |answer| answer.status == status);
    Ok(Flooded {
        rate: rate_since(begin, of_status(200).map(|answer| answer.at)),
        refusals: Times::of(of_status(503).map(|answer| answer.time)),
        probe: Times::of(probe.answers.iter().map(|answer| answer.time)),
        turn_cpu: Duration::from_nanos(report.turn_cpu_ns),
        turn_elapsed: Duration::from_nanos(report.turn_elapsed_ns),
    })
}

/// Returns how many happened a second, from `begin` to the last.
fn rate_since(begin: Instant, moments: impl Iterator<Item = Instant>) -> f64 {
    let (mut count, mut last) = (0_u32, begin);
    for moment in moments {
        count += 1;
        last = last.max(moment);
    }
    f64::from(count) / last.since(begin).as_secs_f64()
}

fn count(outcome: &Outcome, is_such: impl Fn(&Timed) -> bool) -> u64 {
    outcome.answers.iter().filter(|answer| is_such(answer)).count() as u64
}
