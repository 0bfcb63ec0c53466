//! The load client as a program, for a look by hand; `cargo xtask bench` uses the library.

mod options;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use load::{Client, LoadError, Report};

use crate::options::{Options, USAGE};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // With the standard streams gone there is nobody left to tell.
    let complain = |error: &dyn Error| {
        let _ = writeln!(std::io::stderr(), "load: {}", chain(error));
        ExitCode::FAILURE
    };
    let options = match Options::parse(&arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = writeln!(std::io::stderr(), "{USAGE}");
            return ExitCode::from(2);
        }
        Err(error) => return complain(&error),
    };
    match run(&options) {
        Ok(report) => {
            let _ = writeln!(std::io::stdout(), "{}", summary(&report));
            ExitCode::SUCCESS
        }
        Err(error) => complain(&error),
    }
}

fn run(options: &Options) -> Result<Report, LoadError> {
    Client::connect(&options.target)?.run(options.pace, options.length)
}

/// What a run did, on a line or two.
fn summary(report: &Report) -> String {
    let Report { requests, bytes, elapsed, latencies } = report;
    let seconds = elapsed.as_secs_f64();
    let (rate, mebibytes) = (*requests as f64 / seconds, *bytes as f64 / seconds / 1_048_576.0);
    let mut text = format!(
        "{requests} requests in {seconds:.3} s: {rate:.0} a second, {mebibytes:.1} MiB of bodies"
    );
    if let Some(found) = latencies {
        // Writing to a string cannot fail.
        let _ = write!(text, "\np50 {:?}, p99 {:?}, max {:?}", found.p50, found.p99, found.max);
    }
    text
}

/// The error and what caused it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use load::Latencies;

    use super::*;

    #[test]
    fn a_run_is_told_on_a_line_and_its_latencies_on_another() {
        let elapsed = Duration::from_secs(2);
        let mut report = Report { requests: 10, bytes: 4 << 20, elapsed, latencies: None };
        let line = "10 requests in 2.000 s: 5 a second, 2.0 MiB of bodies";
        assert_eq!(summary(&report), line);
        let [p50, p99, max] = [1, 20, 3000].map(Duration::from_micros);
        report.latencies = Some(Latencies { p50, p99, max });
        assert_eq!(summary(&report), format!("{line}\np50 1µs, p99 20µs, max 3ms"));
    }
}
