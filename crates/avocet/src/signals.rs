//! Signals: TERM and INT drain, a second one quits.

use std::io;
use std::thread;

use server::Shutdown;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

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
        let mut is_draining = false;
        for _signal in signals.forever() {
            if is_draining {
                shutdown.stop();
            } else {
                shutdown.drain();
                is_draining = true;
            }
        }
    })?;
    Ok(())
}
