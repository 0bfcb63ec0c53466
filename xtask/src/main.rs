//! Avocet's tasks, run as `cargo xtask NAME`: whatever a script would do elsewhere.
//!
//! In Rust, so that a task is read, tested and refactored like the rest. A task's module has a
//! `run` that takes the arguments behind its name; this file only picks one. It is no part of what
//! is shipped.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the terminal")]

mod bench;
mod docs;
mod failure;
mod fuzz;
mod gate;
mod instructions;
mod media_types;
mod terminal;
mod tidy;
mod workspace;

use std::process::ExitCode;

use crate::failure::Failure;

/// A task: what one types, what it does, where it is.
struct Task {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const TASKS: &[Task] = &[
    Task {
        name: "ci",
        arguments: "",
        about: "what a change must pass: format, lints, tidy, docs, e2e, instructions, fuzzing",
        run: gate::ci,
    },
    Task {
        name: "full",
        arguments: "",
        about: "ci and what takes long: loom, 10,000 simulator seeds, conformance of all servers, \
                mutants, planted bugs, proofs under load and attack, bench",
        run: gate::full,
    },
    Task {
        name: "tidy",
        arguments: "",
        about: "the house rules that no compiler knows",
        run: tidy::run,
    },
    Task {
        name: "docs",
        arguments: "[--check]",
        about: "write docs/reference/settings.md from the table of settings",
        run: docs::run,
    },
    Task {
        name: "bench",
        arguments: bench::ARGUMENTS,
        about: "CPU a request, against the floor and other servers",
        run: bench::run,
    },
    Task {
        name: "fuzz",
        arguments: fuzz::ARGUMENTS,
        about: "run every fuzz target for a while (10 s each), or find a bug planted for each",
        run: fuzz::run,
    },
    Task {
        name: "instructions",
        arguments: instructions::ARGUMENTS,
        about: "count the instructions of the hot path, now and at the last tag: at most 3 % more",
        run: instructions::run,
    },
    Task {
        name: "media-types",
        arguments: "DB_JSON",
        about: "write the table of media types from mime-db's db.json",
        run: |arguments| media_types::run(arguments.iter().cloned()).map_err(Failure::Failed),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    };
    let outcome = match TASKS.iter().find(|task| task.name == name) {
        Some(task) => (task.run)(rest),
        None => Err(Failure::Usage(format!("there is no task `{name}`"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("{}: {message}\n\n{}", terminal::bad("error"), usage());
            ExitCode::from(2)
        }
        Err(Failure::Failed(message)) => {
            eprintln!("{}: {message}", terminal::bad("error"));
            ExitCode::FAILURE
        }
    }
}

/// All tasks, one a line.
fn usage() -> String {
    let mut text = String::from("usage: cargo xtask TASK\n\n");
    for Task { name, arguments, about, .. } in TASKS {
        let call = format!("{name} {arguments}");
        text.push_str(&format!("  {}\n      {about}\n", call.trim_end()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_names_every_task() {
        let usage = usage();
        for task in TASKS {
            assert!(usage.contains(&format!("  {}", task.name)), "{}", task.name);
        }
    }
}
