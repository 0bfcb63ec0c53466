//! The server: bound, started, drained.
//!
//! ```text
//!   Builder ── bind ──► Bound ── start ──► Running ── join ──► ServerEnd
//!                                            └─ shutdown() ──► drain, stop
//! ```

use std::num::NonZero;
use std::ops::Add;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use reactor::driver::WaitError;
use reactor::net::{ListenAddr, TcpBinding, UnixBinding};
use reactor::pool::{Counters as PoolCounters, Pool, PoolConfig};
use reactor::{Phase, Remote, RunEnd, TurnMeter, TurnTime};
use rustix::io::Errno;
use settings::{ClientLimit, Limits};

use super::appeals::Appeals;
use super::arrivals::Arrivals;
use super::clients::Clients;
use super::context::Shared;
use super::descriptors::{Places, raise_limit};
use super::outcome::{RunError, ServerEnd, StartError};
use super::spool::SpoolBudget;
use super::worker::{Measuring, Plan, Ready};
use crate::conn::{Account, MemoryUse};
use crate::router::Router;
use crate::telemetry::AccessLog;

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
            addrs: Vec::new(),
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
    addrs: Vec<ListenAddr>,
    log: Option<AccessLog>,
    client_limit: ClientLimit,
    measuring: Measuring,
}

impl Builder {
    /// Adds an address to listen on.
    #[must_use]
    pub fn listen(mut self, addr: ListenAddr) -> Self {
        self.addrs.push(addr);
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

    /// Has answers logged.
    #[must_use]
    pub fn access_log(mut self, log: AccessLog) -> Self {
        self.log = Some(log);
        self
    }

    /// Sets what happens to connections of a client beyond `client_connections_max`: they are
    /// closed unless this is called.
    #[must_use]
    pub const fn client_limit(mut self, mode: ClientLimit) -> Self {
        self.client_limit = mode;
        self
    }

    /// Has the workers measure their turns, for [`Running::longest_turn`]; it costs each turn three
    /// looks at clocks.
    #[must_use]
    pub const fn measure_turns(mut self) -> Self {
        self.measuring = Measuring::Turns;
        self
    }

    /// Takes the addresses.
    ///
    /// # Errors
    ///
    /// When an address is taken, denied, or not of this machine.
    ///
    /// # Blocking
    ///
    /// A Unix path touches the file system.
    pub fn bind(self) -> Result<Bound, StartError> {
        let mut addrs = Vec::new();
        let mut tcp = Vec::new();
        let mut unix = Vec::new();
        for (index, addr) in self.addrs.into_iter().enumerate() {
            let at = |source| StartError::Bind { addr: addr.clone(), source };
            match &addr {
                ListenAddr::Tcp(addr) => {
                    let binding = TcpBinding::bind(*addr, self.workers.get()).map_err(at)?;
                    addrs.push(ListenAddr::Tcp(binding.local_addr()));
                    tcp.push((index, binding));
                }
                ListenAddr::Unix(path) => {
                    let binding = UnixBinding::bind(path).map_err(at)?;
                    addrs.push(addr.clone());
                    unix.push((index, binding));
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
            addrs,
            tcp,
            unix,
        })
    }
}

/// A server that has its addresses and does not answer yet.
#[derive(Debug)]
pub struct Bound {
    router: Arc<Router>,
    limits: Arc<Limits>,
    workers: NonZero<usize>,
    log: Option<AccessLog>,
    client_limit: ClientLimit,
    measuring: Measuring,
    addrs: Vec<ListenAddr>,
    tcp: Vec<(usize, TcpBinding)>,
    unix: Vec<(usize, UnixBinding)>,
}

impl Bound {
    /// Returns the addresses, in the order in which they were given, with the ports that the
    /// system chose.
    #[must_use]
    pub fn addrs(&self) -> &[ListenAddr] {
        &self.addrs
    }

    /// Starts the pool and the workers. The process's limit on descriptors is raised to what it
    /// may be.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread or a descriptor; what had been started is ended.
    pub fn start(self) -> Result<Running, StartError> {
        let budgets = Shared {
            spool: SpoolBudget::new(self.limits.spool_size_max),
            places: Places::new(raise_limit(), self.limits.descriptor_reserve),
        };
        let clients = Clients::new(self.limits.client_connections_max, self.client_limit);
        let appeals = Appeals::among(self.workers.get());
        let threads = NonZero::new(self.limits.pool_threads).unwrap_or(NonZero::<usize>::MIN);
        let cfg = PoolConfig::new(threads, self.limits.pool_queue_max);
        let pool = Arc::new(Pool::start(cfg).map_err(StartError::Thread)?);
        let mut running = Running {
            addrs: self.addrs,
            drain_timeout: self.limits.drain_timeout,
            workers: Vec::new(),
            pool: Arc::clone(&pool),
            log: self.log,
            unix: Vec::new(),
        };
        let mut tcp: Vec<_> = self
            .tcp
            .into_iter()
            .map(|(index, binding)| (index, binding.into_sockets().into_iter()))
            .collect();
        let mut shared = Vec::new();
        for (index, binding) in self.unix {
            let at = |source| StartError::Bind { addr: running.addrs[index].clone(), source };
            shared.push((index, binding.socket().map_err(at)?));
            running.unix.push(binding);
        }
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
                log: running.log.as_ref().map(AccessLog::sink),
                budgets: budgets.clone(),
                clients: clients.clone(),
                appeals: appeals.clone(),
                addrs: running.addrs.clone(),
                sockets: tcp
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
    remote: Remote,
    meter: Option<TurnMeter>,
    account: Arc<Account>,
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
            drop(report.send(Ok((ready.remote(), ready.meter(), ready.account()))));
            ready.run()
        })
        .map_err(StartError::Thread)?;
    match reported.recv() {
        Ok(Ok((remote, meter, account))) => Ok(Started { remote, meter, account, thread }),
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
    unix: Vec<UnixBinding>,
}

impl Running {
    /// Returns the addresses, in the order in which they were given, with the ports that the
    /// system chose.
    #[must_use]
    pub fn addrs(&self) -> &[ListenAddr] {
        &self.addrs
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
        let uses = self.workers.iter().map(|worker| worker.account.memory_use());
        uses.fold(MemoryUse::default(), MemoryUse::add)
    }

    /// Returns how long the longest turn of any worker was, if they measure it
    /// ([`Builder::measure_turns`]).
    #[must_use]
    pub fn longest_turn(&self) -> Option<TurnTime> {
        let meters = self.workers.iter().filter_map(|worker| worker.meter.as_ref());
        meters.map(TurnMeter::longest).reduce(TurnTime::max)
    }

    /// Returns what ends the server, from any thread.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        Shutdown {
            remotes: self.workers.iter().map(|worker| worker.remote.clone()).collect(),
            drain_timeout: self.drain_timeout,
        }
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

/// Ends a server from any thread.
#[derive(Clone, Debug)]
pub struct Shutdown {
    remotes: Vec<Remote>,
    drain_timeout: Duration,
}

impl Shutdown {
    /// Stops accepting and ends when the requests that were begun are answered, or when
    /// `drain_timeout` has passed.
    pub fn drain(&self) {
        let timeout = self.drain_timeout;
        for remote in &self.remotes {
            // A worker that has ended needs no telling.
            remote
                .run(move |handle| {
                    if handle.phase() == Phase::Running {
                        handle.stop_at(handle.now().instant.after(timeout));
                        handle.advance_phase(Phase::Draining);
                    }
                })
                .ok();
        }
    }

    /// Ends at once; what is being sent is cut short.
    pub fn stop(&self) {
        for remote in &self.remotes {
            remote.run(|handle| handle.advance_phase(Phase::Stopped)).ok();
        }
    }
}
