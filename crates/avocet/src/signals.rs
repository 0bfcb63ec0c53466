//! Signals: TERM and INT drain, a second one stops, a third ends the process where it stands.
//! USR1 opens the log's file again, USR2 prints the counters.
//!
//! HUP is left alone: it ends the process when its terminal is closed.

use std::io::{self, Write};
use std::thread;

use server::{LogReopener, Meters, Shutdown};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

use crate::failure::FailureKind;
use crate::systemd;

/// What signals act on.
#[derive(Debug)]
pub(crate) struct Controls {
    pub(crate) shutdown: Shutdown,
    pub(crate) meters: Meters,
    pub(crate) log: Option<LogReopener>,
}

/// The signals, caught: none of them ends the process by itself any more.
#[derive(Debug)]
pub(crate) struct Caught(Signals);

impl Caught {
    /// Catches the signals. They wait until they are watched.
    ///
    /// # Errors
    ///
    /// When the system refuses the handlers.
    pub(crate) fn new() -> io::Result<Self> {
        Signals::new([SIGTERM, SIGINT, SIGUSR1, SIGUSR2]).map(Self)
    }

    /// Has signals act on the server, from now on and those that came before.
    ///
    /// The thread blocks until a signal comes and ends with the process.
    ///
    /// # Errors
    ///
    /// When the system refuses the thread.
    pub(crate) fn watch(mut self, controls: Controls) -> io::Result<()> {
        thread::Builder::new().name("avocet-signals".to_owned()).spawn(move || {
            let mut ends = 0;
            for signal in self.0.forever() {
                match signal {
                    SIGUSR1 => controls.log.iter().for_each(LogReopener::reopen),
                    SIGUSR2 => print_counters(&controls.meters),
                    _ => {
                        ends += 1;
                        controls.end(ends);
                    }
                }
            }
        })?;
        Ok(())
    }
}

impl Controls {
    /// Ends the server, more firmly each time.
    fn end(&self, times: u32) {
        match times {
            1 => {
                systemd::stopping();
                self.shutdown.drain();
            }
            2 => self.shutdown.stop(),
            // A handler that never returns keeps its worker from stopping.
            _ => std::process::exit(i32::from(FailureKind::Drain as u8)),
        }
    }
}

/// Prints all counters to standard error, at once, so that nothing gets between the lines.
pub(crate) fn print_counters(meters: &Meters) {
    let table = meters.read().to_string();
    // A closed terminal is told nothing.
    io::stderr().write_all(table.as_bytes()).ok();
}
