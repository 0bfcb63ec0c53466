//! Files that are not in memory, beside those that are.

use std::fs::File;
use std::io::IoSliceMut;
use std::path::Path;

use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};
use rustix::process::Signal;
use tempfile::TempDir;
use testkit::noise;
use testkit::program::{Program, eventually, write_file};

use crate::site::avocet;

/// Eight chunks and a little.
const SIZE: usize = (8 << 20) + 123;

/// Has a file leave memory, all but a page of its third chunk.
fn cool(path: &Path) {
    let file = File::open(path).expect("it was written");
    file.sync_all().expect("the disk takes it");
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("the kernel is told");
    // To look has the kernel fetch that page. It is not to fetch others with it.
    rustix::fs::fadvise(&file, 0, None, Advice::Random).expect("the kernel is told");
    let mut byte = [0];
    let byte = &mut [IoSliceMut::new(&mut byte)];
    let read = rustix::io::preadv2(&file, byte, 5 << 19, ReadWriteFlags::NOWAIT);
    assert_eq!(read, Err(Errno::AGAIN), "the folder for what tests make is on a disk");
}

/// Serves a folder on a disk, where temporary files may have none, that has a large file.
fn served(content: &[u8]) -> (Program, TempDir) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.expect("a folder can be made");
    write_file(&folder.path().join("file"), content);
    write_file(&folder.path().join("small"), "small");
    let mut command = avocet(&["serve"]);
    command.arg(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--workers", "1", "--log", "off"]);
    (Program::serve(&mut command), folder)
}

/// Returns how many chunks were read on the pool.
fn chunks_loaded(program: &Program) -> usize {
    program.signal(Signal::USR2);
    let line = program.stderr.find("chunks_loaded");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn what_is_not_in_memory_is_read_on_the_pool_and_sent_whole() {
    let content = noise(SIZE);
    let (program, folder) = served(&content);
    let mut client = program.client();
    assert!(client.get("/file").body == content);
    assert_eq!(chunks_loaded(&program), 0, "it was in memory");
    cool(&folder.path().join("file"));
    // Past the second in which what was found in memory is not looked at again.
    let passed = std::time::Duration::from_millis(1100);
    assert!(client.is_silent_for(passed));
    assert!(client.get("/file").body == content);
    let loaded = chunks_loaded(&program);
    // The first is found missing; those behind it are read while the one before is sent.
    assert_eq!(loaded, 9, "each once, by one request");
    assert!(client.get("/file").body == content);
    assert!(client.is_silent_for(passed));
    assert!(client.get("/file").body == content);
    assert_eq!(chunks_loaded(&program), loaded, "it is in memory again");
}

#[test]
fn who_does_not_read_has_one_chunk_read_ahead() {
    let content = noise(SIZE);
    let (program, folder) = served(&content);
    cool(&folder.path().join("file"));
    let mut client = program.client();
    client.send(testkit::raw::request("GET", "/file", &[]));
    eventually("the first chunk and the next are read", || chunks_loaded(&program) == 2);
    assert!(program.client().is_silent_for(std::time::Duration::from_millis(300)));
    assert_eq!(chunks_loaded(&program), 2, "what the client has not begun to take");
    assert!(client.answer().body == content);
    assert_eq!(chunks_loaded(&program), 9);
}

#[test]
fn a_range_of_what_is_not_in_memory_is_read_by_itself() {
    let content = noise(SIZE);
    let (program, folder) = served(&content);
    cool(&folder.path().join("file"));
    let mut client = program.client();
    let answer = client.ask("GET", "/file", &["Range: bytes=4500000-4500009"]);
    assert_eq!((answer.status, &answer.body[..]), (206, &content[4_500_000..4_500_010]));
    assert_eq!(chunks_loaded(&program), 1);
    let file = File::open(folder.path().join("file")).expect("it is there");
    let mut byte = [0];
    let byte = &mut [IoSliceMut::new(&mut byte)];
    let read = rustix::io::preadv2(&file, byte, 5 << 20, ReadWriteFlags::NOWAIT);
    assert_eq!(read, Err(Errno::AGAIN), "the rest of its chunk stays where it is");
}

#[test]
fn many_who_want_what_is_not_in_memory_get_it_and_one_who_does_not_is_served() {
    let content = noise(SIZE);
    let (program, folder) = served(&content);
    cool(&folder.path().join("file"));
    let mut clients: Vec<_> = (0..16).map(|_| program.client()).collect();
    for client in &mut clients {
        client.send(testkit::raw::request("GET", "/file", &[]));
    }
    assert_eq!(program.client().get("/small").text(), "small");
    for client in &mut clients {
        assert!(client.answer().body == content);
    }
    assert!(chunks_loaded(&program) >= 8);
}
