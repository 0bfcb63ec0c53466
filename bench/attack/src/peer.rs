//! The server's process as the proof sees it: its heap by asking, the rest from the kernel.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::attacks::Attack;
use crate::effort::Effort;
use crate::error::Failure;
use crate::process::Process;
use crate::server::{COMMAND, Heap, WATCHER};

/// Longest wait for a word of the server, which may be very busy.
const WORD_WAIT: Duration = Duration::from_secs(20);

/// Size of a page in `/proc/net/sockstat`.
const PAGE_SIZE: u64 = 4096;

/// A server at work, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    process: Process,
    pub(crate) addr: SocketAddr,
}

impl Peer {
    /// Starts a server of a folder, with the limits for an attack.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(crate) fn start(folder: &Path, attack: &Attack, effort: Effort) -> Result<Self, Failure> {
        let folder = folder.to_string_lossy();
        let process = Process::start(&[COMMAND, &folder, attack.name, effort.word()])?;
        let line = process.line(WORD_WAIT)?;
        let addr = line.parse().map_err(|_| Failure::Strange(line))?;
        Ok(Self { process, addr })
    }

    /// Asks what is on its heap.
    ///
    /// # Errors
    ///
    /// When it does not say.
    pub(crate) fn heap(&mut self) -> Result<Heap, Failure> {
        self.ask("report")
    }

    /// Has it forget the most that it held so far, on its heap and in memory.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub(crate) fn mark(&mut self) -> Result<Heap, Failure> {
        let path = self.proc("clear_refs");
        fs::write(path, "5").map_err(Failure::of("reset the resident maximum"))?;
        self.ask("mark")
    }

    fn ask(&mut self, command: &str) -> Result<Heap, Failure> {
        self.process.say(command)?;
        let line = self.process.line(WORD_WAIT)?;
        Heap::parse(&line).ok_or(Failure::Strange(line))
    }

    /// Returns what it has in memory at present and at most since the last mark, in bytes.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(crate) fn resident(&self) -> Result<Heap, Failure> {
        let text = fs::read_to_string(self.proc("status"));
        let text = text.map_err(Failure::of("read what the server has in memory"))?;
        let size = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            number.map(|kib| kib * 1024).ok_or_else(|| Failure::Strange(text.clone()))
        };
        Ok(Heap { live: size("VmRSS:")?, peak: size("VmHWM:")? })
    }

    /// Counts the descriptors that it has open. The kernel tells since 6.2 without a list.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub(crate) fn descriptors(&self) -> Result<u64, Failure> {
        let failed = || Failure::of("count the server's descriptors");
        let folder = self.proc("fd");
        match fs::metadata(&folder).map_err(failed())?.len() {
            0 => Ok(fs::read_dir(folder).map_err(failed())?.count() as u64),
            count => Ok(count),
        }
    }

    /// Returns the CPU time that its loop and its pool have used, and how long they had to wait for
    /// a CPU.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(crate) fn cpu(&self) -> Result<Cpu, Failure> {
        let failed = || Failure::of("read what the server used");
        let mut cpu = Cpu::default();
        for thread in fs::read_dir(self.proc("task")).map_err(failed())? {
            let path = thread.map_err(failed())?.path();
            // A thread of the pool may end at any moment.
            let Ok(name) = fs::read_to_string(path.join("comm")) else { continue };
            let Ok(text) = fs::read_to_string(path.join("schedstat")) else { continue };
            if name.trim_end() != WATCHER {
                let mut nanos = text.split_whitespace().map_while(|word| word.parse().ok());
                cpu.used += Duration::from_nanos(nanos.next().unwrap_or(0));
                cpu.awaited += Duration::from_nanos(nanos.next().unwrap_or(0));
            }
        }
        Ok(cpu)
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.process.id())
    }
}

/// What threads had of the machine's CPUs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) used: Duration,
    /// How long they could have run and did not: others did.
    pub(crate) awaited: Duration,
}

impl Cpu {
    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self {
            used: self.used.saturating_sub(earlier.used),
            awaited: self.awaited.saturating_sub(earlier.awaited),
        }
    }
}

/// Returns the memory that the kernel has in TCP sockets, of the whole machine; 0 if it does not
/// tell.
pub(crate) fn socket_memory() -> u64 {
    let text = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let pages = text
        .lines()
        .find(|line| line.starts_with("TCP:"))
        .and_then(|line| line.split_once(" mem "))
        .and_then(|(_, pages)| pages.trim().parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE_SIZE
}
