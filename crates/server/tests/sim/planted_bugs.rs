//! Bugs that are planted on purpose: the simulator must notice each of them.

use reactor::planted::{Bug, plant};
use testkit::sim::{self, Failure};

/// Seeds that a planted bug may survive.
const SEEDS_UNTIL_CAUGHT: u64 = 24;

/// Plants a bug on this thread, which runs all but the pool's jobs, and returns the first failure
/// that it leads to.
fn catch(bug: Bug) -> Option<Failure> {
    plant(Some(bug));
    let caught = (0..SEEDS_UNTIL_CAUGHT).find_map(|seed| sim::run(seed).err());
    plant(None);
    caught
}

#[test]
fn every_planted_bug_is_caught() {
    for bug in Bug::ALL {
        let failure = catch(bug).unwrap_or_else(|| panic!("{bug:?} goes unnoticed"));
        println!("{bug:?}: seed {}: {}", failure.seed, failure.what);
        let report = failure.to_string();
        let replay = format!("AVOCET_SIM_SEED={} cargo test", failure.seed);
        assert!(report.contains(&replay) && !failure.trace.is_empty(), "{report}");
    }
}
