//! The options of `avocet serve`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::entry::{Default as DefaultValue, Entry, Kind};
use crate::limits::Limits;
use crate::listen::Listen;

/// Everything that can be set, typed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The folder to serve.
    pub root: PathBuf,
    /// The addresses to listen on. None says: the sockets that were inherited, or where there are
    /// none [`Listen::DEFAULT`].
    pub listen: Vec<Listen>,
    /// The number of loop threads; as many as CPUs may be used if absent.
    pub workers: Option<NonZeroUsize>,
    /// The file that answers paths without an extension that name nothing.
    pub spa: Option<String>,
    /// Whether a directory without an index page is answered with a listing.
    pub browse: bool,
    /// Whether files without compressed siblings are compressed.
    pub compress: Compress,
    /// The format of the access log; none is written if absent.
    pub log: Option<LogFormat>,
    /// The file that the access log goes to; standard output if absent.
    pub log_file: Option<PathBuf>,
    /// Whether the counters are printed at the end.
    pub stats: bool,
    /// What happens to connections of a client beyond its limit.
    pub client_limit: ClientLimit,
    /// The limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            root: PathBuf::from("."),
            listen: Vec::new(),
            workers: None,
            spa: None,
            browse: false,
            compress: Compress::On,
            log: Some(LogFormat::Common),
            log_file: None,
            stats: false,
            client_limit: ClientLimit::Enforce,
            limits: Limits::default(),
        }
    }
}

/// Whether files without compressed siblings are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compress {
    /// Those that are worth it, once.
    On,
    /// None.
    Off,
}

impl Compress {
    /// Returns the mode that `word` names.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// The format of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// The Common Log Format.
    Common,
    /// The same, with Referer and User-Agent behind it.
    Combined,
    /// An object for each answer.
    Json,
}

impl LogFormat {
    /// Returns the format that `word` names.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "common" => Some(Self::Common),
            "combined" => Some(Self::Combined),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What happens to connections of a client beyond its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientLimit {
    /// They are closed.
    Enforce,
    /// They are counted and reported, and served.
    Report,
}

impl ClientLimit {
    /// Returns the mode that `word` names.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "enforce" => Some(Self::Enforce),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}

const fn option(
    key: &'static str,
    kind: Kind,
    default: &'static str,
    flag: Option<&'static str>,
    doc: &'static str,
) -> Entry {
    Entry { key, kind, default: DefaultValue::Text(default), min: None, max: None, flag, doc }
}

/// The rows of the options.
pub(crate) const OPTIONS: &[Entry] = &[
    option("root", Kind::Text("DIR"), ".", None, "The folder to serve."),
    option(
        "listen",
        Kind::Text("ADDR:PORT|unix:PATH"),
        "127.0.0.1:8080",
        Some("listen"),
        "Where to listen; may be given several times. Port 0 lets the system choose, and the \
         choice is printed. Without it the sockets that a service manager hands over \
         (`LISTEN_FDS`) are enough; with it they come on top.",
    ),
    Entry {
        min: Some(1),
        max: Some(1024),
        ..option(
            "workers",
            Kind::Count,
            "as many as CPUs may be used",
            Some("workers"),
            "Loop threads, each with a listener of its own. The default heeds CPU affinity and \
             the quota of the control group.",
        )
    },
    option(
        "spa",
        Kind::Text("FILE"),
        "off",
        Some("spa"),
        "For single-page applications: a path without an extension that names nothing gets FILE \
         (index.html if not given). A missing asset stays 404, and what is missing below \
         .well-known/ too.",
    ),
    option(
        "browse",
        Kind::Switch,
        "off",
        Some("browse"),
        "Lists a folder that has no index.html: as a page, or as JSON for who asks for that. \
         Hidden and unreadable files are left out.",
    ),
    option(
        "compress",
        Kind::Choice(&["on", "off"]),
        "on",
        Some("compress"),
        "Compresses files that have no compressed siblings and are worth it, once, into br, zstd \
         or gzip as clients take them: in the background, while the first get the file as it is. \
         The result stays in the cache until the file changes.",
    ),
    option(
        "log",
        Kind::Choice(&["common", "combined", "json", "off"]),
        "common",
        Some("log"),
        "The format of the access log, a line for each answer: the Common Log Format; the same \
         with Referer and User-Agent (combined); an object of JSON; or no log.",
    ),
    option(
        "log_file",
        Kind::Text("PATH"),
        "standard output",
        Some("log-file"),
        "The file that the access log is appended to. SIGUSR1 opens it again, after it was moved \
         away.",
    ),
    option(
        "stats",
        Kind::Switch,
        "off",
        Some("stats"),
        "Prints everything that was counted to standard error at the end. SIGUSR2 prints it at any \
         time.",
    ),
    option(
        "client_limit",
        Kind::Choice(&["enforce", "report"]),
        "enforce",
        Some("client-limit"),
        "What happens to connections beyond client_connections_max: they are closed, or served \
         and reported, at most once a second.",
    ),
    option(
        "limit",
        Kind::Text("KEY=VALUE"),
        "the defaults",
        Some("limit"),
        "Sets one of the limits; may be given several times. `avocet limits` lists them.",
    ),
];
