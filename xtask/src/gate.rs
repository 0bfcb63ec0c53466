//! The gate: lists of steps, run one after another until one fails.
//!
//! A step is a line in a table. `cargo test --workspace` is not among them: it is the README's
//! command, which `.ci/run` and people type themselves.

use std::process::Command;
use std::time::Instant;

use crate::failure::Failure;
use crate::{bench, docs, fuzz, instructions, terminal, tidy, workspace};

/// One thing that must go well.
struct Step {
    name: &'static str,
    work: Work,
}

/// What a step does.
enum Work {
    /// Runs cargo with these variables and arguments, which are split at spaces.
    Cargo { variables: &'static [(&'static str, &'static str)], arguments: &'static str },
    /// Runs another task.
    Task { run: fn(&[String]) -> Result<(), Failure>, arguments: &'static str },
}

const CI: &[Step] = &[
    cargo("format", &[], "fmt --all -- --check"),
    cargo("lints", &[], "clippy --workspace --all-targets -- -D warnings"),
    cargo(
        "lints with e2e",
        &[],
        "clippy --workspace --all-targets --features avocet/e2e -- -D warnings",
    ),
    task("tidy", tidy::run, ""),
    task("docs", docs::run, "--check"),
    cargo("conformance page", &[], "run -q -p avocet-conformance -- report --check"),
    cargo("rustdoc", &[("RUSTDOCFLAGS", "-D warnings")], "doc --workspace --no-deps"),
    cargo("e2e", &[], "test -p avocet --features e2e --test e2e --release"),
    task("instructions", instructions::run, ""),
    task("fuzz", fuzz::run, ""),
];

/// What takes long and comes after [`CI`].
const LONG: &[Step] = &[
    cargo(
        "loom",
        // Its own folder: the flag would make every other build start again.
        &[("RUSTFLAGS", "--cfg loom"), ("CARGO_TARGET_DIR", "target/loom")],
        "test -p avocet-reactor --release --lib loom",
    ),
    cargo(
        "simulator, 10,000 seeds",
        &[("AVOCET_SIM_SEEDS", "10000")],
        "test --release -p avocet-server --test sim",
    ),
    cargo("conformance of all servers", &[], "run -p avocet-conformance"),
    cargo("conformance cases fail", &[], "run -p avocet-conformance -- mutants"),
    task("fuzz", fuzz::run, "--planted"),
    cargo("pool under load", &[], "run --release -p pool-proof"),
    cargo("under attack", &[], "run --release -p attack-proof -- --quick"),
    task("bench", bench::run, ""),
];

/// Runs everything that a change must pass.
///
/// # Errors
///
/// When a step fails; the steps behind it are not run.
pub(crate) fn ci(arguments: &[String]) -> Result<(), Failure> {
    take_none(arguments)?;
    run_all(&CI.iter().collect::<Vec<_>>())
}

/// Runs the same and what takes long.
///
/// # Errors
///
/// As for [`ci`].
pub(crate) fn full(arguments: &[String]) -> Result<(), Failure> {
    take_none(arguments)?;
    run_all(&CI.iter().chain(LONG).collect::<Vec<_>>())
}

/// Runs the steps in order and says how long each took.
#[expect(clippy::disallowed_methods, reason = "tells whoever waits how long a step took")]
fn run_all(steps: &[&Step]) -> Result<(), Failure> {
    let begun = Instant::now();
    for (at, step) in steps.iter().enumerate() {
        let place = format!("[{}/{}]", at + 1, steps.len());
        eprintln!("{}", terminal::strong(&format!("{place} {}", step.name)));
        let step_begun = Instant::now();
        let outcome = step.run();
        let seconds = step_begun.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => eprintln!("{place} {}, {seconds:.1} s", terminal::good("passed")),
            Err(failure) => return Err(step.failed(&failure, steps.len() - at - 1)),
        }
    }
    let seconds = begun.elapsed().as_secs_f32();
    eprintln!("all {} steps passed in {seconds:.0} s", steps.len());
    Ok(())
}

impl Step {
    fn run(&self) -> Result<(), Failure> {
        match self.work {
            Work::Cargo { .. } => workspace::run(&mut self.command()),
            Work::Task { run, arguments } => {
                run(&words(arguments).map(str::to_owned).collect::<Vec<_>>())
            }
        }
    }

    /// The command that runs this step alone.
    fn command(&self) -> Command {
        let mut command = workspace::cargo();
        match self.work {
            Work::Cargo { variables, arguments } => {
                command.args(words(arguments)).envs(variables.iter().copied());
            }
            Work::Task { arguments, .. } => {
                command.args(["xtask", self.name]).args(words(arguments));
            }
        }
        command
    }

    /// What to say when this step failed and `left` steps were not run for it.
    fn failed(&self, failure: &Failure, left: usize) -> Failure {
        let (Failure::Usage(message) | Failure::Failed(message)) = failure;
        let again = workspace::shown(&self.command());
        Failure::Failed(format!(
            "step `{}` failed: {message}\n  again: {again}\n  steps not run after it: {left}",
            self.name
        ))
    }
}

/// A step that runs cargo.
const fn cargo(
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    arguments: &'static str,
) -> Step {
    Step { name, work: Work::Cargo { variables, arguments } }
}

/// A step that runs a task, by the task's own name.
const fn task(
    name: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
    arguments: &'static str,
) -> Step {
    Step { name, work: Work::Task { run, arguments } }
}

fn words(arguments: &str) -> impl Iterator<Item = &str> {
    arguments.split_whitespace()
}

fn take_none(arguments: &[String]) -> Result<(), Failure> {
    arguments.first().map_or(Ok(()), |argument| Err(Failure::unknown(argument)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(_: &[String]) -> Result<(), Failure> {
        Ok(())
    }

    fn fails(_: &[String]) -> Result<(), Failure> {
        Err(Failure::Failed("three findings".to_owned()))
    }

    fn must_not_run(_: &[String]) -> Result<(), Failure> {
        panic!("a step behind one that failed was run")
    }

    #[test]
    fn a_failed_step_ends_the_gate_and_is_named() {
        let steps =
            [task("ci", passes, ""), task("docs", fails, "--check"), task("no", must_not_run, "")];
        let Err(Failure::Failed(message)) = run_all(&steps.iter().collect::<Vec<_>>()) else {
            panic!("the gate passed")
        };
        assert_eq!(
            message,
            "step `docs` failed: three findings\n  again: cargo xtask docs --check\n  \
             steps not run after it: 1"
        );
    }

    #[test]
    fn a_gate_of_steps_that_pass_passes() {
        let steps = [task("ci", passes, ""), cargo("version", &[], "--version")];
        assert!(run_all(&steps.iter().collect::<Vec<_>>()).is_ok());
    }

    #[test]
    fn a_step_can_be_typed_again() {
        let check = |step: &str, line: &str| {
            let step = CI.iter().chain(LONG).find(|candidate| candidate.name == step).unwrap();
            assert_eq!(workspace::shown(&step.command()), line);
        };
        check("format", "cargo fmt --all -- --check");
        check("rustdoc", "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps");
        check("bench", "cargo xtask bench");
    }

    #[test]
    fn the_gate_takes_no_arguments() {
        assert!(matches!(ci(&["--fast".to_owned()]), Err(Failure::Usage(_))));
    }
}
