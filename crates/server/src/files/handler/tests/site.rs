//! A site for tests: a tree, a worker whose time the test sets, a pool that runs jobs in place.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http1::encode::{ConnectionField, ResponseFraming, ResponseHead, write_head};
use http1::head::{HeadLimits, HeadScratch, Parsed};
use reactor::clock::Instant;
use reactor::driver::{Events, Sim, World};
use reactor::net::{ListenAddr, PeerAddr};
use reactor::pool::{Job, Offload, Refusal, Refused, Ticket};
use reactor::{Notify, Worker};
use semantics::path::SafePath;
use settings::Limits;

use super::super::super::entry::Kind;
use super::super::super::slice::{FileSlice, FileSource};
use super::super::super::tree::{Entries, Node, OpenError, Patience, Tree};
use super::super::Files;
use crate::lifecycle::WorkerContext;
use crate::service::{
    Body, Connection, Handler, Head, LocalBoxFuture, Piece, Reply, RequestHead, Response,
};

/// Sun, 06 Nov 1994 08:49:37 GMT: when the files of a test were modified.
pub(super) fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// Time stands where a test puts it; the wall clock began an hour after [`modified`].
struct Clock(Instant);

impl World for Clock {
    fn advance(&mut self, _: Instant, _: Instant, _: &mut Events) -> Option<Instant> {
        Some(self.0)
    }

    fn wall(&self, at: Instant) -> SystemTime {
        modified() + Duration::from_secs(3600) + at.since(Instant::ORIGIN)
    }

    fn pick(&mut self, _: usize) -> usize {
        0
    }
}

/// A pool that runs each job where it is submitted, or when the test says so.
#[derive(Debug, Default)]
pub(super) struct Inline {
    pub(super) is_full: AtomicBool,
    /// Jobs are held back.
    pub(super) is_slow: AtomicBool,
    held: Mutex<Vec<Job>>,
    jobs: AtomicUsize,
}

impl Inline {
    /// Takes the jobs that are held back.
    pub(super) fn take_held(&self) -> Vec<Job> {
        std::mem::take(&mut *self.held.lock().unwrap())
    }

    /// Runs the first job that is held back; tells whether there was one.
    pub(super) fn run_one(&self) -> bool {
        let mut held = self.held.lock().unwrap();
        let first = (!held.is_empty()).then(|| held.remove(0));
        drop(held);
        first.map(Job::run).is_some()
    }
}

impl Offload for Inline {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(Refused { job, reason: Refusal::Full });
        }
        self.jobs.fetch_add(1, Ordering::Relaxed);
        if self.is_slow.load(Ordering::Relaxed) {
            self.held.lock().unwrap().push(job);
        } else {
            job.run();
        }
        Ok(Ticket::ended())
    }
}

/// Passes everything on, and counts how often it is asked.
#[derive(Debug)]
struct Counted<T> {
    tree: Arc<T>,
    openings: Arc<AtomicUsize>,
}

impl<T: Tree> Tree for Counted<T> {
    fn open(
        &self,
        path: &SafePath<'_>,
        now: Instant,
        patience: Patience,
    ) -> Result<Node, OpenError> {
        self.openings.fetch_add(1, Ordering::Relaxed);
        self.tree.open(path, now, patience)
    }

    fn list(&self, path: &SafePath<'_>, now: Instant) -> Result<Entries, OpenError> {
        self.tree.list(path, now)
    }
}

pub(super) struct Site<T> {
    pub(super) tree: Arc<T>,
    pub(super) files: Files,
    pub(super) pool: Arc<Inline>,
    openings: Arc<AtomicUsize>,
    worker: Worker<Sim<Clock>>,
    context: Rc<WorkerContext>,
}

/// An answer as a client would see it.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    /// With `Date` as `DDD`, and lines ended by `\n`.
    pub(super) head: String,
    /// As text, whatever it is.
    pub(super) body: String,
    pub(super) content: Vec<u8>,
    pub(super) kind: &'static str,
    pub(super) was_later: bool,
}

impl<T: Tree> Site<T> {
    pub(super) fn new(tree: T) -> Self {
        Self::with_limits(tree, Limits::default())
    }

    pub(super) fn with_limits(tree: T, limits: Limits) -> Self {
        let (tree, openings) = (Arc::new(tree), Arc::new(AtomicUsize::new(0)));
        let counted = Counted { tree: Arc::clone(&tree), openings: Arc::clone(&openings) };
        let pool = Arc::new(Inline::default());
        let (worker, context) = worker(&pool, Arc::new(limits));
        Self { tree, files: Files::new(Arc::new(counted)), pool, openings, worker, context }
    }

    /// Gives the same site on another worker.
    pub(super) fn beside(&self) -> Self {
        let (worker, context) = worker(&self.pool, Arc::clone(self.context.limits()));
        Self {
            tree: Arc::clone(&self.tree),
            files: self.files.clone(),
            pool: Arc::clone(&self.pool),
            openings: Arc::clone(&self.openings),
            worker,
            context,
        }
    }

    pub(super) fn with_fallback(mut self, path: &str) -> Self {
        self.files = self.files.with_fallback(path);
        self
    }

    pub(super) fn with_boundaries(
        mut self,
        source: impl Fn() -> [u8; 16] + Send + Sync + 'static,
    ) -> Self {
        self.files = self.files.with_boundaries(source);
        self
    }

    pub(super) fn with_compression(mut self) -> Self {
        self.files = self.files.with_compression();
        self
    }

    /// How much memory the store says it has given to files in memory.
    pub(super) fn memory_taken(&self) -> usize {
        self.files.shared.store(&self.context).taken(Kind::File)
    }

    /// How many files the store keeps open.
    pub(super) fn open_files(&self) -> usize {
        self.files.shared.store(&self.context).open_files()
    }

    /// Has the store close what it keeps open.
    pub(super) fn close_files(&self) -> bool {
        self.files.shared.store(&self.context).let_go_of_files()
    }

    /// How many compressions were begun.
    pub(super) fn compressions(&self) -> u64 {
        self.context.counters().compressions.count()
    }

    /// Until when the answer to a request may be given again, in milliseconds after the start.
    pub(super) fn repeats_until(&self, line: &str, fields: &[&str]) -> Option<u64> {
        let until = self.with_head(line, fields, |head| self.files.repeats_until(head));
        until.map(|until| until.as_nanos() / 1_000_000)
    }

    pub(super) fn with_listings(mut self) -> Self {
        self.files = self.files.with_listings();
        self
    }

    /// Moves time to so many milliseconds after the start.
    pub(super) fn at(&mut self, millis: u64) -> &Self {
        self.worker.driver_mut().world_mut().0 =
            Instant::ORIGIN.after(Duration::from_millis(millis));
        self.worker.turn().unwrap();
        self
    }

    /// How often the tree was asked since the last call.
    pub(super) fn openings(&self) -> usize {
        self.openings.swap(0, Ordering::Relaxed)
    }

    /// How many jobs the pool took since the last call.
    pub(super) fn jobs(&self) -> usize {
        self.pool.jobs.swap(0, Ordering::Relaxed)
    }

    /// Asks with a request line's beginning (`GET /path`) and field lines.
    pub(super) fn ask(&self, line: &str, fields: &[&str]) -> Seen {
        match self.begin(line, fields) {
            Begun::Ended(seen) => *seen,
            Begun::UnderWay(_) => panic!("the pool has run every job"),
        }
    }

    /// Asks, and does not wait for what the pool holds back.
    pub(super) fn begin(&self, line: &str, fields: &[&str]) -> Begun {
        match self.with_head(line, fields, |head| self.files.handle(head, None)) {
            Reply::Ready(response) => Begun::Ended(Box::new(see(response, false))),
            Reply::Later(future) => Begun::UnderWay(future).go_on(),
            other => panic!("{other:?}"),
        }
    }

    fn with_head<R>(
        &self,
        line: &str,
        fields: &[&str],
        ask: impl FnOnce(&RequestHead<'_>) -> R,
    ) -> R {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let request = format!("{line} HTTP/1.1\r\nHost: site.example\r\n{fields}\r\n");
        let mut scratch = HeadScratch::new();
        let parsed = http1::head::parse(request.as_bytes(), &HeadLimits::default(), &mut scratch);
        let Ok(Parsed::Complete(head)) = parsed else { panic!("{request}: {parsed:?}") };
        let local = Rc::new(ListenAddr::Unix("socket".into()));
        let connection = Connection { peer: PeerAddr::Unix, local };
        ask(&RequestHead::new(&head, &connection, &self.context))
    }

    pub(super) fn get(&self, path: &str) -> Seen {
        self.ask(&format!("GET {path}"), &[])
    }
}

/// A request that has been asked.
pub(super) enum Begun {
    Ended(Box<Seen>),
    UnderWay(LocalBoxFuture<'static, Response>),
}

impl Begun {
    /// Looks whether there is an answer now.
    pub(super) fn go_on(self) -> Self {
        let Self::UnderWay(mut future) = self else { return self };
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => Self::Ended(Box::new(see(response, true))),
            Poll::Pending => Self::UnderWay(future),
        }
    }

    /// The status of the answer; 0 if there is none yet.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Ended(seen) => seen.status(),
            Self::UnderWay(_) => 0,
        }
    }
}

impl Seen {
    pub(super) fn status(&self) -> u16 {
        self.head["HTTP/1.1 ".len()..][..3].parse().unwrap()
    }

    /// The value of a field; empty if there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }
}

fn worker(pool: &Arc<Inline>, limits: Arc<Limits>) -> (Worker<Sim<Clock>>, Rc<WorkerContext>) {
    let worker = Worker::new(Sim::new(Clock(Instant::ORIGIN)), Notify::new(|| {}));
    let offload: Arc<dyn Offload> = Arc::<Inline>::clone(pool);
    let context = WorkerContext::new(worker.handle().clone(), offload, limits);
    (worker, context)
}

fn see(response: Response, was_later: bool) -> Seen {
    let len = response.body.len().unwrap();
    let (kind, body) = match response.body {
        Body::Empty => ("empty", Vec::new()),
        Body::Bytes(bytes) => ("bytes", bytes.to_vec()),
        Body::File(slice) => read(&slice),
        Body::Parts(parts) => ("parts", parts.into_iter().flat_map(content).collect()),
        stream @ Body::Stream(_) => panic!("{stream:?}"),
    };
    let mut head = Vec::new();
    let date = &[b'D'; 29];
    let connection = ConnectionField::Absent;
    match response.head {
        Head::Prepared(prepared) => {
            let framing = if kind == "empty" { None } else { Some(len) };
            assert_eq!(prepared.length(), framing, "the prepared head states the body's length");
            prepared.append_to(&mut head, date, connection);
        }
        Head::Fields(status, fields) => {
            let framing = ResponseFraming::Length(len);
            let parts = ResponseHead { status, fields: &fields, framing, connection, date };
            write_head(&mut head, parts);
        }
    }
    let head = String::from_utf8(head).unwrap().replace("\r\n", "\n");
    let content = body;
    let body = String::from_utf8_lossy(&content).into_owned();
    Seen { head, body, content, kind, was_later }
}

fn content(piece: Piece) -> Vec<u8> {
    match piece {
        Piece::Bytes(bytes) => bytes.to_vec(),
        Piece::File(slice) => read(&slice).1,
    }
}

fn read(slice: &FileSlice) -> (&'static str, Vec<u8>) {
    match slice.source() {
        FileSource::Bytes(_) | FileSource::Simulated(_) => {
            ("slice of bytes", slice.bytes(0..slice.len()).to_vec())
        }
        FileSource::Disk(file) => {
            let mut content = vec![0; usize::try_from(slice.len()).unwrap()];
            let count = rustix::io::pread(file, &mut content, slice.offset()).unwrap();
            content.truncate(count);
            ("slice of a file", content)
        }
    }
}
