//! Compressing files without siblings, once, in the background.
//!
//! ```text
//!   request ──► what is there, at once
//!      └─ a better coding is due ──► wish ──► runner on the pool ──► store: all workers have it
//!                                     ▲            │ a piece a job        │
//!                                     └────────────┴── the best level ◄───┘ after the fast one
//! ```
//!
//! Nobody waits for a compression: who comes first gets the file as it is. A wish is a path and a
//! [`Claim`], which one has at a time. A *runner* grants wishes, fast levels before best ones,
//! piece by piece, and goes to the end of the pool's line after each piece: what people wait for is
//! never behind more than a piece. There are few runners, and their lane has a share for no more.
//!
//! What was made goes into the store beside the file that it was made of, and only if that is
//! still what the store has: so it is believed no longer than the file, counts in the same budget
//! and goes with it.
//!
//! It chooses nothing: what a request gets is [`Variants`]' to say.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use reactor::pool::{Job, Lane, LaneConfig, Offload};
use semantics::coding::Coding;

use super::coder::{Coder, Level, NotWorth};
use super::content::read_piece;
use super::entry::Key;
use super::making::Claim;
use super::slice::FileSource;
use super::store::Store;
use super::variants::Variants;
use crate::lifecycle::WorkerContext;
use crate::telemetry::Counters;

/// What is to be compressed, and by whom.
pub(super) struct Compression {
    queue: Mutex<Queue>,
    lane: Lane,
}

#[derive(Debug, Default)]
struct Queue {
    fast: VecDeque<Wish>,
    best: VecDeque<Wish>,
    runners: usize,
}

/// A coding of what is found under a path, to be made.
#[derive(Debug)]
struct Wish {
    path: Box<[u8]>,
    claim: Claim,
}

impl Compression {
    pub(super) fn new() -> Self {
        // As many jobs wait as there are runners, which `want` bounds.
        let lane = Lane::new(LaneConfig::new("compress", usize::MAX));
        Self { queue: Mutex::default(), lane }
    }

    /// Has a coding of a file made that is due. What cannot be queued is forgotten: the next
    /// request will ask again.
    pub(super) fn want(
        self: &Arc<Self>,
        (path, file): (&[u8], &Variants),
        coding: Coding,
        store: &Arc<Store>,
        worker: &WorkerContext,
    ) {
        let Some(claim) = file.making().and_then(|making| making.claim(coding)) else { return };
        let runners_max = runners_max(worker.limits().pool_threads);
        let is_runner_needed = {
            let mut queue = self.lock();
            let is_runner_needed = queue.runners < runners_max;
            // A wish that finds no place goes back when the lock is gone.
            if let Err(wish) = queue.push(Wish { path: path.into(), claim }) {
                drop(queue);
                drop(wish);
                return;
            }
            queue.runners += usize::from(is_runner_needed);
            is_runner_needed
        };
        if is_runner_needed {
            let pool = Arc::downgrade(worker.pool());
            let (compression, store) = (Arc::clone(self), Arc::clone(store));
            let counters = Arc::clone(worker.counters());
            let runner = Runner { compression, store, pool, counters, work: None };
            runner.go_to_the_end_of_the_line();
        }
    }

    /// Takes the next wish: the best levels wait until there is a fast one of all.
    fn next_wish(&self) -> Option<Wish> {
        let mut queue = self.lock();
        queue.fast.pop_front().or_else(|| queue.best.pop_front())
    }

    /// Notes that a runner has gone. If it was the last, nobody is there to grant what is wished
    /// for: that is forgotten, and may be asked for again.
    fn on_runner_gone(&self) {
        let forgotten = {
            let mut queue = self.lock();
            queue.runners -= 1;
            let is_last = queue.runners == 0;
            is_last.then(|| (std::mem::take(&mut queue.fast), std::mem::take(&mut queue.best)))
        };
        drop(forgotten);
    }

    /// No code panics while it holds the lock, so that a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compression").field("queue", &*self.lock()).finish_non_exhaustive()
    }
}

impl Queue {
    fn push(&mut self, wish: Wish) -> Result<(), Wish> {
        let line = match wish.claim.level() {
            Level::Fast => &mut self.fast,
            Level::Best => &mut self.best,
        };
        if line.len() == WISHES_MAX {
            return Err(wish);
        }
        line.push_back(wish);
        Ok(())
    }
}

/// Grants wishes on the pool, a piece in each job.
struct Runner {
    compression: Arc<Compression>,
    store: Arc<Store>,
    /// Not its owner: the pool owns the jobs.
    pool: Weak<dyn Offload>,
    counters: Arc<Counters>,
    work: Option<Box<Work>>,
}

impl Runner {
    /// Has the pool run the next piece, after what waits there already. If it will not, this runner
    /// is gone, and its work half done.
    fn go_to_the_end_of_the_line(self) {
        let Some(pool) = self.pool.upgrade() else { return };
        let lane = self.compression.lane.clone();
        let job = Job::new(move || self.run()).in_lane(&lane);
        // The refused job is dropped here, with the runner in it.
        drop(pool.submit(job));
    }

    fn run(mut self) {
        let Some(work) = self.work.take().or_else(|| self.begin()) else { return };
        match work.step() {
            Step::Further(work) => self.work = Some(work),
            Step::Made(made) => self.keep(made),
            Step::Nothing => {}
        }
        self.go_to_the_end_of_the_line();
    }

    /// Begins with the next wish that can be granted; `None` if there is none.
    fn begin(&self) -> Option<Box<Work>> {
        let work = std::iter::from_fn(|| self.compression.next_wish())
            .find_map(|wish| Work::begin(wish, &self.store).map(Box::new));
        if work.is_some() {
            self.counters.compressions.add_one_from_pool();
        }
        work
    }

    /// Puts what was made into the store, and wishes for better.
    fn keep(&self, Made { wish: Wish { path, claim }, coded }: Made) {
        // A file that is opened again at this moment takes its own place.
        let making = (0..ATTEMPTS_MAX).find_map(|_| {
            let file = current(&self.store, &path, &claim)?;
            let better = file.with_made(claim.coding(), coded.clone())?;
            let is_kept = self.store.replace_if_same(Key::new(&path), &file, Arc::new(better));
            file.making().filter(|_| is_kept).map(Arc::clone)
        });
        let Some(making) = making else { return claim.give_up() };
        let coding = claim.coding();
        claim.fulfil();
        if let Some(claim) = making.claim(coding) {
            // Without a place the next request wishes for it.
            let unqueued = self.compression.lock().push(Wish { path, claim });
            drop(unqueued);
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Its own claim goes back first.
        drop(self.work.take());
        self.compression.on_runner_gone();
    }
}

/// Returns what the store has under a path, if that is still the file that the claim is about.
fn current(store: &Store, path: &[u8], claim: &Claim) -> Option<Arc<Variants>> {
    // However long ago it was found: whether it is believed is not the question.
    store
        .file(Key::new(path))
        .filter(|file| file.making().is_some_and(|making| claim.is_of(making)))
}

/// A compression that has begun.
struct Work {
    wish: Wish,
    file: Arc<Variants>,
    /// What the file is read from, which is open meanwhile.
    source: FileSource,
    coder: Coder,
    /// How much has been coded.
    offset: u64,
}

/// What comes of a piece.
enum Step {
    /// There is more to code.
    Further(Box<Work>),
    /// All is coded.
    Made(Made),
    /// It is not worth it, or the file is not what it was.
    Nothing,
}

/// A coded form.
struct Made {
    wish: Wish,
    coded: bytes::Bytes,
}

impl Work {
    /// Begins to grant a wish; `None` if it cannot be. One for a file that has been closed is
    /// forgotten: who asks for that next opens it, and wishes again.
    fn begin(mut wish: Wish, store: &Store) -> Option<Self> {
        wish.claim.begin();
        let Some(file) = current(store, &wish.path, &wish.claim) else {
            wish.claim.give_up();
            return None;
        };
        let content = &file.identity().content;
        let source = content.source().ok()?;
        match Coder::new(wish.claim.coding(), wish.claim.level(), content.len()) {
            Ok(coder) => Some(Self { wish, file, source, coder, offset: 0 }),
            Err(NotWorth) => {
                wish.claim.give_up();
                None
            }
        }
    }

    /// Codes the next piece, and after the last one gives what has been made.
    fn step(mut self: Box<Self>) -> Step {
        match self.code_piece() {
            Ok(()) if self.offset < self.file.identity().content.len() => Step::Further(self),
            Ok(()) => self.finish(),
            Err(NotWorth) => {
                self.wish.claim.give_up();
                Step::Nothing
            }
        }
    }

    fn code_piece(&mut self) -> Result<(), NotWorth> {
        let len = self.file.identity().content.len();
        let piece = read_piece(&self.source, len, self.offset, PIECE_SIZE);
        let piece = piece.map_err(|_unreadable| NotWorth)?;
        self.offset += piece.len() as u64;
        self.coder.feed(&piece)
    }

    fn finish(self) -> Step {
        let Self { wish, file, coder, source: _open, .. } = self;
        match coder.finish() {
            // A file that was written to while it was read is no state of it.
            Ok(coded) if file.identity().is_unchanged() => Step::Made(Made { wish, coded }),
            Ok(_) | Err(NotWorth) => {
                wish.claim.give_up();
                Step::Nothing
            }
        }
    }
}

/// A quarter of the pool may be at it, so that threads are left for what people wait for; where
/// there are fewer than eight threads, one.
const fn runners_max(pool_threads: usize) -> usize {
    let quarter = pool_threads / 4;
    if quarter == 0 { 1 } else { quarter }
}

/// How often what was made is put beside a file that another takes the place of.
const ATTEMPTS_MAX: u32 = 4;

/// Wishes of each level that may wait.
const WISHES_MAX: usize = 256;

/// What is coded in one job: a tenth of a second at most, with the best level of brotli.
const PIECE_SIZE: usize = 64 * 1024;
