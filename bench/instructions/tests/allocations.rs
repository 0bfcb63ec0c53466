//! What a round of each probe allocates: nothing, or what the table says.
//!
//! It is one test: a second at the same time would be counted, too.

use std::alloc::System;

use instructions::PROBES;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What each round allocates, by probe; those that are not named allocate nothing.
const ALLOCATING: &[(&str, usize)] = &[("range-new", 2)];

const ROUNDS: u32 = 1000;

/// What may be allocated besides: a server is made for each run, the second a little later than
/// the first, and its tables may need a step more.
const ONCE_MAX: usize = 4;

#[test]
fn a_round_allocates_nothing() {
    for probe in PROBES {
        let rounds = usize::try_from(ROUNDS).unwrap();
        let once = allocations(probe.run, ROUNDS);
        let more = allocations(probe.run, 2 * ROUNDS).saturating_sub(once);
        let allowed = ALLOCATING.iter().find(|(name, _)| *name == probe.name);
        let expected = allowed.map_or(0, |(_, each)| *each) * rounds;
        let is_as_told = more.abs_diff(expected) <= ONCE_MAX;
        assert!(is_as_told, "{}: {more} in {rounds} rounds, not {expected}", probe.name);
    }
}

/// Counts what is allocated, or made larger, in a run.
fn allocations(run: fn(u32), rounds: u32) -> usize {
    let region = Region::new(ALLOCATOR);
    run(rounds);
    let stats = region.change();
    stats.allocations + stats.reallocations
}
