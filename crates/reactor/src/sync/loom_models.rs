//! Models that loom runs through every order in which their threads may interleave.

use std::task::{Context, Poll, Waker};

use ::loom::{model, thread};
use bytes::Bytes;

use super::oneshot::{Cancelled, oneshot};
use super::pipe::{PipeError, pipe};
use super::testing::block_on;

#[test]
fn a_oneshot_delivers() {
    model(|| {
        let (sender, mut receiver) = oneshot();
        let sending = thread::spawn(move || sender.send(1).is_ok());
        assert_eq!(block_on(|cx| receiver.poll_recv(cx)), Ok(1));
        assert!(sending.join().unwrap());
    });
}

#[test]
fn a_oneshot_is_cancelled() {
    model(|| {
        let (sender, mut receiver) = oneshot::<u8>();
        let dropping = thread::spawn(move || drop(sender));
        assert_eq!(block_on(|cx| receiver.poll_recv(cx)), Err(Cancelled));
        dropping.join().unwrap();
    });
}

#[test]
fn a_oneshot_value_is_received_or_given_back_or_dropped() {
    model(|| {
        let value = std::sync::Arc::new(());
        let (sender, mut receiver) = oneshot();
        let sent = std::sync::Arc::clone(&value);
        let sending = thread::spawn(move || drop(sender.send(sent)));
        let received = receiver.poll_recv(&Context::from_waker(Waker::noop()));
        drop((received, receiver));
        sending.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    });
}

#[test]
fn a_pipe_moves_bytes_between_two_that_block() {
    model(|| {
        let (mut producer, mut consumer) = pipe(1);
        let sending = thread::spawn(move || {
            producer.send_blocking(Bytes::from_static(b"ab")).unwrap();
            producer.finish();
        });
        assert_eq!(consumer.recv_blocking().unwrap().unwrap(), "a");
        assert_eq!(consumer.recv_blocking().unwrap().unwrap(), "b");
        assert!(consumer.recv_blocking().unwrap().is_none());
        sending.join().unwrap();
    });
}

#[test]
fn a_pipe_moves_bytes_from_one_that_blocks_to_a_task() {
    model(|| {
        let (mut producer, mut consumer) = pipe(1);
        let sending = thread::spawn(move || {
            producer.send_blocking(Bytes::from_static(b"ab")).unwrap();
        });
        assert_eq!(block_on(|cx| consumer.poll_recv(cx)).unwrap().unwrap(), "a");
        assert_eq!(block_on(|cx| consumer.poll_recv(cx)).unwrap().unwrap(), "b");
        let end = block_on(|cx| consumer.poll_recv(cx));
        assert!(matches!(end, Some(Err(PipeError::CutShort))));
        sending.join().unwrap();
    });
}

#[test]
fn a_pipe_moves_bytes_from_a_task_to_one_that_blocks() {
    model(|| {
        let (mut producer, mut consumer) = pipe(1);
        let receiving = thread::spawn(move || {
            let mut received = Vec::new();
            while let Some(chunk) = consumer.recv_blocking().unwrap() {
                received.extend_from_slice(&chunk);
            }
            received
        });
        let mut chunk = Bytes::from_static(b"ab");
        block_on(|cx| producer.poll_send(cx, &mut chunk)).unwrap();
        producer.finish();
        assert_eq!(receiving.join().unwrap(), b"ab");
    });
}

#[test]
fn a_dropped_consumer_ends_a_blocked_producer() {
    model(|| {
        let (mut producer, consumer) = pipe(1);
        let dropping = thread::spawn(move || drop(consumer));
        let sent = producer.send_blocking(Bytes::from_static(b"ab"));
        assert!(matches!(sent, Err(PipeError::Closed)));
        assert!(producer.is_closed());
        dropping.join().unwrap();
    });
}

#[test]
fn a_dropped_consumer_wakes_a_pending_producer() {
    model(|| {
        let (mut producer, consumer) = pipe(1);
        let mut chunk = Bytes::from_static(b"ab");
        let sent = producer.poll_send(&Context::from_waker(Waker::noop()), &mut chunk);
        assert!(matches!(sent, Poll::Pending));
        let dropping = thread::spawn(move || drop(consumer));
        let room = block_on(|cx| producer.poll_reserve(cx));
        assert!(matches!(room, Err(PipeError::Closed)));
        dropping.join().unwrap();
    });
}
