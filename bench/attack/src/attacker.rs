//! The attacker: a process of its own that is nice to everybody else on the machine.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use crate::attacks::{Attack, Means};
use crate::crowd::Crowd;
use crate::effort::Effort;
use crate::error::Failure;
use crate::escape::{run_spellings, run_swapped};
use crate::mutation;
use crate::process::{Process, end_with_parent};
use crate::tally::Tally;

/// What starts this program as an attacker.
pub(crate) const COMMAND: &str = "part-of-attacker";

/// How nice it is: the server and the good client go first.
const NICENESS: i32 = 10;

/// Longest that an attack may last, whatever is forgotten to end it.
const TIME_MAX: Duration = Duration::from_secs(900);

/// Longest wait for an attacker to tell what became of its clients.
const END_WAIT: Duration = Duration::from_secs(30);

/// What an attacker must know.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) attack: &'static Attack,
    pub(crate) effort: Effort,
    pub(crate) addr: SocketAddr,
    pub(crate) round: u64,
    pub(crate) root: &'a Path,
}

/// Attacks as ordered, and tells what came of it.
///
/// # Errors
///
/// When it cannot.
pub(crate) fn run(order: &Order<'_>) -> Result<(), Failure> {
    end_with_parent()?;
    nice(NICENESS).map_err(Failure::of("be nice"))?;
    raise_descriptors()?;
    let Order { attack, effort, addr, round, root } = *order;
    let tally = match attack.means {
        Means::Crowd(..) | Means::Stream(..) => {
            let plan = attack.plan(effort).expect("a crowd has a plan");
            Crowd::new(plan, addr, round)?.run(TIME_MAX)?
        }
        Means::Nothing => {
            thread::park_timeout(effort.alone_time());
            Tally::default()
        }
        Means::Mutations => mutation::run(addr, round),
        Means::Spellings => run_spellings(addr),
        Means::SwappedLink => run_swapped(addr, root, effort.swap_time()),
    };
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, tally.to_lines().as_bytes()).map_err(Failure::of("report"))
}

/// Allows as many descriptors as may be had.
fn raise_descriptors() -> Result<(), Failure> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .map_err(Failure::of("raise the limit on descriptors"))
}

/// The attacker's process.
#[derive(Debug)]
pub(crate) struct Attacker(Process);

impl Attacker {
    /// Has it begin.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(crate) fn start(order: &Order<'_>) -> Result<Self, Failure> {
        let Order { attack, effort, addr, round, root } = order;
        let (addr, round, root) = (addr.to_string(), round.to_string(), root.to_string_lossy());
        Process::start(&[COMMAND, attack.name, effort.word(), &addr, &round, &root]).map(Self)
    }

    /// Tells whether all its clients are gone.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.has_ended()
    }

    /// Has it end, and tell what became of its clients.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(crate) fn finish(mut self) -> Result<Tally, Failure> {
        let lines = self.0.finish(END_WAIT)?;
        Tally::of_lines(&lines).ok_or_else(|| Failure::Strange(lines.join("\n")))
    }
}
