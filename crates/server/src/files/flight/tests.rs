//! Flights: who shares one, and that nobody is left behind.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::super::load::Finding;
use super::*;

const AT: Instant = Instant::ORIGIN;

fn at(millis: u64) -> Instant {
    AT.after(Duration::from_millis(millis))
}

fn begin(flights: &Arc<Flights>, path: &str, millis: u64) -> Flight {
    match flights.board(path.as_bytes(), at(millis)) {
        Boarding::Begun(flight) => flight,
        Boarding::Joined(_) => panic!("there is a flight to {path}"),
    }
}

fn join(flights: &Arc<Flights>, path: &str, millis: u64) -> Receiver<Loaded> {
    match flights.board(path.as_bytes(), at(millis)) {
        Boarding::Joined(receiver) => receiver,
        Boarding::Begun(_) => panic!("there is no flight to {path}"),
    }
}

/// What has been told by now: `None` if the flight came to nothing.
fn told(receiver: Receiver<Loaded>) -> Poll<Option<Loaded>> {
    let polled = pin!(receiver).poll(&mut Context::from_waker(Waker::noop()));
    polled.map(Result::ok)
}

fn is_missing(told: &Poll<Option<Loaded>>) -> bool {
    matches!(told, Poll::Ready(Some(Ok(Found { finding: Finding::Missing, .. }))))
}

#[test]
fn all_who_want_the_same_share_a_flight() {
    let flights = Arc::new(Flights::default());
    let flight = begin(&flights, "a", 0);
    let joined = [0, 500, 999].map(|millis| join(&flights, "a", millis));
    let other = begin(&flights, "b", 0);
    flight.land(&Ok(Finding::Missing.into()));
    assert!(joined.into_iter().all(|receiver| is_missing(&told(receiver))));
    drop(other);
    assert!(flights.lock().is_empty());
    drop(begin(&flights, "a", 999));
}

#[test]
fn what_is_told_may_be_an_error() {
    let flights = Arc::new(Flights::default());
    let flight = begin(&flights, "a", 0);
    let joined = join(&flights, "a", 0);
    flight.land(&Err(OpenError::NotFound));
    assert!(matches!(told(joined), Poll::Ready(Some(Err(OpenError::NotFound)))));
}

#[test]
fn a_flight_that_is_dropped_leaves_nobody_behind() {
    let flights = Arc::new(Flights::default());
    let flight = begin(&flights, "a", 0);
    let joined = [0, 1].map(|millis| join(&flights, "a", millis));
    let panicking = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _flight = flight;
        panic!("the loading fails");
    }));
    assert!(panicking.is_err());
    assert!(joined.into_iter().all(|receiver| matches!(told(receiver), Poll::Ready(None))));
    begin(&flights, "a", 2).land(&Ok(Finding::Missing.into()));
}

#[test]
fn a_flight_takes_in_who_comes_within_a_second_and_nobody_later() {
    let flights = Arc::new(Flights::default());
    let slow = begin(&flights, "a", 0);
    let early = join(&flights, "a", 999);
    let next = begin(&flights, "a", 1000);
    let late = join(&flights, "a", 1999);
    next.land(&Err(OpenError::NotFound));
    assert!(matches!(told(late), Poll::Ready(Some(Err(_)))));
    slow.land(&Ok(Finding::Missing.into()));
    assert!(is_missing(&told(early)));
    assert!(flights.lock().is_empty());
}

#[test]
fn who_has_left_takes_no_room() {
    let flights = Arc::new(Flights::default());
    let flight = begin(&flights, "a", 0);
    for _ in 0..10_000 {
        drop(join(&flights, "a", 0));
    }
    let stays = join(&flights, "a", 0);
    let waiting = flights.lock()[&b"a"[..]][0].waiting.len();
    assert!(waiting < 100, "{waiting}");
    flight.land(&Ok(Finding::Missing.into()));
    assert!(is_missing(&told(stays)));
}
