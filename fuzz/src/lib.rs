//! A whole connection, fed with any bytes: the shipped worker, connection, router and file handler
//! over a pipe in memory and a clock that moves when nothing else does.
//!
//! No pool: what would be a job is refused, as by a full one. The tree of files is in memory and
//! warm, so that files are answered on the loop.
#![forbid(unsafe_code)]

mod answers;
mod site;

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use reactor::driver::Sim;
use reactor::net::{ListenAddr, PeerAddr};
use reactor::{Notify, Worker};
use server::{Connections, Logging, WorkerContext};
use testkit::pipe::{Kernel, NoPool, Pieces, Pipe};

pub use self::answers::{Answer, parse};

/// Most turns of the worker: a connection that takes more goes in a circle.
const TURNS_MAX: usize = 20_000;

/// What became of a connection.
#[derive(Debug)]
pub struct Served {
    /// All that was sent.
    pub sent: Vec<u8>,
    /// How many requests were taken.
    pub requests: u64,
}

/// Serves a connection on which these pieces arrive one after another, and then the client's end.
///
/// The client takes `room` bytes of answers at a time.
///
/// # Panics
///
/// When the connection does not end, or leaves something behind: that is a finding.
#[must_use]
pub fn serve<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, room: usize) -> Served {
    let kernel = Kernel::new(room);
    let pieces = Pieces::new(&kernel, pieces, UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    let mut worker = Worker::new(Sim::new(pieces), Notify::new(|| {}));
    let limits = Arc::new(site::limits());
    let context = WorkerContext::new(worker.handle().clone(), Arc::new(NoPool), limits);
    let connections = Connections::new(context, Arc::new(site::router()), Logging::Off);
    let pipe = Pipe::new(&kernel, worker.handle());
    let (peer, local) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let peer = PeerAddr::Tcp((peer, 1).into());
    let local = Rc::new(ListenAddr::Tcp((local, 80).into()));
    worker.handle().spawn(connections.serve(pipe, peer, local));
    for _ in 0..TURNS_MAX {
        worker.turn().expect("a world in memory does not break");
        if worker.handle().task_count() == 0 {
            break;
        }
    }
    let census = worker.handle().census();
    assert_eq!((census.tasks, census.panicked_tasks), (0, 0), "the connection ends: {census:?}");
    assert_eq!(connections.memory_use().total(), 0, "a connection that has ended holds nothing");
    let requests = connections.counters().requests.count();
    let sent = worker.driver_mut().world_mut().take_sent();
    Served { sent, requests }
}
