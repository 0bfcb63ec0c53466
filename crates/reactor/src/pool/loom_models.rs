//! Models that loom runs through every order in which their threads may interleave.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::loom::{model, thread};

use super::threads::Shared;
use super::{Job, Refusal};
use crate::sync::Arc;
use crate::sync::oneshot::oneshot;
use crate::sync::testing::block_on;

/// Counts in an atomic that loom does not see: it adds no order of its own.
fn counting(count: &std::sync::Arc<AtomicUsize>) -> Job {
    let count = std::sync::Arc::clone(count);
    Job::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    })
}

#[test]
fn every_job_that_was_taken_runs_once() {
    model(|| {
        let shared = Arc::new(Shared::new(2));
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let running = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.run_jobs()
        });
        let (sender, mut answer) = oneshot();
        shared.submit(counting(&count)).unwrap();
        shared.submit(Job::new(move || sender.send(()).unwrap())).unwrap();
        // The second job has run, so the first has.
        assert_eq!(block_on(|cx| answer.poll_recv(cx)), Ok(()));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        shared.close();
        running.join().unwrap();
    });
}

#[test]
fn two_threads_share_the_jobs_and_both_end() {
    model(|| {
        let shared = Arc::new(Shared::new(2));
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let running = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.run_jobs()
        });
        shared.submit(counting(&count)).unwrap();
        let closing = Arc::clone(&shared);
        shared.submit(Job::new(move || closing.close())).unwrap();
        // This thread is the other one; whichever runs the second job ends both.
        shared.run_jobs();
        running.join().unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_job_submitted_during_shutdown_runs_or_is_dropped_or_refused() {
    model(|| {
        let shared = Arc::new(Shared::new(1));
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let running = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.run_jobs()
        });
        let closing = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.close()
        });
        let submitted = shared.submit(counting(&count));
        running.join().unwrap();
        closing.join().unwrap();
        let ran = count.load(Ordering::Relaxed);
        match submitted {
            Ok(()) => assert!(ran <= 1),
            Err(refused) => assert_eq!((ran, refused.reason), (0, Refusal::Closed)),
        }
        // The job is gone whichever way it went: its clone of the counter with it.
        assert_eq!(std::sync::Arc::strong_count(&count), 1);
    });
}
