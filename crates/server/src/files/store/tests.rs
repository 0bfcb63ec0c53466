//! The store: freshness, shares, who makes way, and what all workers see.

use std::time::{Duration, UNIX_EPOCH};

use reactor::clock::Now;
use semantics::path;

use super::super::entry::{OVERHEAD, size_of_entry};
use super::super::load::{Terms, load};
use super::super::map::Map;
use super::super::memory::Memory;
use super::super::tree::Patience;
use super::*;

const AT: Instant = Instant::ORIGIN;

fn at(millis: u64) -> Instant {
    AT.after(Duration::from_millis(millis))
}

fn store(cache_size: usize) -> Store {
    let mut limits = Limits::default();
    limits.cache_size = cache_size;
    Store::new(&limits, usize::MAX)
}

/// A store of which files in memory may have so many bytes.
fn store_of(memory: usize) -> Store {
    let store = store(1 << 20);
    store.ration(Kind::File).max = memory;
    store
}

/// A file in memory of so many bytes.
fn file(len: usize) -> Finding {
    let tree: Memory = [("f", vec![b'x'; len], UNIX_EPOCH)].into_iter().collect();
    let mut scratch = Vec::new();
    let path = path::resolve(b"/f", &mut scratch).unwrap();
    let now = Now { instant: AT, wall: UNIX_EPOCH };
    let terms =
        Terms { now, read_size_max: usize::MAX, patience: Patience::CachedOnly, compressed: None };
    load(&tree, &path, None, terms).unwrap().finding
}

fn size(path: &str, finding: &Finding) -> usize {
    size_of_entry(path.as_bytes(), finding)
}

impl Store {
    fn keep_at(&self, path: &str, finding: &Finding, millis: u64) {
        self.keep(Key::new(path.as_bytes()), &finding.clone().into(), at(millis));
    }

    fn seen(&self, path: &str, millis: u64) -> &'static str {
        match self.look_up(Key::new(path.as_bytes()), at(millis)) {
            Lookup::Fresh(entry) => match entry.finding() {
                Finding::File(_) => "file",
                Finding::Directory => "directory",
                Finding::Missing => "missing",
            },
            Lookup::Stale(_) => "stale",
            Lookup::Unknown => "unknown",
        }
    }

    /// Those of `paths` that are there; none of them is used by that.
    fn present<'p>(&self, paths: &[&'p str]) -> Vec<&'p str> {
        let is_there = |path: &&str| {
            let key = Key::new(path.as_bytes());
            self.shard(key.hash).places.contains_key(key.path)
        };
        paths.iter().copied().filter(is_there).collect()
    }

    fn entry(&self, path: &str, millis: u64) -> Arc<Entry> {
        match self.look_up(Key::new(path.as_bytes()), at(millis)) {
            Lookup::Fresh(entry) => entry,
            other => panic!("{other:?}"),
        }
    }

    /// Asks as a worker does, by its map; a file of the tree is loaded that nobody knows.
    fn ask(&self, map: &mut Map, path: &str, finding: &Finding, millis: u64) -> &'static str {
        let (key, now) = (Key::new(path.as_bytes()), at(millis));
        if map.look_up(key, now).is_some() {
            return "map";
        }
        map.sweep(now);
        if let Lookup::Fresh(entry) = self.look_up(key, now) {
            map.admit(entry, self.map_size_max());
            return "store";
        }
        self.keep(key, &finding.clone().into(), now);
        "tree"
    }
}

#[test]
fn findings_are_believed_for_a_second() {
    let store = store(1 << 20);
    for (path, finding) in
        [("file", file(10)), ("none", Finding::Missing), ("folder", Finding::Directory)]
    {
        store.keep_at(path, &finding, 500);
    }
    for millis in [500, 1000, 1499] {
        let seen = ["file", "none", "folder", "other"].map(|path| store.seen(path, millis));
        assert_eq!(seen, ["file", "missing", "directory", "unknown"], "{millis}");
    }
    for millis in [1500, 9000] {
        let seen = ["file", "none", "folder"].map(|path| store.seen(path, millis));
        assert_eq!(seen, ["stale", "unknown", "unknown"], "{millis}");
    }
}

#[test]
fn what_is_found_again_is_believed_anew_by_all_who_have_it() {
    let (store, found) = (store(1 << 20), file(10));
    store.keep_at("a", &found, 0);
    let held = store.entry("a", 0);
    assert!(!held.is_fresh(at(1000)));
    store.keep_at("a", &found, 1000);
    assert!(held.is_fresh(at(1999)) && !held.is_fresh(at(2000)));
    assert!(Arc::ptr_eq(&held, &store.entry("a", 1999)));
    // Found at the same time as before, by who had to wait for it.
    store.keep_at("a", &found, 500);
    assert!(held.is_fresh(at(1999)));
}

#[test]
fn a_new_finding_takes_the_place_of_the_old_and_an_older_one_does_not() {
    let store = store(1 << 20);
    let old = file(10);
    store.keep_at("a", &old, 0);
    let held = store.entry("a", 0);
    store.keep_at("a", &Finding::Missing, 0);
    assert_eq!(store.seen("a", 0), "missing");
    assert!(!held.is_fresh(AT), "what was replaced is believed by nobody");
    assert_eq!(store.taken(Kind::File), 0, "and costs nothing");
    store.keep_at("a", &file(20), 2000);
    store.keep_at("a", &old, 1999);
    assert!(!held.is_fresh(AT));
    assert_eq!(store.entry("a", 2999).size(), size("a", &file(20)));
    assert_eq!(store.taken(Kind::Negative), 0);
}

#[test]
fn files_in_memory_under_at_and_over_the_budget() {
    let each = size("a", &file(1000));
    for (room, kept) in [(2 * each - 1, 1), (2 * each, 2), (2 * each + 1, 2), (3 * each, 3)] {
        let store = store_of(room);
        for path in ["a", "b", "c"] {
            store.keep_at(path, &file(1000), 0);
            assert!(store.taken(Kind::File) <= room);
            assert_eq!(store.seen(path, 0), "file", "the new one is kept");
        }
        assert_eq!(store.present(&["a", "b", "c"]).len(), kept, "{room}");
        assert_eq!(store.taken(Kind::File), kept * each, "{room}");
    }
}

#[test]
fn a_file_over_the_budget_pushes_nothing_out() {
    let store = store(20_000);
    store.keep_at("small", &file(100), 0);
    store.keep_at("large", &file(20_000), 0);
    assert_eq!(store.present(&["small", "large"]), ["small"]);
}

#[test]
fn no_budget_is_no_cache() {
    let store = store(0);
    store.keep_at("a", &file(0), 0);
    store.keep_at("b", &Finding::Missing, 0);
    assert_eq!(store.present(&["a", "b"]), [""; 0]);
    assert!(!store.let_go_of_files());
}

#[test]
fn what_was_used_since_the_hand_came_by_stays() {
    let store = store_of(3 * size("a", &file(1000)));
    store.keep_at("a", &file(1000), 0);
    for round in 0..100 {
        assert_eq!(store.seen("a", 0), "file", "in round {round}");
        store.keep_at(&format!("new {round}"), &file(1000), 0);
    }
    for round in 100..110 {
        store.keep_at(&format!("new {round}"), &file(1000), 0);
    }
    assert_eq!(store.present(&["a"]), [""; 0], "nobody has used it");
}

#[test]
fn what_a_map_has_stays_and_the_rest_makes_way() {
    let found = file(1000);
    let store = store_of(3 * size("a", &found));
    store.keep_at("a", &found, 0);
    let held = store.entry("a", 0);
    for number in 0..100 {
        store.keep_at(&number.to_string(), &found, 0);
    }
    assert!(Arc::ptr_eq(&held, &store.entry("a", 0)));
    drop(held);
    for number in 0..100 {
        store.keep_at(&number.to_string(), &found, 0);
    }
    assert_eq!(store.present(&["a"]), [""; 0], "nobody has it any more");
}

#[test]
fn nothing_is_kept_where_all_is_in_use() {
    let found = file(1000);
    let store = store_of(2 * size("a", &found));
    let held = ["a", "b"].map(|path| {
        store.keep_at(path, &found, 0);
        store.entry(path, 0)
    });
    store.keep_at("c", &found, 0);
    assert_eq!(store.present(&["a", "b", "c"]), ["a", "b"]);
    drop(held);
    store.keep_at("c", &found, 0);
    assert_eq!(store.seen("c", 0), "file");
}

#[test]
fn what_is_missing_pushes_no_file_out_and_has_its_share() {
    let store = store(1 << 20);
    store.keep_at("file", &file(1000), 0);
    for number in 0..10_000 {
        store.keep_at(&format!("missing-{number}"), &Finding::Missing, 0);
        assert!(store.taken(Kind::Negative) <= (1 << 20) / NEGATIVE_SHARE);
    }
    assert_eq!(store.seen("file", 0), "file");
    assert_eq!(store.seen("missing-9999", 0), "missing");
    let negative = |shard: &Mutex<Shard>| lock(shard).places.len();
    let entries: usize = store.shards.iter().map(negative).sum();
    assert!(entries <= 1 + (1 << 20) / NEGATIVE_SHARE / OVERHEAD, "{entries}");
}

#[test]
fn ten_files_in_use_stay_while_a_hundred_thousand_are_walked() {
    let store = store(1 << 20);
    store.add_map();
    let (mut map, found) = (Map::new(), file(600));
    let hot: Vec<_> = (0..10).map(|number| format!("hot/{number}")).collect();
    for _ in 0..3 {
        for path in &hot {
            store.ask(&mut map, path, &found, 0);
        }
    }
    let mut hits = 0;
    for number in 0..100_000u64 {
        // Some 20,000 a second, each of them asked for twice now and then.
        let millis = number / 20;
        let path = format!("walk/{number}");
        assert_eq!(store.ask(&mut map, &path, &found, millis), "tree");
        if number % 3 == 0 {
            assert_eq!(store.ask(&mut map, &path, &found, millis), "store");
        }
        store.ask(&mut map, &format!("none/{number}"), &Finding::Missing, millis);
        assert!(store.taken(Kind::File) <= 1 << 20);
        let path = &hot[usize::try_from(number % 10).unwrap()];
        // Each is looked at on the disk once a second.
        hits += usize::from(store.ask(&mut map, path, &found, millis) == "map");
        assert!(!store.present(&[path]).is_empty(), "{path} after {number}");
    }
    assert!(hits > 99_000, "{hits} hits");
}

#[test]
fn workers_share_what_one_of_them_has_found() {
    let (store, found) = (store(1 << 20), file(10));
    let mut maps = [Map::new(), Map::new()];
    maps.iter().for_each(|_| store.add_map());
    let [one, other] = &mut maps;
    assert_eq!(store.ask(one, "a", &found, 0), "tree");
    assert_eq!(store.ask(other, "a", &found, 0), "store");
    assert_eq!(store.ask(one, "a", &found, 0), "store");
    for map in [&mut *one, &mut *other] {
        assert_eq!(store.ask(map, "a", &found, 999), "map");
    }
    // One looks again, and all believe it, in their maps.
    assert_eq!(store.ask(one, "a", &found, 1000), "tree");
    assert_eq!(store.ask(other, "a", &found, 1999), "map");
    // One finds that it has changed: the others get what is new.
    let changed = file(20);
    assert_eq!(store.ask(other, "a", &changed, 2000), "tree");
    assert_eq!(store.ask(one, "a", &found, 2000), "store");
    let entry = one.look_up(Key::new(b"a"), at(2000)).unwrap();
    assert!(entry.finding().is_same(&changed));
}

#[test]
fn another_form_of_a_file_takes_its_place_and_is_accounted_for() {
    let (store, found) = (store(1 << 20), file(10));
    let (Finding::File(old), Finding::File(new)) = (found.clone(), file(5000)) else {
        panic!("these are files")
    };
    let key = Key::new(b"a");
    assert!(!store.replace_if_same(key, &old, Arc::clone(&new)), "it is not there");
    assert_eq!(store.taken(Kind::File), 0);
    store.keep_at("a", &found, 500);
    let held = store.entry("a", 500);
    assert!(store.replace_if_same(key, &old, Arc::clone(&new)));
    assert!(!held.is_fresh(at(500)), "all come for the new one");
    assert_eq!((store.seen("a", 1499), store.seen("a", 1500)), ("file", "stale"));
    assert_eq!(store.taken(Kind::File), size("a", &Finding::File(Arc::clone(&new))));
    assert!(!store.replace_if_same(key, &old, Arc::clone(&old)), "it is another one now");
    let taken = store.taken(Kind::File);
    // Under, at and over what there is room for: the old one counts until it is replaced.
    let each = size("a", &found);
    for (room, is_replaced) in [(2 * each - 1, false), (2 * each, true)] {
        store.keep_at("b", &found, 0);
        let used = store.entry("b", 0);
        let in_use = store.entry("a", 500);
        store.ration(Kind::File).max = taken + room;
        assert_eq!(store.replace_if_same(Key::new(b"b"), &old, file_of(10)), is_replaced);
        drop((used, in_use));
    }
}

fn file_of(len: usize) -> Arc<Variants> {
    match file(len) {
        Finding::File(file) => file,
        other => panic!("{other:?}"),
    }
}

#[test]
fn evictions_follow_from_the_requests_alone() {
    let run = || {
        let store = store(40_000);
        let mut map = Map::new();
        let mut trace = String::new();
        for step in 0..2000usize {
            let path = (step * step % 61).to_string();
            trace.push_str(store.ask(&mut map, &path, &file(step * 37 % 3000), 0));
        }
        trace
    };
    let trace = run();
    assert!(trace.matches("tree").count() > 100, "something was evicted");
    assert_eq!(trace, run());
}
