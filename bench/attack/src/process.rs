//! The processes of the proof: this program, started again in another part.
//!
//! Each says what it has to say in lines on its standard output, and ends when its standard input
//! does. Every wait for one is bounded.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};

use crate::error::Failure;
use crate::now;

/// A process at work, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    /// Starts this program in another part.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let failed = || Failure::of("start a process of the proof");
        let program = std::env::current_exe().map_err(failed())?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed())?;
        let input = child.stdin.take();
        let output = child.stdout.take().expect("it was piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, input, lines })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Says something to it.
    ///
    /// # Errors
    ///
    /// When it does not listen any more.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), Failure> {
        let input = self.input.as_mut().ok_or(Failure::Late("a process that was told to end"))?;
        writeln!(input, "{line}").map_err(Failure::of("talk to a process of the proof"))
    }

    /// Returns its next line.
    ///
    /// # Errors
    ///
    /// When none comes in time.
    pub(crate) fn line(&self, timeout: Duration) -> Result<String, Failure> {
        self.lines.recv_timeout(timeout).map_err(|_| Failure::Late("a line of a process"))
    }

    /// Tells whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Tells it to end and returns the lines that it has not been asked for.
    ///
    /// # Errors
    ///
    /// When it does not end in time, or failed.
    pub(crate) fn finish(&mut self, timeout: Duration) -> Result<Vec<String>, Failure> {
        self.input = None;
        let end = now().after(timeout);
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(end.since(now())) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err(Failure::Late("a process to end")),
            }
        }
        let status = self.child.wait().map_err(Failure::of("wait for a process of the proof"))?;
        if status.success() {
            return Ok(rest);
        }
        Err(Failure::Strange(format!("a process of the proof ended with {status}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Has this process end with the one that started it.
///
/// # Errors
///
/// When the system refuses.
pub(crate) fn end_with_parent() -> Result<(), Failure> {
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(Failure::of("watch the parent"))
}
