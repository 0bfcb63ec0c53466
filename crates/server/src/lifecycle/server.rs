//! The server: bound, started, drained.
//!
//! ```text
//!   Builder ── bind ──► Bound ── start ──► Running ── join ──► ServerEnd
//!                                            └─ shutdown() ──► drain, stop
//! ```

use std::num::NonZero;
use std::ops::Add;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use reactor::driver::WaitError;
use reactor::net::{ListenAddr, UnixPath};
use reactor::pool::{Counters as PoolCounters, Pool, PoolConfig};
use reactor::{RunEnd, TurnTime};
use rustix::io::Errno;
use settings::{ClientLimit, Limits, LogFormat};

use super::appeals::Appeals;
use super::arrivals::Arrivals;
use super::bindings::Bindings;
use super::clients::Clients;
use super::context::Shared;
use super::descriptors::{Places, raise_limit};
use super::outcome::{RunError, ServerEnd, StartError};
use super::shutdown::Shutdown;
use super::worker::{Contact, Measuring, Plan, Ready};
use crate::conn::MemoryUse;
use crate::router::Router;
use crate::telemetry::{AccessLog, Meters};

/// The way to a server.
#[derive(Debug)]
pub struct Server(());

impl Server {
    /// Begins a server that answers by `router`.
    ///
    /// The [crate's page](crate) begins with an example.
    #[must_use]
    pub fn builder(router: Router) -> Builder {
        Builder {
            router,
            limits: Limits::default(),
            workers: NonZero::<usize>::MIN,
            listens: Vec::new(),
            log: None,
            client_limit: ClientLimit::Enforce,
            measuring: Measuring::Off,
        }
    }
}

/// A server that is being described.
#[derive(Debug)]
pub struct Builder {
    router: Router,
    limits: Limits,
    workers: NonZero<usize>,
    listens: Vec<Listen>,
    log: Option<(AccessLog, LogFormat)>,
    client_limit: ClientLimit,
    measuring: Measuring,
}

/// What a server is to listen on.
#[derive(Debug)]
enum Listen {
    /// An address that it binds.
    At(ListenAddr),
    /// A socket that somebody else bound.
    On(OwnedFd),
}

impl Builder {
    /// Adds an address to listen on.
    #[must_use]
    pub fn listen(mut self, addr: ListenAddr) -> Self {
        self.listens.push(Listen::At(addr));
        self
    }

    /// Adds a socket that listens already: one that a service manager holds, or a
    /// [`TcpListener`](std::net::TcpListener) or [`UnixListener`](std::os::unix::net::UnixListener)
    /// of the program around the server.
    ///
    /// It is made non-blocking and closed on exec. Worker 0 accepts from it and deals the
    /// connections round. When the server drains it stops accepting and leaves those that wait to
    /// whoever else has the socket; if nobody has, they are reset.
    #[must_use]
    pub fn listen_on(mut self, socket: impl Into<OwnedFd>) -> Self {
        self.listens.push(Listen::On(socket.into()));
        self
    }

    /// Sets the number of loop threads; one if not set.
    #[must_use]
    pub const fn workers(mut self, workers: NonZero<usize>) -> Self {
        self.workers = workers;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Has answers logged, a line in `format` for each.
    #[must_use]
    pub fn access_log(mut self, log: AccessLog, format: LogFormat) -> Self {
        self.log = Some((log, format));
        self
    }

    /// Sets what happens to connections of a client beyond `client_connections_max`: they are
    /// closed unless this is called.
    #[must_use]
    pub const fn client_limit(mut self, mode: ClientLimit) -> Self {
        self.client_limit = mode;
        self
    }

    /// Has the workers measure all their turns, and by the CPU's clock, too, for
    /// [`Running::longest_turn`]; it costs each turn three looks at clocks.
    #[must_use]
    pub const fn measure_turns(mut self) -> Self {
        self.measuring = Measuring::Turns;
        self
    }

    /// Takes the addresses.
    ///
    /// # Errors
    ///
    /// When an address is taken, denied, or not of this machine, or a descriptor is no listening
    /// stream socket.
    ///
    /// # Blocking
    ///
    /// A Unix path touches the file system.
    pub fn bind(self) -> Result<Bound, StartError> {
        let mut bindings = Bindings::default();
        for listen in self.listens {
            match listen {
                Listen::At(addr) => bindings
                    .bind(&addr, self.workers)
                    .map_err(|source| StartError::Bind { addr, source })?,
                Listen::On(socket) => {
                    let fd = socket.as_raw_fd();
                    bindings.adopt(socket).map_err(|source| StartError::Inherit { fd, source })?;
                }
            }
        }
        Ok(Bound {
            router: Arc::new(self.router),
            limits: Arc::new(self.limits),
            workers: self.workers,
            log: self.log,
            client_limit: self.client_limit,
            measuring: self.measuring,
            bindings,
        })
    }
}

/// A server that has its addresses and does not answer yet.
#[derive(Debug)]
pub struct Bound {
    router: Arc<Router>,
    limits: Arc<Limits>,
    workers: NonZero<usize>,
    log: Option<(AccessLog, LogFormat)>,
    client_limit: ClientLimit,
    measuring: Measuring,
    bindings: Bindings,
}

impl Bound {
    /// Returns the addresses, in the order in which they were given, with the ports that the
    /// system chose.
    #[must_use]
    pub fn addrs(&self) -> &[ListenAddr] {
        &self.bindings.addrs
    }

    /// Starts the pool and the workers. The process's limit on descriptors is raised to what it
    /// may be.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread or a descriptor; what had been started is ended.
    pub fn start(self) -> Result<Running, StartError> {
        let places = Places::new(raise_limit(), self.limits.descriptor_reserve);
        let budgets = Shared::new(&self.limits, places);
        let clients = Clients::new(self.limits.client_connections_max, self.client_limit);
        let appeals = Appeals::among(self.workers.get());
        let threads = NonZero::new(self.limits.pool_threads).unwrap_or(NonZero::<usize>::MIN);
        let cfg = PoolConfig::new(threads, self.limits.pool_queue_max);
        let pool = Arc::new(Pool::start(cfg).map_err(StartError::Thread)?);
        let (log, format) = self.log.unzip();
        let mut running = Running {
            addrs: self.bindings.addrs,
            drain_timeout: self.limits.drain_timeout,
            workers: Vec::new(),
            pool: Arc::clone(&pool),
            log,
            _unix: self.bindings.unix,
        };
        let mut split: Vec<_> = self
            .bindings
            .split
            .into_iter()
            .map(|(index, sockets)| (index, sockets.into_iter()))
            .collect();
        let mut shared = self.bindings.shared;
        let is_dealt = !shared.is_empty();
        let arrivals: Vec<_> = (0..self.workers.get()).map(|_| Arrivals::default()).collect();
        for number in 0..self.workers.get() {
            let mut arrivals = arrivals.clone();
            arrivals.rotate_left(number);
            if !is_dealt {
                arrivals.clear();
            }
            let plan = Plan {
                number,
                router: Arc::clone(&self.router),
                limits: Arc::clone(&self.limits),
                pool: Arc::<Pool>::clone(&pool),
                log: running.log.as_ref().zip(format).map(|(log, format)| log.sink(format)),
                budgets: budgets.clone(),
                clients: clients.clone(),
                appeals: appeals.clone(),
                addrs: running.addrs.clone(),
                sockets: split
                    .iter_mut()
                    .filter_map(|(index, sockets)| Some((*index, sockets.next()?)))
                    .collect(),
                shared: std::mem::take(&mut shared),
                arrivals,
                measuring: self.measuring,
            };
            running.workers.push(start_worker(number, plan)?);
        }
        Ok(running)
    }
}

/// A worker that runs.
#[derive(Debug)]
struct Started {
    contact: Contact,
    thread: JoinHandle<Result<RunEnd, WaitError>>,
}

/// Starts a worker's thread and waits until it has set itself up.
fn start_worker(number: usize, plan: Plan) -> Result<Started, StartError> {
    let (report, reported) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name(format!("avocet-{number}"))
        .spawn(move || {
            let ready = match Ready::set_up(plan) {
                Ok(ready) => ready,
                Err(errno) => {
                    drop(report.send(Err(errno)));
                    return Ok(RunEnd::Finished);
                }
            };
            drop(report.send(Ok(ready.contact())));
            ready.run()
        })
        .map_err(StartError::Thread)?;
    match reported.recv() {
        Ok(Ok(contact)) => Ok(Started { contact, thread }),
        Ok(Err(errno)) => Err(StartError::Worker(errno)),
        Err(_gone) => Err(StartError::Worker(Errno::CHILD)),
    }
}

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    addrs: Vec<ListenAddr>,
    drain_timeout: Duration,
    workers: Vec<Started>,
    pool: Arc<Pool>,
    /// Dropped last of what writes to it.
    log: Option<AccessLog>,
    /// Held for its end: the paths go with the server.
    _unix: Vec<UnixPath>,
}

impl Running {
    /// Returns the addresses, in the order in which they were given, with the ports that the
    /// system chose.
    #[must_use]
    pub fn addrs(&self) -> &[ListenAddr] {
        &self.addrs
    }

    /// Returns where the server's numbers are read, from any thread and also when it has ended.
    #[must_use]
    pub fn meters(&self) -> Meters {
        let workers = self.workers.iter().map(|worker| worker.contact.meters.clone());
        let log = self.log.as_ref().map(AccessLog::meter);
        Meters::new(workers.collect(), log, Arc::clone(&self.pool))
    }

    /// Returns what the pool has done and is doing.
    #[must_use]
    pub fn pool(&self) -> PoolCounters {
        self.pool.counters()
    }

    /// Returns what the connections of all workers keep in memory, besides what the kernel keeps
    /// for their sockets.
    #[must_use]
    pub fn memory_use(&self) -> MemoryUse {
        let uses = self.workers.iter().map(|worker| worker.contact.meters.account.memory_use());
        uses.fold(MemoryUse::default(), MemoryUse::add)
    }

    /// Returns how long the longest turn of any worker was. Turns that are shorter than a tick of
    /// the kernel's clock, and what a turn used of its core, are not measured unless the workers
    /// were told to ([`Builder::measure_turns`]).
    #[must_use]
    pub fn longest_turn(&self) -> TurnTime {
        let turns = self.workers.iter().map(|worker| worker.contact.meters.turns.longest());
        turns.fold(TurnTime::default(), TurnTime::max)
    }

    /// Returns what ends the server, from any thread.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        let remotes = self.workers.iter().map(|worker| worker.contact.remote.clone());
        Shutdown::new(remotes.collect(), self.drain_timeout)
    }

    /// Waits until the server has ended.
    ///
    /// # Errors
    ///
    /// When a worker failed; the others are drained.
    ///
    /// # Blocking
    ///
    /// Until someone ends the server.
    pub fn join(mut self) -> Result<ServerEnd, RunError> {
        let shutdown = self.shutdown();
        let mut end = Ok(ServerEnd::Drained);
        for worker in self.workers.drain(..) {
            let ran = worker.thread.join().map_err(|_panic| RunError::Panicked);
            match ran.and_then(|ran| ran.map_err(RunError::Wait)) {
                Ok(RunEnd::Finished) => {}
                Ok(RunEnd::Stopped) if end.is_ok() => end = Ok(ServerEnd::Stopped),
                Ok(RunEnd::Stopped) => {}
                Err(error) => {
                    shutdown.drain();
                    end = Err(error);
                }
            }
        }
        match end {
            Ok(ServerEnd::Drained) => self.pool.shutdown(),
            // Time is up for jobs, too.
            Ok(ServerEnd::Stopped) | Err(_) => self.pool.abandon(),
        }
        end
    }
}

impl Drop for Running {
    /// Stops what still runs: a server is joined, or it ends with its owner.
    fn drop(&mut self) {
        self.shutdown().stop();
        for worker in self.workers.drain(..) {
            drop(worker.thread.join());
        }
        self.pool.abandon();
    }
}

#[cfg(test)]
mod tests;
