//! Files too large for memory: who has them open, what is read of them, and what maps have of them.

use std::fs;
use std::path::Path;

use super::super::super::Disk;
use super::site::{Site, modified};
use settings::Limits;

/// Writes a file whose time has settled.
fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::File::open(path).unwrap().set_modified(modified()).unwrap();
}

/// Serves so many files of 100,000 bytes, each of which is of its number; keeps so many open.
fn site(folder: &Path, files: u8, open_files_max: usize) -> Site<Disk> {
    for number in 0..files {
        write(&folder.join(format!("{number}.png")), &vec![number; 100_000]);
    }
    let mut limits = Limits::default();
    limits.open_files_max = open_files_max;
    Site::with_limits(Disk::open(folder).unwrap(), limits)
}

/// How many descriptors the process has of files in a folder.
fn descriptors(folder: &Path) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = links.filter_map(|link| fs::read_link(link.path()).ok());
    targets.filter(|target| target.starts_with(folder) && target != folder).count()
}

#[track_caller]
fn check(site: &Site<Disk>, number: u8) {
    let seen = site.get(&format!("/{number}.png"));
    assert_eq!((seen.status(), seen.kind, seen.content.len()), (200, "slice of a file", 100_000));
    assert!(seen.content.iter().all(|byte| *byte == number));
}

#[test]
fn a_file_that_is_held_is_in_the_map_from_its_second_use_on() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), 1, 1);
    check(&site, 0);
    assert_eq!(site.repeats_until("GET /0.png", &[]), None);
    check(&site, 0);
    assert_eq!(site.repeats_until("GET /0.png", &[]), Some(1000), "the map has it");
    let _so_far = (site.openings(), site.jobs());
    check(&site, 0);
    assert_eq!((site.openings(), site.jobs()), (0, 0));
}

#[test]
fn open_files_under_at_and_over_the_limit() {
    for (open_files_max, expected) in [(0, 0), (3, 3), (4, 4), (5, 4)] {
        let folder = tempfile::tempdir().unwrap();
        let site = site(folder.path(), 4, open_files_max);
        for number in (0..4).cycle().take(12) {
            check(&site, number);
        }
        let counted = (site.open_files(), descriptors(folder.path()));
        assert_eq!(counted, (expected, expected), "{open_files_max}");
    }
}

#[test]
fn files_are_closed_at_once_though_maps_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let one = site(folder.path(), 2, 8);
    let other = one.beside();
    for site in [&one, &other].into_iter().cycle().take(6) {
        check(site, 0);
        check(site, 1);
    }
    assert_eq!(other.repeats_until("GET /0.png", &[]), Some(1000), "the map has it");
    assert_eq!(descriptors(folder.path()), 2);
    // Neither worker has a turn.
    assert!(one.close_files());
    assert_eq!((one.open_files(), descriptors(folder.path())), (0, 0));
    for site in [&other, &one] {
        check(site, 0);
        assert_eq!(descriptors(folder.path()), 1, "it is opened once for both");
    }
}

#[test]
fn a_file_that_has_changed_or_gone_is_not_kept_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(folder.path(), 2, 8);
    for number in [0, 1, 0, 1] {
        check(&site, number);
    }
    fs::remove_file(folder.path().join("0.png")).unwrap();
    fs::write(folder.path().join("new"), vec![7; 90_000]).unwrap();
    fs::rename(folder.path().join("new"), folder.path().join("1.png")).unwrap();
    site.at(1000);
    assert_eq!(site.get("/0.png").status(), 404);
    assert_eq!(site.get("/1.png").content, vec![7; 90_000]);
    assert_eq!((site.open_files(), descriptors(folder.path())), (1, 1));
}

#[test]
fn a_file_looked_at_again_stays_the_one_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(folder.path(), 1, 8);
    for second in 0..5 {
        site.at(1000 * second);
        check(&site, 0);
        check(&site, 0);
        assert_eq!((site.open_files(), descriptors(folder.path())), (1, 1));
    }
}

#[test]
fn what_needs_no_descriptor_is_answered_without() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), 1, 8);
    let etag = site.get("/0.png").field("ETag").to_owned();
    check(&site, 0);
    site.close_files();
    site.openings();
    let unchanged = site.ask("GET /0.png", &[&format!("If-None-Match: {etag}")]);
    assert_eq!((unchanged.status(), site.openings(), site.open_files()), (304, 0, 0));
}

#[test]
fn a_small_part_is_read_and_a_larger_one_is_sent_by_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..=250).cycle().take(100_000).collect();
    write(&folder.path().join("a.png"), &content);
    let site = Site::new(Disk::open(folder.path()).unwrap());
    let in_memory = {
        // Just written, but what lies in memory is the kernel's to say.
        let probe = site.ask("GET /a.png", &["Range: bytes=0-0"]);
        assert_eq!(probe.status(), 206);
        probe.kind
    };
    for (range, part, kind) in [
        ("0-1023", 0..1024, in_memory),
        ("-100", 99_900..100_000, in_memory),
        ("500-16883", 500..16_884, in_memory),
        ("500-16884", 500..16_885, "slice of a file"),
        ("0-", 0..100_000, "slice of a file"),
    ] {
        let seen = site.ask("GET /a.png", &[&format!("Range: bytes={range}")]);
        assert_eq!((seen.status(), seen.kind), (206, kind), "{range}");
        assert!(seen.content == content[part], "{range}");
        assert_eq!(seen.field("Content-Length"), seen.content.len().to_string());
    }
    let several = site.ask("GET /a.png", &["Range: bytes=0-9,20-29"]);
    assert_eq!((several.status(), several.kind), (206, "parts"));
}

#[test]
fn a_small_part_is_of_a_file_that_has_changed_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(folder.path(), 1, 8);
    let part = |site: &Site<Disk>| site.ask("GET /0.png", &["Range: bytes=5-9"]).content;
    for _ in 0..3 {
        assert_eq!(part(&site), [0; 5]);
    }
    fs::write(folder.path().join("new"), vec![7; 100_000]).unwrap();
    fs::rename(folder.path().join("new"), folder.path().join("0.png")).unwrap();
    assert_eq!(site.repeats_until("GET /0.png", &["Range: bytes=5-9"]), Some(1000));
    site.at(1000);
    assert_eq!(part(&site), [7; 5]);
    // Shorter than it was found: its length is out, and what there is not is not made up.
    fs::OpenOptions::new()
        .write(true)
        .open(folder.path().join("0.png"))
        .unwrap()
        .set_len(7)
        .unwrap();
    let seen = site.ask("GET /0.png", &["Range: bytes=5-9"]);
    assert_eq!((seen.status(), seen.kind, seen.content), (206, "slice of a file", vec![7; 2]));
}
