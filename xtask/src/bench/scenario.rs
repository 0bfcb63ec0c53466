//! What a load is made of; the loads themselves are the table in [`super::loads`].

use super::judge::Target;
use super::site::Area;

/// A load, and what Avocet must reach under it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario {
    /// What it is called in tables and behind `--only`.
    pub(super) name: &'static str,
    /// What is asked, in a sentence for the page.
    pub(super) about: &'static str,
    pub(super) ask: Ask,
    pub(super) connections: usize,
    pub(super) pipelined: usize,
    /// Requests before a connection is replaced; `None` keeps it.
    pub(super) reuse: Option<usize>,
    pub(super) drive: Drive,
    pub(super) unit: Unit,
    /// What of the files is in the page cache when they are asked for.
    pub(super) pages: Pages,
    /// The floor that makes the same answer, if there is one.
    pub(super) floor: Option<Floor>,
    pub(super) setting: Setting,
    /// A second Avocet that is measured in the same rounds, one thing about it different.
    pub(super) twin: Option<Twin>,
    pub(super) field: Field,
    pub(super) targets: &'static [Target],
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The files of an area, one after another.
    Files(Area),
    /// The same by chance.
    Walk(Area),
    /// Some of the many files, when all of them have been asked for once.
    AmongMany,
    /// What a browser asks for: the same with its Accept-Encoding.
    AsBrowser(Area),
    /// A file that is not there.
    Missing,
    /// A small file that the client has.
    Fresh,
    /// Its head alone.
    Head,
    /// A KiB of a larger file.
    Range,
}

/// Who decides when the next request goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drive {
    /// The client writes to all connections, then reads from all.
    LockStep,
    /// Each connection as soon as it was answered.
    FreeRunning,
    /// The clock, at half of what nginx can do.
    HalfOfNginx,
    /// The clock, gently, while large files are downloaded beside it.
    BesideDownloads,
    /// Nobody: the server is started and looked at.
    AtRest,
}

/// What the cost is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Request,
    Mebibyte,
}

/// What of the files is in the page cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    /// All.
    Warm,
    /// Nothing at the beginning of each round.
    Cold,
}

/// How the floor sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Floor {
    /// A ready answer from memory.
    Plain,
    /// A ready head, and a body by `sendfile`.
    SendFile,
}

/// How the servers are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) log: Log,
    pub(super) coding: Coding,
    /// Avocet's; the others have one.
    pub(super) workers: usize,
}

/// Whether requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    Off,
    On,
}

/// What is done about content codings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Nothing.
    Off,
    /// Siblings are used.
    Siblings,
    /// The server compresses.
    OnTheFly,
}

/// What is different about the second Avocet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twin {
    LogOff,
    OneWorker,
    Connections(usize),
    /// Other files are asked for.
    Files(Area),
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    All,
    /// Avocet and its twin.
    Avocet,
}

impl Setting {
    /// One worker that does nothing but answer.
    pub(super) const PLAIN: Self = Self { log: Log::Off, coding: Coding::Off, workers: 1 };
}

impl Ask {
    /// What must be on the disk for it.
    pub(super) const fn area(self) -> Area {
        use super::site::FileSize::{B612, KiB100};
        match self {
            Self::Files(area) | Self::Walk(area) | Self::AsBrowser(area) => area,
            Self::AmongMany => Area::Many,
            Self::Missing | Self::Fresh | Self::Head => Area::File(B612),
            Self::Range => Area::File(KiB100),
        }
    }
}

impl Scenario {
    /// The load as the second Avocet has it.
    pub(super) const fn for_twin(mut self) -> Self {
        match self.twin {
            Some(Twin::LogOff) => self.setting.log = Log::Off,
            Some(Twin::OneWorker) => self.setting.workers = 1,
            Some(Twin::Connections(connections)) => self.connections = connections,
            Some(Twin::Files(area)) => self.ask = Ask::Files(area),
            None => {}
        }
        self
    }

    /// What the second Avocet is called.
    pub(super) fn twin_name(&self) -> Option<String> {
        Some(match self.twin? {
            Twin::LogOff => "Avocet, log off".to_owned(),
            Twin::OneWorker => "Avocet, one worker".to_owned(),
            Twin::Connections(connections) => format!("Avocet, {connections} connections"),
            Twin::Files(_) => "Avocet, these files alone".to_owned(),
        })
    }
}
