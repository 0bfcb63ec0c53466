//! Signals: TERM and INT drain, a second one stops, a third ends the process where it stands.

use std::io;
use std::thread;

use server::Shutdown;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::FailureKind;

/// Has signals end the server.
///
/// The thread blocks until a signal comes and ends with the process.
///
/// # Errors
///
/// When the system refuses the handlers or the thread.
pub(crate) fn watch(shutdown: Shutdown) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new().name("avocet-signals".to_owned()).spawn(move || {
        for (before, _signal) in signals.forever().enumerate() {
            match before {
                0 => shutdown.drain(),
                1 => shutdown.stop(),
                // A handler that never returns keeps its worker from stopping.
                _ => std::process::exit(i32::from(FailureKind::Drain as u8)),
            }
        }
    })?;
    Ok(())
}
