//! The disk tree over real folders, by each way of looking a name up.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::mkfifoat;
use tempfile::TempDir;

use super::*;
use crate::files::tree::{Entry, EntryKind};

/// A folder `root` with what may be met in one, and a file beside it that nobody must see.
fn folder() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("sub/deep")).unwrap();
    fs::write(place.path().join("secret"), "secret").unwrap();
    for (name, content) in [("a", "1"), ("sub/b", "22"), ("sub/deep/c", "333"), ("empty", "")] {
        fs::write(root.join(name), content).unwrap();
    }
    let outside = place.path().join("secret");
    for (name, target) in [
        ("to-a", "a"),
        ("to-a-long", "./sub/../sub//deep/../../a"),
        ("to-sub", "sub"),
        ("sub/up", "../a"),
        ("sub/deep/chain", "../up"),
        ("out", "../secret"),
        ("sub/out", "../../secret"),
        ("out-and-in", "../root/a"),
        ("parent", ".."),
        ("absolute", outside.to_str().unwrap()),
        ("absolute-in", root.join("a").to_str().unwrap()),
        ("nothing", "no-such"),
        ("loop", "loop"),
        ("file-as-folder", "a/"),
        ("folder-with-slash", "sub/"),
        ("beyond-file", "a/../a"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    mkfifoat(CWD, root.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    drop(UnixListener::bind(root.join("socket")).unwrap());
    place
}

fn disk(place: &TempDir, lookup: Lookup) -> Disk {
    Disk { lookup, ..Disk::open(place.path().join("root")).unwrap() }
}

fn open(disk: &Disk, path: &str, now: Instant, patience: Patience) -> String {
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(path.as_bytes(), &mut scratch).unwrap();
    match Tree::open(disk, &path, now, patience) {
        Ok(Node::File(file)) => format!("file of {}", file.stamp.len),
        Ok(Node::Directory) => "directory".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

const AT: Instant = Instant::ORIGIN;

#[test]
fn every_way_to_look_up_finds_the_same() {
    let place = folder();
    for (path, expected) in [
        ("/", "directory"),
        ("/a", "file of 1"),
        ("/empty", "file of 0"),
        ("/sub/deep/c", "file of 3"),
        ("/sub", "directory"),
        ("/sub/", "directory"),
        ("/a/", "NotFound"),
        ("/a/b", "NotFound"),
        ("/b", "NotFound"),
        ("/sub/deep/c/d", "NotFound"),
        ("/to-a", "file of 1"),
        ("/to-a/", "NotFound"),
        ("/to-a-long", "file of 1"),
        ("/to-sub", "directory"),
        ("/to-sub/deep/c", "file of 3"),
        ("/sub/up", "file of 1"),
        ("/sub/deep/chain", "file of 1"),
        ("/folder-with-slash", "directory"),
        ("/folder-with-slash/b", "file of 2"),
        ("/out", "Escapes"),
        ("/sub/out", "Escapes"),
        ("/out-and-in", "Escapes"),
        ("/parent", "Escapes"),
        ("/parent/secret", "Escapes"),
        ("/absolute", "Escapes"),
        ("/absolute-in", "Escapes"),
        ("/nothing", "NotFound"),
        ("/loop", "NotFound"),
        ("/file-as-folder", "NotFound"),
        ("/beyond-file", "NotFound"),
        ("/fifo", "NotFound"),
        ("/socket", "NotFound"),
        (&format!("/{}", "n".repeat(255)), "NotFound"),
        (&format!("/{}", "n".repeat(256)), "NotFound"),
        (&format!("/{}a", "n/".repeat(2500)), "NotFound"),
    ] {
        for lookup in [Lookup::Cached, Lookup::Waiting, Lookup::Walk] {
            let found = open(&disk(&place, lookup), path, AT, Patience::MayBlock);
            assert_eq!(found, expected, "{path} by {lookup:?}");
        }
        // What was looked up a moment ago is in memory, but a file system may not say so.
        let found = open(&disk(&place, Lookup::Cached), path, AT, Patience::CachedOnly);
        assert!(found == expected || found == "WouldBlock", "{path} in memory: {found}");
    }
}

#[test]
fn every_way_to_look_up_lists_what_it_opens() {
    let place = folder();
    for (path, expected) in [
        ("/", "a: 1, empty: 0, folder-with-slash/, sub/, to-a: 1, to-a-long: 1, to-sub/"),
        ("/sub/", "b: 2, deep/, up: 1"),
        ("/sub", "b: 2, deep/, up: 1"),
        ("/to-sub/deep/", "c: 3, chain: 1"),
        ("/a/", "NotFound"),
        ("/a", "NotFound"),
        ("/no-such/", "NotFound"),
        ("/fifo/", "NotFound"),
        ("/parent/", "Escapes"),
    ] {
        for lookup in [Lookup::Cached, Lookup::Waiting, Lookup::Walk] {
            let mut expected: Vec<_> = expected.split(", ").collect();
            expected.sort_unstable();
            assert_eq!(list(&disk(&place, lookup), path), expected, "{path} by {lookup:?}");
        }
    }
}

fn list(disk: &Disk, path: &str) -> Vec<String> {
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(path.as_bytes(), &mut scratch).unwrap();
    let mut entries: Vec<_> = match Tree::list(disk, &path, AT) {
        Ok(entries) => entries.filter_map(Result::transpose).map(show).collect(),
        Err(error) => vec![format!("{error:?}")],
    };
    entries.sort_unstable();
    entries
}

fn show(entry: Result<Entry, OpenError>) -> String {
    let entry = entry.unwrap();
    let name = entry.name.escape_ascii();
    match entry.kind {
        EntryKind::Directory => format!("{name}/"),
        EntryKind::File { len } => format!("{name}: {len}"),
    }
}

#[test]
fn an_entry_is_as_old_as_what_it_leads_to() {
    let place = folder();
    let file = fs::File::open(place.path().join("root/a")).unwrap();
    let time = UNIX_EPOCH + Duration::from_millis(784_111_777_123);
    file.set_modified(time).unwrap();
    let disk = disk(&place, Lookup::Waiting);
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(b"/", &mut scratch).unwrap();
    let entries = Tree::list(&disk, &path, AT).unwrap();
    let entries: Vec<_> = entries.filter_map(Result::unwrap).collect();
    for name in [b"a".as_slice(), b"to-a", b"to-a-long"] {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        assert_eq!(entry.modified, time, "{}", name.escape_ascii());
    }
}

#[test]
fn as_many_links_are_followed_as_the_kernel_follows() {
    let place = folder();
    for link in 1..=41 {
        let target = if link == 1 { "a".to_owned() } else { format!("link-{}", link - 1) };
        symlink(target, place.path().join(format!("root/link-{link}"))).unwrap();
    }
    for (path, expected) in
        [("/link-39", "file of 1"), ("/link-40", "file of 1"), ("/link-41", "NotFound")]
    {
        for lookup in [Lookup::Waiting, Lookup::Walk] {
            let found = open(&disk(&place, lookup), path, AT, Patience::MayBlock);
            assert_eq!(found, expected, "{path} by {lookup:?}");
        }
    }
}

#[test]
fn loop_threads_leave_what_may_wait() {
    let place = folder();
    for lookup in [Lookup::Waiting, Lookup::Walk] {
        let found = open(&disk(&place, lookup), "/a", AT, Patience::CachedOnly);
        assert_eq!(found, "WouldBlock", "{lookup:?}");
    }
}

#[test]
fn a_stamp_tells_states_apart() {
    let place = folder();
    let root = place.path().join("root");
    let disk = disk(&place, Lookup::Waiting);
    let stamp = |name: &str| {
        let mut scratch = Vec::new();
        let path = semantics::path::resolve(name.as_bytes(), &mut scratch).unwrap();
        match Tree::open(&disk, &path, AT, Patience::MayBlock) {
            Ok(Node::File(file)) => file.stamp,
            other => panic!("{other:?}"),
        }
    };
    let before = stamp("/a");
    assert_eq!(before.modified, fs::metadata(root.join("a")).unwrap().modified().unwrap());
    assert_eq!(stamp("/a"), before);
    assert_eq!(stamp("/to-a"), before, "a link is the file that it leads to");
    fs::rename(root.join("sub/b"), root.join("a")).unwrap();
    assert_ne!(stamp("/a"), before);
}

#[test]
fn times_before_the_epoch_are_times() {
    let place = folder();
    let file = fs::File::open(place.path().join("root/a")).unwrap();
    let time = UNIX_EPOCH - Duration::from_millis(1500);
    file.set_modified(time).unwrap();
    let facts = rustix::fs::statx(&file, "", AtFlags::EMPTY_PATH, FACTS).unwrap();
    assert_eq!(modified(&facts), time);
}

#[test]
fn a_root_that_is_replaced_is_served_within_a_second() {
    let place = folder();
    let root = place.path().join("root");
    let disk = disk(&place, Lookup::Waiting);
    let found =
        |millis, patience| open(&disk, "/new", AT.after(Duration::from_millis(millis)), patience);
    assert_eq!(found(0, Patience::MayBlock), "NotFound");
    fs::remove_dir_all(&root).unwrap();
    fs::create_dir(&root).unwrap();
    fs::write(root.join("new"), "4444").unwrap();
    assert_eq!(found(999, Patience::MayBlock), "NotFound", "looked at once a second");
    assert_eq!(found(1000, Patience::CachedOnly), "WouldBlock", "to open it may mean to wait");
    assert_eq!(found(1000, Patience::MayBlock), "file of 4");
}

#[test]
fn a_root_that_goes_and_comes_back() {
    let place = folder();
    let root = place.path().join("root");
    let disk = Disk::open(&root).unwrap();
    let found =
        |seconds| open(&disk, "/a", AT.after(Duration::from_secs(seconds)), Patience::MayBlock);
    assert_eq!(found(0), "file of 1");
    let away = place.path().join("away");
    fs::rename(&root, &away).unwrap();
    assert_eq!(found(1), "NotFound");
    fs::write(&root, "a file").unwrap();
    assert_eq!(found(2), "NotFound");
    fs::remove_file(&root).unwrap();
    fs::rename(&away, &root).unwrap();
    assert_eq!(found(3), "file of 1");
}

#[test]
fn a_deleted_file_is_not_found_and_one_held_is_whole() {
    let place = folder();
    let disk = disk(&place, Lookup::Waiting);
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(b"/sub/deep/c", &mut scratch).unwrap();
    let Ok(Node::File(held)) = Tree::open(&disk, &path, AT, Patience::MayBlock) else {
        panic!("the file is there")
    };
    fs::remove_file(place.path().join("root/sub/deep/c")).unwrap();
    assert_eq!(open(&disk, "/sub/deep/c", AT, Patience::MayBlock), "NotFound");
    let FileSource::Disk(file) = held.source else { panic!("a disk gives disk files") };
    let mut content = [0; 8];
    assert_eq!(rustix::io::pread(&file, &mut content, 0), Ok(3));
    assert_eq!(content[..3], *b"333");
}

#[test]
fn what_cannot_be_a_root_is_said_so() {
    let place = folder();
    for (name, cause) in
        [("no-such", Errno::NOENT), ("secret", Errno::NOTDIR), ("root/loop", Errno::LOOP)]
    {
        let path = place.path().join(name);
        let error = Disk::open(&path).unwrap_err();
        assert_eq!((error.path(), error.cause()), (path.as_path(), cause), "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn errors_mean_the_same_wherever_they_come_from() {
    use OpenError::{Escapes, Failed, NotFound, Resources, WouldBlock};
    let (cached, patient) = (Patience::CachedOnly, Patience::MayBlock);
    for (errno, patience, expected) in [
        (Errno::AGAIN, cached, WouldBlock),
        (Errno::INVAL, cached, WouldBlock),
        (Errno::AGAIN, patient, Resources(Errno::AGAIN)),
        (Errno::INVAL, patient, Failed(Errno::INVAL)),
        (Errno::XDEV, patient, Escapes),
        (Errno::ACCESS, patient, NotFound),
        (Errno::NAMETOOLONG, patient, NotFound),
        (Errno::NXIO, patient, NotFound),
        (Errno::MFILE, cached, Resources(Errno::MFILE)),
        (Errno::NFILE, patient, Resources(Errno::NFILE)),
        (Errno::NOMEM, patient, Resources(Errno::NOMEM)),
        (Errno::IO, patient, Failed(Errno::IO)),
    ] {
        assert_eq!(open_error(errno, patience), expected, "{errno:?} {patience:?}");
    }
}
