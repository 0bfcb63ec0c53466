//! The budget of request bodies on disk.

use avocet_server::Router;
use avocet_server::service::{Answer, Incoming, Job, Reply, RequestHead};
use testkit::program::eventually;
use testkit::raw::{self, Client};

use crate::site::{Gate, POST, Site, assert_unavailable, text};

const BUDGET: usize = 200_000;

/// More than half of the budget, and more than stays in memory.
const SIZE: usize = 110_000;

/// Starts a server whose handler holds its body until the gate is open.
fn site(gate: &Gate) -> Site {
    let gate = gate.clone();
    let hold = move |_head: &RequestHead<'_>, incoming: Option<Incoming>| {
        let gate = gate.clone();
        Reply::Pool(Job::new(move |answer: Answer| {
            let mut body = incoming.expect("a body is sent").into_reader();
            gate.pass();
            let size = std::io::copy(&mut body, &mut std::io::sink()).expect("it is whole");
            drop(body);
            answer.respond(text(&size.to_string()));
        }))
    };
    let ignore = |_head: &RequestHead<'_>, _incoming: Option<Incoming>| {
        Reply::Pool(Job::new(|answer: Answer| answer.respond(text("ignored"))))
    };
    let router = Router::new().route(POST, "/hold", hold).route(POST, "/ignore", ignore);
    Site::with_limits(router, |limits| {
        limits.spool_size_max = BUDGET;
        // One holds its body; the other writes those of others.
        limits.pool_threads = 2;
    })
}

fn head(size: usize, fields: &[&str]) -> String {
    let length = format!("Content-Length: {size}");
    raw::request("POST", "/hold", &[&[length.as_str()], fields].concat())
}

/// Asks for leave to send a body, and returns what comes first.
fn ask_for_leave(site: &Site, size: usize) -> (Client, raw::Answer) {
    let mut client = site.client();
    client.send(head(size, &["Expect: 100-continue"]));
    let answer = client.answer();
    (client, answer)
}

#[test]
fn past_the_budget_a_client_is_sent_away_before_it_sends() {
    let gate = Gate::default();
    let site = site(&gate);
    let mut first = site.client();
    first.send(head(SIZE, &[]));
    first.send(vec![b'1'; SIZE]);
    site.until("the first body is held", |pool| pool.running == 1 && pool.done >= 1);

    let (mut second, answer) = ask_for_leave(&site, SIZE);
    assert_unavailable(&answer);
    assert_eq!(answer.field("Connection"), Some("close"), "its body may or may not follow");
    second.assert_closed();

    let mut third = site.client();
    third.send(head(SIZE, &[]));
    assert_unavailable(&third.answer());

    // What stays in memory needs no place on the disk.
    let (mut small, answer) = ask_for_leave(&site, 60_000);
    assert_eq!(answer.status, 100, "{answer:?}");
    small.send(vec![b's'; 60_000]);

    gate.open();
    assert_eq!(first.answer().text(), SIZE.to_string());
    assert_eq!(small.answer().text(), "60000");
    // Its place is free when the job has let go of it.
    let (mut next, answer) = ask_for_leave(&site, SIZE);
    assert_eq!(answer.status, 100, "{answer:?}");
    next.send(vec![b'n'; SIZE]);
    assert_eq!(next.answer().text(), SIZE.to_string());
}

#[test]
fn a_body_of_unknown_size_is_sent_away_when_the_disk_is_full() {
    let gate = Gate::default();
    let site = site(&gate);
    let mut first = site.client();
    first.send(head(SIZE, &[]));
    first.send(vec![b'1'; SIZE]);
    site.until("the first body is held", |pool| pool.running == 1 && pool.done >= 1);

    let mut second = site.client();
    second.send(raw::request("POST", "/hold", &["Transfer-Encoding: chunked"]));
    second.send(format!("{SIZE:x}\r\n"));
    // It may be sent away in the middle.
    drop(second.try_send(vec![b'2'; SIZE]));
    assert_unavailable(&second.answer());
    gate.open();
    assert_eq!(first.answer().text(), SIZE.to_string());
}

#[test]
fn a_client_that_breaks_off_gives_its_place_back() {
    let gate = Gate::default();
    gate.open();
    let site = site(&gate);
    let mut first = site.client();
    first.send(head(SIZE, &[]));
    first.send(vec![b'1'; SIZE - 1]);
    site.until("something is on the disk", |pool| pool.done >= 1);
    assert_unavailable(&ask_for_leave(&site, SIZE).1);
    first.reset();
    eventually("the place is free", || ask_for_leave(&site, SIZE).1.status == 100);
}

#[test]
fn a_body_larger_than_the_budget_is_never_taken() {
    let gate = Gate::default();
    gate.open();
    let site = site(&gate);
    for (size, status) in [(BUDGET - 1, 100), (BUDGET, 100), (BUDGET + 1, 503)] {
        let (client, answer) = ask_for_leave(&site, size);
        assert_eq!(answer.status, status, "{size}");
        client.reset();
        // The next one finds the whole budget again.
        let is_free = || ask_for_leave(&site, BUDGET).1.status == 100;
        eventually("the place is free", is_free);
        eventually("and again", is_free);
    }
}

#[test]
fn a_body_that_nobody_wants_needs_no_place() {
    let site = site(&Gate::default());
    let mut client = site.client();
    let length = format!("Content-Length: {}", BUDGET + 1);
    client.send(raw::request("POST", "/ignore", &[&length]));
    assert_eq!(client.answer().text(), "ignored");
}
