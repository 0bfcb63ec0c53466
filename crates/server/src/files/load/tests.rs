//! Loading: files that change under the read, and cold ones.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reactor::clock::Instant;
use semantics::status::Status;

use super::super::disk::Disk;
use super::super::memory::Memory;
use super::super::slice::{DiskFile, FileSource};
use super::super::tree::OpenFile;
use super::*;

fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

fn terms(wall: SystemTime) -> Terms {
    let now = Now { instant: Instant::ORIGIN, wall };
    Terms { now, read_size_max: 100, patience: Patience::MayBlock, compressed: None }
}

const LATER: Duration = Duration::from_secs(100);

fn load_file(tree: &dyn Tree, known: Option<&Arc<Variants>>, terms: Terms) -> Arc<Variants> {
    let mut scratch = Vec::new();
    let path = semantics::path::resolve(b"/f.txt", &mut scratch).unwrap();
    match load(tree, &path, known, terms) {
        Ok(Found { finding: Finding::File(file), .. }) => file,
        other => panic!("{other:?}"),
    }
}

fn fields(file: &Variants) -> String {
    let fields = file.identity().description.fields();
    let line = |(name, value): (&str, &[u8])| format!("{name}: {}\n", value.escape_ascii());
    fields.iter().map(line).collect()
}

#[test]
fn a_file_is_described() {
    let tree: Memory = [("f.txt", "four", modified())].into_iter().collect();
    let file = load_file(&tree, None, terms(modified() + LATER));
    assert_eq!(
        fields(&file),
        "Content-Type: text/plain; charset=utf-8\n\
         X-Content-Type-Options: nosniff\n\
         Accept-Ranges: bytes\n\
         ETag: \\\"4-ae1b4d5f5fee200\\\"\n\
         Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n"
            .replace("ae1b4d5f5fee200", &format!("{:x}", 784_111_777_000_000_000u64))
    );
    let file = file.identity();
    assert_eq!((file.whole.status(), file.whole.length()), (Status::OK, Some(4)));
    assert_eq!(
        (file.not_modified.status(), file.not_modified.length()),
        (Status::NOT_MODIFIED, None)
    );
}

#[test]
fn without_a_time_the_content_makes_the_tag() {
    let tag = |content: &'static str| {
        let tree: Memory = [("f.txt", content, UNIX_EPOCH)].into_iter().collect();
        fields(&load_file(&tree, None, terms(modified())))
    };
    assert_ne!(tag("one"), tag("two"), "of the same size");
    assert_eq!(tag("one"), tag("one"));
    assert!(!tag("one").contains("Last-Modified"), "{}", tag("one"));
}

#[test]
fn a_date_from_the_future_is_not_sent() {
    let tree: Memory = [("f.txt", "four", modified() + LATER)].into_iter().collect();
    let fields = fields(&load_file(&tree, None, terms(modified())));
    assert!(fields.contains("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n"), "{fields}");
    assert!(fields.contains("ETag: W/"), "{fields}");
}

#[test]
fn small_files_are_read_and_large_ones_held() {
    let place = tempfile::tempdir().unwrap();
    let disk = Disk::open(place.path()).unwrap();
    for (len, is_held) in [(0, false), (99, false), (100, false), (101, true)] {
        std::fs::write(place.path().join("f.txt"), vec![b'x'; len]).unwrap();
        let file = load_file(&disk, None, terms(SystemTime::UNIX_EPOCH));
        assert_eq!(file.held().count(), usize::from(is_held), "{len}");
        let file = file.identity();
        assert_eq!(file.content.len(), len as u64);
        assert_eq!(file.content.bytes().map(Bytes::len), (!is_held).then_some(len), "{len}");
        assert_eq!(file.content.whole().is_ok(), !is_held, "who does not pin it finds it closed");
    }
}

#[test]
fn an_unchanged_file_is_kept_once_its_time_has_settled() {
    let tree: Memory = [("f.txt", "four", modified())].into_iter().collect();
    for (age, is_kept) in [(0, false), (1999, false), (2000, true), (9000, true)] {
        let terms = terms(modified() + Duration::from_millis(age));
        let known = load_file(&tree, None, terms);
        let file = load_file(&tree, Some(&known), terms);
        assert_eq!(Arc::ptr_eq(&known, &file), is_kept, "{age}");
    }
    let known = load_file(&tree, None, terms(modified() + LATER));
    tree.insert("f.txt", "five", modified());
    let file = load_file(&tree, Some(&known), terms(modified() + LATER));
    assert_eq!(file.identity().content.bytes().unwrap(), "five");
}

/// A file of 4 bytes that is said to have 10, the first `lies` times it is opened.
#[derive(Debug)]
struct Shrinking {
    file: Arc<DiskFile>,
    lies: usize,
    openings: AtomicUsize,
}

impl Tree for Shrinking {
    fn open(&self, path: &SafePath<'_>, _: Instant, _: Patience) -> Result<Node, OpenError> {
        if path.as_bytes() != b"f.txt" {
            return Err(OpenError::NotFound);
        }
        let is_lie = self.openings.fetch_add(1, Ordering::Relaxed) < self.lies;
        let stamp =
            Stamp { len: if is_lie { 10 } else { 4 }, modified: modified(), identity: (1, 1) };
        Ok(Node::File(OpenFile { source: FileSource::Disk(Arc::clone(&self.file)), stamp }))
    }
}

#[test]
fn a_file_that_shrinks_is_read_again_once() {
    for (lies, openings, is_cut_short) in [(0, 1, false), (1, 2, false), (2, 2, true)] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"four").unwrap();
        let file = DiskFile::new(file.into());
        let tree = Shrinking { file, lies, openings: AtomicUsize::new(0) };
        let loaded = load_file(&tree, None, terms(modified() + LATER));
        let loaded = loaded.identity();
        assert_eq!(tree.openings.load(Ordering::Relaxed), openings, "{lies}");
        assert_eq!(loaded.content.bytes().unwrap(), "four");
        assert_eq!(loaded.whole.length(), Some(4), "the head agrees with what was read");
        assert_eq!(loaded.is_cut_short(), is_cut_short, "{lies}");
        let stamp = Stamp { len: 4, modified: modified(), identity: (1, 1) };
        assert_eq!(loaded.is_still(&stamp), !is_cut_short, "{lies}");
    }
}
