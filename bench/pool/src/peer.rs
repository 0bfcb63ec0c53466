//! The server's process as the client sees it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::core::Cores;
use crate::error::Failure;
use crate::server::{COMMAND, Report};

/// A server at work, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    commands: ChildStdin,
    reports: BufReader<ChildStdout>,
    pub(crate) addr: SocketAddr,
}

impl Peer {
    /// Starts the server on its core.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(crate) fn start(cores: Cores) -> Result<Self, Failure> {
        let failed = || Failure::of("start the server");
        let program = std::env::current_exe().map_err(failed())?;
        let mut child = Command::new(program)
            .args([COMMAND, &cores.server.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed())?;
        let (commands, output) = (child.stdin.take(), child.stdout.take());
        let commands = commands.expect("it was piped");
        let mut reports = BufReader::new(output.expect("it was piped"));
        let mut line = String::new();
        reports.read_line(&mut line).map_err(failed())?;
        let addr = line.trim().parse().map_err(|_| Failure::Answer(line))?;
        Ok(Self { child, commands, reports, addr })
    }

    /// Asks what it counts.
    ///
    /// # Errors
    ///
    /// When it does not say.
    pub(crate) fn report(&mut self) -> Result<Report, Failure> {
        self.ask("report")
    }

    /// Has it forget the most that it held so far.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub(crate) fn mark(&mut self) -> Result<Report, Failure> {
        self.ask("mark")
    }

    fn ask(&mut self, command: &str) -> Result<Report, Failure> {
        let failed = || Failure::of("ask the server");
        writeln!(self.commands, "{command}").map_err(failed())?;
        let mut line = String::new();
        self.reports.read_line(&mut line).map_err(failed())?;
        Report::parse(&line).ok_or(Failure::Answer(line))
    }

    /// Returns the CPU time that its threads have used. They get a moment to go back to sleep:
    /// what a thread uses is added up when it stops running.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Failure> {
        thread::park_timeout(Duration::from_millis(2));
        let failed = || Failure::of("read what the server used");
        let mut sum = 0;
        let threads = format!("/proc/{}/task", self.child.id());
        for thread in fs::read_dir(threads).map_err(failed())? {
            let path = thread.map_err(failed())?.path().join("schedstat");
            let text = fs::read_to_string(path).map_err(failed())?;
            let first = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
            sum += first.ok_or(Failure::Answer(text))?;
        }
        Ok(Duration::from_nanos(sum))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
