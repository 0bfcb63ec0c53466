//! A program under test: started, watched and, whatever the test does, ended.
//!
//! The program's output is read by threads of its own, so that it never waits for the test, and
//! every wait is bounded. Dropping a [`Program`] asks it to end and kills it if it does not.
//!
//! It knows how Avocet announces its addresses, and nothing else about it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use reactor::clock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::raw::Client;

/// Longest wait for what the program should do.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// How long a program may take to end when it is dropped.
const END_TIMEOUT: Duration = Duration::from_secs(3);

/// How often [`eventually`] looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Makes of standard input what a service manager hands over. Only the process itself knows its
/// id before it is the program.
const HAND_OVER: &str =
    "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" \"$@\"";

/// A program that runs.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Its standard output, line by line.
    pub stdout: Lines,
    /// Its standard error, line by line.
    pub stderr: Lines,
    addrs: Vec<SocketAddr>,
}

impl Program {
    /// Starts a program.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null())
    }

    /// Starts a program as a service manager does: with a socket handed over (`LISTEN_FDS`). Of
    /// the command its arguments and variables count.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn spawn_on(command: &Command, socket: impl Into<OwnedFd>) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", HAND_OVER]).arg(command.get_program()).args(command.get_args());
        let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        Self::spawn_with(shell.envs(set), socket.into().into())
    }

    fn spawn_with(command: &mut Command, stdin: Stdio) -> Self {
        let command = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let stdout = Lines::of(child.stdout.take().expect("it was piped"));
        let stderr = Lines::of(child.stderr.take().expect("it was piped"));
        Self { child, stdout, stderr, addrs: Vec::new() }
    }

    /// Starts `avocet serve` and waits until it has said where it listens.
    ///
    /// # Panics
    ///
    /// When it does not say so in time.
    #[must_use]
    #[track_caller]
    pub fn serve(command: &mut Command) -> Self {
        Self::spawn(command).announced()
    }

    /// Starts `avocet serve` with a socket handed over, and waits until it has said where it
    /// listens.
    ///
    /// # Panics
    ///
    /// When it does not say so in time.
    #[must_use]
    #[track_caller]
    pub fn serve_on(command: &Command, socket: impl Into<OwnedFd>) -> Self {
        Self::spawn_on(command, socket).announced()
    }

    #[track_caller]
    fn announced(mut self) -> Self {
        let line = self.stderr.find("avocet: serving ");
        self.addrs = line
            .split([' ', ','])
            .filter_map(|word| word.strip_prefix("http://")?.strip_suffix('/')?.parse().ok())
            .collect();
        self
    }

    /// Returns the TCP addresses that were announced, in their order.
    #[must_use]
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Connects to the first of its TCP addresses.
    ///
    /// # Panics
    ///
    /// When it has none, or does not listen there.
    #[must_use]
    #[track_caller]
    pub fn client(&self) -> Client {
        Client::tcp(*self.addrs.first().expect("a TCP address was announced"))
    }

    /// Returns its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("the program is there");
    }

    /// Tells whether it runs.
    ///
    /// # Panics
    ///
    /// When the system cannot tell.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Waits until it ends by itself, and returns how.
    ///
    /// # Panics
    ///
    /// When it does not end in time.
    #[track_caller]
    pub fn end(&mut self) -> End {
        let ended = wait(&mut self.child, TIMEOUT);
        assert!(ended, "the program ends in {TIMEOUT:?}");
        let status = self.child.wait().expect("it is our child");
        End {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.rest(),
            stderr: self.stderr.rest(),
        }
    }

    /// Counts the descriptors that it holds.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    #[track_caller]
    pub fn descriptors(&self) -> usize {
        let path = format!("/proc/{}/fd", self.id());
        fs::read_dir(path).expect("the program runs").count()
    }

    /// Returns the CPU time that its threads have used.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    #[track_caller]
    pub fn cpu_time(&self) -> Duration {
        let nanos: u64 = self
            .threads()
            .iter()
            .filter_map(|thread| {
                let path = format!("/proc/{}/task/{thread}/schedstat", self.id());
                fs::read_to_string(path).ok()?.split(' ').next()?.parse::<u64>().ok()
            })
            .sum();
        Duration::from_nanos(nanos)
    }

    /// Returns the id of the thread of that name.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn thread(&self, name: &str) -> u32 {
        let is_named = |thread: &u32| {
            let path = format!("/proc/{}/task/{thread}/comm", self.id());
            fs::read_to_string(path).is_ok_and(|found| found.trim_end() == name)
        };
        self.threads().into_iter().find(is_named).expect("a thread has that name")
    }

    fn threads(&self) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id())).expect("the program runs");
        tasks.filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok()).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // It may end at any moment; then there is nobody to tell.
        kill_process(pid(&self.child), Signal::TERM).ok();
        if !wait(&mut self.child, END_TIMEOUT) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

/// How a program ended, and what it had said that was not read before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The rest of its standard output.
    pub stdout: String,
    /// The rest of its standard error.
    pub stderr: String,
}

/// The lines that a program writes.
#[derive(Debug)]
pub struct Lines(Receiver<String>);

impl Lines {
    fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// Returns the next line, if one comes in time.
    #[must_use]
    pub fn next_within(&self, timeout: Duration) -> Option<String> {
        self.0.recv_timeout(timeout).ok()
    }

    /// Returns the next line that has `part` in it; those before it are passed over.
    ///
    /// # Panics
    ///
    /// When none comes in time.
    #[must_use]
    #[track_caller]
    pub fn find(&self, part: &str) -> String {
        let deadline = clock::read().instant.after(TIMEOUT);
        let mut passed = Vec::new();
        loop {
            let line = self.next_within(deadline.since(clock::read().instant));
            assert!(line.is_some(), "a line has \"{part}\" in it: {passed:#?}");
            match line {
                Some(line) if line.contains(part) => return line,
                line => passed.extend(line),
            }
        }
    }

    /// Returns what is left when the program has ended, or nothing more comes for a while.
    fn rest(&self) -> String {
        let mut rest = String::new();
        while let Some(line) = self.next_within(END_TIMEOUT) {
            rest.push_str(&line);
            rest.push('\n');
        }
        rest
    }
}

/// Waits until a condition holds.
///
/// # Panics
///
/// When it does not in time.
#[track_caller]
pub fn eventually(what: &str, condition: impl FnMut() -> bool) {
    let holds = holds_within(TIMEOUT, condition);
    assert!(holds, "in {TIMEOUT:?}: {what}");
}

/// Tells whether a condition comes to hold within a time.
pub fn holds_within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = clock::read().instant.after(time);
    while !condition() {
        if clock::read().instant >= deadline {
            return false;
        }
        thread::park_timeout(LOOK_INTERVAL);
    }
    true
}

/// Writes a file, and the folders that it is in.
///
/// # Panics
///
/// When the disk refuses.
#[track_caller]
pub fn write_file(path: &Path, content: impl AsRef<[u8]>) {
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(path, content).expect("the file can be written");
}

/// Waits for a child to end; tells whether it has.
fn wait(child: &mut Child, timeout: Duration) -> bool {
    let Ok(pidfd) = pidfd_open(pid(child), PidfdFlags::empty()) else { return true };
    let timeout = Timespec::try_from(timeout).ok();
    let mut watched = [PollFd::new(&pidfd, PollFlags::IN)];
    poll(&mut watched, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}
