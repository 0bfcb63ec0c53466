//! Chunks of real files, in memory and not.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::Advice;
use tempfile::{NamedTempFile, TempDir};

use super::*;
use crate::files::tree::{Node, Patience, Tree};
use crate::files::{Disk, OpenFile};

const MIB: u64 = 1 << 20;
const AT: Instant = Instant::ORIGIN;

fn later(millis: u64) -> Instant {
    AT.after(Duration::from_millis(millis))
}

/// Makes a file beside the test's own program: there is a disk, where temporary files may have
/// none.
fn file_on_disk(len: u64) -> File {
    let program = std::env::current_exe().unwrap();
    let mut file = tempfile::tempfile_in(program.parent().unwrap()).unwrap();
    file.write_all(&vec![b'x'; usize::try_from(len).unwrap()]).unwrap();
    file.sync_all().unwrap();
    file
}

/// Has a file leave memory, of 1 MiB or more, all but one page in the middle of its first.
fn cool(file: &File) {
    rustix::fs::fadvise(file, 0, None, Advice::DontNeed).unwrap();
    // To look has the kernel fetch that page. It is not to fetch others with it.
    rustix::fs::fadvise(file, 0, None, Advice::Random).unwrap();
    assert_eq!(peek(file, MIB / 2), Err(Errno::AGAIN), "the test's program is on a disk");
}

fn peek(file: &File, offset: u64) -> Result<usize, Errno> {
    let mut byte = [0];
    rustix::io::preadv2(file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT)
}

fn disk_file(file: &File) -> Arc<DiskFile> {
    DiskFile::new(OwnedFd::from(file.try_clone().unwrap()))
}

fn slice(file: &Arc<DiskFile>, range: Range<u64>) -> FileSlice {
    FileSlice::new(FileSource::Disk(Arc::clone(file)), range)
}

/// Says how much is ready, if anything is, or which part is to be read.
fn front(file: &Arc<DiskFile>, range: Range<u64>, now: Instant) -> Result<u64, Range<u64>> {
    match slice(file, range).front(now) {
        Front::Ready(len) => Ok(len),
        Front::Cold(chunk) => {
            assert_eq!(chunk.len(), chunk.part.end - chunk.part.start);
            Err(chunk.part)
        }
    }
}

/// Reads what the front of a slice waits for.
fn load(file: &Arc<DiskFile>, range: Range<u64>, now: Instant) -> Result<(), Unreadable> {
    match slice(file, range).front(now) {
        Front::Ready(_) => panic!("it is in memory"),
        Front::Cold(chunk) => chunk.load(),
    }
}

#[test]
fn what_is_in_memory_is_ready_to_the_end_of_its_chunk() {
    let file = disk_file(&file_on_disk(3 * MIB));
    for (range, ready) in [
        (0..3 * MIB, MIB),
        (0..MIB - 1, MIB - 1),
        (0..MIB, MIB),
        (0..MIB + 1, MIB),
        (MIB - 1..3 * MIB, 1),
        (MIB + 7..3 * MIB, MIB - 7),
        (3 * MIB - 1..3 * MIB, 1),
    ] {
        assert_eq!(front(&file, range.clone(), AT), Ok(ready), "{range:?}");
    }
}

#[test]
fn a_cold_chunk_is_read_and_then_sent() {
    let content = file_on_disk(3 * MIB);
    cool(&content);
    let file = disk_file(&content);
    assert_eq!(front(&file, 0..3 * MIB, AT), Err(0..MIB));
    assert_eq!(load(&file, 0..3 * MIB, AT), Ok(()));
    assert_eq!(front(&file, 0..3 * MIB, AT), Ok(MIB));
    assert_eq!(front(&file, 0..3 * MIB, later(5000)), Ok(MIB), "it is there");
    assert_eq!(front(&disk_file(&content), 0..MIB, AT), Ok(MIB), "whoever asks");
    // A range waits for itself alone.
    assert_eq!(front(&file, 2 * MIB + 10..2 * MIB + 20, AT), Err(2 * MIB + 10..2 * MIB + 20));
}

#[test]
fn what_is_behind_a_part_ends_with_its_chunk() {
    let file = disk_file(&file_on_disk(3 * MIB));
    let behind = |range: Range<u64>, len| {
        slice(&file, range).behind(len, AT).map(|chunk| (chunk.offset(), chunk.len()))
    };
    for (range, len, expected) in [
        (0..3 * MIB, MIB, Some((MIB, MIB))),
        (0..3 * MIB, 2 * MIB, Some((2 * MIB, MIB))),
        (0..3 * MIB, 3 * MIB, None),
        (7..MIB + 1, MIB - 7, Some((MIB, 1))),
        (7..MIB, MIB - 7, None),
    ] {
        assert_eq!(behind(range.clone(), len), expected, "{range:?} behind {len}");
    }
    file.note_in_memory();
    assert_eq!(behind(0..3 * MIB, MIB), None, "nothing of it is waited for");
}

#[test]
fn what_was_read_ahead_is_fresh_for_a_second() {
    let content = file_on_disk(2 * MIB);
    cool(&content);
    let file = disk_file(&content);
    let chunk = slice(&file, 0..2 * MIB).behind(MIB, AT).unwrap();
    assert_eq!(chunk.fresh_until(), later(1000));
    assert_eq!(chunk.load(), Ok(()));
    assert_eq!(front(&file, MIB..2 * MIB, AT), Ok(MIB));
    assert_eq!(front(&file, 0..2 * MIB, AT), Err(0..MIB), "the one before it was not asked for");
}

#[test]
fn either_end_may_be_missing() {
    for there in [MIB - 4096, 0] {
        let content = file_on_disk(MIB);
        cool(&content);
        rustix::io::pread(&content, &mut [0], there).unwrap();
        assert_eq!(front(&disk_file(&content), 0..MIB, AT), Err(0..MIB), "with {there}");
    }
}

#[test]
fn who_looks_at_what_is_missing_does_not_find_it() {
    let content = file_on_disk(MIB);
    cool(&content);
    let file = disk_file(&content);
    for _ in 0..4 {
        assert_eq!(front(&file, 0..MIB, AT), Err(0..MIB));
        // What was looked at is fetched by then.
        rustix::io::pread(&content, &mut [0], 0).unwrap();
        rustix::io::pread(&content, &mut [0], MIB - 1).unwrap();
    }
    assert_eq!(load(&file, 0..MIB, AT), Ok(()));
    assert_eq!(front(&file, 0..MIB, AT), Ok(MIB));
}

#[test]
fn what_was_found_is_not_looked_at_for_a_second() {
    let content = file_on_disk(MIB);
    let file = disk_file(&content);
    assert_eq!(front(&file, 0..MIB, AT), Ok(MIB));
    cool(&content);
    assert_eq!(front(&file, 0..MIB, later(900)), Ok(MIB), "nobody looks");
    assert_eq!(front(&file, 4096..MIB, later(900)), Ok(MIB - 4096), "nor at the rest of it");
    assert_eq!(front(&file, 0..MIB, later(1000)), Err(0..MIB));
}

#[test]
fn what_another_has_read_meanwhile_is_not_read_again() {
    let content = file_on_disk(MIB);
    cool(&content);
    let file = disk_file(&content);
    let chunk = |now| match slice(&file, 0..MIB).front(now) {
        Front::Cold(chunk) => chunk,
        Front::Ready(_) => panic!("it is not in memory"),
    };
    let (first, second) = (chunk(AT), chunk(AT));
    assert_eq!(first.load(), Ok(()));
    cool(&content);
    assert_eq!(second.load(), Ok(()));
    assert_eq!(peek(&content, 0), Err(Errno::AGAIN));
}

#[test]
fn a_file_that_shrank_is_not_waited_for() {
    let content = file_on_disk(2 * MIB);
    let file = disk_file(&content);
    cool(&content);
    content.set_len(9000).unwrap();
    assert_eq!(front(&file, MIB..2 * MIB, AT), Ok(MIB), "the transport finds out");
    assert_eq!(load(&file, 0..MIB, AT), Ok(()), "as far as it goes");
}

#[test]
fn what_cannot_be_read_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = DiskFile::new(File::open(folder.path()).unwrap().into());
    for _ in 0..2 {
        assert_eq!(load(&file, 0..10, AT), Err(Unreadable));
    }
    assert!(!file.is_first_failure(), "it was said");
    assert_eq!(path_of(&file), folder.path().to_str().unwrap());
}

#[test]
fn a_file_system_that_cannot_tell_has_every_chunk_read() {
    let file = disk_file(&file_on_disk(2 * MIB));
    file.note_mute();
    assert_eq!(front(&file, 0..2 * MIB, AT), Err(0..MIB));
    assert_eq!(load(&file, 0..2 * MIB, AT), Ok(()));
    assert!(!file.lies_in_memory());
    assert_eq!(front(&file, 0..2 * MIB, later(900)), Ok(MIB));
    assert_eq!(front(&file, MIB..2 * MIB, later(900)), Err(MIB..2 * MIB));
    assert_eq!(front(&file, 0..2 * MIB, later(1000)), Err(0..MIB));
}

/// A folder in memory: there is one on every system that has POSIX shared memory.
fn folder_in_memory() -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    assert!(super::super::disk::is_in_memory(File::open(folder.path()).unwrap()));
    folder
}

#[test]
fn a_tree_in_memory_is_never_waited_for() {
    let folder = folder_in_memory();
    std::fs::write(folder.path().join("file"), vec![b'x'; 2 << 20]).unwrap();
    let disk = Disk::open(folder.path()).unwrap();
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(b"/file", &mut scratch).unwrap();
    let node = disk.open(&path, AT, Patience::MayBlock).unwrap();
    let Node::File(OpenFile { source: FileSource::Disk(file), .. }) = node else {
        panic!("{node:?}")
    };
    assert_eq!(front(&file, 0..2 * MIB, AT), Ok(MIB));
}

#[test]
fn a_file_in_memory_within_another_tree_is_waited_for_once() {
    let folder = folder_in_memory();
    let mut content = NamedTempFile::new_in(folder.path()).unwrap();
    content.write_all(&[b'x'; 100]).unwrap();
    let file = disk_file(content.as_file());
    if front(&file, 0..100, AT).is_err() {
        assert_eq!(load(&file, 0..100, AT), Ok(()));
        assert!(file.lies_in_memory());
    }
    assert_eq!(front(&file, 0..100, later(5000)), Ok(100));
}
