//! Runs one probe for so many rounds: what callgrind is started on.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

use instructions::PROBES;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--list"] => {
            for probe in PROBES {
                println!("{}", probe.name);
            }
            ExitCode::SUCCESS
        }
        [name, rounds] => run(name, rounds),
        _ => complain("usage: instructions --list | PROBE ROUNDS"),
    }
}

fn run(name: &str, rounds: &str) -> ExitCode {
    let Some(probe) = PROBES.iter().find(|probe| probe.name == name) else {
        return complain(&format!("there is no probe `{name}`"));
    };
    let Ok(rounds) = rounds.parse() else {
        return complain(&format!("`{rounds}` is no number of rounds"));
    };
    (probe.run)(rounds);
    ExitCode::SUCCESS
}

fn complain(what: &str) -> ExitCode {
    eprintln!("error: {what}");
    ExitCode::from(2)
}
