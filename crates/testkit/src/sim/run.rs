//! A run: one seed, from the first connection to an empty server.

use std::cell::RefCell;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use reactor::clock::Instant;
use reactor::driver::Sim;
use reactor::net::{ListenAddr, PeerAddr};
use reactor::pool::{BatonPool, PoolConfig};
use reactor::{Notify, Phase, Worker};
use server::{Connections, Logging, WorkerContext};
use settings::Limits;

use super::client::{Client, Timeouts};
use super::fault::{Fault, Tally};
use super::net::{Net, ServerEnding, Shortage};
use super::rng::Rng;
use super::script::{self, Catalog};
use super::site;
use super::transport::accept;
use super::world::SimWorld;

/// Most turns of the worker: a run that takes more goes in a circle.
const TURNS_MAX: u64 = 200_000;

/// Answers after which a server that is told to end at work is told so.
const ANSWERS_BEFORE_DRAIN: usize = 210;

/// Most times that a server with too few places asks connections to leave, and turns from one time
/// to the next.
const TIMES_SHORT: usize = 8;
const TURNS_BETWEEN: usize = 400;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Connections that clients made.
    pub connections: usize,
    /// Requests that the server read.
    pub requests: u64,
    /// Turns of the worker.
    pub turns: u64,
    /// How often it was looked at what idle connections hold.
    pub idle_checks: u64,
    /// The hash of all that happened.
    pub trace: u64,
    /// The adversities.
    pub tally: Tally,
}

/// A run in which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed, with which it will be wrong again.
    pub seed: u64,
    /// What was found.
    pub what: String,
    /// The last that happened before.
    pub trace: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, what, trace } = self;
        write!(
            f,
            "{trace}\nseed {seed}: {what}\n\
             replay: AVOCET_SIM_SEED={seed} cargo test -p avocet-server --test sim"
        )
    }
}

impl std::error::Error for Failure {}

/// Runs the simulation of a seed, all of it on this thread but for the jobs of its pool.
///
/// # Errors
///
/// The first thing that was found wrong.
///
/// # Panics
///
/// When the system refuses a thread for the pool.
pub fn run(seed: u64) -> Result<Report, Failure> {
    Run::new(seed).finish()
}

/// A run on its way.
struct Run {
    seed: u64,
    worker: Worker<Sim<SimWorld>>,
    net: Rc<RefCell<Net>>,
    connections: Rc<Connections>,
    pool: Arc<BatonPool>,
    limits: Arc<Limits>,
    cold_opens: Arc<AtomicU64>,
    cold_contents: Arc<AtomicU64>,
    /// The answers after which the server is told to end, if not when all are done.
    drains_after: Option<usize>,
    turns: u64,
    /// How often places will still be short, and the chance in when.
    times_short: usize,
    shortage_rng: Rng,
    idle_checks: u64,
    /// Jobs that were cancelled, and clients that did not wait for their answers, by the last turn.
    cancelled: u64,
    lost: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        // Drawn from a source of their own: the same seed without a shortage is the same run.
        let mut shortage_rng = Rng::new(!seed);
        let shortage = match shortage_rng.below(100) {
            0..25 => Shortage::Places,
            25..40 => Shortage::Memory,
            _ => Shortage::None,
        };
        let mut limits = script::limits(&mut rng);
        if shortage == Shortage::Memory {
            limits.pending_size_max = shortage_rng.between(20_000..=100_000);
        }
        let limits = Arc::new(limits);
        let files = site::files(&mut rng);
        let cold_opens = Arc::new(AtomicU64::new(0));
        let opening = coldness_of(&mut rng, &cold_opens);
        let cold_contents = Arc::new(AtomicU64::new(0));
        let content_coldness = coldness_of(&mut Rng::new(seed.rotate_left(32)), &cold_contents);
        let router = site::router(site::tree(&files, &mut rng, opening, content_coldness));
        let plans = script::plans(&mut rng, &Catalog::new(files));
        let timeouts = Timeouts::of(&limits);
        let clients: Vec<_> = plans
            .into_iter()
            .enumerate()
            .map(|(number, plan)| Client::new(number, plan, timeouts, rng.fork()))
            .collect();
        let threads = NonZero::new(limits.pool_threads).expect("drawn from two to four");
        let pool = BatonPool::start(PoolConfig::new(threads, limits.pool_queue_max));
        let pool = Arc::new(pool.expect("the system has threads for a small pool"));
        let net = Rc::new(RefCell::new(Net::new(rng.fork())));
        net.borrow_mut().shortage = shortage;
        // Set, so that the first turn does not wait: the acceptor starts in it.
        let has_mail = Arc::new(AtomicBool::new(true));
        let notify = {
            let has_mail = Arc::clone(&has_mail);
            Notify::new(move || has_mail.store(true, Ordering::Release))
        };
        let drains_after = rng.chance(60).then(|| ANSWERS_BEFORE_DRAIN + rng.below(60));
        let world = SimWorld::new(Rc::clone(&net), clients, Arc::clone(&pool), has_mail);
        let worker = Worker::new(Sim::new(world), notify);
        let context = WorkerContext::new(
            worker.handle().clone(),
            Arc::<BatonPool>::clone(&pool),
            Arc::clone(&limits),
        );
        let connections = Connections::new(context, Arc::new(router), Logging::Off);
        Self {
            seed,
            worker,
            net,
            connections,
            pool,
            limits,
            cold_opens,
            cold_contents,
            drains_after,
            turns: 0,
            times_short: if shortage == Shortage::Places { TIMES_SHORT } else { 0 },
            shortage_rng,
            idle_checks: 0,
            cancelled: 0,
            lost: 0,
        }
    }

    fn finish(mut self) -> Result<Report, Failure> {
        self.start_accepting();
        let result = self.turn_until_asleep().and_then(|()| self.check_end());
        // Jobs that a failure left behind are ended before anything they use is gone.
        self.pool.shutdown();
        let mut net = self.net.borrow_mut();
        net.tally.note_times(Fault::ColdOpen, self.cold_opens.load(Ordering::Relaxed));
        net.tally.note_times(Fault::ColdContent, self.cold_contents.load(Ordering::Relaxed));
        let pool = self.pool.counters();
        net.tally.note_times(Fault::PoolRefusal, pool.refused);
        net.tally.note_times(Fault::ShareRefusal, pool.refusals.share_full);
        net.tally.note_times(Fault::TooLate, pool.refusals.too_late + pool.discarded.late);
        net.tally.note_times(Fault::StuckJob, pool.stuck_ever);
        net.tally.note_times(Fault::PanickedJob, pool.panicked);
        match result {
            Ok(()) => Ok(Report {
                connections: self.worker.driver().world().clients().len(),
                requests: self.connections.counters().requests.count(),
                turns: self.turns,
                idle_checks: self.idle_checks,
                trace: net.trace.hash(),
                tally: net.tally.clone(),
            }),
            Err(what) => Err(Failure { seed: self.seed, what, trace: net.trace.tail() }),
        }
    }

    /// Has the acceptor started within a turn, as tasks are in a server at work: only what comes
    /// from the pool's threads is mail.
    fn start_accepting(&mut self) {
        let handle = self.worker.handle().clone();
        let connections = Rc::clone(&self.connections);
        let addr: SocketAddr = ([192, 0, 2, 1], 80).into();
        let local = Rc::new(ListenAddr::Tcp(addr));
        let spawner = handle.clone();
        let serve = move |transport| {
            let peer = PeerAddr::Tcp(addr);
            spawner.spawn(connections.serve(transport, peer, Rc::clone(&local)));
        };
        let mut acceptor = Some(accept(Rc::clone(&self.net), handle.clone(), serve));
        self.worker.set_after_turn(move || {
            if let Some(acceptor) = acceptor.take() {
                handle.spawn(acceptor);
            }
        });
    }

    /// Lets the worker turn until nothing will ever happen again, and has it drain on the way.
    fn turn_until_asleep(&mut self) -> Result<(), String> {
        loop {
            self.worker.turn().map_err(|error| error.to_string())?;
            self.turns += 1;
            self.note_cancelled();
            self.check_turn()?;
            self.make_room();
            if self.turns > TURNS_MAX {
                return Err("the run has no end".to_owned());
            }
            let is_asleep = self.worker.driver().is_asleep();
            match self.worker.handle().phase() {
                Phase::Running if self.is_time_to_drain(is_asleep) => self.drain(),
                Phase::Running if is_asleep => return Err(self.whom_nobody_answers()),
                Phase::Draining | Phase::Running => {}
                Phase::Stopped => self.stop(),
            }
            if is_asleep && self.worker.handle().phase() != Phase::Running {
                return Ok(());
            }
        }
    }

    /// Has connections asked to leave, now and then, where places are short.
    fn make_room(&mut self) {
        if self.times_short > 0 && self.shortage_rng.below(TURNS_BETWEEN) == 0 {
            self.times_short -= 1;
            let asked = self.connections.make_room();
            self.net.borrow_mut().tally.note_times(Fault::Spared, asked as u64);
        }
    }

    fn is_time_to_drain(&self, is_asleep: bool) -> bool {
        let clients = self.worker.driver().world().clients();
        let is_enough = self
            .drains_after
            .is_some_and(|enough| clients.iter().map(Client::answered).sum::<usize>() >= enough);
        is_enough || is_asleep && clients.iter().all(Client::is_done)
    }

    /// Tells the worker to end, as a server's `Shutdown` does.
    fn drain(&self) {
        let world = self.worker.driver().world();
        if !world.clients().iter().all(Client::is_done) {
            self.net.borrow_mut().tally.note(Fault::DrainAtWork);
        }
        world.set_ending(ServerEnding::Draining);
        let timeout = self.limits.drain_timeout;
        let told = self.worker.handle().remote().run(move |handle| {
            handle.stop_at(handle.now().instant.after(timeout));
            handle.advance_phase(Phase::Draining);
        });
        debug_assert!(told.is_ok(), "the worker has not ended");
    }

    /// Lets go of what a drain could not end in time. The worker turns on for what the clients
    /// still do, as if there were no stop.
    fn stop(&mut self) {
        if self.worker.handle().task_count() > 0 {
            self.worker.driver().world().set_ending(ServerEnding::Stopped);
            let ended = self.worker.run();
            debug_assert!(ended.is_ok(), "a stopped worker waits for nothing");
        }
        self.worker.handle().stop_at(Instant::NEVER);
    }

    /// What must hold after every turn.
    fn check_turn(&mut self) -> Result<(), String> {
        let census = self.worker.handle().census();
        let net = self.net.borrow();
        if let Some(what) = net.failure() {
            return Err(what.to_owned());
        }
        if census.panicked_tasks > 0 {
            return Err("a task panicked".to_owned());
        }
        if census.stale_events != net.stale_events() {
            let (seen, dealt) = (census.stale_events, net.stale_events());
            return Err(format!("{seen} of {dealt} stale events were seen to be stale"));
        }
        let pool = self.pool.counters();
        if pool.accounted() != pool.submitted {
            return Err(format!("the pool's counters do not add up: {pool:?}"));
        }
        // Each task is a connection, or accepts them, and has one source; its timer, and perhaps
        // one of its handler.
        if self.turns > 2 && census.sources != census.tasks || census.timers > 2 * census.tasks {
            return Err(format!("the tables do not match: {census:?}"));
        }
        drop(net);
        if self.worker.driver().world().is_quiet() {
            self.idle_checks += 1;
            let held = self.connections.memory_use().total();
            if held > 0 {
                return Err(format!("idle connections hold {held} bytes"));
            }
        }
        Ok(())
    }

    /// Counts jobs that were cancelled in the last turn: those whose client was gone, as far as
    /// clients were lost in it, and those whose time was.
    fn note_cancelled(&mut self) {
        let (cancelled, lost) = (
            self.pool.counters().discarded.cancelled,
            self.connections.counters().answers_lost.count(),
        );
        let (more, gone) = (cancelled - self.cancelled, lost - self.lost);
        (self.cancelled, self.lost) = (cancelled, lost);
        let tally = &mut self.net.borrow_mut().tally;
        tally.note_times(Fault::CancelledJob, more.min(gone));
        tally.note_times(Fault::LateJob, more.saturating_sub(gone));
    }

    /// What must hold when all is over.
    fn check_end(&self) -> Result<(), String> {
        let clients = self.worker.driver().world().clients();
        if let Some(client) = clients.iter().find(|client| !client.is_done()) {
            return Err(format!("{} for ever", client.account()));
        }
        let census = self.worker.handle().census();
        if (census.tasks, census.sources, census.timers) != (0, 0, 0) {
            return Err(format!("the tables are not empty: {census:?}"));
        }
        if self.net.borrow().has_open_links() {
            return Err("a connection is open".to_owned());
        }
        let held = self.connections.memory_use().total();
        if held > 0 {
            return Err(format!("{held} bytes are held by no connection"));
        }
        let counters = self.connections.counters();
        let (accepted, ended) =
            (counters.connections_accepted.count(), counters.connections_ended.count());
        let is_stopped = self.net.borrow().ending == ServerEnding::Stopped;
        if accepted != ended && !is_stopped {
            return Err(format!("{ended} of {accepted} connections ended"));
        }
        let pool = self.pool.counters();
        if pool.queued + pool.running + pool.stuck > 0 {
            return Err(format!("the pool is still at work: {pool:?}"));
        }
        let refused = clients.iter().map(Client::refused).sum::<u64>();
        if refused > pool.refused {
            return Err(format!("{refused} answers of no room, and {} refusals", pool.refused));
        }
        Ok(())
    }

    fn whom_nobody_answers(&self) -> String {
        let clients = self.worker.driver().world().clients();
        let left = clients.iter().find(|client| !client.is_done());
        left.map_or_else(
            || "the worker sleeps for ever".to_owned(),
            |client| format!("{}, and nothing will ever happen", client.account()),
        )
    }
}

/// Makes the chance that something is not in memory, and counts when it is not; only the loop, on
/// this thread, is told so.
fn coldness_of(
    rng: &mut Rng,
    count: &Arc<AtomicU64>,
) -> impl Fn(&[u8]) -> bool + Send + Sync + use<> {
    let count = Arc::clone(count);
    let state = AtomicU64::new(rng.next());
    let loop_thread = thread::current().id();
    move |_path| {
        if thread::current().id() != loop_thread {
            return false;
        }
        let is_cold = Rng::new(state.fetch_add(1, Ordering::Relaxed)).chance(30);
        count.fetch_add(u64::from(is_cold), Ordering::Relaxed);
        is_cold
    }
}
