//! `avocet serve`: a folder on one or more addresses.

use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use rustix::io::Errno;
use server::files::{Disk, Files};
use server::{
    AccessLog, BindError, Builder, ListenAddr, Method, MethodSet, Router, RunError, Server,
    ServerEnd, StartError,
};
use settings::{Listen, LogFormat, Settings};

use crate::failure::{Failure, FailureKind};
use crate::signals;

/// Serves until a signal ends it.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let bound = builder(settings)?.bind().map_err(cannot_start)?;
    let running = bound.start().map_err(cannot_start)?;
    signals::watch(running.shutdown()).map_err(|error| {
        Failure::new(FailureKind::Running, format!("cannot watch for signals ({error})"), "retry")
    })?;
    announce(settings, running.addrs());
    match running.join() {
        Ok(ServerEnd::Drained) => Ok(()),
        Ok(ServerEnd::Stopped) => Err(Failure::new(
            FailureKind::Drain,
            "some requests were cut short",
            "they were not finished in time; see drain_timeout in `avocet limits`",
        )),
        Err(error) => Err(failed(&error)),
    }
}

fn builder(settings: &Settings) -> Result<Builder, Failure> {
    let root = &settings.root;
    let disk = Disk::open(root).map_err(|error| {
        let what = format!("cannot serve {}", root.display());
        let why = match error.cause() {
            Errno::NOENT => "there is no such folder".to_owned(),
            Errno::NOTDIR => "it is not a folder".to_owned(),
            Errno::ACCESS => "you may not read it".to_owned(),
            other => other.to_string(),
        };
        Failure::new(FailureKind::Opening, what, format!("{why}; name a folder that you can read"))
    })?;
    let mut files = Files::new(Arc::new(disk));
    if let Some(page) = &settings.spa {
        if !root.join(page).is_file() {
            let what = format!("--spa needs {page:?} in {}", root.display());
            return Err(Failure::new(FailureKind::Opening, what, "no such file; name one that is"));
        }
        files = files.with_fallback(page);
    }
    if settings.browse {
        files = files.with_listings();
    }
    let router = Router::new().fallback(MethodSet::EMPTY.with(Method::Get), files);
    let mut builder = Server::builder(router)
        .limits(settings.limits.clone())
        .client_limit(settings.client_limit)
        .workers(settings.workers.unwrap_or_else(cpus));
    for listen in &settings.listen {
        builder = builder.listen(match listen {
            Listen::Tcp(addr) => ListenAddr::Tcp(*addr),
            Listen::Unix(path) => ListenAddr::Unix(path.clone()),
        });
    }
    if settings.log == LogFormat::Common {
        let log = AccessLog::start(std::io::stdout()).map_err(|error| {
            let what = format!("cannot start the log ({error})");
            Failure::new(FailureKind::Running, what, "raise the limit on threads, or use --log off")
        })?;
        builder = builder.access_log(log);
    }
    Ok(builder)
}

/// The CPUs that this process may use, by affinity and by its control group's quota.
fn cpus() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Says what is served and where. It goes to standard error: standard output is the log's.
fn announce(settings: &Settings, addrs: &[ListenAddr]) {
    let mut stderr = std::io::stderr().lock();
    let (bold, plain) = if stderr.is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let shown: Vec<_> = addrs.iter().map(|addr| format!("{bold}{}{plain}", url(addr))).collect();
    let root = settings.root.display();
    writeln!(stderr, "avocet: serving {root} on {} (Ctrl-C ends it)", shown.join(", ")).ok();
}

/// A link where there can be one.
fn url(addr: &ListenAddr) -> String {
    match addr {
        ListenAddr::Tcp(addr) => format!("http://{addr}/"),
        ListenAddr::Unix(path) => format!("unix:{}", path.display()),
    }
}

fn cannot_start(error: StartError) -> Failure {
    let (what, hint) = match error {
        StartError::Bind { addr, source } => (format!("cannot listen on {addr}"), advice(&source)),
        StartError::Thread(source) => (
            format!("cannot start a thread ({source})"),
            "raise the limit on threads (`ulimit -u`)".to_owned(),
        ),
        error => (error.to_string(), "raise the limit on descriptors (`ulimit -n`)".to_owned()),
    };
    Failure::new(FailureKind::Opening, what, hint)
}

/// What was in the way of listening, and what to do.
fn advice(error: &BindError) -> String {
    let hint = match error {
        BindError::Taken => "stop the program that listens there, or choose another with --listen",
        BindError::Denied => {
            "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one with --listen"
        }
        BindError::NoSuchAddress => "choose an address of this machine, such as 127.0.0.1:8080",
        BindError::NotASocket(_) => "choose another path, or remove what is there",
        _ => "choose another with --listen",
    };
    format!("{error}; {hint}")
}

fn failed(error: &RunError) -> Failure {
    Failure::new(FailureKind::Running, error, "please report it, with what the server was doing")
}
