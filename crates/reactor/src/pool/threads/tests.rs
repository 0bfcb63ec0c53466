//! The real pool: order, refusal, panics and its end, on real threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::pool::{Lane, LaneConfig, Refusal};
use crate::sync::pipe::{PipeError, pipe};

fn pool(threads: usize, queue_len_max: usize) -> Pool {
    let threads = NonZero::new(threads).unwrap();
    Pool::start(PoolConfig::new(threads, queue_len_max)).unwrap()
}

/// Submits a job that blocks until the sender is dropped; returns once it runs.
fn occupy(pool: &Pool) -> (Ticket, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (running, is_running) = mpsc::channel();
    let job = Job::new(move || {
        running.send(()).unwrap();
        assert!(released.recv().is_err(), "released by a drop");
    });
    let ticket = pool.submit(job).unwrap();
    is_running.recv().unwrap();
    (ticket, release)
}

/// Runs a job and returns the name of its thread.
fn thread_name(pool: &Pool) -> String {
    let (sender, receiver) = mpsc::channel();
    let job = Job::new(move || sender.send(thread::current().name().map(str::to_owned)).unwrap());
    pool.submit(job).unwrap();
    receiver.recv().unwrap().unwrap()
}

/// Looks at the counters until they are as wanted.
fn await_counters(pool: &Pool, wanted: impl Fn(&Counters) -> bool) -> Counters {
    loop {
        let counters = pool.counters();
        if wanted(&counters) {
            return counters;
        }
        thread::yield_now();
    }
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
    let (_ticket, release) = occupy(&pool);
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

#[test]
fn a_cancelled_job_is_dropped_at_once_and_may_use_the_pool_meanwhile() {
    /// Submits a job when it is dropped, which a lock held would make a deadlock.
    struct Resubmit(Arc<Shared>, mpsc::Sender<&'static str>);

    impl Drop for Resubmit {
        fn drop(&mut self) {
            let sender = self.1.clone();
            self.0.submit(Job::new(move || sender.send("resubmitted").unwrap())).unwrap();
            panic!("on purpose");
        }
    }

    let pool = pool(1, 1);
    let (_ticket, release) = occupy(&pool);
    let (sender, receiver) = mpsc::channel();
    let held = Resubmit(Arc::clone(&pool.shared), sender);
    let ticket = pool.submit(Job::new(move || drop(held))).unwrap();
    assert!(!ticket.has_begun() && !ticket.is_discarded());
    assert!(ticket.cancel(), "its place went to what it submitted");
    assert!(ticket.is_discarded());
    assert!(!ticket.cancel());
    drop(release);
    assert_eq!(receiver.recv(), Ok("resubmitted"));
    pool.shutdown();
    let counters = pool.counters();
    assert_eq!((counters.discarded.cancelled, counters.done, counters.submitted), (1, 2, 3));
}

#[test]
fn a_job_that_cannot_be_dropped_in_peace_is_discarded_all_the_same() {
    struct Mine;

    impl Drop for Mine {
        fn drop(&mut self) {
            std::panic::panic_any("on purpose");
        }
    }

    let at = |millis: u64| Instant::from_nanos(millis * 1_000_000);
    static NOW: AtomicU64 = AtomicU64::new(0);
    let mut cfg = PoolConfig::new(NonZero::<usize>::MIN, 10);
    cfg.now = || Instant::from_nanos(NOW.load(Ordering::SeqCst));
    let pool = Pool::start(cfg).unwrap();
    let hurried = LaneConfig::new("hurried", 10).with_start_timeout(Duration::from_millis(3));
    let (_ticket, release) = occupy(&pool);
    let mine = Mine;
    let late = pool.submit(Job::new(move || drop(mine)).in_lane(&Lane::new(hurried))).unwrap();
    NOW.store(at(4).as_nanos(), Ordering::SeqCst);
    drop(release);
    assert_eq!(thread_name(&pool), "avocet-pool-0", "the thread outlived it");
    assert!(late.is_discarded() && !late.has_begun());
    pool.submit(Job::new(|| std::panic::panic_any(Mine))).unwrap();
    assert_eq!(thread_name(&pool), "avocet-pool-0", "and a panic that panics");
    pool.shutdown();
    let counters = pool.counters();
    assert_eq!((counters.discarded.late, counters.panicked, counters.done), (1, 1, 3));
}

#[test]
fn stuck_threads_are_replaced_up_to_the_bound_and_leave_when_they_are_free() {
    let mut cfg = PoolConfig::new(NonZero::<usize>::MIN, 10);
    cfg.replacements_max = 2;
    let pool = Pool::start(cfg).unwrap();
    let stuck: Vec<_> = (0..3)
        .map(|_| {
            let (ticket, release) = occupy(&pool);
            ticket.on_overdue();
            ticket.on_overdue();
            (ticket, release)
        })
        .collect();
    let counters = pool.counters();
    assert_eq!((counters.stuck, counters.stuck_ever, counters.replaced), (3, 3, 2));
    let waiting = pool.submit(Job::new(|| {})).unwrap();
    assert!(!waiting.has_begun(), "the third one has no replacement");

    let mut releases = stuck.into_iter().map(|(_ticket, release)| release);
    drop(releases.next());
    await_counters(&pool, |counters| counters.done == 2);
    assert_eq!(thread_name(&pool), "avocet-pool-0", "it stays: the pool was one short");
    drop(releases);
    let counters = await_counters(&pool, |counters| counters.stuck == 0);
    assert_eq!((counters.running, counters.stuck_ever), (0, 3));
    assert_eq!(thread_name(&pool), "avocet-pool-0", "the replacements have left");
    assert_eq!(pool.shared.dispatch.with(|dispatch| dispatch.crew.working()), 1);
    pool.shutdown();
}

#[test]
fn a_replacement_has_the_number_of_one_that_left() {
    let pool = pool(1, 10);
    for round in 0..5 {
        let (ticket, release) = occupy(&pool);
        ticket.on_overdue();
        let name = format!("avocet-pool-{}", (round + 1) % 2);
        assert_eq!(thread_name(&pool), name);
        drop(release);
        await_counters(&pool, |counters| counters.stuck == 0);
        while lock(&pool.shared.seats).taken.iter().flatten().count() > 1 {
            thread::yield_now();
        }
    }
    assert_eq!(pool.counters().replaced, 5);
}

#[test]
fn shutdown_does_not_wait_for_a_stuck_job() {
    let pool = pool(2, 10);
    let (already, release_already) = occupy(&pool);
    already.on_overdue();
    let (later, release_later) = occupy(&pool);
    thread::scope(|scope| {
        let ending = scope.spawn(|| pool.shutdown());
        let refuses = || pool.submit(Job::new(|| {})).is_err_and(|it| it.reason == Refusal::Closed);
        while !refuses() {}
        assert!(!ending.is_finished(), "one job is not overdue");
        later.on_overdue();
    });
    let counters = pool.counters();
    assert_eq!((counters.running, counters.stuck, counters.replaced), (2, 2, 1));
    drop((release_already, release_later));
    await_counters(&pool, |counters| counters.running == 0 && counters.done >= 2);
}

/// What one thread does to a pool, and what it knows of it afterwards.
fn trouble(pool: &Pool, lanes: &[Lane], seed: u64) -> (u64, u64, u64) {
    let (mut submitted, mut refused, mut cancelled) = (0, 0, 0);
    let mut random = seed;
    for _ in 0..25_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let kind = (random >> 33) as usize;
        let job = Job::new(move || match kind % 10 {
            0 => std::panic::panic_any("on purpose"),
            1 => thread::yield_now(),
            _ => {}
        });
        match pool.submit(job.in_lane(&lanes[kind / 10 % lanes.len()])) {
            Ok(ticket) => {
                submitted += 1;
                match kind / 100 % 8 {
                    0 | 1 => cancelled += u64::from(ticket.cancel()),
                    2 => ticket.on_overdue(),
                    _ => {}
                }
            }
            Err(_refused) => refused += 1,
        }
    }
    (submitted, refused, cancelled)
}

#[test]
fn a_hundred_thousand_jobs_add_up_whatever_becomes_of_them() {
    // Its panics are too many to be read.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some("on purpose") {
            hook(info);
        }
    }));
    let pool = pool(4, 60);
    let mut lanes: Vec<_> = (0..3).map(|_| Lane::new(LaneConfig::new("some", 25))).collect();
    let hurried = LaneConfig::new("hurried", 25).with_start_timeout(Duration::from_micros(20));
    lanes.extend([Lane::new(hurried), Lane::new(LaneConfig::unrefusable("spool"))]);
    let known: Vec<_> = thread::scope(|scope| {
        let (pool, lanes) = (&pool, &lanes);
        let submitters = (1..=4).map(|seed| scope.spawn(move || trouble(pool, lanes, seed)));
        submitters.collect::<Vec<_>>().into_iter().map(|it| it.join().unwrap()).collect()
    });
    let sum = |which: fn(&(u64, u64, u64)) -> u64| known.iter().map(which).sum::<u64>();
    let counters = await_counters(&pool, |it| it.queued + it.running == 0);
    assert_eq!(counters.submitted, sum(|it| it.0));
    assert_eq!(counters.refused, sum(|it| it.1));
    assert_eq!(counters.discarded.cancelled, sum(|it| it.2));
    assert_eq!(counters.submitted + counters.refused, 100_000);
    assert_eq!(counters.accounted(), counters.submitted);
    assert_eq!(counters.stuck, 0);
    let of_each = [counters.done, counters.panicked, counters.refused, sum(|it| it.2)];
    assert!(of_each.iter().all(|count| *count > 0), "{counters:?}");

    // Every thread is there, and no other.
    let all: Vec<_> = (0..4).map(|_| occupy(&pool)).collect();
    assert_eq!(pool.shared.dispatch.with(|dispatch| dispatch.crew.working()), 4);
    drop(all);
    pool.shutdown();
    assert_eq!(lock(&pool.shared.seats).taken.iter().flatten().count(), 0);
}

#[test]
fn an_abandoned_pool_waits_for_no_job() {
    let pool = pool(1, 1);
    let (_ticket, release) = occupy(&pool);
    pool.abandon();
    assert_eq!(pool.counters().running, 1, "it is left to itself");
    drop(pool);
    drop(release);
}

#[test]
fn a_stuck_job_that_nobody_waits_for_is_replaced_when_the_next_comes() {
    let mut cfg = PoolConfig::new(NonZero::new(1).unwrap(), 8);
    cfg.now = || Instant::from_nanos(10);
    let pool = Pool::start(cfg).unwrap();
    let (release, released) = mpsc::channel::<()>();
    let (running, is_running) = mpsc::channel();
    let stuck = Job::new(move || {
        running.send(()).unwrap();
        assert!(released.recv().is_err(), "released by a drop");
    });
    drop(pool.submit(stuck.finish_by(Instant::from_nanos(9))).unwrap());
    is_running.recv().unwrap();
    let on_time = Instant::from_nanos(11);
    let (sender, receiver) = mpsc::channel();
    let next = Job::new(move || sender.send(()).unwrap()).finish_by(on_time);
    drop(pool.submit(next).unwrap());
    receiver.recv().unwrap();
    assert_eq!(pool.counters().stuck, 1);
    drop(release);
    let counters = await_counters(&pool, |counters| counters.running == 0);
    assert_eq!((counters.stuck, counters.stuck_ever, counters.replaced), (0, 1, 1));
}
