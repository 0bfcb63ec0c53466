//! A server as a process: started on the server's core, waited for, read, ended.

use std::fs::{self, File, Permissions};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::workspace;

use super::config;
use super::machine::Cores;
use super::peer::{Kind, NGINX_BROTLI, Peer};
use super::scenario::{Ask, Coding, Log, Scenario, Setting};
use super::usage::{self, CpuTime, Memory};

/// What all servers of a bench share.
#[derive(Debug)]
pub(super) struct Ground {
    /// What is served.
    pub(super) root: PathBuf,
    /// Where each server gets a folder of its own.
    pub(super) work: PathBuf,
    /// The program that is Avocet.
    pub(super) avocet: PathBuf,
    pub(super) cores: Cores,
    /// Users that a server started by root works as.
    pub(super) daemon: Daemon,
}

/// The user of servers that leave root.
#[derive(Debug)]
pub(super) struct Daemon {
    user: String,
    group: String,
}

/// A running server, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) addr: SocketAddr,
    /// What it prints.
    output: PathBuf,
    /// Its access log, if it writes one.
    pub(super) access_log: PathBuf,
}

/// A server that has not begun to answer or to end after this many steps never will.
const STEPS_MAX: usize = 500;
const STEP: Duration = Duration::from_millis(10);

/// Apache's fewest and most threads: one for each connection, within reason, and some to spare.
const THREADS: (usize, usize) = (256, 1_024);

/// What a configuration can have filled in.
pub(super) const VALUES: [&str; 11] = [
    "address", "port", "root", "temp", "log", "user", "group", "daemon", "brotli", "modules",
    "threads",
];

/// Words that a configuration can ask for.
#[cfg(test)]
pub(super) const WORDS: [&str; 9] =
    ["log", "quiet", "uncoded", "siblings", "fly", "coded", "brotli", "many", "few"];

impl Daemon {
    /// Debian's `www-data` for root, which Apache and lighttpd refuse to be; else who starts them.
    pub(super) fn choose() -> Self {
        if rustix::process::geteuid().is_root() {
            return Self { user: "www-data".to_owned(), group: "www-data".to_owned() };
        }
        let name = |flag: &str| workspace::first_line("id", &[flag]).unwrap_or_default();
        Self { user: name("-un"), group: name("-gn") }
    }
}

impl Ground {
    /// Starts a server and waits until it takes connections. `place` names its folder; `floor` says
    /// what the floor is told, by its address.
    ///
    /// # Errors
    ///
    /// When it cannot be started or ends, with what it said.
    pub(super) fn start(
        &self,
        kind: Kind,
        scenario: &Scenario,
        place: &str,
        floor: impl FnOnce(SocketAddr) -> Vec<String>,
    ) -> Result<Server, Failure> {
        let failed = |error| Failure::new(format!("cannot start {}", kind.name()), &error);
        let temp = self.work.join(place);
        make_folder(&temp).map_err(failed)?;
        // Free a moment ago; should another take it before the server does, the server says so.
        let addr = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(failed)?;
        let (output, access_log) = (temp.join("output"), access_log(kind, &temp));
        let mut command = match kind.peer() {
            Some(peer) => self.peer(peer, scenario, addr, &temp).map_err(failed)?,
            None if kind == Kind::Floor => floor_command(addr, &floor(addr)),
            None => self.avocet(scenario.setting, addr, &access_log),
        };
        let file = File::create(&output).map_err(failed)?;
        let errors = file.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = self.cores.on_server_core(|| command.spawn().map_err(failed))?;
        let mut server = Server { child, addr, output, access_log };
        server.wait_until_ready(kind)?;
        Ok(server)
    }

    fn avocet(&self, setting: Setting, addr: SocketAddr, access_log: &Path) -> Command {
        let mut command = Command::new(&self.avocet);
        command.arg("serve").arg(&self.root).args(["--listen", &addr.to_string()]);
        command.args(["--workers", &setting.workers.to_string()]);
        match setting.log {
            Log::Off => command.args(["--log", "off"]),
            Log::On => command.args(["--log", "common", "--log-file"]).arg(access_log),
        };
        command
    }

    fn peer(
        &self,
        peer: &Peer,
        scenario: &Scenario,
        addr: SocketAddr,
        temp: &Path,
    ) -> io::Result<Command> {
        let template = workspace::root().join("bench/peers").join(peer.config);
        let template = fs::read_to_string(template)?;
        let (root, temp_name) = (self.root.to_string_lossy(), temp.to_string_lossy());
        let (address, port) = (addr.ip().to_string(), addr.port().to_string());
        let log = temp.join("access.log");
        let threads = scenario.connections.clamp(THREADS.0, THREADS.1).to_string();
        let of_value = |name: &'static str| match name {
            "address" => (name, address.as_str()),
            "port" => (name, port.as_str()),
            "root" => (name, &*root),
            "temp" => (name, &*temp_name),
            "log" => (name, log.to_str().unwrap_or_default()),
            "group" => (name, self.daemon.group.as_str()),
            "threads" => (name, threads.as_str()),
            "brotli" => (name, NGINX_BROTLI),
            "modules" => (name, "/usr/lib/apache2/modules"),
            _ => (name, self.daemon.user.as_str()),
        };
        let values = VALUES.map(of_value);
        let config = temp.join(peer.config);
        fs::write(&config, config::fill(&template, &words(scenario), &values))?;
        let mut command = Command::new(peer.program.path());
        let blanks = [("config", config.to_str().unwrap_or_default()), ("temp", &*temp_name)];
        command.args(peer.arguments.iter().map(|argument| config::filled(argument, &blanks)));
        command.envs(peer.variables.iter().copied()).current_dir(temp);
        // Caddy keeps what it likes to remember below the home folder.
        command.env("HOME", temp);
        Ok(command)
    }
}

/// What the conditions in a configuration ask for.
fn words(scenario: &Scenario) -> Vec<&'static str> {
    let mut words = match scenario.setting.log {
        Log::Off => vec!["quiet"],
        Log::On => vec!["log"],
    };
    match scenario.setting.coding {
        Coding::Off => words.push("uncoded"),
        Coding::Siblings => {
            words.extend(["siblings", "coded"]);
            if Path::new(NGINX_BROTLI).is_file() {
                words.push("brotli");
            }
        }
        Coding::OnTheFly => words.extend(["fly", "coded"]),
    }
    words.push(if matches!(scenario.ask, Ask::Walk(_)) { "many" } else { "few" });
    words
}

/// static-web-server logs to its standard output.
fn access_log(kind: Kind, temp: &Path) -> PathBuf {
    temp.join(if kind == Kind::StaticWebServer { "output" } else { "access.log" })
}

fn floor_command(addr: SocketAddr, arguments: &[String]) -> Command {
    let mut command = Command::new(workspace::target_dir().join("release/floor"));
    command.args(["--listen", &addr.to_string()]).args(arguments);
    command
}

/// Makes a server's folder anew, writable for the user that it works as.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for folder in [folder, &folder.join("deflate")] {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o777))?;
    }
    Ok(())
}

impl Server {
    fn wait_until_ready(&mut self, kind: Kind) -> Result<(), Failure> {
        let failed = |what: &str, said: &str| {
            Err(Failure::Failed(format!("{} {what}; it said: {}", kind.name(), said.trim())))
        };
        for _ in 0..STEPS_MAX {
            if let Ok(Some(status)) = self.child.try_wait() {
                return failed(&format!("ended at once, with {status}"), &self.said());
            }
            if TcpStream::connect(self.addr).is_ok() {
                return Ok(());
            }
            pause(STEP);
        }
        failed("took no connection within five seconds", &self.said())
    }

    /// What it has printed.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// The processor time that its threads have used.
    ///
    /// It has answered everything, and gets a moment to go back to sleep: what a thread uses is
    /// added up when it stops running.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(super) fn cpu_time(&self) -> Result<CpuTime, Failure> {
        pause(Duration::from_millis(2));
        self.processes()
            .and_then(|processes| CpuTime::of(&processes))
            .map_err(|error| Failure::new("cannot read what a server used", &error))
    }

    /// The memory of its processes.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(super) fn memory(&self) -> Result<Memory, Failure> {
        self.processes()
            .and_then(|processes| usage::memory(&processes))
            .map_err(|error| Failure::new("cannot read the memory of a server", &error))
    }

    /// Its processes.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub(super) fn processes(&self) -> io::Result<Vec<u32>> {
        usage::family(self.child.id())
    }

    /// Sends a signal to its first process.
    pub(super) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // It may have ended by itself, and then there is nothing to do.
        let _ = pid.map(|pid| kill_process(pid, signal));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let family = self.processes().unwrap_or_default();
        self.signal(Signal::TERM);
        for _ in 0..STEPS_MAX / 2 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            pause(STEP);
        }
        // h2o waits for connections, and this one has waited long enough.
        for process in family {
            let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
        let _ = self.child.wait();
    }
}

/// Waits for another program, which has no event to wait for.
#[expect(clippy::disallowed_methods, reason = "another program is waited for, which has no event")]
pub(super) fn pause(length: Duration) {
    std::thread::sleep(length);
}
