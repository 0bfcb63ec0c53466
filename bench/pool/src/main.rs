//! The proof of the pool: what is promised of it, measured under load.
//!
//! The server is this same program, started again and kept to one core; the client has the other.
//! Load is open-loop: a request is sent when its time has come, whatever became of those before
//! it, and its latency counts from that time. Each scenario has figures to reach. They are
//! printed, and one that is missed makes the exit code 1.
//!
//! ```text
//!   pool-proof [SCENARIO...] [--quick]
//! ```
//!
//! It measures a machine with two free cores: what else runs there shows in the figures.

mod core;
mod cost;
mod error;
mod figure;
mod flood;
mod hash;
mod http;
mod load;
mod peer;
mod server;
mod uploads;

use std::alloc::System;
use std::io::Write as _;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use self::core::Cores;
use self::error::Failure;
use self::figure::Figures;

/// Counts what the server holds; the client is another process.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const USAGE: &str = "usage: pool-proof [sleep|burn|uploads|cost ...] [--quick]";

/// How long the loads are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Effort {
    /// As long as the promise says.
    #[default]
    Full,
    /// A fraction of it, for a look while working.
    Quick,
}

/// A load and the figures to be reached under it.
struct Scenario {
    name: &'static str,
    run: fn(Cores, Effort, &mut Figures) -> Result<(), Failure>,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario { name: "sleep", run: flood::run_sleeping },
    Scenario { name: "burn", run: flood::run_burning },
    Scenario { name: "uploads", run: uploads::run },
    Scenario { name: "cost", run: cost::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, core] = arguments.as_slice()
        && first == server::COMMAND
    {
        return report(server::run(core));
    }
    match parse(&arguments) {
        Some((scenarios, effort)) => report(prove(&scenarios, effort)),
        None => {
            complain(USAGE);
            ExitCode::from(2)
        }
    }
}

/// Reads the command line; `None` when it cannot be understood.
fn parse(arguments: &[String]) -> Option<(Vec<&'static Scenario>, Effort)> {
    let mut effort = Effort::Full;
    let mut chosen = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--quick" => effort = Effort::Quick,
            name => chosen.push(SCENARIOS.iter().find(|scenario| scenario.name == name)?),
        }
    }
    if chosen.is_empty() {
        chosen.extend(&SCENARIOS);
    }
    Some((chosen, effort))
}

/// Runs the scenarios and says what came of each.
fn prove(scenarios: &[&Scenario], effort: Effort) -> Result<(), Failure> {
    let cores = Cores::choose()?;
    let mut missed = 0;
    for scenario in scenarios {
        let mut figures = Figures::default();
        (scenario.run)(cores, effort, &mut figures)?;
        missed += figures.missed();
        // With standard output gone there is nobody left to tell.
        let _ = write!(std::io::stdout(), "{}\n{figures}", scenario.name);
    }
    if missed > 0 { Err(Failure::Missed(missed)) } else { Ok(()) }
}

fn report(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("pool-proof: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn complain(text: &str) {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(Vec<&'static str>, Effort)> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        let (scenarios, effort) = parse(&words)?;
        Some((scenarios.iter().map(|scenario| scenario.name).collect(), effort))
    }

    #[test]
    fn the_command_line_is_read() {
        let all = vec!["sleep", "burn", "uploads", "cost"];
        assert_eq!(read(""), Some((all.clone(), Effort::Full)));
        assert_eq!(read("--quick"), Some((all, Effort::Quick)));
        assert_eq!(read("cost --quick burn"), Some((vec!["cost", "burn"], Effort::Quick)));
        assert_eq!(read("everything"), None);
    }
}
