//! The simulated pool: one thread at a time, in the order that the steps choose.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::pool::{Lane, LaneConfig, Refusal};
use crate::sync::pipe::{Consumer, PipeError, Producer, pipe};

fn pool(threads: usize, queue_len_max: usize) -> BatonPool {
    let threads = NonZero::new(threads).unwrap();
    BatonPool::start(PoolConfig::new(threads, queue_len_max)).unwrap()
}

/// What jobs note down. Only the holder of the baton ever touches it.
type Trace = Arc<Monitor<Vec<String>>>;

fn note(trace: &Trace, line: String) {
    trace.with(|lines| lines.push(line));
}

/// A job that sends numbers into a pipe, and says so.
fn sending(name: char, count: u8, mut producer: Producer, trace: &Trace) -> Job {
    let trace = Arc::clone(trace);
    Job::new(move || {
        for number in 0..count {
            match producer.send_blocking(vec![number; 600].into()) {
                Ok(()) => note(&trace, format!("{name} sent {number}")),
                Err(error) => return note(&trace, format!("{name}: {error}")),
            }
        }
        producer.finish();
        note(&trace, format!("{name} finished"));
    })
}

fn receiving(name: char, mut consumer: Consumer, trace: &Trace) -> Job {
    let trace = Arc::clone(trace);
    Job::new(move || {
        loop {
            let line = match consumer.recv_blocking() {
                Ok(Some(chunk)) => format!("{name} received {} × {}", chunk.len(), chunk[0]),
                Ok(None) => return note(&trace, format!("{name} at the end")),
                Err(error) => return note(&trace, format!("{name}: {error}")),
            };
            note(&trace, line);
        }
    })
}

/// Steps until nothing is runnable, choosing by a small generator; returns the steps taken.
fn run(pool: &BatonPool, mut seed: u64) -> usize {
    for steps in 0..10_000 {
        let choices = pool.runnable();
        if choices == 0 {
            return steps;
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        pool.step((seed >> 33) as usize % choices);
    }
    panic!("it never comes to rest")
}

/// Runs two pipes between four jobs on four threads and returns what happened.
fn trace_of(seed: u64) -> Vec<String> {
    let (pool, trace) = (pool(4, 10), Trace::new(Monitor::new(Vec::new())));
    for (from, to) in [('a', 'b'), ('c', 'd')] {
        let (producer, consumer) = pipe(1_000);
        pool.submit(sending(from, 5, producer, &trace)).unwrap();
        pool.submit(receiving(to, consumer, &trace)).unwrap();
    }
    run(&pool, seed);
    assert_eq!((pool.counters().submitted, pool.counters().done), (4, 4));
    trace.with(std::mem::take)
}

#[test]
fn the_same_choices_give_the_same_trace_and_others_another() {
    let traces: Vec<_> = (0..20).map(trace_of).collect();
    for (seed, trace) in (0..).zip(&traces) {
        assert_eq!(&trace_of(seed), trace, "seed {seed}");
        for end in ["a finished", "b at the end", "c finished", "d at the end"] {
            assert_eq!(trace.iter().filter(|line| *line == end).count(), 1, "{end}, seed {seed}");
        }
    }
    assert!(traces.iter().any(|trace| *trace != traces[0]));
}

#[test]
fn one_thread_runs_at_a_time() {
    let (pool, inside) = (pool(3, 10), Arc::new(AtomicUsize::new(0)));
    for _ in 0..6 {
        let (inside, (mut producer, consumer)) = (Arc::clone(&inside), pipe(1));
        let job = Job::new(move || {
            for _ in 0..50 {
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                thread::yield_now();
                assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
            }
            producer.send_blocking("no room for this".into()).unwrap();
            drop(consumer);
        });
        pool.submit(job).unwrap();
    }
    run(&pool, 7);
    assert_eq!(inside.load(Ordering::SeqCst), 0);
    assert_eq!((pool.counters().queued, pool.counters().running), (3, 3));
}

#[test]
fn a_waiting_thread_is_a_choice_only_after_progress() {
    let (pool, trace) = (pool(2, 10), Trace::new(Monitor::new(Vec::new())));
    let (mut to_first, first) = pipe(10);
    let (to_second, second) = pipe(10);
    pool.submit(receiving('a', first, &trace)).unwrap();
    pool.submit(receiving('b', second, &trace)).unwrap();
    assert_eq!(pool.runnable(), 1, "the first job on the first thread");
    run(&pool, 0);
    assert_eq!(pool.runnable(), 0, "both wait, and neither keeps the other awake");

    to_first.send_blocking("x".into()).unwrap();
    assert_eq!(pool.runnable(), 0, "not before it is said");
    pool.note_progress();
    assert_eq!(pool.runnable(), 2);
    pool.step(1);
    assert!(trace.with(|lines| lines.is_empty()), "the second thread found nothing");
    assert_eq!(pool.runnable(), 1);
    pool.step(0);
    assert_eq!(trace.with(std::mem::take), ["a received 1 × 120"]);

    drop((to_first, to_second));
    pool.note_progress();
    run(&pool, 0);
    let ends = ["a: the stream was cut short", "b: the stream was cut short"];
    let mut lines = trace.with(std::mem::take);
    lines.sort_unstable();
    assert_eq!(lines, ends);
}

#[test]
fn a_full_queue_refuses_and_a_panic_is_counted() {
    let pool = pool(1, 1);
    pool.submit(Job::new(|| panic!("on purpose"))).unwrap();
    assert_eq!(pool.submit(Job::new(|| {})).unwrap_err().reason, Refusal::Full);
    pool.step(0);
    pool.submit(Job::new(|| {})).unwrap();
    pool.step(0);
    assert_eq!(pool.runnable(), 0);
    let counters = pool.counters();
    assert_eq!((counters.done, counters.panicked, counters.refusals.full), (1, 1, 1));
}

#[test]
fn its_end_gives_up_waits_and_drops_what_was_not_begun() {
    let (pool, trace) = (pool(2, 10), Trace::new(Monitor::new(Vec::new())));
    let (to_waiting, waiting) = pipe(10);
    let (blocked, unread) = pipe(10);
    let (queued, mut never_sent) = pipe(10);
    pool.submit(receiving('a', waiting, &trace)).unwrap();
    pool.submit(sending('b', 3, blocked, &trace)).unwrap();
    pool.submit(sending('c', 1, queued, &trace)).unwrap();
    run(&pool, 0);
    pool.shutdown();
    let given_up = "the wait for the stream was given up";
    assert_eq!(trace.with(std::mem::take), [format!("a: {given_up}"), format!("b: {given_up}")]);
    assert!(matches!(never_sent.recv_blocking(), Err(PipeError::CutShort)));
    assert_eq!(pool.submit(Job::new(|| {})).unwrap_err().reason, Refusal::Closed);
    assert_eq!(pool.runnable(), 0);
    pool.shutdown();
    drop((pool, to_waiting, unread));
}

#[test]
fn a_job_that_waits_again_while_the_pool_ends_does_not_hang() {
    let pool = pool(1, 10);
    let (_to_waiting, mut waiting) = pipe(10);
    let (mut reports, mut report) = pipe(100);
    let job = Job::new(move || {
        let tries = (0..3).map(|_| waiting.recv_blocking().is_err());
        let failed = u8::try_from(tries.filter(|failed| *failed).count()).unwrap();
        reports.send_blocking(vec![failed].into()).unwrap();
    });
    pool.submit(job).unwrap();
    pool.step(0);
    drop(pool);
    assert_eq!(report.recv_blocking().unwrap().unwrap(), [3][..]);
}

#[test]
fn a_step_discards_what_is_too_late_before_it_hands_over() {
    let (pool, trace) = (pool(1, 10), Trace::new(Monitor::new(Vec::new())));
    let hurried = LaneConfig::new("hurried", 10).with_start_timeout(Duration::from_nanos(5));
    let hurried = Lane::new(hurried);
    let job = |name: &str| {
        let (trace, name) = (Arc::clone(&trace), name.to_owned());
        Job::new(move || note(&trace, name))
    };
    let late = [(); 2].map(|()| pool.submit(job("late").in_lane(&hurried)).unwrap());
    pool.set_now(Instant::from_nanos(6));
    pool.submit(job("in time").in_lane(&hurried)).unwrap();
    pool.step(0);
    assert_eq!(trace.with(std::mem::take), ["in time"]);
    assert!(late.iter().all(Ticket::is_discarded));

    pool.submit(job("late").in_lane(&hurried)).unwrap();
    pool.set_now(Instant::from_nanos(12));
    pool.step(0);
    assert_eq!(pool.runnable(), 0);
    let counters = pool.counters();
    assert_eq!((counters.discarded.late, counters.done, counters.accounted()), (3, 1, 4));
}

#[test]
fn lanes_take_turns_and_a_cancelled_job_is_gone() {
    let (pool, trace) = (pool(1, 10), Trace::new(Monitor::new(Vec::new())));
    let lanes = ["a", "b"].map(|name| Lane::new(LaneConfig::new(name, 10)));
    let mut tickets = Vec::new();
    for (lane, name) in [(0, "a1"), (0, "a2"), (0, "a3"), (1, "b1")] {
        let trace = Arc::clone(&trace);
        let job = Job::new(move || note(&trace, name.to_owned()));
        tickets.push(pool.submit(job.in_lane(&lanes[lane])).unwrap());
    }
    assert!(tickets[1].cancel());
    run(&pool, 0);
    assert_eq!(trace.with(std::mem::take), ["a1", "b1", "a3"]);
}

#[test]
fn a_stuck_thread_is_replaced_and_leaves_when_its_job_ends() {
    let (pool, trace) = (pool(1, 10), Trace::new(Monitor::new(Vec::new())));
    let mut ends = Vec::new();
    for round in 0..3 {
        let (to_stuck, stuck) = pipe(10);
        ends.push(to_stuck);
        let ticket = pool.submit(receiving('s', stuck, &trace)).unwrap();
        pool.step(0);
        ticket.on_overdue();
        ticket.on_overdue();
        let other = Arc::clone(&trace);
        pool.submit(Job::new(move || note(&other, "other".to_owned()))).unwrap();
        pool.step(0);
        assert_eq!(trace.with(std::mem::take), ["other"], "on a replacement");
        assert_eq!(pool.counters().stuck, 1);
        ends.drain(..).for_each(Producer::finish);
        pool.note_progress();
        run(&pool, round);
        assert_eq!(trace.with(std::mem::take), ["s at the end"]);
        let counters = pool.counters();
        assert_eq!((counters.stuck, counters.replaced), (0, round + 1));
        assert_eq!(pool.shared.table.with(|table| table.seats.len()), 2, "seats are reused");
    }
    let (to_stuck, stuck) = pipe(10);
    let ticket = pool.submit(receiving('s', stuck, &trace)).unwrap();
    pool.step(0);
    ticket.on_overdue();
    pool.shutdown();
    assert_eq!(trace.with(|lines| lines.len()), 1, "its wait was given up");
    drop(to_stuck);
}
