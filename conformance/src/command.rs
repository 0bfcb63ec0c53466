//! The tasks of the runner: what each does with the servers, the mutants and the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use conformance::alone::ALONE;
use conformance::mutants::{self, Mutant};
use conformance::results::{Failed, Results};
use conformance::{Case, Origin, cases, document};

use crate::runner::judge::{Failures, judge, site};
use crate::runner::mutation::Copy;
use crate::runner::peer::{PEERS, Peer};
use crate::runner::progress::Progress;
use crate::runner::{Failure, avocet, cannot, target, workspace};
use crate::{note, say};

/// Longest wait for what a server should do.
const PATIENCE: Duration = Duration::from_secs(2);

const RESULTS: &str = "conformance/results.txt";
const PAGE: &str = "docs/conformance.md";

/// How a task fails.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line cannot be understood.
    Usage(String),
    /// What was tried did not work, or what was checked is not right.
    Failed(String),
}

impl From<Failure> for Error {
    fn from(Failure(what): Failure) -> Self {
        Self::Failed(what)
    }
}

/// What is asked for besides the task.
#[derive(Debug, Default)]
struct Options {
    only: Vec<String>,
    peers: Vec<String>,
    mutants: Vec<String>,
    wants_words: bool,
    is_check: bool,
}

/// A server and what became of the cases on it.
struct Judged {
    name: &'static str,
    version: String,
    failures: Failures,
}

/// Does the task that the command line names.
///
/// # Errors
///
/// When the line cannot be understood, or the task fails.
pub(crate) fn run(arguments: &[String]) -> Result<(), Error> {
    let (task, rest) = match arguments.split_first() {
        Some((task, rest)) if !task.starts_with('-') => (task.as_str(), rest),
        _ => ("run", arguments),
    };
    let options = Options::parse(rest)?;
    match task {
        "run" => show_servers(&options),
        "mutants" => show_mutants(&options),
        "record" => record(),
        "report" => report(&options),
        other => Err(Error::Usage(format!("there is no task `{other}`"))),
    }
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next().cloned();
                value.ok_or_else(|| Error::Usage(format!("{argument} needs a value")))
            };
            match argument.as_str() {
                "--only" => options.only.push(value()?),
                "--peer" => options.peers.push(value()?),
                "--mutant" => options.mutants.push(value()?),
                "--words" => options.wants_words = true,
                "--check" => options.is_check = true,
                other => return Err(Error::Usage(format!("unknown argument `{other}`"))),
            }
        }
        Ok(options)
    }

    fn cases(&self) -> Vec<&'static Case> {
        cases::all().filter(|case| is_wanted(case.id, &self.only)).collect()
    }

    fn peers(&self) -> Result<Vec<&'static Peer>, Error> {
        let is_known =
            |name: &&String| *name == "none" || PEERS.iter().any(|peer| peer.name == name.as_str());
        if let Some(name) = self.peers.iter().find(|name| !is_known(name)) {
            return Err(Error::Usage(format!("there is no peer `{name}`")));
        }
        let is_wanted =
            |peer: &&Peer| self.peers.is_empty() || self.peers.iter().any(|name| name == peer.name);
        Ok(PEERS.iter().filter(is_wanted).collect())
    }

    fn mutants(&self) -> Vec<&'static Mutant> {
        // By file, so that one build after another has the same packages to build again.
        let mut mutants: Vec<_> =
            mutants::all().filter(|mutant| is_wanted(mutant.name, &self.mutants)).collect();
        mutants.sort_by_key(|mutant| mutant.file);
        mutants
    }
}

/// Tells whether a name begins in one of the ways; any does if there are none.
fn is_wanted(name: &str, prefixes: &[String]) -> bool {
    prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

fn show_servers(options: &Options) -> Result<(), Error> {
    let cases = options.cases();
    let judged = judge_servers(&cases, &options.peers()?)?;
    for server in &judged {
        let Judged { name, version, failures } = server;
        let passed = cases.len() - failures.len();
        say(&format!("{name} {version}: {passed} of {}\n", cases.len()));
        for (id, words) in failures {
            if options.wants_words || *name == "avocet" {
                say(&format!("    {id}\n        {words}\n"));
            }
        }
    }
    let is_known = |case: &Case| ALONE.iter().any(|(id, _)| *id == case.id);
    let suspicious = |case: &&&Case| {
        let others = &judged[1..];
        let all_fail = others.iter().all(|server| server.failures.contains_key(case.id));
        all_fail && !others.is_empty() && !is_known(case)
    };
    for case in cases.iter().filter(suspicious) {
        say(&format!("all others fail {}: read the text again\n", case.id));
    }
    match judged[0].failures.len() {
        0 => Ok(()),
        count => Err(Error::Failed(format!("Avocet fails {count} cases"))),
    }
}

/// Runs the cases on Avocet, first, and on the peers, all at the same time.
fn judge_servers(cases: &[&'static Case], peers: &[&'static Peer]) -> Result<Vec<Judged>, Failure> {
    let program = avocet::build(workspace(), &target(), &[])?;
    let site = site()?;
    let progress = Progress::new("cases", cases.len() * (peers.len() + 1));
    let judged = thread::scope(|scope| {
        let avocet = scope.spawn(|| judge_avocet(&program, site.path(), cases, &progress));
        let peers: Vec<_> = peers
            .iter()
            .map(|peer| scope.spawn(|| judge_peer(peer, site.path(), cases, &progress)))
            .collect();
        std::iter::once(avocet)
            .chain(peers)
            .filter_map(|thread| {
                thread.join().expect("it only panics when a server does not start").transpose()
            })
            .collect()
    });
    progress.end();
    judged
}

fn judge_avocet(
    program: &Path,
    site: &Path,
    cases: &[&'static Case],
    progress: &Progress,
) -> Result<Option<Judged>, Failure> {
    let running = avocet::start(program, site);
    let addr = *running.addrs().first().expect("a TCP address was announced");
    let failures = judge(cases, &Origin { addr, patience: PATIENCE }, progress);
    let version = avocet::version(program).unwrap_or_default();
    Ok(Some(Judged { name: "avocet", version, failures }))
}

/// Runs the cases on a peer; nothing comes of one that is not installed, which is said.
fn judge_peer(
    peer: &Peer,
    site: &Path,
    cases: &[&'static Case],
    progress: &Progress,
) -> Result<Option<Judged>, Failure> {
    let Some(version) = peer.version() else {
        let name = peer.name;
        note(&format!(
            "{name} is not installed, the table is partial; as root: apt install {name}\n"
        ));
        return Ok(None);
    };
    let running = peer.start(site)?;
    let origin = Origin { addr: running.addr, patience: PATIENCE };
    let failures = judge(cases, &origin, progress);
    Ok(Some(Judged { name: peer.name, version, failures }))
}

fn show_mutants(options: &Options) -> Result<(), Error> {
    let mutants = options.mutants();
    let mut faults = 0;
    try_mutants(&options.cases(), &mutants, |mutant, outcome| match outcome {
        Ok(failures) => {
            say(&format!("{}: {}\n", mutant.name, failures.len()));
            for (id, words) in &failures {
                let words = if options.wants_words { words } else { "" };
                say(&format!("    {id} {words}\n"));
            }
        }
        Err(Failure(what)) => {
            faults += 1;
            say(&format!("{what}\n"));
        }
    })?;
    match faults {
        0 => Ok(()),
        count => Err(Error::Failed(format!("{count} of {} mutants are no good", mutants.len()))),
    }
}

/// Builds each mutant, runs the cases on it, and tells what came of it.
fn try_mutants(
    cases: &[&'static Case],
    mutants: &[&'static Mutant],
    mut tell: impl FnMut(&'static Mutant, Result<Failures, Failure>),
) -> Result<(), Failure> {
    let copy = Copy::make()?;
    let site = site()?;
    for (at, mutant) in mutants.iter().enumerate() {
        note(&format!("mutant {} of {}: {}\n", at + 1, mutants.len(), mutant.name));
        tell(mutant, copy.failures(mutant, cases, site.path()));
    }
    Ok(())
}

/// Runs everything and writes down what came of it.
fn record() -> Result<(), Error> {
    let options = Options::default();
    let (cases, peers, mutants) = (options.cases(), options.peers()?, options.mutants());
    let judged = judge_servers(&cases, &peers)?;
    if judged.len() <= peers.len() {
        return Err(Error::Failed("servers are missing: nothing is recorded".to_owned()));
    }
    let mut failed: BTreeMap<String, Failed> =
        cases.iter().map(|case| (case.id.to_owned(), Failed::default())).collect();
    for server in &judged {
        for id in server.failures.keys() {
            failed.entry((*id).to_owned()).or_default().servers.insert(server.name.to_owned());
        }
    }
    let mut faults = Vec::new();
    try_mutants(&cases, &mutants, |mutant, outcome| match outcome {
        Ok(failures) => {
            for id in failures.keys() {
                failed.entry((*id).to_owned()).or_default().mutants.insert(mutant.name.to_owned());
            }
        }
        Err(Failure(what)) => faults.push(what),
    })?;
    let servers = judged.into_iter().map(|server| (server.name.to_owned(), server.version));
    let results = Results { servers: servers.collect(), mutants: mutants.len(), cases: failed };
    write(RESULTS, &results.to_string())?;
    write(PAGE, &document::render(&results))?;
    if faults.is_empty() { Ok(()) } else { Err(Error::Failed(faults.join("\n"))) }
}

fn report(options: &Options) -> Result<(), Error> {
    let text = read(RESULTS)?;
    let results = Results::parse(&text)
        .map_err(|error| Error::Failed(format!("{RESULTS}:{}: malformed", error.line)))?;
    let wanted = document::render(&results);
    if !options.is_check {
        return write(PAGE, &wanted);
    }
    let found = read(PAGE)?;
    if found == wanted {
        return Ok(());
    }
    let same = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted);
    Err(Error::Failed(format!(
        "{PAGE}:{}: differs from the lists and the results; \
         run `cargo run -p avocet-conformance -- report` and commit it",
        same.count() + 1
    )))
}

fn read(path: &str) -> Result<String, Error> {
    let text = fs::read_to_string(workspace().join(path));
    text.map_err(|error| cannot(format!("read {path}"))(error).into())
}

fn write(path: &str, text: &str) -> Result<(), Error> {
    let written = fs::write(workspace().join(path), text);
    written.map_err(|error| cannot(format!("write {path}"))(error).into())
}
