//! Pipes between tasks and threads: bounds, ends, errors, wake-ups.

use std::io::{Read, Write};
use std::thread;

use super::super::testing::{Alarm, block_on};
use super::*;

/// Some bytes that do not repeat at a chunk's length.
fn bytes(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn received_whole(consumer: &mut Consumer) -> Result<Vec<u8>, PipeError> {
    let mut received = Vec::new();
    while let Some(chunk) = consumer.recv_blocking()? {
        received.extend_from_slice(&chunk);
    }
    Ok(received)
}

fn polled_whole(consumer: &mut Consumer) -> Vec<u8> {
    let chunks = std::iter::from_fn(|| block_on(|cx| consumer.poll_recv(cx)));
    chunks.flat_map(Result::unwrap).collect()
}

#[test]
fn bytes_arrive_whole_and_in_order_whichever_end_blocks() {
    let sent = bytes(100_000);
    for (capacity, piece) in [(1, 7), (64, 64), (1_000, 3), (4_096, 70_000), (1 << 20, 16_384)] {
        // A capacity of one byte takes a switch of threads for each: a tenth will do.
        let sent = if capacity == 1 { &sent[..1_000] } else { &sent };
        let pieces = || sent.chunks(piece).map(Bytes::copy_from_slice);

        let (mut producer, mut consumer) = pipe(capacity);
        let received = thread::scope(|scope| {
            scope.spawn(move || {
                pieces().for_each(|chunk| producer.send_blocking(chunk).unwrap());
                producer.finish();
            });
            polled_whole(&mut consumer)
        });
        assert_eq!(received, sent, "blocking into polled, {capacity}, {piece}");

        let (mut producer, mut consumer) = pipe(capacity);
        let received = thread::scope(|scope| {
            let receiving = scope.spawn(move || received_whole(&mut consumer));
            for mut chunk in pieces() {
                block_on(|cx| producer.poll_send(cx, &mut chunk)).unwrap();
            }
            producer.finish();
            receiving.join().unwrap()
        });
        assert_eq!(received.unwrap(), sent, "polled into blocking, {capacity}, {piece}");

        let (mut producer, mut consumer) = pipe(capacity);
        let received = thread::scope(|scope| {
            scope.spawn(move || {
                for mut chunk in pieces() {
                    block_on(|cx| producer.poll_send(cx, &mut chunk)).unwrap();
                }
                producer.finish();
            });
            polled_whole(&mut consumer)
        });
        assert_eq!(received, sent, "polled into polled, {capacity}, {piece}");
    }
}

#[test]
fn the_end_comes_after_the_bytes_and_once() {
    let check = |end: fn(Producer), expected: Option<&str>| {
        let (mut producer, mut consumer) = pipe(10);
        producer.send_blocking(Bytes::from_static(b"body")).unwrap();
        assert!(!consumer.is_complete());
        end(producer);
        assert_eq!(consumer.is_complete(), expected.is_none());
        assert_eq!(consumer.recv_blocking().unwrap().unwrap(), "body");
        let error = consumer.recv_blocking().err();
        assert_eq!(error.map(|error| format!("{error:?}")).as_deref(), expected);
        for _ in 0..2 {
            assert!(matches!(consumer.recv_blocking(), Ok(None)));
            assert!(block_on(|cx| consumer.poll_recv(cx)).is_none());
        }
        assert_eq!(consumer.is_complete(), expected.is_none());
    };
    check(Producer::finish, None);
    check(drop, Some("CutShort"));
    check(|producer| producer.abort("too large"), Some(r#"Aborted("too large")"#));
}

#[test]
fn room_is_what_was_reserved() {
    let (mut producer, mut consumer) = pipe(1_000);
    let alarm = Alarm::new();
    let waker = alarm.waker();
    let cx = Context::from_waker(&waker);

    assert!(matches!(producer.poll_reserve(&cx), Poll::Ready(Ok(1_000))));
    let mut chunk = Bytes::from(bytes(1_400));
    assert!(producer.poll_send(&cx, &mut chunk).is_pending());
    assert_eq!(chunk.len(), 400, "what fits has moved");
    assert!(producer.poll_reserve(&cx).is_pending());

    assert_eq!(alarm.count(), 0);
    assert_eq!(consumer.recv_blocking().unwrap().unwrap().len(), 1_000);
    assert_eq!(alarm.count(), 1, "room wakes the producer, once");
    assert!(matches!(producer.poll_send(&cx, &mut chunk), Poll::Ready(Ok(()))));
    assert!(matches!(producer.poll_reserve(&cx), Poll::Ready(Ok(600))));
}

#[test]
fn a_consumer_is_woken_by_bytes_and_by_the_end() {
    let (mut producer, mut consumer) = pipe(10);
    let alarm = Alarm::new();
    let waker = alarm.waker();
    let cx = Context::from_waker(&waker);
    assert!(consumer.poll_recv(&cx).is_pending());
    producer.send_blocking(Bytes::from_static(b"x")).unwrap();
    assert_eq!(alarm.count(), 1);
    assert!(matches!(consumer.poll_recv(&cx), Poll::Ready(Some(Ok(_)))));
    assert!(consumer.poll_recv(&cx).is_pending());
    drop(producer);
    assert_eq!(alarm.count(), 2);
}

#[test]
fn a_dropped_consumer_ends_the_producer_wherever_it_waits() {
    let (mut producer, consumer) = pipe(4);
    let blocked = thread::spawn(move || {
        let sent = producer.send_blocking(Bytes::from(bytes(5)));
        (sent, producer)
    });
    drop(consumer);
    let (sent, mut producer) = blocked.join().unwrap();
    assert!(matches!(sent, Err(PipeError::Closed)));
    assert!(producer.is_closed());
    let closed = block_on(|cx| producer.poll_reserve(cx));
    assert!(matches!(closed, Err(PipeError::Closed)));
    let closed = block_on(|cx| producer.poll_send(cx, &mut Bytes::from_static(b"x")));
    assert!(matches!(closed, Err(PipeError::Closed)));
}

#[test]
fn a_dropped_consumer_frees_what_was_in_the_pipe_and_wakes() {
    let (mut producer, consumer) = pipe(1_000);
    let alarm = Alarm::new();
    let waker = alarm.waker();
    let cx = Context::from_waker(&waker);
    let mut chunk = Bytes::from(bytes(2_000));
    let rest = chunk.slice(1_000..);
    assert!(producer.poll_send(&cx, &mut chunk).is_pending());
    drop(chunk);
    assert!(!rest.is_unique(), "the pipe shares the chunk's memory");
    drop(consumer);
    assert!(rest.is_unique());
    assert_eq!(alarm.count(), 1);
}

#[test]
fn it_reads_and_writes_as_std_io_does() {
    let sent = bytes(50_000);
    let (producer, consumer) = pipe(20_000);
    let received = thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = Writer::new(producer);
            writer.write_all(&sent[..10]).unwrap();
            writer.flush().unwrap();
            writer.write_all(&sent[10..]).unwrap();
            writer.finish().unwrap();
        });
        let mut received = Vec::new();
        Reader::new(consumer).read_to_end(&mut received).unwrap();
        received
    });
    assert_eq!(received, sent);
}

#[test]
fn errors_have_their_kind_in_std_io() {
    let read = |end: fn(Producer)| {
        let (producer, consumer) = pipe(1);
        end(producer);
        Reader::new(consumer).read_to_end(&mut Vec::new()).map_err(|error| error.kind())
    };
    assert_eq!(read(Producer::finish), Ok(0));
    assert_eq!(read(drop), Err(std::io::ErrorKind::UnexpectedEof));
    assert_eq!(read(|producer| producer.abort("x")), Err(std::io::ErrorKind::Other));

    let (producer, consumer) = pipe(1);
    let mut writer = Writer::new(producer);
    drop(consumer);
    assert!(writer.is_closed());
    writer.write_all(b"buffered").unwrap();
    assert_eq!(writer.finish().unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}
