//! The runner of the cases: asks Avocet and other servers, breaks Avocet, writes the page.

mod command;
mod runner;

use std::io::Write as _;
use std::process::ExitCode;

const HELP: &str = "\
What RFC 9110 and RFC 9112 ask of an origin server, asked of Avocet and of others.

usage: cargo run -p avocet-conformance -- [TASK] [OPTION]...

  run [--only PREFIX]... [--peer NAME]...
      The cases on Avocet and on the other servers that are installed; the default. Fails if
      Avocet does.
      --only PREFIX   only cases whose ids begin so, such as 9112-3 or 9110-14.2
      --peer NAME     only this server beside Avocet: nginx, apache2, lighttpd, caddy, h2o; `none`
      --words         what each server did wrong
  mutants [--only PREFIX]... [--mutant PREFIX]...
      The cases on builds of Avocet broken on purpose; what each broke. Fails if one broke nothing.
  record
      All of it, into conformance/results.txt and docs/conformance.md; takes long.
  report [--check]
      docs/conformance.md from the results and the lists; with --check only compared.
";

fn main() -> ExitCode {
    runner::judge::hush();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| matches!(argument.as_str(), "-h" | "--help" | "help")) {
        say(HELP);
        return ExitCode::SUCCESS;
    }
    match command::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(command::Error::Usage(what)) => {
            note(&format!("error: {what}\n\n{HELP}"));
            ExitCode::from(2)
        }
        Err(command::Error::Failed(what)) => {
            note(&format!("error: {what}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Says what was asked for. Whoever closes the pipe has heard enough.
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).ok();
}

/// Says what is of interest on the way.
fn note(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).ok();
}
