//! What a job may do with the place for its answer.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use avocet_server::service::{Answer, PoolRoute};
use avocet_server::{Fields, Router, Status};
use testkit::program::{eventually, holds_within};

use crate::site::{GET, Gate, Site, on_pool, text};

/// More than any kernel holds of one connection, in pieces that are a multiple of nothing.
const PIECE: [u8; 10_007] = [b'x'; 10_007];
const PIECES: usize = 4_000;

/// Has a job end without an answer: its client gets a 500, the next request is served.
fn check_no_answer(run: impl Fn(Answer) + Clone + Send + Sync + 'static) -> Site {
    let route = PoolRoute::default();
    let router = Router::new().route(GET, "/fails", on_pool(&route, run)).route(
        GET,
        "/works",
        on_pool(&route, |answer| answer.respond(text("works"))),
    );
    let site = Site::start(router);
    let mut client = site.client();
    for _ in 0..3 {
        let answer = client.get("/fails");
        assert_eq!(answer.status, 500);
        assert_eq!(answer.field("Connection"), None);
        assert_eq!(client.get("/works").text(), "works");
    }
    site.until("all jobs have ended", |pool| pool.running == 0);
    site
}

#[test]
fn a_panic_is_a_500_and_the_connection_lives_on() {
    let site = check_no_answer(|_answer| panic!("as the test wants it"));
    assert_eq!((site.pool().panicked, site.pool().done), (3, 3));
}

#[test]
fn an_answer_that_is_dropped_is_a_500_and_the_connection_lives_on() {
    let site = check_no_answer(drop);
    assert_eq!((site.pool().panicked, site.pool().done), (0, 6));
}

#[test]
fn a_writer_waits_for_a_client_that_does_not_read() {
    let written = Arc::new(AtomicUsize::new(0));
    let stream = {
        let written = Arc::clone(&written);
        on_pool(&PoolRoute::default(), move |answer| {
            let mut writer = answer.stream(Status::OK, Fields::new());
            for _ in 0..PIECES {
                writer.write_all(&PIECE).expect("the client reads in the end");
                written.fetch_add(1, Ordering::Relaxed);
            }
            writer.finish().expect("the client reads in the end");
        })
    };
    let site = Site::start(Router::new().route(GET, "/stream", stream));
    let mut client = site.ask("/stream");
    let mut last = 0;
    eventually("the writer stands still", || {
        last = written.load(Ordering::Relaxed);
        let moves = || written.load(Ordering::Relaxed) > last;
        last > 0 && !holds_within(Duration::from_millis(200), moves)
    });
    assert!(last < PIECES, "all of it was taken in");
    assert_eq!(site.pool().running, 1);
    let answer = client.answer();
    assert_eq!(answer.body.len(), PIECES * PIECE.len());
    assert!(answer.body.iter().all(|byte| *byte == b'x'));
    site.until("the job has ended", |pool| pool.done == 1);
    assert_eq!(written.load(Ordering::Relaxed), PIECES);
}

#[test]
fn a_writer_learns_that_its_client_is_gone() {
    let error = Arc::new(AtomicUsize::new(0));
    let stream = {
        let error = Arc::clone(&error);
        on_pool(&PoolRoute::default(), move |answer| {
            let mut writer = answer.stream(Status::OK, Fields::new());
            while writer.write_all(&PIECE).is_ok() {}
            error.fetch_add(1, Ordering::Relaxed);
        })
    };
    let site = Site::start(Router::new().route(GET, "/stream", stream));
    let mut client = site.ask("/stream");
    assert_eq!(client.answer_head().field("Transfer-Encoding"), Some("chunked"));
    client.reset();
    site.until("the job has ended", |pool| pool.done == 1);
    assert_eq!(error.load(Ordering::Relaxed), 1);
}

#[test]
fn a_stream_without_its_end_is_cut_short() {
    let stream = on_pool(&PoolRoute::default(), |answer| {
        let mut writer = answer.stream(Status::OK, Fields::new());
        writer.write_all(b"begun").expect("there is room");
    });
    let site = Site::start(Router::new().route(GET, "/stream", stream));
    let mut client = site.ask("/stream");
    client.try_answer().expect_err("the last chunk is missing");
}

#[test]
fn a_running_job_can_tell_that_its_client_is_gone() {
    let gate = Gate::default();
    let watching = {
        let gate = gate.clone();
        on_pool(&PoolRoute::default(), move |answer| {
            assert!(!answer.is_client_gone());
            gate.pass();
            eventually("the client is gone", || answer.is_client_gone());
        })
    };
    let site = Site::start(Router::new().route(GET, "/watching", watching));
    let client = site.occupy("/watching");
    client.reset();
    gate.open();
    site.until("the job has ended", |pool| pool.running == 0);
    assert_eq!((site.pool().done, site.pool().panicked), (1, 0));
}
