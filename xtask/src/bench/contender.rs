//! One server under one load: started, tried, connected to, measured round by round.

use std::net::SocketAddr;
use std::time::Duration;

use load::{Client, Length, Pace, Report, Walk};

use crate::failure::Failure;

use super::asked;
use super::counters;
use super::effort::Effort;
use super::figures::{Latency, Row, Sample, Who};
use super::peer::Kind;
use super::process::{Ground, Server, pause};
use super::scenario::{Ask, Coding, Drive, Floor, Log, Pages, Scenario, Unit};
use super::site::{Area, FileSize, MANY, Site};
use super::syscalls;
use super::usage::CpuTime;

/// The rate of requests for the small file beside the downloads.
const HOT_RATE: u32 = 1_000;

/// strace sees about so many requests; a load with more connections would take it too long.
const TRACED_REQUESTS: u64 = 1_024;

/// A server that was busy with itself for so long has not finished compressing, but we go on.
const SETTLING_STEPS_MAX: usize = 150;
const SETTLING_STEP: Duration = Duration::from_millis(200);

/// A server that uses no more than this in a step is quiet.
const SETTLED_NS: u64 = 2_000_000;

/// A log that is written by age has been written after this.
const LOG_AGE: Duration = Duration::from_millis(1_500);

/// What a contender is started with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// As this contender has it, which for a twin is not what the others have.
    pub(super) scenario: &'a Scenario,
    pub(super) effort: Effort,
    pub(super) ground: &'a Ground,
    pub(super) site: &'a Site,
    /// Requests a second where the clock decides.
    pub(super) rate: u32,
    pub(super) connections: Connections,
}

/// How long the client has its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connections {
    /// For the whole load.
    Kept,
    /// For a round, because those to all servers at a time are more than the client may have.
    Renewed,
}

/// A server, the client that is connected to it, and what was measured.
pub(super) struct Contender<'a> {
    terms: Terms<'a>,
    pub(super) who: Who,
    /// Before the server, because that is the order in which they end: one that ends in good order
    /// would wait for its connections.
    client: Option<Client>,
    downloads: Option<Client>,
    server: Server,
    target: load::Target,
    last: CpuTime,
    /// How many it has answered.
    requests: u64,
    row: Row,
    /// What its answers were coded in.
    codings: Option<String>,
}

impl<'a> Contender<'a> {
    /// Starts a server, looks at its answers and warms it up.
    ///
    /// # Errors
    ///
    /// When it cannot be started or answers wrongly.
    pub(super) fn start(who: Who, terms: Terms<'a>) -> Result<Self, Failure> {
        let kind = who.kind();
        let Terms { scenario, ground, site, .. } = terms;
        let place = if who == Who::Twin { "twin" } else { kind.name() };
        let floor = |addr| floor_arguments(scenario, site, addr);
        let server = ground.start(kind, scenario, place, floor)?;
        let last = server.cpu_time()?;
        let asked = asked::prepare(scenario, server.addr, kind).map_err(Failure::Failed)?;
        let mut contender = Self {
            terms,
            who,
            server,
            codings: asked.shown(),
            target: asked.target,
            client: None,
            downloads: None,
            last,
            requests: 0,
            row: Row::new(who),
        };
        if scenario.drive != Drive::AtRest {
            contender.warm_up()?;
        }
        Ok(contender)
    }

    /// Opens files, fills caches, grows buffers.
    fn warm_up(&mut self) -> Result<(), Failure> {
        let scenario = self.terms.scenario;
        if scenario.setting.coding == Coding::OnTheFly {
            self.compress_once()?;
        }
        if scenario.ask == Ask::AmongMany {
            let requests = asked::requests(Ask::Files(Area::Many), self.server.addr);
            let requests = requests.map_err(Failure::Failed)?;
            let target = load::Target { requests, walk: Walk::Cyclic, ..self.target.clone() };
            let rounds = MANY.div_ceil(target.connections) as u64;
            let mut client = Client::connect(&target).map_err(|error| self.failed(&error))?;
            // Each connection begins a step further than the one before; by the end of this many
            // rounds nearly all have been asked for.
            let length = Length::Rounds(rounds);
            client.run(Pace::LockStep, length).map_err(|error| self.failed(&error))?;
        }
        self.sample()?;
        self.last = self.server.cpu_time()?;
        Ok(())
    }

    /// Each text has been asked for once: notes what that cost, and that it is compressed now.
    fn compress_once(&mut self) -> Result<(), Failure> {
        let used = self.settle()?.since(&self.last);
        self.row.cold_ns = Some(used as f64 / self.target.requests.len() as f64);
        let asked = asked::prepare(self.terms.scenario, self.server.addr, self.who.kind());
        let asked = asked.map_err(Failure::Failed)?;
        if !asked.is_compressed() {
            let what = "texts were sent as they are and not compressed";
            return Err(Failure::Failed(what.to_owned()));
        }
        self.codings = asked.shown();
        Ok(())
    }

    /// Waits until the server is done with what it does on its own account.
    fn settle(&self) -> Result<CpuTime, Failure> {
        let mut before = self.server.cpu_time()?;
        for _ in 0..SETTLING_STEPS_MAX {
            pause(SETTLING_STEP);
            let now = self.server.cpu_time()?;
            if now.since(&before) < SETTLED_NS {
                return Ok(now);
            }
            before = now;
        }
        Ok(before)
    }

    /// Makes one round and says what it cost.
    ///
    /// # Errors
    ///
    /// When the server answers wrongly or ends.
    pub(super) fn sample(&mut self) -> Result<Sample, Failure> {
        let Terms { scenario, site, .. } = self.terms;
        if scenario.pages == Pages::Cold {
            let area = match scenario.drive {
                Drive::BesideDownloads => Area::Downloads,
                _ => scenario.ask.area(),
            };
            let chilled = area.paths().iter().try_for_each(|path| site.chill(path));
            chilled.map_err(|error| Failure::new("cannot make a file cold", &error))?;
        }
        self.connect()?;
        let now = self.server.cpu_time()?;
        // A log is written a little later than the requests are answered.
        let before = if scenario.setting.log == Log::On { self.last.clone() } else { now };
        let report = self.run(self.length())?;
        self.requests += report.requests;
        self.last = self.server.cpu_time()?;
        let used = self.last.since(&before) as f64;
        if self.terms.connections == Connections::Renewed {
            self.client = None;
        }
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        Ok(Sample {
            cpu_ns: used / scenario.unit.count(&report),
            rate: report.requests as f64 / report.elapsed.as_secs_f64(),
            body: report.bytes as f64 / report.requests as f64,
            latency: report
                .latencies
                .map(|found| Latency { p50: millis(found.p50), p99: millis(found.p99) }),
        })
    }

    /// Adds a round to its row.
    ///
    /// # Errors
    ///
    /// As [`Self::sample`].
    pub(super) fn measure(&mut self) -> Result<(), Failure> {
        let sample = self.sample()?;
        self.row.samples.push(sample);
        Ok(())
    }

    /// Makes the connections that are not there, and has the server take them all before anything
    /// is measured.
    fn connect(&mut self) -> Result<(), Failure> {
        if self.client.is_none() {
            let mut client = Client::connect(&self.target).map_err(|error| self.failed(&error))?;
            if self.terms.connections == Connections::Renewed {
                let run = client.run(Pace::LockStep, Length::Rounds(1));
                run.map_err(|error| self.failed(&error))?;
            }
            self.client = Some(client);
        }
        if self.terms.scenario.drive == Drive::BesideDownloads && self.downloads.is_none() {
            let requests = asked::requests(Ask::Files(Area::Downloads), self.server.addr);
            let requests = requests.map_err(Failure::Failed)?;
            let connections = requests.len();
            let target = load::Target { requests, connections, ..self.target.clone() };
            self.downloads = Some(Client::connect(&target).map_err(|error| self.failed(&error))?);
        }
        Ok(())
    }

    fn run(&mut self, length: Length) -> Result<Report, Failure> {
        let pace = self.pace();
        let Self { client, downloads, .. } = self;
        let client = client.as_mut().expect("the connections were made above");
        let result = std::thread::scope(|scope| {
            let beside = downloads.as_mut().map(|downloads| {
                scope.spawn(|| downloads.run(Pace::FreeRunning, Length::Rounds(1)))
            });
            let report = client.run(pace, length);
            match beside.map(std::thread::ScopedJoinHandle::join) {
                Some(Ok(Err(error))) => Err(error),
                _ => report,
            }
        });
        result.map_err(|error| self.failed(&error))
    }

    fn pace(&self) -> Pace {
        match self.terms.scenario.drive {
            Drive::LockStep | Drive::AtRest => Pace::LockStep,
            Drive::FreeRunning => Pace::FreeRunning,
            Drive::HalfOfNginx => Pace::Offered { rate: self.terms.rate },
            Drive::BesideDownloads => Pace::Offered { rate: HOT_RATE },
        }
    }

    /// How long a round is: a file that takes long is fetched a few times by each, or once if it
    /// is to be cold; a latency that one request in a hundred exceeds needs many of them.
    fn length(&self) -> Length {
        let Terms { scenario, effort, .. } = self.terms;
        match (scenario.drive, scenario.pages) {
            (_, pages) if scenario.ask == Ask::Files(Area::File(FileSize::MiB200)) => {
                Length::Rounds(if pages == Pages::Cold { 1 } else { 3 })
            }
            (Drive::HalfOfNginx, _) => Length::Time(effort.round() * 6),
            (Drive::BesideDownloads, _) => Length::Time(effort.round() * 2),
            _ => Length::Time(effort.round()),
        }
    }

    /// Has strace count system calls over a short run.
    fn count_calls(&mut self) -> Option<f64> {
        self.connect().ok()?;
        let processes = self.server.processes().ok()?;
        let folder = self.terms.ground.work.clone();
        let length = match self.terms.scenario.unit {
            Unit::Request => {
                Length::Rounds(TRACED_REQUESTS.div_ceil(self.target.connections as u64))
            }
            Unit::Mebibyte => Length::Rounds(1),
        };
        let (report, calls) = syscalls::count(&processes, &folder, || self.run(length));
        Some(calls? as f64 / self.terms.scenario.unit.count(&report.ok()?))
    }

    /// What should be said of its answers and of its log.
    fn remarks(&self) -> Vec<String> {
        let coded = self.codings.as_ref().map(|codings| format!("answers were {codings}"));
        let lost = (self.terms.scenario.setting.log == Log::On).then(|| {
            pause(LOG_AGE);
            let text = std::fs::read_to_string(&self.server.access_log).unwrap_or_default();
            let path = &self.target.requests[0].path;
            let lines = text.lines().filter(|line| line.contains(path)).count();
            let lost = self.requests.saturating_sub(lines as u64);
            (lost > 0).then(|| format!("{lost} of {} requests are not in the log", self.requests))
        });
        coded.into_iter().chain(lost.flatten()).collect()
    }

    /// What was measured up to now.
    pub(super) const fn row(&self) -> &Row {
        &self.row
    }

    /// Ends the server and gives all that was found out: figures, and what should be said of them.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell.
    pub(super) fn finish(mut self) -> Result<(Row, Vec<String>), Failure> {
        self.row.memory = self.server.memory()?;
        let remarks = self.remarks();
        if self.who.kind() == Kind::Avocet {
            let counters = counters::read(&self.server);
            let is_shared = self.terms.scenario.setting.workers > 1;
            self.row.balance = counters.balance().filter(|_| is_shared);
            // Elsewhere it is the longest time for which the machine did something else.
            let is_cold = self.terms.scenario.pages == Pages::Cold;
            self.row.longest_turn_ms = counters.longest_turn_ms().filter(|_| is_cold);
        }
        if self.is_traced() {
            self.row.calls = self.count_calls();
        }
        Ok((self.row, remarks))
    }

    /// Whether a count of system calls says something about this load.
    fn is_traced(&self) -> bool {
        let Terms { scenario, .. } = self.terms;
        let by_request = matches!(scenario.drive, Drive::LockStep | Drive::FreeRunning);
        let is_short = scenario.connections as u64 <= TRACED_REQUESTS;
        by_request && is_short && scenario.pages == Pages::Warm && syscalls::is_there()
    }

    fn failed(&self, error: &load::LoadError) -> Failure {
        Failure::new("under load", error)
    }
}

impl Unit {
    /// How many of them a run had.
    fn count(self, report: &Report) -> f64 {
        match self {
            Self::Request => report.requests as f64,
            Self::Mebibyte => report.bytes as f64 / f64::from(1 << 20),
        }
    }
}

/// What the floor is told, so that it makes the answer that the load expects.
fn floor_arguments(scenario: &Scenario, site: &Site, addr: SocketAddr) -> Vec<String> {
    let requests = asked::requests(scenario.ask, addr).unwrap_or_default();
    let target = asked::target(scenario, requests, addr);
    let request_len = target.request_len().unwrap_or(0);
    let mut arguments = vec!["--request-len".to_owned(), request_len.to_string()];
    let path = scenario.ask.area().paths().concat();
    if scenario.floor == Some(Floor::SendFile) {
        arguments.extend(["--file".to_owned(), site.file(&path).display().to_string()]);
    } else {
        let body_size = scenario.ask.area().content(&path).len();
        arguments.extend(["--body-size".to_owned(), body_size.to_string()]);
        arguments.extend(["--pipelined".to_owned(), scenario.pipelined.to_string()]);
    }
    arguments
}
