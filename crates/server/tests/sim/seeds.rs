//! Many seeds: each passes, all adversities occur, and a seed is always the same run.

use std::thread;

use testkit::sim::{self, Fault, Report, Tally};

/// Threads that share the seeds.
const THREADS: usize = 2;

/// Seeds that are run unless something else is asked for, and how often each adversity must occur
/// in them.
const SEEDS: u64 = 256;
const OFTEN: u64 = 100;

/// Reads a number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

fn run(seed: u64) -> Report {
    let report = sim::run(seed).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(report.connections >= 20, "seed {seed}: {} connections", report.connections);
    // Who is sent away for want of something asks no more.
    let shed =
        [Fault::Spared, Fault::HeadShed, Fault::NoMemory].map(|kind| report.tally.count(kind));
    let least = if shed == [0; 3] { 150 } else { 50 };
    assert!(report.requests >= least, "seed {seed}: {} requests", report.requests);
    assert!(report.idle_checks > 0, "seed {seed}: idle connections were never looked at");
    report
}

/// Runs the seeds below `count` on a few threads, each seed on one of them from start to end.
fn run_all(count: u64) -> Tally {
    let share = |first: usize| {
        let mut tally = Tally::new();
        for seed in (0..count).skip(first).step_by(THREADS) {
            tally.add(&run(seed).tally);
        }
        tally
    };
    thread::scope(|scope| {
        let shares: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || share(first))).collect();
        let mut sum = Tally::new();
        for share in shares {
            sum.add(&share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        sum
    })
}

#[test]
fn every_seed_passes_and_no_adversity_is_missing() {
    if let Some(seed) = number("AVOCET_SIM_SEED") {
        println!("{:#?}", run(seed));
        return;
    }
    let count = number("AVOCET_SIM_SEEDS").unwrap_or(SEEDS);
    let tally = run_all(count);
    println!("{tally:#?}");
    for &fault in Fault::ALL {
        let enough = OFTEN * count / SEEDS;
        assert!(tally.count(fault) >= enough, "{fault:?} is too rare in {tally:#?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let first: Vec<_> = (0..6).map(run).collect();
    let again: Vec<_> = (0..6).map(run).collect();
    assert_eq!(first, again);
    for (seed, pair) in first.windows(2).enumerate() {
        assert_ne!(pair[0].trace, pair[1].trace, "seeds {seed} and {}", seed + 1);
    }
}
