//! Answers that are given again to the same head, and those that are not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use avocet_server::service::{Handler, Incoming, Reply, RequestHead, Response};
use avocet_server::{Method, MethodSet, Status};
use reactor::clock::Instant;

use crate::line::{Line, get, post};

/// For how long [`Counting`] vouches for an answer.
const VOUCHED: Duration = Duration::from_millis(400);

/// Answers with how often it was asked, and the status that the query names.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicUsize);

impl Counting {
    pub(crate) const METHODS: MethodSet =
        MethodSet::EMPTY.with(Method::Get).with(Method::Head).with(Method::Post);
}

impl Handler for Counting {
    fn handle(&self, head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let status = head.query().and_then(|query| Status::new(query.parse().ok()?));
        let response = Response::text(status.unwrap_or(Status::OK), format!("count {count}"));
        match head.path() {
            "/count/later" => Reply::Later(Box::pin(async { response })),
            _ => Reply::Ready(response),
        }
    }

    fn repeats_until(&self, head: &RequestHead<'_>) -> Option<Instant> {
        assert_ne!(head.path(), "/count/panic", "a handler's bug");
        (head.path() != "/count/never").then(|| head.now().instant.after(VOUCHED))
    }
}

/// Sends a request and returns the count in the answer.
#[track_caller]
fn count(line: &mut Line, request: &str) -> usize {
    line.send(request);
    let text = line.text();
    let (_, count) = text.split_once("count ").unwrap_or_else(|| panic!("no count: {text}"));
    count.parse().unwrap_or_else(|_| panic!("more than one answer: {text}"))
}

#[test]
fn a_known_head_gets_its_answer_again_as_long_as_the_handler_vouches() {
    let mut line = Line::open();
    // The first makes the head known, the second has its answer kept.
    let counts = [(); 5].map(|()| count(&mut line, &get("/count")));
    assert_eq!(counts, [1, 2, 2, 2, 2]);
    line.pass(VOUCHED - Duration::from_millis(1));
    assert_eq!(count(&mut line, &get("/count")), 2);
    line.pass(Duration::from_millis(1));
    assert_eq!(count(&mut line, &get("/count")), 3);
    assert_eq!(count(&mut line, &get("/count")), 3);
    assert_eq!(line.requests(), 8);
}

#[test]
fn an_answer_is_given_again_within_its_second_alone() {
    let mut line = Line::open();
    line.pass(Duration::from_millis(900));
    assert_eq!([(); 3].map(|()| count(&mut line, &get("/count"))), [1, 2, 2]);
    line.pass(Duration::from_millis(99));
    assert_eq!(count(&mut line, &get("/count")), 2);
    line.pass(Duration::from_millis(1));
    line.send(get("/count"));
    let text = line.text();
    assert!(text.contains("count 3"), "{text}");
}

#[test]
fn pipelined_requests_get_it_in_their_order() {
    let mut line = Line::open();
    line.send([get("/count"), get("/count/never"), get("/count"), get("/count")].concat());
    let text = line.text();
    let counts: Vec<_> = text.split("count ").skip(1).map(|rest| &rest[..1]).collect();
    assert_eq!(counts, ["1", "1", "2", "2"]);
    assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), 4);
}

#[test]
fn what_does_not_follow_from_the_head_is_asked_for_each_time() {
    for request in [
        get("/count/never"),
        get("/count/later"),
        get("/count/panic"),
        get("/count?503"),
        post("/count", 3) + "abc",
        get("/count").replace("Host", &format!("X: {}\r\nHost", "x".repeat(1024))),
    ] {
        let mut line = Line::open();
        let counts = [(); 4].map(|()| count(&mut line, &request));
        assert_eq!(counts, [1, 2, 3, 4], "{request}");
    }
}

#[test]
fn other_heads_and_methods_have_answers_of_their_own() {
    let mut line = Line::open();
    let other = get("/count").replace("test", "else");
    assert_eq!([(); 3].map(|()| count(&mut line, &get("/count"))), [1, 2, 2]);
    assert_eq!([(); 3].map(|()| count(&mut line, &other)), [3, 4, 4]);
    assert_eq!([(); 3].map(|()| count(&mut line, &get("/count?404"))), [5, 6, 6]);
    let head = get("/count").replace("GET", "HEAD");
    for _ in 0..3 {
        line.send(&head);
        let text = line.text();
        assert!(text.contains("Content-Length: 7\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }
}

#[test]
fn the_last_answer_of_a_connection_says_so() {
    let mut line = Line::open();
    assert_eq!([(); 3].map(|()| count(&mut line, &get("/count"))), [1, 2, 2]);
    let closing = get("/count").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    line.send(closing);
    assert!(line.text().contains("Connection: close\r\n"));

    // A drain comes between a head that was begun and its end.
    let mut line = Line::open();
    assert_eq!([(); 3].map(|()| count(&mut line, &get("/count"))), [1, 2, 2]);
    let request = get("/count");
    let (begun, rest) = request.split_at(10);
    line.send(begun);
    line.drain();
    line.send(rest);
    let text = line.text();
    assert!(text.contains("Connection: close\r\n") && text.ends_with("count 3"), "{text}");
}
