//! The proof under attack: what Avocet promises its other clients, whatever one of them does.
//!
//! The server is this same program, started again; so are the attacker, which is nice to the
//! others, and the good client, whose requests must be answered beside each attack as if there were
//! none. Each attack has promises to keep. They are printed, and one that is missed makes the exit
//! code 1.
//!
//! ```text
//!   attack-proof [ATTACK...] [--quick | --defaults] [--write-docs]
//!   attack-proof --write-limits
//! ```
//!
//! Deadlines are a tenth of the defaults; with `--quick` still less, with `--defaults` themselves.
//! `--write-docs` puts the figures into `docs/limits.md`, `--write-limits` the limits and nothing
//! else, without an attack. Everything stays on loopback. The
//! latencies are those of a machine with two free cores: what else runs there shows in them.

mod attacker;
mod attacks;
mod chance;
mod client;
mod conduct;
mod crowd;
mod effort;
mod error;
mod escape;
mod good;
mod mutation;
mod page;
mod peer;
mod process;
mod progress;
mod reply;
mod scale;
mod server;
mod site;
mod states;
mod table;
mod tally;
mod trial;
mod verdict;

use std::alloc::System;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use reactor::clock::{self, Instant};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use self::attacker::Order;
use self::attacks::{ATTACKS, Attack};
use self::effort::Effort;
use self::error::Failure;
use self::progress::Progress;
use self::site::Site;

/// Counts what the server holds; the others are other processes.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const USAGE: &str = "usage: attack-proof [ATTACK...] [--quick | --defaults] [--write-docs]
       attack-proof --write-limits";

/// How often an attack is tried whose only miss may be the machine's doing.
const ATTEMPTS_MAX: usize = 3;

/// What is to be done.
#[derive(Debug)]
struct Task {
    attacks: Vec<&'static Attack>,
    effort: Effort,
    output: Output,
}

/// Where the figures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Terminal,
    Page,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(result) = run_part(&arguments) {
        return report(result);
    }
    if arguments == ["--write-limits"] {
        return report(page::write_limits());
    }
    match parse(&arguments) {
        Some(task) => report(prove(&task)),
        None => {
            let names: Vec<_> = ATTACKS.iter().map(|attack| attack.name).collect();
            complain(&format!("{USAGE}\nattacks: {}", names.join(" ")));
            ExitCode::from(2)
        }
    }
}

/// Runs another part of the proof, if that is what this process was started for.
fn run_part(arguments: &[String]) -> Option<Result<(), Failure>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [server::COMMAND, folder, attack, effort] => {
            let scale = attacks::named(attack)?.scale(Effort::parse(effort)?);
            Some(server::run(Path::new(folder), scale))
        }
        [good::COMMAND, addr] => Some(good::run(addr.parse().ok()?)),
        [attacker::COMMAND, attack, effort, addr, round, root] => Some(attacker::run(&Order {
            attack: attacks::named(attack)?,
            effort: Effort::parse(effort)?,
            addr: addr.parse().ok()?,
            round: round.parse().ok()?,
            root: Path::new(root),
        })),
        _ => None,
    }
}

/// Reads the command line; `None` when it cannot be understood.
fn parse(arguments: &[String]) -> Option<Task> {
    let mut task = Task { attacks: Vec::new(), effort: Effort::Full, output: Output::Terminal };
    for argument in arguments {
        match argument.as_str() {
            "--quick" if task.effort == Effort::Full => task.effort = Effort::Quick,
            "--defaults" if task.effort == Effort::Full => task.effort = Effort::Defaults,
            "--write-docs" => task.output = Output::Page,
            name => task.attacks.push(attacks::named(name)?),
        }
    }
    if task.attacks.is_empty() {
        task.attacks.extend(ATTACKS);
    }
    Some(task)
}

/// Tries the attacks and says what came of each.
fn prove(task: &Task) -> Result<(), Failure> {
    let site = Site::make()?;
    let progress = Progress::new();
    let mut verdicts = Vec::new();
    say(&format!("{}{}", table::machine(), table::head()));
    for attack in &task.attacks {
        for attempt in 1..=ATTEMPTS_MAX {
            let verdict = trial::run(attack, task.effort, &site, &progress)?;
            progress.clear();
            say(&table::row(&verdict));
            if !verdict.is_noise() || attempt == ATTEMPTS_MAX {
                verdicts.push(verdict);
                break;
            }
            say("  tried again: that may be the machine\n");
        }
    }
    if task.output == Output::Page {
        page::write_limits().and_then(|()| page::write_measured(&verdicts))?;
    }
    match verdicts.iter().map(|verdict| verdict.misses.len()).sum() {
        0 => Ok(()),
        missed => Err(Failure::Missed(missed)),
    }
}

fn report(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("attack-proof: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) {
    // With standard output gone there is nobody left to tell.
    write!(std::io::stdout(), "{text}").ok();
}

fn complain(text: &str) {
    // With standard error gone there is nobody left to tell.
    writeln!(std::io::stderr(), "{text}").ok();
}

fn now() -> Instant {
    clock::read().instant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(usize, Effort, Output)> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).map(|task| (task.attacks.len(), task.effort, task.output))
    }

    #[test]
    fn the_command_line_is_read() {
        assert_eq!(read(""), Some((ATTACKS.len(), Effort::Full, Output::Terminal)));
        assert_eq!(read("--quick idle"), Some((1, Effort::Quick, Output::Terminal)));
        let page = Some((ATTACKS.len(), Effort::Defaults, Output::Page));
        assert_eq!(read("--defaults --write-docs"), page);
        assert_eq!(read("--quick --defaults"), None);
        assert_eq!(read("everything"), None);
    }
}
