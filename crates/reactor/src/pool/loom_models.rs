//! Models that loom runs through every order in which their threads may interleave.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::loom::model;
use ::loom::model::Builder;
use ::loom::thread::{self, JoinHandle};

use super::threads::Shared;
use super::{Counters, Job, PoolConfig, Refusal};
use crate::clock::Instant;
use crate::sync::oneshot::oneshot;
use crate::sync::testing::block_on;

/// A pool that starts no thread by itself: those of loom are not the system's.
fn pool(threads: usize) -> Arc<Shared> {
    let mut cfg = PoolConfig::new(NonZero::new(threads).unwrap(), 2);
    cfg.replacements_max = 0;
    cfg.now = || Instant::ORIGIN;
    Arc::new(Shared::new(cfg))
}

/// Starts a thread of the pool as loom has them.
fn start(shared: &Arc<Shared>) -> JoinHandle<()> {
    assert!(shared.hire());
    let shared = Arc::clone(shared);
    thread::spawn(move || shared.run_jobs(0))
}

/// Runs a model through the orders with at most two switches where a thread could go on: all of
/// them take minutes.
fn bounded_model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(run);
}

/// Counts in an atomic that loom does not see: it adds no order of its own.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn job(&self) -> Job {
        let count = self.clone();
        Job::new(move || {
            count.0.fetch_add(1, Ordering::Relaxed);
        })
    }

    /// How many jobs have run; all are gone, run or not, and their clones with them.
    fn settled(&self) -> usize {
        assert_eq!(Arc::strong_count(&self.0), 1);
        self.0.load(Ordering::Relaxed)
    }
}

/// Every job is where the counters say.
fn assert_settled(counters: &Counters, ran: usize) {
    assert_eq!(counters.accounted(), counters.submitted);
    assert_eq!((counters.queued, counters.running), (0, 0));
    assert_eq!(counters.done, ran as u64);
}

#[test]
fn every_job_that_was_taken_runs_once() {
    model(|| {
        let (shared, count) = (pool(1), Count::default());
        let running = start(&shared);
        let (sender, mut answer) = oneshot();
        shared.submit(count.job()).unwrap();
        shared.submit(Job::new(move || sender.send(()).unwrap())).unwrap();
        // The second job has run, so the first has.
        assert_eq!(block_on(|cx| answer.poll_recv(cx)), Ok(()));
        assert_eq!(count.settled(), 1);
        shared.shutdown();
        running.join().unwrap();
    });
}

#[test]
fn two_threads_share_the_jobs_and_shutdown_waits_for_both() {
    bounded_model(|| {
        let (shared, count) = (pool(2), Count::default());
        let running = [start(&shared), start(&shared)];
        shared.submit(count.job()).unwrap();
        shared.submit(count.job()).unwrap();
        shared.shutdown();
        assert_settled(&shared.counters(), count.settled());
        running.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_job_submitted_during_shutdown_runs_or_is_discarded_or_refused() {
    model(|| {
        let (shared, count) = (pool(1), Count::default());
        let running = start(&shared);
        let closing = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.shutdown()
        });
        let submitted = shared.submit(count.job());
        running.join().unwrap();
        closing.join().unwrap();
        match submitted.map_err(|refused| refused.reason) {
            Ok(ticket) => {
                assert_eq!(ticket.has_begun(), count.settled() == 1);
                assert_ne!(ticket.has_begun(), ticket.is_discarded());
            }
            Err(reason) => assert_eq!((count.settled(), reason), (0, Refusal::Closed)),
        }
        assert_settled(&shared.counters(), count.settled());
    });
}

#[test]
fn a_cancelled_job_is_gone_or_has_begun() {
    model(|| {
        let (shared, count) = (pool(1), Count::default());
        let running = start(&shared);
        let ticket = shared.submit(count.job()).unwrap();
        if ticket.cancel() {
            assert_eq!(count.settled(), 0);
            assert!(ticket.is_discarded());
            shared.submit(Job::new(|| {})).expect("its place is free at once");
        } else {
            assert!(ticket.has_begun());
        }
        assert!(!ticket.cancel(), "once");
        shared.shutdown();
        running.join().unwrap();
        assert_eq!(count.settled() == 1, ticket.has_begun());
        assert_eq!(shared.counters().accounted(), shared.counters().submitted);
    });
}

#[test]
fn shutdown_does_not_wait_for_a_job_that_becomes_stuck() {
    bounded_model(|| {
        let shared = pool(1);
        let running = start(&shared);
        let (release, mut released) = oneshot::<()>();
        let job = Job::new(move || assert!(block_on(|cx| released.poll_recv(cx)).is_err()));
        let ticket = shared.submit(job).unwrap();
        let ending = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.shutdown()
        });
        // Until it has begun, no deadline can be told of.
        if ticket.has_begun() {
            ticket.on_overdue();
            ending.join().unwrap();
            assert_eq!(shared.counters().stuck, 1);
            drop(release);
        } else {
            drop(release);
            ending.join().unwrap();
        }
        running.join().unwrap();
        assert_eq!(shared.counters().running, 0);
    });
}
