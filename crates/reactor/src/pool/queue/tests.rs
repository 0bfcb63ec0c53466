//! The queue by itself: order, turns, bounds, deadlines, and what it forgets.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::pool::LaneConfig;

const SECOND: Duration = Duration::from_secs(1);

fn second(number: u64) -> Instant {
    Instant::from_nanos(number * 1_000_000_000)
}

/// A queue with 8 threads before it, jobs that note their name when they run, and a clock.
struct Bench {
    queue: Queue,
    now: Instant,
    ran: Arc<AtomicUsize>,
}

impl Bench {
    fn new(len_max: usize) -> Self {
        let ran = Arc::new(AtomicUsize::new(usize::MAX));
        Self { queue: Queue::new(len_max), now: Instant::ORIGIN, ran }
    }

    fn append(&mut self, lane: &Lane, name: usize) -> Result<Token, Refusal> {
        self.append_before(8, lane, name)
    }

    fn append_before(
        &mut self,
        threads: usize,
        lane: &Lane,
        name: usize,
    ) -> Result<Token, Refusal> {
        let ran = Arc::clone(&self.ran);
        let job = Job::new(move || ran.store(name, Ordering::Relaxed)).in_lane(lane);
        let appended = self.queue.append(job, self.now, threads);
        appended.map(|(token, _fate)| token).map_err(|refused| refused.reason)
    }

    /// Takes and runs the next job that is not too late, and returns its token and name.
    fn begin(&mut self) -> Option<(Token, usize)> {
        loop {
            if let Turn::Run(token, job) = self.queue.take(self.now)? {
                job.run();
                return Some((token, self.ran.load(Ordering::Relaxed)));
            }
        }
    }

    fn end(&mut self, token: Token) -> bool {
        self.queue.on_end(token, Ending::Returned, self.now)
    }

    /// Begins and ends all jobs, and returns their names.
    fn drain(&mut self) -> Vec<usize> {
        let next = || self.begin().map(|(token, name)| (self.end(token), name).1);
        std::iter::from_fn(next).collect()
    }
}

fn lane(share: usize) -> Lane {
    Lane::new(LaneConfig::new("test", share))
}

fn hurried(timeout: Duration) -> Lane {
    Lane::new(LaneConfig::new("test", usize::MAX).with_start_timeout(timeout))
}

/// A lane of whose jobs so many run at a time.
fn narrow(threads_max: usize) -> Lane {
    let threads_max = NonZero::new(threads_max).unwrap();
    Lane::new(LaneConfig::unrefusable("test").with_threads_max(threads_max))
}

#[test]
fn a_lane_with_as_many_threads_as_it_may_have_stands_aside() {
    let (reads, other) = (narrow(2), lane(10));
    let mut bench = Bench::new(100);
    for name in 1..=4 {
        bench.append(&reads, name).unwrap();
    }
    bench.append(&other, 11).unwrap();
    let begun: Vec<_> = std::iter::from_fn(|| bench.begin()).collect();
    assert_eq!(begun.iter().map(|(_, name)| *name).collect::<Vec<_>>(), [1, 11, 2]);
    assert!(!bench.queue.has_jobs(), "two of the reads wait for the others");
    assert_eq!(bench.queue.counters().queued, 2);
    bench.append(&other, 12).unwrap();
    assert_eq!(bench.begin().map(|(_, name)| name), Some(12), "who comes later passes by");
    bench.end(begun[2].0);
    assert_eq!(bench.begin().map(|(_, name)| name), Some(3));
    assert!(bench.begin().is_none());
    // One that is stuck has its thread replaced.
    assert!(bench.queue.on_overdue(begun[0].0, bench.now));
    assert_eq!(bench.begin().map(|(_, name)| name), Some(4));
}

#[test]
fn a_closed_queue_gives_back_what_stands_aside() {
    let reads = narrow(1);
    let mut bench = Bench::new(100);
    let tokens: Vec<_> = (1..=4).map(|name| bench.append(&reads, name).unwrap()).collect();
    let (running, _) = bench.begin().unwrap();
    assert!(bench.queue.cancel(tokens[2]).is_some(), "as any that waits");
    assert_eq!(bench.queue.close().len(), 2);
    assert!(!bench.end(running));
    assert!(bench.begin().is_none());
    assert_eq!(bench.queue.counters().accounted(), 4);
}

#[test]
fn lanes_take_turns_and_each_keeps_its_order() {
    let (a, b, c) = (lane(10), lane(10), lane(10));
    let mut bench = Bench::new(100);
    for (lane, name) in [(&a, 1), (&a, 2), (&a, 3), (&a, 4), (&b, 11), (&b, 12), (&c, 21)] {
        bench.append(lane, name).unwrap();
    }
    assert_eq!(bench.drain(), [1, 11, 21, 2, 12, 3, 4]);
    for (lane, name) in [(&c, 1), (&Lane::default(), 2), (&a.clone(), 3), (&a, 4)] {
        bench.append(lane, name).unwrap();
    }
    assert_eq!(bench.drain(), [1, 2, 3, 4]);
}

#[test]
fn bounds_are_kept_to_the_job() {
    let (a, b) = (lane(2), lane(10));
    let unrefusable = Lane::new(LaneConfig::unrefusable("spool"));
    let mut bench = Bench::new(4);
    let check = |bench: &mut Bench, lane: &Lane, expected| {
        assert_eq!(bench.append(lane, 0).err(), expected);
    };
    for (lane, expected) in [
        (&a, None),
        (&unrefusable, None),
        (&a, None),
        (&a, Some(Refusal::ShareFull)),
        (&unrefusable, None),
        (&b, None),
        (&Lane::default(), None),
        (&b, Some(Refusal::Full)),
        (&Lane::default(), Some(Refusal::Full)),
        (&a, Some(Refusal::ShareFull)),
        (&unrefusable, None),
    ] {
        check(&mut bench, lane, expected);
    }
    bench.begin().unwrap();
    check(&mut bench, &a, None);
    assert_eq!(bench.queue.close().len(), 7);
    for lane in [&a, &b, &unrefusable] {
        check(&mut bench, lane, Some(Refusal::Closed));
    }
    let counters = bench.queue.counters();
    let refusals = counters.refusals;
    assert_eq!((refusals.closed, refusals.full, refusals.share_full), (3, 2, 2));
    assert_eq!((counters.refused, counters.discarded.shut_down), (7, 7));
    assert_eq!((counters.accounted(), counters.submitted), (8, 8));
}

#[test]
fn a_job_that_could_not_start_in_time_is_refused() {
    let (slow, other) = (hurried(2 * SECOND), hurried(2 * SECOND));
    let mut bench = Bench::new(1_000);
    let append = |bench: &mut Bench, lane| bench.append_before(2, lane, 0).err();

    assert_eq!(bench.append_before(0, &slow, 0).err(), Some(Refusal::TooLate), "no thread");
    assert_eq!(append(&mut bench, &slow), None);
    let (first, _name) = bench.begin().unwrap();
    bench.now = second(1);
    bench.end(first);

    // A job takes a second; with two threads, five ahead are two seconds.
    let taken = (0..100).take_while(|_| append(&mut bench, &slow).is_none()).count();
    assert_eq!(taken, 6);
    assert_eq!(bench.queue.counters().refusals.too_late, 2);
    assert_eq!(append(&mut bench, &other), None, "another lane's pace is its own");
    bench.begin().unwrap();
    assert_eq!(append(&mut bench, &slow), Some(Refusal::TooLate), "what runs is ahead as well");
}

#[test]
fn a_job_that_is_too_late_at_its_turn_is_discarded_and_costs_no_turn() {
    let (a, b) = (hurried(SECOND), lane(10));
    let mut bench = Bench::new(100);
    for (now, lane, name) in [(0, &a, 1), (0, &a, 2), (1, &a, 3), (1, &b, 11), (1, &a, 4)] {
        bench.now = second(now);
        bench.append(lane, name).unwrap();
    }
    bench.now = second(1);
    assert_eq!(bench.begin().unwrap().1, 1, "at its deadline it is not late");
    bench.now = second(2);
    assert_eq!(bench.drain(), [11, 3, 4]);
    assert_eq!(bench.queue.counters().discarded.late, 1);

    // Late jobs ahead leave the turn to the one behind them.
    for (now, lane, name) in [(2, &a, 1), (2, &a, 2), (9, &b, 11), (9, &a, 3)] {
        bench.now = second(now);
        bench.append(lane, name).unwrap();
    }
    assert_eq!(bench.drain(), [3, 11]);
    assert_eq!(bench.queue.counters().discarded.late, 3);
}

#[test]
fn a_cancelled_job_frees_its_place_at_once() {
    let a = lane(2);
    let mut bench = Bench::new(2);
    let tokens = [bench.append(&a, 1).unwrap(), bench.append(&a, 2).unwrap()];
    assert_eq!(bench.append(&a, 3), Err(Refusal::ShareFull));
    assert!(bench.queue.cancel(tokens[0]).is_some());
    assert!(bench.queue.cancel(tokens[0]).is_none(), "once");
    bench.append(&a, 3).unwrap();
    assert_eq!(bench.append(&a, 4), Err(Refusal::ShareFull));
    let (token, name) = bench.begin().unwrap();
    assert_eq!(name, 2);
    assert!(bench.queue.cancel(token).is_none(), "it has begun");
    bench.end(token);
    assert_eq!(bench.drain(), [3]);
    assert!(bench.queue.cancel(token).is_none(), "it has ended");
}

#[test]
fn nothing_grows_by_cancelled_jobs_or_by_lanes_that_are_gone() {
    let (kept, mut bench) = (lane(10), Bench::new(100));
    let first = bench.append(&kept, 1).unwrap();
    for name in 0..10_000 {
        let cancelled = bench.append(&kept, 2).unwrap();
        bench.queue.cancel(cancelled).unwrap();
        let passing = bench.append(&lane(1), name).unwrap();
        bench.queue.cancel(passing).unwrap();
        let line = &bench.queue.lanes[&kept.id()];
        assert!(line.tokens.len() <= 2 * line.waiting + STALE_MAX);
        assert!(bench.queue.lanes.len() <= LANES_LEN_MIN);
        assert!(bench.queue.turns.len() <= bench.queue.lanes.len());
    }
    assert!(bench.queue.cancel(first).is_some());
    assert_eq!(bench.drain(), []);
    assert!(bench.queue.lanes.contains_key(&kept.id()), "it is held");
}

#[test]
fn a_stuck_job_counts_once_and_no_longer_for_its_lane() {
    let slow = hurried(SECOND);
    let mut bench = Bench::new(100);
    let tokens: Vec<_> = (0..3).map(|name| bench.append(&slow, name).unwrap()).collect();
    assert!(!bench.queue.on_overdue(tokens[0], second(1)), "it waits");
    bench.begin().unwrap();
    bench.now = second(5);
    assert!(bench.queue.on_overdue(tokens[0], bench.now));
    assert!(!bench.queue.on_overdue(tokens[0], bench.now), "once");
    let counters = bench.queue.counters();
    assert_eq!((counters.running, counters.stuck, counters.stuck_ever), (1, 1, 1));
    // Its five seconds are the lane's pace, but it is not ahead of anyone.
    bench.drain();
    assert_eq!(bench.append_before(1, &slow, 0).err(), None);
    assert_eq!(bench.append_before(1, &slow, 0).err(), Some(Refusal::TooLate));
    bench.now = second(9);
    assert!(bench.end(tokens[0]));
    let counters = bench.queue.counters();
    assert_eq!((counters.running, counters.stuck, counters.stuck_ever), (0, 0, 1));
    assert_eq!((counters.ran.total, counters.ran.max), (9 * SECOND, 9 * SECOND));
}

#[test]
fn waits_and_runs_are_added_up_with_the_longest() {
    let mut bench = Bench::new(100);
    for (begin, end) in [(0, 3), (2, 3), (1, 1)] {
        bench.now = second(10);
        bench.append(&Lane::default(), 0).unwrap();
        bench.now = second(10 + begin);
        let (token, _name) = bench.begin().unwrap();
        bench.now = second(10 + begin + end);
        bench.end(token);
    }
    let Counters { waited, ran, .. } = bench.queue.counters();
    assert_eq!((waited.total, waited.max), (3 * SECOND, 2 * SECOND));
    assert_eq!((ran.total, ran.max), (7 * SECOND, 3 * SECOND));
}

/// One operation on the queue and on its naive model.
#[derive(Clone, Debug)]
enum Step {
    Append {
        lane: usize,
    },
    Take,
    /// Cancels a job, whatever has become of it.
    Cancel {
        job: prop::sample::Index,
    },
    End {
        job: prop::sample::Index,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..LANES).prop_map(|lane| Step::Append { lane }),
        2 => Just(Step::Take),
        1 => any::<prop::sample::Index>().prop_map(|job| Step::Cancel { job }),
        1 => any::<prop::sample::Index>().prop_map(|job| Step::End { job }),
    ]
}

/// Lanes of the model, and what may wait: the last lane is unrefusable.
const LANES: usize = 5;
const SHARE: usize = 6;
const LEN_MAX: usize = 20;

/// What the queue promises, in the simplest words: lists.
#[derive(Default)]
struct Model {
    waiting: [Vec<usize>; LANES],
    running: Vec<usize>,
    /// By lane with waiting jobs: how many jobs each other lane had since it had one.
    passed: BTreeMap<usize, [usize; LANES]>,
}

impl Model {
    fn admit(&self, lane: usize) -> Option<Refusal> {
        let bounded: usize = self.waiting[..LANES - 1].iter().map(Vec::len).sum();
        match lane {
            _ if lane == LANES - 1 => None,
            _ if self.waiting[lane].len() == SHARE => Some(Refusal::ShareFull),
            _ => (bounded == LEN_MAX).then_some(Refusal::Full),
        }
    }

    fn append(&mut self, lane: usize, name: usize) {
        self.waiting[lane].push(name);
        self.passed.entry(lane).or_default();
    }

    /// Checks that `name` may be the next: the first of its lane, and no lane is passed twice.
    fn take(&mut self, name: usize) {
        let lane = name % LANES;
        assert_eq!(self.waiting[lane].first(), Some(&name), "first in, first out");
        self.waiting[lane].remove(0);
        self.running.push(name);
        self.passed.remove(&lane);
        for (other, passed) in &mut self.passed {
            passed[lane] += 1;
            assert!(passed[lane] <= 1, "lane {lane} passed lane {other} twice");
        }
        if !self.waiting[lane].is_empty() {
            self.passed.insert(lane, [0; LANES]);
        }
    }

    fn cancel(&mut self, name: usize) -> bool {
        let line = &mut self.waiting[name % LANES];
        let found = line.iter().position(|waiting| *waiting == name);
        found.map(|index| line.remove(index));
        if line.is_empty() {
            self.passed.remove(&(name % LANES));
        }
        found.is_some()
    }
}

fn check_against_model(steps: &[Step]) {
    let mut lanes: Vec<_> = (1..LANES).map(|_| lane(SHARE)).collect();
    lanes.push(Lane::new(LaneConfig::unrefusable("spool")));
    let (mut bench, mut model) = (Bench::new(LEN_MAX), Model::default());
    // By name; a name's remainder is its lane.
    let mut tokens: BTreeMap<usize, Token> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Append { lane } => {
                let name = number * LANES + lane;
                let appended = bench.append(&lanes[*lane], name);
                assert_eq!(appended.err(), model.admit(*lane));
                if let Ok(token) = appended {
                    tokens.insert(name, token);
                    model.append(*lane, name);
                }
            }
            Step::Take => match bench.begin() {
                Some((token, name)) => {
                    assert_eq!(tokens[&name], token);
                    model.take(name);
                }
                None => assert!(model.waiting.iter().all(Vec::is_empty)),
            },
            Step::Cancel { job } if !tokens.is_empty() => {
                let (name, token) = tokens.iter().nth(job.index(tokens.len())).unwrap();
                assert_eq!(bench.queue.cancel(*token).is_some(), model.cancel(*name));
            }
            Step::End { job } if !model.running.is_empty() => {
                let name = model.running.swap_remove(job.index(model.running.len()));
                bench.end(tokens[&name]);
            }
            Step::Cancel { .. } | Step::End { .. } => {}
        }
        let counters = bench.queue.counters();
        let waiting: usize = model.waiting.iter().map(Vec::len).sum();
        assert_eq!((counters.queued, counters.running), (waiting, model.running.len()));
        assert_eq!(counters.accounted(), counters.submitted);
        assert_eq!(bench.queue.has_jobs(), waiting > 0);
    }
}

proptest! {
    #[test]
    fn it_does_what_lists_would(steps in vec(step(), 0..400)) {
        check_against_model(&steps);
    }
}
