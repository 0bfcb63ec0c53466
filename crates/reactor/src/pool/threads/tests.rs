//! The real pool: order, refusal, panics and its end, on real threads.

use std::num::NonZero;
use std::sync::mpsc;

use super::*;
use crate::pool::Refusal;
use crate::sync::pipe::{PipeError, pipe};

fn pool(threads: usize, queue_len_max: usize) -> Pool {
    let threads = NonZero::new(threads).unwrap();
    Pool::start(PoolConfig::new(threads, queue_len_max)).unwrap()
}

/// Submits a job that blocks until what is returned is dropped; returns once it runs.
fn occupy(pool: &Pool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (running, is_running) = mpsc::channel();
    let job = Job::new(move || {
        running.send(()).unwrap();
        assert!(released.recv().is_err(), "released by a drop");
    });
    pool.submit(job).unwrap();
    is_running.recv().unwrap();
    release
}

#[test]
fn one_thread_runs_jobs_in_order_and_is_named() {
    let pool = pool(1, 100);
    let (sender, receiver) = mpsc::channel();
    for number in 0..50 {
        let sender = sender.clone();
        let job = Job::new(move || {
            let name = thread::current().name().map(str::to_owned);
            sender.send((number, name)).unwrap();
        });
        pool.submit(job).unwrap();
    }
    drop(sender);
    let expected: Vec<_> = (0..50).map(|n| (n, Some("avocet-pool-0".to_owned()))).collect();
    assert_eq!(receiver.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_full_queue_refuses_and_gives_the_job_back() {
    let pool = pool(1, 2);
    let release = occupy(&pool);
    let (sender, receiver) = mpsc::channel();
    let job = |text: &'static str| {
        let sender = sender.clone();
        Job::new(move || sender.send(text).unwrap())
    };
    pool.submit(job("first")).unwrap();
    pool.submit(job("second")).unwrap();
    let refused = pool.submit(job("third")).unwrap_err();
    assert_eq!(refused.reason, Refusal::Full);
    let counters = pool.counters();
    assert_eq!((counters.queued, counters.running, counters.refusals.full), (2, 1, 1));
    refused.job.run();
    drop(release);
    let order: Vec<_> = receiver.iter().take(3).collect();
    assert_eq!(order, ["third", "first", "second"]);
}

#[test]
fn a_panic_is_counted_and_the_thread_goes_on() {
    let pool = pool(1, 10);
    let (sender, receiver) = mpsc::channel();
    pool.submit(Job::new(|| panic!("on purpose"))).unwrap();
    pool.submit(Job::new(move || sender.send("still here").unwrap())).unwrap();
    assert_eq!(receiver.recv(), Ok("still here"));
    pool.shutdown();
    let counters = pool.counters();
    assert_eq!((counters.done, counters.panicked, counters.submitted), (1, 1, 2));
}

#[test]
fn shutdown_drops_what_waits_and_waits_for_what_runs() {
    let pool = pool(1, 10);
    let (mut producer, mut consumer) = pipe(4);
    let (running, is_running) = mpsc::channel();
    let job = Job::new(move || {
        running.send(()).unwrap();
        producer.send_blocking("longer than the pipe".into()).unwrap();
        producer.finish();
    });
    pool.submit(job).unwrap();
    is_running.recv().unwrap();
    let (queued, mut never_sent) = pipe(4);
    pool.submit(Job::new(move || queued.finish())).unwrap();

    thread::scope(|scope| {
        scope.spawn(|| pool.shutdown());
        let refuses = || pool.submit(Job::new(|| {})).is_err_and(|it| it.reason == Refusal::Closed);
        while !refuses() {}
        let mut received = Vec::new();
        while let Some(chunk) = consumer.recv_blocking().unwrap() {
            received.extend_from_slice(&chunk);
        }
        assert_eq!(received, b"longer than the pipe");
    });
    assert!(matches!(never_sent.recv_blocking(), Err(PipeError::CutShort)), "dropped, not run");
    let counters = pool.counters();
    assert_eq!((counters.queued, counters.running), (0, 0));
}

#[test]
fn a_job_may_shut_down_its_own_pool() {
    let pool = Arc::new(pool(2, 10));
    let (sender, receiver) = mpsc::channel();
    let own = Arc::clone(&pool);
    let job = Job::new(move || {
        own.shutdown();
        sender.send(()).unwrap();
    });
    pool.submit(job).unwrap();
    assert_eq!(receiver.recv(), Ok(()));
}

#[test]
fn many_threads_run_many_jobs_each_once() {
    let pool = pool(4, 10_000);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for submitter in 0..4 {
            let (pool, sender) = (&pool, &sender);
            scope.spawn(move || {
                for number in 0..500 {
                    let sender = sender.clone();
                    let job = Job::new(move || sender.send((submitter, number)).unwrap());
                    pool.submit(job).unwrap();
                }
            });
        }
    });
    drop(sender);
    let mut ran: Vec<(u32, u32)> = receiver.iter().collect();
    ran.sort_unstable();
    let expected: Vec<_> = (0..4).flat_map(|s| (0..500).map(move |n| (s, n))).collect();
    assert_eq!(ran, expected);
}
