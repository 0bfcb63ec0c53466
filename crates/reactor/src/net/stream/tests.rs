//! Streams on real connections.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;

use super::super::SocketFault;
use super::*;
use crate::driver::Epoll;
use crate::testing::{
    epoll_worker, reset, run_to_end, send_urgent, shrink_send_buffer, tcp_pair, turn_until,
};
use crate::worker::Worker;

/// Makes a worker with a stream on it, and the peer's end.
fn connected() -> (Worker<Epoll>, Stream, TcpStream) {
    let (worker, poller) = epoll_worker();
    let (ours, peer) = tcp_pair();
    let stream = Stream::register(ours, worker.handle(), &poller).unwrap();
    (worker, stream, peer)
}

async fn ready(stream: &Stream, wanted: Readiness) {
    poll_fn(|cx| stream.poll_ready(cx, wanted)).await;
}

/// Reads as a connection does: only when the stream says that there is something.
async fn read_when_ready(stream: &mut Stream, buf: &mut [u8]) -> Progress {
    loop {
        ready(stream, Readiness::IN).await;
        let progress = stream.try_read(buf).unwrap();
        if progress != Progress::NotReady {
            return progress;
        }
    }
}

/// Reads to the end and returns the pieces.
async fn read_pieces(stream: &mut Stream) -> Vec<Vec<u8>> {
    let (mut buf, mut pieces) = ([0; 64], Vec::new());
    while let Progress::Bytes(len) = read_when_ready(stream, &mut buf).await {
        pieces.push(buf[..len].to_vec());
    }
    pieces
}

#[test]
fn a_short_read_saves_the_call_that_would_find_nothing() {
    let (mut worker, mut stream, mut peer) = connected();
    peer.write_all(b"request").unwrap();
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::IN));
    assert_eq!(stream.try_read(&mut [0; 64]), Ok(Progress::Bytes(7)));
    assert_eq!(stream.readiness(), Readiness::OUT);
    assert_eq!(stream.try_read(&mut [0; 64]), Ok(Progress::NotReady));

    peer.write_all(b"request").unwrap();
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::IN));
    assert_eq!(stream.try_read(&mut [0; 7]), Ok(Progress::Bytes(7)));
    assert!(stream.readiness().intersects(Readiness::IN), "a full buffer proves nothing");
}

#[test]
fn what_lies_behind_an_urgent_mark_is_read_too() {
    // All of it is there before the stream is registered: no further edge will come.
    let (worker, poller) = epoll_worker();
    let (ours, mut peer) = tcp_pair();
    peer.write_all(b"before").unwrap();
    send_urgent(&peer, b'!');
    peer.write_all(b"behind").unwrap();
    let mut stream = Stream::register(ours, worker.handle(), &poller).unwrap();
    let pieces: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
    let read = Rc::clone(&pieces);
    worker.handle().spawn(async move {
        let mut buf = [0; 64];
        while read.borrow().concat().len() < 12 {
            let Progress::Bytes(len) = read_when_ready(&mut stream, &mut buf).await else { break };
            read.borrow_mut().push(buf[..len].to_vec());
        }
    });
    run_to_end(worker);
    assert_eq!(*pieces.borrow(), [b"before", b"behind"], "recv stops at the mark");
}

#[test]
fn a_half_closed_peer_is_read_to_the_end_and_answered() {
    let (worker, mut stream, mut peer) = connected();
    peer.write_all(b"question").unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    worker.handle().spawn(async move {
        assert_eq!(read_pieces(&mut stream).await.concat(), b"question");
        let answer = [IoSlice::new(b"an"), IoSlice::new(b"swer")];
        assert_eq!(stream.try_write(&answer, More::Last), Ok(Progress::Bytes(6)));
        stream.close_write();
        // Both halves are closed now; the stream is dropped here.
    });
    run_to_end(worker);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");
}

#[test]
fn a_reset_is_the_peers_doing() {
    let (mut worker, mut stream, peer) = connected();
    reset(peer);
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::ERR));
    assert!(stream.readiness().contains(Readiness::IN | Readiness::OUT), "met both ways");
    let lost = |result: Result<Progress, SocketError>| result.map_err(|error| error.fault);
    let peers = Err(SocketFault::Peer);
    assert_eq!(lost(stream.try_read(&mut [0; 8])), peers);
    assert_eq!(lost(stream.try_write(&[IoSlice::new(b"x")], More::Last)), peers);
}

#[test]
fn a_short_write_waits_for_room_and_loses_nothing() {
    let (worker, mut stream, mut peer) = connected();
    shrink_send_buffer(&stream.socket);
    let message: Vec<u8> = (0..=255).cycle().take(512 << 10).collect();
    let reading = std::thread::spawn(move || {
        let mut received = Vec::new();
        peer.read_to_end(&mut received).map(|_| received)
    });
    let sent = message.clone();
    let waits = Rc::new(Cell::new(0));
    let waited = Rc::clone(&waits);
    worker.handle().spawn(async move {
        let mut left = &sent[..];
        while !left.is_empty() {
            match stream.try_write(&[IoSlice::new(left)], More::Follows).unwrap() {
                Progress::Bytes(len) => left = &left[len..],
                Progress::NotReady => {}
                Progress::End => unreachable!("a write does not end"),
            }
            if !left.is_empty() {
                assert!(!stream.readiness().intersects(Readiness::OUT), "there was no room");
                waited.set(waited.get() + 1);
                ready(&stream, Readiness::OUT).await;
            }
        }
    });
    run_to_end(worker);
    assert!(reading.join().unwrap().unwrap() == message, "as it was sent");
    assert!(waits.get() > 2, "it was too much for the kernel at once");
}

/// Sends `asked` bytes of a file by `sendfile`, and returns how it ended and what arrived.
fn send_file(file: File, asked: usize) -> (Progress, Vec<u8>) {
    let (worker, mut stream, mut peer) = connected();
    let reading = std::thread::spawn(move || {
        let mut received = Vec::new();
        peer.read_to_end(&mut received).map(|_| received)
    });
    let result = Rc::new(Cell::new(Progress::NotReady));
    let ended = Rc::clone(&result);
    worker.handle().spawn(async move {
        let mut sent = 0;
        while sent < asked {
            match stream.try_send_file(&file, sent as u64, asked - sent).unwrap() {
                Progress::Bytes(len) => sent += len,
                Progress::NotReady => ready(&stream, Readiness::OUT).await,
                Progress::End => break,
            }
        }
        ended.set(if sent == asked { Progress::Bytes(sent) } else { Progress::End });
    });
    run_to_end(worker);
    (result.get(), reading.join().unwrap().unwrap())
}

#[test]
fn a_file_is_sent_whole_and_one_that_shrank_to_its_end() {
    let content: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    let whole = || {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        file
    };
    let (progress, received) = send_file(whole(), content.len());
    assert_eq!(progress, Progress::Bytes(content.len()));
    assert!(received == content);

    let shrunk = whole();
    shrunk.set_len(100_000).unwrap();
    let (progress, received) = send_file(shrunk, content.len());
    assert_eq!(progress, Progress::End);
    assert!(received == content[..100_000]);
}

#[test]
fn an_empty_read_or_send_is_not_an_end() {
    let (_worker, mut stream, mut peer) = connected();
    peer.write_all(b"x").unwrap();
    let file = tempfile::tempfile().unwrap();
    assert_eq!(stream.try_send_file(&file, 0, 0), Ok(Progress::Bytes(0)));
    assert_eq!(stream.try_send_file(&file, 0, 1), Ok(Progress::End));
    assert_ne!(stream.try_read(&mut []), Ok(Progress::End));
}

#[test]
fn a_dropped_stream_is_closed_and_leaves_nothing() {
    let (worker, stream, mut peer) = connected();
    assert_eq!(worker.handle().census().sources, 1);
    drop(stream);
    assert_eq!(worker.handle().census().sources, 0);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn a_queue_can_be_made_long_and_short_again() {
    let (_worker, mut stream, _peer) = connected();
    // More than a short queue and what the peer's kernel takes of it, and less than a long one.
    let much = vec![b'x'; 64 << 10];
    let fill = |stream: &mut Stream| {
        let mut taken = 0;
        while let Ok(Progress::Bytes(count)) = stream.try_write(&[IoSlice::new(&much)], More::Last)
        {
            taken += count;
        }
        taken
    };
    stream.set_queue(Queue::Short);
    assert!(fill(&mut stream) > 0);
    assert_eq!(fill(&mut stream), 0, "it is full");
    stream.set_queue(Queue::Long);
    assert!(fill(&mut stream) > 0, "there is room in a longer one");
    stream.set_queue(Queue::Short);
    assert_eq!(fill(&mut stream), 0);
}
