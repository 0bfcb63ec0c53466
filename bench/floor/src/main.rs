//! The floor: the least that a server on epoll can do for an answer.
//!
//! One thread, level-triggered epoll with up to 1,024 events a wait, `recv` into one buffer, `send`
//! of an answer that was made before the first connection came. With a file it is `send` of the
//! head with MSG_MORE, and `sendfile`. What Avocet spends above this is what it spends on being a
//! web server; `cargo xtask bench` takes the ratio.
//!
//! Nothing of a request is looked at. Requests are counted by their length, which the caller knows
//! and passes: so many bytes received are so many answers owed, and a part of a request left over
//! is carried to the next `recv`. That one addition is what keeps the count right when the kernel
//! hands out a pipelined burst in pieces.
//!
//! For loads that make a connection anew after some requests, it closes after so many answers. It
//! then looks for the first request as soon as it has accepted, and a connection that is answered
//! by then never sees epoll.
//!
//! It is a measuring tool, not a server: no parsing, no deadlines, no limits.

mod answer;
mod exchange;
mod options;
mod serve;

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use rustix::io::Errno;
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::answer::Answers;
use crate::exchange::Exchange;
use crate::options::Options;
use crate::serve::Floor;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(error) => return complain(2, &format!("{error}\n\n{}", options::USAGE)),
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(1, &error.to_string()),
    }
}

/// Listens, says where, and serves until a signal ends the process.
fn run(options: &Options) -> std::io::Result<()> {
    // Whoever started the measurement may die before it ends it.
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    let answers = match &options.file {
        Some(path) => Answers::of_file(path)?,
        None => Answers::in_memory(options.body_size, options.pipelined),
    };
    let listener = TcpListener::bind(options.listen)?;
    let addr = listener.local_addr()?;
    let exchange = Exchange::new(answers, options.request_len, options.times);
    let floor = Floor::new(listener, exchange)?;
    announce(addr)?;
    Err(serve_forever(floor).into())
}

/// Serves until the poller itself fails, which is the only way it ends.
fn serve_forever(mut floor: Floor) -> Errno {
    loop {
        if let Err(errno) = floor.turn() {
            return errno;
        }
    }
}

/// Tells the address on standard output, where whoever asked for port 0 reads it.
fn announce(addr: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "floor listens on http://{addr}/")?;
    out.flush()
}

/// Says what went wrong and gives the exit code for it.
fn complain(code: u8, text: &str) -> ExitCode {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "floor: {text}");
    ExitCode::from(code)
}
