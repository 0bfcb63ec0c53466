//! The servers that are measured: how each is started, what it used, how it ends.

use std::fs::{self, File, Permissions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::workspace;

use super::machine::Cores;
use super::scenario::{FILE_NAME, FILE_SIZE, Scenario};

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The least there can be.
    Floor,
    /// Ours.
    Avocet,
    /// Debian's.
    Nginx,
}

/// What all servers of a bench share: a folder, removed at the end, and the cores.
#[derive(Debug)]
pub(super) struct Setup {
    folder: PathBuf,
    avocet: PathBuf,
    cores: Cores,
}

/// A running server, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) addr: SocketAddr,
    log: PathBuf,
}

/// The resident memory of a server, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) now: u64,
    pub(super) peak: u64,
}

/// A server that has not begun to answer or to end after this many steps never will.
const STEPS_MAX: usize = 500;
const STEP: Duration = Duration::from_millis(10);

impl Kind {
    /// In the order in which they are shown.
    pub(super) const ALL: [Self; 3] = [Self::Floor, Self::Avocet, Self::Nginx];

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Avocet => "avocet",
            Self::Nginx => "nginx",
        }
    }

    /// Whether it can be started; our own are built.
    pub(super) fn is_installed(self) -> bool {
        self != Self::Nginx || nginx_version().is_some()
    }
}

/// What nginx calls itself; `None` if it is not installed.
pub(super) fn nginx_version() -> Option<String> {
    workspace::first_line(nginx_program(), &["-v"])
}

/// Debian puts it where only root looks.
fn nginx_program() -> &'static str {
    let is_there = |path: &&str| Path::new(path).exists();
    Some("/usr/sbin/nginx").filter(is_there).unwrap_or("nginx")
}

impl Setup {
    /// Makes the folder with the file that is asked for and nginx's configuration.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn new(avocet: PathBuf, cores: Cores) -> Result<Self, Failure> {
        let name = format!("avocet-bench-{}", std::process::id());
        let setup = Self { folder: std::env::temp_dir().join(name), avocet, cores };
        setup
            .fill()
            .map_err(|error| Failure::new("cannot make the folder of the bench", &error))?;
        Ok(setup)
    }

    fn fill(&self) -> std::io::Result<()> {
        let site = self.folder.join("site");
        fs::create_dir_all(&site)?;
        let page = site.join(FILE_NAME);
        fs::write(&page, "x".repeat(FILE_SIZE))?;
        // Started by root, nginx's worker is another user.
        for (path, mode) in [(&self.folder, 0o755), (&site, 0o755), (&page, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        let config = workspace::root().join("bench/peers/nginx.conf");
        fs::copy(config, self.folder.join("nginx.conf")).map(drop)
    }

    /// Starts a server for a load and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// When it cannot be started or ends, with what it said.
    pub(super) fn start(
        &self,
        kind: Kind,
        scenario: &Scenario,
        request_len: impl Fn(SocketAddr) -> usize,
    ) -> Result<Server, Failure> {
        let failed = |error| Failure::new(format!("cannot start {}", kind.name()), &error);
        // Free a moment ago; should another take it before the server does, the server says so.
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        drop(listener);
        let log = self.folder.join(format!("{}.log", kind.name()));
        let output = File::create(&log).map_err(failed)?;
        let mut command = match kind {
            Kind::Floor => floor(addr, scenario, request_len(addr)),
            Kind::Avocet => self.avocet(addr),
            Kind::Nginx => self.nginx(addr).map_err(failed)?,
        };
        let errors = output.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = self.cores.on_server_core(|| command.spawn().map_err(failed))?;
        let mut server = Server { child, addr, log };
        server.wait_until_ready(kind)?;
        Ok(server)
    }

    fn avocet(&self, addr: SocketAddr) -> Command {
        let mut command = Command::new(&self.avocet);
        command.arg("serve").arg(self.folder.join("site"));
        command.args(["--listen", &addr.to_string(), "--workers", "1", "--log", "off"]);
        command
    }

    fn nginx(&self, addr: SocketAddr) -> std::io::Result<Command> {
        fs::write(self.folder.join("listen.conf"), format!("listen {addr};\n"))?;
        let mut command = Command::new(nginx_program());
        command.args(["-e", "stderr", "-p"]).arg(&self.folder);
        command.arg("-c").arg(self.folder.join("nginx.conf"));
        Ok(command)
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder hurts nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn floor(addr: SocketAddr, scenario: &Scenario, request_len: usize) -> Command {
    let mut command = Command::new(workspace::target_dir().join("release/floor"));
    command.args(["--listen", &addr.to_string()]);
    command.args(["--body-size", &FILE_SIZE.to_string()]);
    command.args(["--pipelined", &scenario.pipelined.to_string()]);
    command.args(["--request-len", &request_len.to_string()]);
    command
}

impl Server {
    fn wait_until_ready(&mut self, kind: Kind) -> Result<(), Failure> {
        let failed = |what: &str, said: &str| {
            Err(Failure::Failed(format!("{} {what}; it said: {}", kind.name(), said.trim())))
        };
        let said = || fs::read_to_string(&self.log).unwrap_or_default();
        for _ in 0..STEPS_MAX {
            if let Ok(Some(status)) = self.child.try_wait() {
                return failed(&format!("ended at once, with {status}"), &said());
            }
            if TcpStream::connect(self.addr).is_ok() {
                return Ok(());
            }
            pause(STEP);
        }
        failed("took no connection within five seconds", &said())
    }

    /// The CPU that the server's processes have used, in nanoseconds.
    ///
    /// The server has answered everything, and gets a moment to go back to sleep: what a thread
    /// uses is added up when it stops running.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(super) fn cpu_ns(&self) -> Result<u64, Failure> {
        pause(Duration::from_millis(2));
        let used = self.processes().and_then(|processes| {
            processes.into_iter().map(process_cpu_ns).sum::<std::io::Result<u64>>()
        });
        used.map_err(|error| Failure::new("cannot read what the server used", &error))
    }

    /// The resident memory of the server's processes.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(super) fn memory(&self) -> Result<Memory, Failure> {
        let failed = |error| Failure::new("cannot read the memory of the server", &error);
        let mut memory = Memory::default();
        for process in self.processes().map_err(failed)? {
            let status = fs::read_to_string(format!("/proc/{process}/status")).map_err(failed)?;
            memory.now += status_kib(&status, "VmRSS:");
            memory.peak += status_kib(&status, "VmHWM:");
        }
        Ok(memory)
    }

    /// The server's process and its children: nginx has a master and a worker.
    fn processes(&self) -> std::io::Result<Vec<u32>> {
        let own = self.child.id();
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        Ok(std::iter::once(own).chain(children).collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // It may have ended by itself, and then there is nothing to do.
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        for _ in 0..STEPS_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            pause(STEP);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Adds up what the scheduler says of each thread: the first number is its time on the CPU.
fn process_cpu_ns(process: u32) -> std::io::Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(Path::new("/proc").join(process.to_string()).join("task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
        sum += first.ok_or(std::io::ErrorKind::InvalidData)?;
    }
    Ok(sum)
}

/// A number of a process's status, in KiB; 0 if it is not there.
fn status_kib(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "another program is waited for, which has no event")]
fn pause(length: Duration) {
    std::thread::sleep(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_cpu_and_memory() {
        assert!(process_cpu_ns(std::process::id()).unwrap() > 0);
        let status = fs::read_to_string("/proc/self/status").unwrap();
        assert!(status_kib(&status, "VmRSS:") > 0);
        assert_eq!(status_kib(&status, "VmNothing:"), 0);
    }
}
