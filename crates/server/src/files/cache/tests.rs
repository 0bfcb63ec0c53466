//! The cache: freshness, budgets, and what is evicted first.

use std::time::UNIX_EPOCH;

use reactor::clock::Now;
use semantics::path;

use super::super::load::{Terms, load};
use super::super::memory::Memory;
use super::super::tree::Patience;
use super::*;

fn limits(cache_size: usize) -> Limits {
    let mut limits = Limits::default();
    limits.cache_size = cache_size;
    limits
}

/// A file in memory of so many bytes.
fn file(len: usize) -> Finding {
    let tree: Memory = [("f", vec![b'x'; len], UNIX_EPOCH)].into_iter().collect();
    let mut scratch = Vec::new();
    let path = path::resolve(b"/f", &mut scratch).unwrap();
    let now = Now { instant: AT, wall: UNIX_EPOCH };
    let terms = Terms { now, read_size_max: usize::MAX, patience: Patience::CachedOnly };
    load(&tree, &path, None, terms).unwrap()
}

/// Gives those of `names` that are there, in the order given.
fn present<'n>(cache: &Cache, names: &[&'n str]) -> Vec<&'n str> {
    names.iter().copied().filter(|name| cache.places.contains_key(name.as_bytes())).collect()
}

fn at(millis: u64) -> Instant {
    AT.after(Duration::from_millis(millis))
}

const AT: Instant = Instant::ORIGIN;

#[test]
fn findings_are_believed_for_a_second() {
    let mut cache = Cache::new(&limits(1 << 20));
    cache.insert(b"file", file(10), at(500));
    cache.insert(b"none", Finding::Missing, at(500));
    cache.insert(b"folder", Finding::Directory, at(500));
    let mut check = |path: &[u8], millis, expected: &str| {
        let found = match cache.look_up(path, at(millis)) {
            Lookup::Fresh(Finding::File(_)) => "file",
            Lookup::Fresh(Finding::Directory) => "directory",
            Lookup::Fresh(Finding::Missing) => "missing",
            Lookup::Stale(_) => "stale",
            Lookup::Unknown => "unknown",
        };
        assert_eq!(found, expected, "{} at {millis}", path.escape_ascii());
    };
    for millis in [500, 1000, 1499] {
        check(b"file", millis, "file");
        check(b"none", millis, "missing");
        check(b"folder", millis, "directory");
        check(b"other", millis, "unknown");
    }
    for millis in [1500, 9000] {
        check(b"file", millis, "stale");
        check(b"none", millis, "unknown");
        check(b"folder", millis, "unknown");
    }
}

#[test]
fn a_new_finding_takes_the_place_of_the_old() {
    let mut cache = Cache::new(&limits(1 << 20));
    cache.insert(b"a", file(10), at(0));
    cache.insert(b"a", Finding::Missing, at(0));
    assert!(matches!(cache.look_up(b"a", at(0)), Lookup::Fresh(Finding::Missing)));
    cache.insert(b"a", file(10), at(2000));
    assert!(matches!(cache.look_up(b"a", at(2000)), Lookup::Fresh(Finding::File(_))));
    let costs = cache.shelves.each_ref().map(|shelf| shelf.cost);
    let expected = shelf_and_cost(b"a", &file(10)).1;
    assert_eq!(costs, [expected, Cost::NONE, Cost::NONE], "what was replaced costs nothing");
}

#[test]
fn files_in_memory_are_kept_up_to_the_budget() {
    let size = shelf_and_cost(b"a", &file(1000)).1.size;
    for (room, expected) in [(2 * size - 1, &["b"][..]), (2 * size, &["a", "b"])] {
        let mut cache = Cache::new(&limits(1 << 20));
        cache.shelves[ShelfName::Memory as usize].cost_max.size = room;
        cache.insert(b"a", file(1000), AT);
        cache.insert(b"b", file(1000), AT);
        assert_eq!(present(&cache, &["a", "b"]), expected, "{room}");
    }
}

#[test]
fn a_file_over_the_budget_pushes_nothing_out() {
    let mut cache = Cache::new(&limits(20_000));
    cache.insert(b"small", file(100), AT);
    cache.insert(b"large", file(20_000), AT);
    assert_eq!(present(&cache, &["small", "large"]), ["small"]);
}

#[test]
fn no_budget_is_no_cache() {
    let mut cache = Cache::new(&limits(0));
    cache.insert(b"a", file(0), AT);
    cache.insert(b"b", Finding::Missing, AT);
    assert_eq!(present(&cache, &["a", "b"]), [""; 0]);
}

#[test]
fn what_is_used_stays() {
    let mut cache = Cache::new(&limits(1 << 20));
    let size = shelf_and_cost(b"a", &file(1000)).1.size;
    cache.shelves[ShelfName::Memory as usize].cost_max.size = 3 * size;
    for name in ["a", "b", "c"] {
        cache.insert(name.as_bytes(), file(1000), AT);
    }
    for (used, new, expected) in [
        ("a", "d", &["a", "c", "d"][..]),
        ("c", "e", &["c", "d", "e"]),
        ("x", "f", &["c", "e", "f"]),
    ] {
        assert!(!matches!(cache.look_up(used.as_bytes(), AT), Lookup::Stale(_)));
        cache.insert(new.as_bytes(), file(1000), AT);
        assert_eq!(present(&cache, &["a", "b", "c", "d", "e", "f"]), expected, "after {new}");
    }
}

#[test]
fn what_is_missing_pushes_no_file_out() {
    let mut cache = Cache::new(&limits(1 << 20));
    cache.insert(b"file", file(1000), AT);
    for number in 0..10_000 {
        cache.insert(format!("missing-{number}").as_bytes(), Finding::Missing, AT);
    }
    let [memory, held, negative] = &cache.shelves;
    assert!(negative.cost.size <= (1 << 20) / NEGATIVE_SHARE);
    assert!(negative.slots.len() <= (1 << 20) / NEGATIVE_SHARE / ENTRY_OVERHEAD);
    assert_eq!(memory.slots.len() + held.slots.len(), 1);
    assert_eq!(present(&cache, &["file", "missing-0", "missing-9999"]), ["file", "missing-9999"]);
}

#[test]
fn evictions_follow_from_the_requests_alone() {
    let run = || {
        let mut cache = Cache::new(&limits(40_000));
        let mut trace = Vec::new();
        for step in 0..500usize {
            let name = format!("{}", step * step % 61);
            if matches!(cache.look_up(name.as_bytes(), AT), Lookup::Unknown) {
                cache.insert(name.as_bytes(), file(step * 37 % 3000), AT);
                trace.push(cache.places.len());
            }
        }
        trace
    };
    let trace = run();
    assert!(trace.windows(2).any(|pair| pair[1] < pair[0] + 1), "something was evicted");
    assert_eq!(trace, run());
}
