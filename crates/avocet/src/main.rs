//! Avocet, the program: reads its command line, serves a folder, ends cleanly.
#![forbid(unsafe_code)]

mod cli;
mod failure;
mod serve;
mod signals;
mod systemd;

use std::process::ExitCode;

use self::cli::Command;

fn main() -> ExitCode {
    let result = match cli::parse(std::env::args_os()) {
        Ok(Command::Serve(settings)) => serve::run(&settings),
        Ok(Command::Limits) => cli::print_limits(),
        Err(usage) => return usage.print(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}
