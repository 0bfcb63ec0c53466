//! Deadlines to start and to finish.

use std::io::Write;
use std::time::Duration;

use avocet_server::service::{AnswerWriter, Handler, PoolRoute};
use avocet_server::{Fields, Router, Status};

use crate::site::{
    GET, Gate, Order, POST, Site, assert_unavailable, held, noted, now, on_pool, text,
};

const TIMEOUT: Duration = Duration::from_millis(100);

/// How late an answer by a deadline may be on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

/// Checks that the time since `asked` is a deadline's, give or take a busy machine.
#[track_caller]
fn assert_in_time(asked: reactor::clock::Instant) {
    let passed = now().since(asked);
    assert!((TIMEOUT..TIMEOUT + SLACK).contains(&passed), "after {passed:?}");
}

#[test]
fn a_job_that_does_not_start_in_time_never_runs() {
    let (gate, order) = (Gate::default(), Order::default());
    let route = PoolRoute::with_start_timeout("noted", 20, TIMEOUT);
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&route, &order),
    );
    let site = Site::start(router);
    let mut occupied = site.occupy("/held");
    let asked = now();
    let mut client = site.ask("/noted?late");
    assert_unavailable(&client.answer());
    assert_in_time(asked);
    assert_eq!(site.pool().discarded.total(), 1);
    gate.open();
    assert_eq!(occupied.answer().text(), "held");
    assert_eq!(client.get("/noted?again").text(), "again");
    assert_eq!(order.list(), ["again"]);
}

#[test]
fn a_job_that_cannot_start_in_time_is_refused_at_once() {
    let gate = Gate::default();
    let route = PoolRoute::with_start_timeout("slow", 20, TIMEOUT);
    let slow = {
        let gate = gate.clone();
        on_pool(&route, move |answer| {
            gate.pass_within(3 * TIMEOUT);
            answer.respond(text("slow"));
        })
    };
    let site = Site::start(Router::new().route(GET, "/slow", slow));
    // From the first job the pool knows how long one takes.
    assert_eq!(site.ask("/slow").answer().text(), "slow");
    let mut running = site.occupy("/slow");
    assert_unavailable(&site.client().get("/slow"));
    assert_eq!(site.pool().refusals.too_late, 1);
    assert_eq!(site.pool().queued, 0);
    gate.open();
    assert_eq!(running.answer().text(), "slow");
}

#[test]
fn a_handler_past_its_deadline_is_stuck_and_its_late_answer_dropped() {
    let (gate, order) = (Gate::default(), Order::default());
    let stuck = PoolRoute::new("stuck", 20).finish_within(TIMEOUT);
    let router = Router::new().route(GET, "/stuck", held(&stuck, &gate)).route(
        GET,
        "/noted",
        noted(&PoolRoute::default(), &order),
    );
    let site = Site::start(router);
    let asked = now();
    let mut client = site.ask("/stuck");
    assert_unavailable(&client.answer());
    assert_in_time(asked);
    let pool = site.pool();
    assert_eq!((pool.stuck, pool.stuck_ever, pool.replaced, pool.running), (1, 1, 1, 1));
    // The one thread is stuck, and another has its place.
    assert_eq!(client.get("/noted?meanwhile").text(), "meanwhile");
    gate.open();
    site.until("the stuck job ends", |pool| pool.stuck == 0 && pool.running == 0);
    assert_eq!(client.get("/noted?after").text(), "after", "nothing came in between");
    site.until("all have ended", |pool| pool.done == 3);
    let pool = site.pool();
    assert_eq!((pool.stuck_ever, pool.replaced), (1, 1), "{pool:?}");
    assert_eq!(pool.accounted(), pool.submitted, "{pool:?}");
}

/// Has a job that begins to answer and then writes what `more` says until its client is gone.
fn written(route: &PoolRoute, more: fn(&mut AnswerWriter, &Gate), gate: &Gate) -> impl Handler {
    let gate = gate.clone();
    on_pool(route, move |answer| {
        let mut writer = answer.stream(Status::OK, Fields::new());
        drop(writer.write_all(b"begun").and_then(|()| writer.flush()));
        more(&mut writer, &gate);
    })
}

#[test]
fn an_answer_that_is_not_written_in_time_is_cut_short() {
    let gate = Gate::default();
    let route = PoolRoute::new("written", 20).finish_within(TIMEOUT);
    let silent = written(&route, |_writer, gate| gate.pass(), &gate);
    let site = Site::start(Router::new().route(GET, "/silent", silent));
    let asked = now();
    let mut client = site.ask("/silent");
    let answer = client.answer_head();
    assert_eq!((answer.status, answer.field("transfer-encoding")), (200, Some("chunked")));
    assert_eq!(client.rest().unwrap().escape_ascii().to_string(), "5\\r\\nbegun\\r\\n");
    assert_in_time(asked);
    let pool = site.pool();
    assert_eq!((pool.stuck, pool.stuck_ever), (1, 1), "it waits for something else");
    gate.open();
    site.until("the job ends", |pool| pool.stuck == 0 && pool.running == 0);
}

#[test]
fn a_client_that_does_not_read_holds_the_thread_of_a_writer_no_longer_than_it_may() {
    let gate = Gate::default();
    let route = PoolRoute::new("written", 20).finish_within(TIMEOUT);
    let endless =
        written(&route, |writer, _gate| while writer.write_all(&[b'x'; 1000]).is_ok() {}, &gate);
    let site = Site::start(Router::new().route(GET, "/endless", endless));
    let asked = now();
    let _client = site.ask("/endless");
    site.until("its thread is free", |pool| pool.done == 1);
    assert_in_time(asked);
}

#[test]
fn a_job_that_waits_past_its_deadline_to_finish_never_runs() {
    let (gate, order) = (Gate::default(), Order::default());
    let route = PoolRoute::new("noted", 20).finish_within(TIMEOUT);
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&route, &order),
    );
    let site = Site::start(router);
    let mut occupied = site.occupy("/held");
    let asked = now();
    assert_unavailable(&site.queue("/noted?late").answer());
    assert_in_time(asked);
    assert_eq!((site.pool().discarded.cancelled, site.pool().stuck_ever), (1, 0));
    gate.open();
    assert_eq!(occupied.answer().text(), "held");
    assert_eq!(site.client().get("/noted?next").text(), "next");
    assert_eq!(order.list(), ["next"]);
}

#[test]
fn a_body_that_comes_too_slowly_uses_up_the_time_to_finish() {
    let route = PoolRoute::new("noted", 20).finish_within(TIMEOUT);
    let order = Order::default();
    let site = Site::start(Router::new().route(POST, "/noted", noted(&route, &order)));
    let asked = now();
    let mut client = site.client();
    client.send("POST /noted?late HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    assert_unavailable(&client.answer());
    assert_in_time(asked);
    assert_eq!(site.pool().submitted, 0, "the job was never on the pool");
    // The rest of the body is drained, and the connection goes on.
    client.send("67890POST /noted?next HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer().text(), "next");
    assert_eq!(order.list(), ["next"]);
}
