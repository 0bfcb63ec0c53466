//! `avocet serve`: a folder on one or more addresses.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustix::io::Errno;
use server::files::{Disk, Files};
use server::{
    AccessLog, BindError, Bound, Builder, ListenAddr, Method, MethodSet, Router, RunError, Server,
    ServerEnd, StartError,
};
use settings::{Compress, Listen, Settings};

use crate::failure::{Failure, FailureKind};
use crate::signals::{self, Caught, Controls};
use crate::systemd;

/// Serves until a signal ends it.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    // It changes the environment, which only a process of one thread may.
    let inherited = systemd::inherited()?;
    let signals = Caught::new().map_err(|error| unwatched(&error))?;
    let mut builder = listen(Server::builder(router(settings)?), &settings.listen, inherited)
        .limits(settings.limits.clone())
        .client_limit(settings.client_limit)
        .workers(settings.workers.unwrap_or_else(cpus));
    let mut reopener = None;
    if let Some(format) = settings.log {
        let log = access_log(settings.log_file.as_deref())?;
        reopener = Some(log.reopener());
        builder = builder.access_log(log, format);
    }
    let running = builder.bind().and_then(Bound::start).map_err(cannot_start)?;
    let meters = running.meters();
    let controls = Controls { shutdown: running.shutdown(), meters: meters.clone(), log: reopener };
    signals.watch(controls).map_err(|error| unwatched(&error))?;
    announce(settings, running.addrs());
    let end = running.join();
    if settings.stats {
        signals::print_counters(&meters);
    }
    match end {
        Ok(ServerEnd::Drained) => Ok(()),
        Ok(ServerEnd::Stopped) => Err(Failure::new(
            FailureKind::Drain,
            "some requests were cut short",
            "they were not finished in time; see drain_timeout in `avocet limits`",
        )),
        Err(error) => Err(failed(&error)),
    }
}

/// Makes what answers: the files of the folder.
fn router(settings: &Settings) -> Result<Router, Failure> {
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
    if settings.compress == Compress::On {
        files = files.with_compression();
    }
    Ok(Router::new().fallback(MethodSet::EMPTY.with(Method::Get), files))
}

/// Adds the addresses that were named and the sockets that were handed over; where there is
/// neither, the default.
fn listen(mut builder: Builder, named: &[Listen], inherited: Vec<OwnedFd>) -> Builder {
    let default = [Listen::DEFAULT];
    let named = if named.is_empty() && inherited.is_empty() { &default } else { named };
    for socket in inherited {
        builder = builder.listen_on(socket);
    }
    for listen in named {
        builder = builder.listen(match listen {
            Listen::Tcp(addr) => ListenAddr::Tcp(*addr),
            Listen::Unix(path) => ListenAddr::Unix(path.clone()),
        });
    }
    builder
}

/// Starts the log. Who watches it at a terminal sees each line at once.
fn access_log(path: Option<&Path>) -> Result<AccessLog, Failure> {
    if let Some(path) = path {
        return AccessLog::to_file(path).map_err(|error| {
            let what = format!("cannot write the access log to {} ({error})", path.display());
            let hint = "name a file that can be appended to, in a folder that exists";
            Failure::new(FailureKind::Opening, what, hint)
        });
    }
    let log = standard_output().and_then(AccessLog::start).map_err(|error| {
        let what = format!("cannot start the log ({error})");
        Failure::new(FailureKind::Running, what, "raise the limit on threads, or use --log off")
    })?;
    Ok(if io::stdout().is_terminal() { log.at_once() } else { log })
}

/// Returns standard output without the buffer of the standard library: the log has its own, and
/// knows what is lost only if it sees each write.
fn standard_output() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// The CPUs that this process may use, by affinity and by its control group's quota.
fn cpus() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Says what is served and where, to the service manager and to the person at the terminal. It goes
/// to standard error: standard output is the log's.
fn announce(settings: &Settings, addrs: &[ListenAddr]) {
    let mut stderr = io::stderr().lock();
    let plainly: Vec<_> = addrs.iter().map(url).collect();
    if let Err(error) = systemd::ready(&format!("serving on {}", plainly.join(", "))) {
        writeln!(stderr, "avocet: cannot tell the service manager that all is ready ({error})")
            .ok();
    }
    let (bold, plain) = if stderr.is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let shown: Vec<_> = plainly.iter().map(|url| format!("{bold}{url}{plain}")).collect();
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
        StartError::Inherit { fd, .. } => return systemd::cannot_listen_on(fd),
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

fn unwatched(error: &io::Error) -> Failure {
    let what = format!("cannot watch for signals ({error})");
    Failure::new(FailureKind::Running, what, "retry")
}

fn failed(error: &RunError) -> Failure {
    Failure::new(FailureKind::Running, error, "please report it, with what the server was doing")
}
