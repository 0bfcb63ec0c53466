//! The machine: which cores the bench uses, and what stands beside a figure so that it means
//! something elsewhere.

use std::fmt;
use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::failure::Failure;
use crate::workspace;

use super::peer::Kind;

/// As many descriptors are asked for: all servers at a time have all their connections.
const DESCRIPTORS: u64 = 131_072;

/// The two cores of a bench.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cores {
    server: usize,
    client: usize,
}

/// What the figures depend on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) date: String,
    pub(super) processor: String,
    pub(super) kernel: String,
    pub(super) avocet: String,
    pub(super) rustc: String,
    /// Of the servers that are not ours, as `nginx 1.22.1`.
    pub(super) versions: Vec<String>,
}

impl Cores {
    /// Takes the first two cores that this process may use, and moves the client to its own.
    ///
    /// # Errors
    ///
    /// When there are not two.
    pub(super) fn choose() -> Result<Self, Failure> {
        let allowed = sched_getaffinity(None)
            .map_err(|error| Failure::new("cannot read the allowed cores", &error))?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        match (cores.next(), cores.next()) {
            (Some(server), Some(client)) => {
                pin(client)?;
                Ok(Self { server, client })
            }
            _ => Err(Failure::Failed(
                "a bench needs two cores, one for the server and one for the client".to_owned(),
            )),
        }
    }

    /// Does something on the server's core, so that what it starts stays there.
    ///
    /// # Errors
    ///
    /// When the core cannot be had, or what `start` says.
    pub(super) fn on_server_core<T>(
        self,
        start: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        pin(self.server)?;
        let started = start();
        pin(self.client)?;
        started
    }
}

/// Raises the limit of descriptors as far as this process may, for itself and the servers that it
/// starts; gives the limit.
pub(super) fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: Some(DESCRIPTORS), maximum: Some(DESCRIPTORS) };
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= DESCRIPTORS);
    if is_enough(limit.current)
        || (!is_enough(limit.maximum) && setrlimit(Resource::Nofile, wanted).is_ok())
    {
        return DESCRIPTORS;
    }
    // Not root: what is allowed must do.
    let most = limit.maximum.map_or(DESCRIPTORS, |maximum| maximum.min(DESCRIPTORS));
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() { most } else { limit.current.unwrap_or(most) }
}

/// Moves this thread, and what it will start, to one core.
fn pin(core: usize) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores)
        .map_err(|error| Failure::new(format!("cannot move to core {core}"), &error))
}

impl Machine {
    /// Looks at the machine; what cannot be found out is said to be unknown.
    pub(super) fn look(kinds: &[Kind]) -> Self {
        let line = |program: &str, arguments: &[&str]| {
            let line = workspace::first_line(program, arguments);
            line.unwrap_or_else(|| format!("unknown {program}"))
        };
        Self {
            date: line("date", &["-u", "+%F"]),
            processor: processor(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| "unknown".to_owned(), |release| release.trim().to_owned()),
            avocet: commit(),
            rustc: line("rustc", &["--version"]),
            versions: kinds.iter().filter_map(|kind| kind.version()).collect(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, processor, kernel, avocet, rustc, versions } = self;
        write!(f, "{date}, {processor}, Linux {kernel}, Avocet {avocet}, {rustc}")?;
        versions.iter().try_for_each(|version| write!(f, ", {version}"))
    }
}

/// The commit that is checked out, and whether the files differ from it.
fn commit() -> String {
    let git = |arguments: &[&str]| workspace::first_line("git", arguments);
    match git(&["rev-parse", "--short=12", "HEAD"]) {
        Some(commit) if git(&["status", "--porcelain"]).is_some() => format!("{commit}, changed"),
        Some(commit) => commit,
        None => "unknown commit".to_owned(),
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_kernel_and_a_date() {
        let machine = Machine::look(&[]);
        assert!(machine.kernel.contains('.'), "{machine:?}");
        assert_eq!(machine.date.matches('-').count(), 2, "{machine:?}");
    }
}
