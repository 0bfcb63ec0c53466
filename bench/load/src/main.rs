//! The load client as a program, for a look by hand; `cargo xtask bench` uses the library.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use load::{Client, Length, Pace, Target};

const USAGE: &str = "\
usage: load ADDR:PORT [PATH] [--connections N] [--pipelined K] [--free]
            [--seconds S | --rounds N]

Asks for PATH (default /) over N keep-alive connections (default 64), K requests in one write
(default 1), for S seconds (default 5) or N writes per connection, and checks every response.
In lock-step it writes to all connections and then reads from all; with --free each connection
asks again as soon as it was answered.

  load 127.0.0.1:8080 /index.html --pipelined 16";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((target, pace, length)) = parse(&arguments) else {
        let _ = writeln!(std::io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    };
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    // With the standard streams gone there is nobody left to tell.
    match Client::connect(&target).and_then(|mut client| client.run(pace, length)) {
        Ok(report) => {
            let seconds = report.elapsed.as_secs_f64();
            let rate = report.requests as f64 / seconds;
            let requests = report.requests;
            let _ = writeln!(out, "{requests} requests in {seconds:.3} s: {rate:.0} a second");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(err, "load: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Reads the command line; `None` when it cannot be understood.
fn parse(arguments: &[String]) -> Option<(Target, Pace, Length)> {
    let mut rest = arguments.iter();
    let mut target = Target {
        addr: rest.next()?.parse().ok()?,
        path: "/".to_owned(),
        body_len: None,
        connections: 64,
        pipelined: 1,
    };
    let mut pace = Pace::LockStep;
    let mut length = Length::Time(Duration::from_secs(5));
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--connections" => target.connections = rest.next()?.parse().ok()?,
            "--pipelined" => target.pipelined = rest.next()?.parse().ok()?,
            "--free" => pace = Pace::FreeRunning,
            "--rounds" => length = Length::Rounds(rest.next()?.parse().ok()?),
            "--seconds" => {
                length = Length::Time(Duration::from_secs(rest.next()?.parse().ok()?));
            }
            path if path.starts_with('/') => target.path = path.to_owned(),
            _ => return None,
        }
    }
    Some((target, pace, length))
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
    use super::*;

    fn read(line: &str) -> Option<(Target, Pace, Length)> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_line_is_read() {
        let line = "127.0.0.1:80 /a --connections 2 --pipelined 3 --free --rounds 4";
        let (target, pace, length) = read(line).unwrap();
        assert_eq!((target.path.as_str(), target.connections, target.pipelined), ("/a", 2, 3));
        assert_eq!((pace, length), (Pace::FreeRunning, Length::Rounds(4)));
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for line in ["", "home", "127.0.0.1:80 --rounds", "127.0.0.1:80 a", "127.0.0.1:80 --slow"] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
