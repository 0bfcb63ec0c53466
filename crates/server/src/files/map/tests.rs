//! A worker's map: its bounds, and what stays in it.

use std::time::{Duration, UNIX_EPOCH};

use super::super::load::{Finding, Terms, load};
use super::super::memory::Memory;
use super::super::tree::Patience;
use super::*;

const AT: Instant = Instant::ORIGIN;
const LATER: Instant = Instant::from_nanos(1_000_000_000);
const ROOM: [usize; 2] = [usize::MAX; 2];

fn file() -> Finding {
    let tree: Memory = [("f", vec![b'x'; 100], UNIX_EPOCH)].into_iter().collect();
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(b"/f", &mut scratch).unwrap();
    let now = reactor::clock::Now { instant: AT, wall: UNIX_EPOCH };
    let terms =
        Terms { now, read_size_max: 1000, patience: Patience::CachedOnly, compressed: None };
    load(&tree, &path, None, terms).unwrap().finding
}

fn entry(path: &str, finding: &Finding) -> Arc<Entry> {
    let fresh_until = AT.after(Duration::from_secs(1));
    Arc::new(Entry::new(Key::new(path.as_bytes()), finding.clone(), fresh_until))
}

impl Map {
    fn has(&self, path: &str) -> bool {
        let key = Key::new(path.as_bytes());
        self.sets[self.set_of(key.hash)].way_of(key).is_some()
    }

    /// What the map says of itself agrees with what is in it.
    fn check(&self) {
        let entries = || self.sets.iter().flat_map(|set| set.entries.iter().flatten());
        let size = |kind| {
            let of_kind = entries().filter(|entry| entry.kind() == kind);
            of_kind.map(|entry| entry.size()).sum::<usize>()
        };
        assert_eq!(self.len, entries().count());
        assert_eq!(self.sizes, [Kind::File, Kind::Negative].map(size));
    }
}

#[test]
fn a_set_is_a_line() {
    assert_eq!((size_of::<Set>(), align_of::<Set>()), (64, 64));
}

#[test]
fn it_grows_to_its_bound_and_finds_what_it_has() {
    let (mut map, file) = (Map::new(), file());
    let paths: Vec<_> = (0..30_000).map(|number| format!("file/{number}")).collect();
    for (index, path) in paths.iter().enumerate() {
        map.admit(entry(path, &file), ROOM);
        assert!(map.has(path), "{path}");
        if index % 1000 == 0 {
            map.check();
        }
    }
    map.check();
    assert_eq!(map.sets.len(), SETS_MAX);
    assert!(map.len <= SETS_MAX * NEGATIVE_WAY, "the fourth way is not for files");
    assert!(map.len > SETS_MAX * NEGATIVE_WAY * 9 / 10, "{}", map.len);
    let found = paths.iter().filter(|path| {
        let key = Key::new(path.as_bytes());
        map.look_up(key, AT).is_some_and(|entry| entry.is_of(key))
    });
    assert_eq!(found.count(), map.len);
}

#[test]
fn bytes_under_at_and_over_the_bound() {
    let file = file();
    let each = entry("0", &file).size();
    for (room, expected) in [(5 * each - 1, 4), (5 * each, 5), (5 * each + 1, 5)] {
        let mut map = Map::new();
        for path in ["0", "1", "2", "3", "4"] {
            map.admit(entry(path, &file), [room, 0]);
            map.check();
            assert!(map.sizes[0] <= room);
            assert!(map.has(path), "the new one has room");
        }
        assert_eq!(map.len, expected);
    }
    let mut map = Map::new();
    map.admit(entry("none", &Finding::Missing), [room_of(&file), 0]);
    assert_eq!(map.len, 0, "the shares are apart");
}

fn room_of(file: &Finding) -> usize {
    100 * entry("0", file).size()
}

#[test]
fn what_is_missing_displaces_no_file() {
    let (mut map, file) = (Map::new(), file());
    let paths: Vec<_> = (0..100).map(|number| format!("file/{number}")).collect();
    paths.iter().for_each(|path| map.admit(entry(path, &file), ROOM));
    let before: Vec<_> = paths.iter().filter(|path| map.has(path)).collect();
    for number in 0..100_000 {
        map.admit(entry(&format!("none/{number}"), &Finding::Missing), ROOM);
    }
    map.check();
    assert_eq!(paths.iter().filter(|path| map.has(path)).collect::<Vec<_>>(), before);
}

#[test]
fn an_entry_that_is_used_stays_in_its_set() {
    let (mut map, file) = (Map::new(), file());
    map.admit(entry("hot", &file), ROOM);
    let key = Key::new(b"hot");
    for number in 0..200_000 {
        if number % 10 == 0 {
            assert!(map.look_up(key, AT).is_some(), "after {number}");
        }
        map.admit(entry(&number.to_string(), &file), ROOM);
    }
}

#[test]
fn what_is_neither_believed_nor_used_is_dropped() {
    let (mut map, file) = (Map::new(), file());
    let entries = ["used", "unused", "retired"].map(|path| entry(path, &file));
    entries.iter().for_each(|entry| map.admit(Arc::clone(entry), ROOM));
    let rounds = |map: &mut Map, now| {
        for _ in 0..map.sets.len() / SWEPT {
            map.sweep(now);
        }
        ["used", "unused", "retired"].map(|path| map.has(path))
    };
    assert_eq!(rounds(&mut map, AT), [true; 3], "all of them are believed");
    for path in ["used", "retired"] {
        assert!(map.look_up(Key::new(path.as_bytes()), AT).is_some());
    }
    entries[2].retire();
    assert!(map.look_up(Key::new(b"retired"), AT).is_none());
    assert_eq!(rounds(&mut map, AT), [true; 3], "it was used");
    assert_eq!(rounds(&mut map, AT), [true, true, false]);
    assert_eq!(rounds(&mut map, LATER), [true, false, false]);
    assert_eq!(rounds(&mut map, LATER), [false; 3]);
    map.check();
    assert!(entries.iter().all(|entry| Arc::strong_count(entry) == 1));
}

#[test]
fn an_entry_is_replaced_by_that_of_the_same_path() {
    let (mut map, file) = (Map::new(), file());
    let old = entry("a", &file);
    map.admit(Arc::clone(&old), ROOM);
    old.retire();
    map.admit(entry("a", &Finding::Missing), ROOM);
    map.check();
    assert!(matches!(map.look_up(Key::new(b"a"), AT).unwrap().finding(), Finding::Missing));
    assert_eq!((map.len, Arc::strong_count(&old)), (1, 1));
}
