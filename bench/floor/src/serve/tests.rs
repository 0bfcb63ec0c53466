//! The floor against clients on real sockets; one thread has both ends.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;

use super::*;
use crate::answer::Answers;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A file that goes with the test.
struct TestFile(PathBuf);

impl TestFile {
    fn of_size(name: &str, size: usize) -> Self {
        let path = std::env::temp_dir().join(format!("floor-{name}-{}", std::process::id()));
        fs::write(&path, vec![b'x'; size]).unwrap();
        Self(path)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn floor(answers: Answers, times: Option<usize>) -> (Floor, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    (Floor::new(listener, Exchange::new(answers, REQUEST.len(), times)).unwrap(), addr)
}

/// Sends the pieces, one turn of the floor after each, and gives back all that is answered.
fn exchange(answers: Answers, pieces: &[&[u8]]) -> String {
    let (mut floor, addr) = floor(answers, None);
    let mut client = TcpStream::connect(addr).unwrap();
    floor.turn().unwrap();
    for piece in pieces {
        client.write_all(piece).unwrap();
        floor.turn().unwrap();
    }
    drop(floor);
    let mut answered = String::new();
    client.read_to_string(&mut answered).unwrap();
    answered
}

/// Lets the floor turn and reads, until the floor closes the connection; counts the bytes.
fn read_slowly(floor: &mut Floor, client: &mut TcpStream) -> usize {
    client.set_nonblocking(true).unwrap();
    let mut buf = vec![0; 16 * 1024];
    let mut received = 0;
    loop {
        match client.read(&mut buf) {
            Ok(0) => return received,
            Ok(len) => received += len,
            // Something of it is on its way, or there is room: the floor has its turn at once.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => floor.turn().unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The one answer that all others are copies of.
fn answer(body_size: usize) -> String {
    let answered = exchange(Answers::in_memory(body_size, 1), &[REQUEST]);
    assert!(answered.ends_with(&format!("\r\n\r\n{}", "x".repeat(body_size))));
    answered
}

#[test]
fn as_many_answers_as_requests_however_they_are_cut() {
    let file = TestFile::of_size("cut", 5);
    let check = |pieces: &[&[u8]], count: usize| {
        let expected = answer(5).repeat(count);
        assert_eq!(exchange(Answers::in_memory(5, 2), pieces), expected, "{count}");
        assert_eq!(exchange(Answers::of_file(&file.0).unwrap(), pieces), expected, "{count}");
    };
    check(&[REQUEST], 1);
    check(&[&REQUEST[..7], &REQUEST[7..]], 1);
    check(&[&REQUEST.repeat(2)], 2);
    check(&[&REQUEST.repeat(3)], 3);
    check(&[&REQUEST.repeat(2)[..30], &REQUEST.repeat(2)[30..]], 2);
    check(&[&REQUEST[..7]], 0);
}

#[test]
fn what_the_socket_has_no_room_for_follows_when_it_has() {
    let size = 3 << 20;
    let file = TestFile::of_size("large", size);
    let check = |answers: Answers, count: usize| {
        let (mut floor, addr) = floor(answers, Some(count));
        let mut client = TcpStream::connect(addr).unwrap();
        client.write_all(&REQUEST.repeat(count)).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let received = read_slowly(&mut floor, &mut client);
        assert_eq!(received, (answer(size).len()) * count, "{count}");
    };
    for count in [1, 3] {
        check(Answers::in_memory(size, 1), count);
        check(Answers::in_memory(size, 2), count);
        check(Answers::of_file(&file.0).unwrap(), count);
    }
}

#[test]
fn a_blocked_connection_costs_no_turns_and_holds_nobody_up() {
    let file = TestFile::of_size("blocked", 16 << 20);
    let (mut floor, addr) = floor(Answers::of_file(&file.0).unwrap(), None);
    let mut blocked = TcpStream::connect(addr).unwrap();
    floor.turn().unwrap();
    blocked.write_all(REQUEST).unwrap();
    floor.turn().unwrap();
    // What it asks now is read when its first answer is sent, so only the other one is told of.
    blocked.write_all(REQUEST).unwrap();
    let mut other = TcpStream::connect(addr).unwrap();
    floor.turn().unwrap();
    other.write_all(REQUEST).unwrap();
    floor.turn().unwrap();
    assert_eq!(floor.events.len(), 1);
    let mut status = [0; 15];
    other.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
}

#[test]
fn a_file_that_shrinks_ends_its_connection() {
    let file = TestFile::of_size("shrinks", 100);
    let (mut floor, addr) = floor(Answers::of_file(&file.0).unwrap(), None);
    fs::write(&file.0, "").unwrap();
    let mut client = TcpStream::connect(addr).unwrap();
    client.write_all(REQUEST).unwrap();
    let received = read_slowly(&mut floor, &mut client);
    assert!(received < answer(100).len(), "{received}");
}

#[test]
fn a_connection_is_closed_after_as_many_answers_as_was_said() {
    let check = |times: usize, batches: &[usize]| {
        let (mut floor, addr) = floor(Answers::in_memory(5, 4), Some(times));
        let mut client = TcpStream::connect(addr).unwrap();
        for &batch in batches {
            client.write_all(&REQUEST.repeat(batch)).unwrap();
            floor.turn().unwrap();
        }
        let received = read_slowly(&mut floor, &mut client);
        assert_eq!(received, answer(5).len() * times, "{times}");
        assert_eq!(floor.connections.slots.iter().flatten().count(), 0);
    };
    check(1, &[1]);
    check(2, &[1, 1]);
    check(3, &[3]);
    check(3, &[2, 1]);
}

#[test]
fn newcomers_take_the_slots_of_those_who_left() {
    let (mut floor, addr) = floor(Answers::in_memory(5, 1), None);
    for _ in 0..3 {
        let clients: Vec<_> = (0..100).map(|_| TcpStream::connect(addr).unwrap()).collect();
        while floor.connections.slots.iter().flatten().count() < clients.len() {
            floor.turn().unwrap();
        }
        drop(clients);
        while floor.connections.free.len() < floor.connections.slots.len() {
            floor.turn().unwrap();
        }
    }
    assert_eq!(floor.connections.slots.len(), 100);
}
