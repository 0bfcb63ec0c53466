//! Who waits, who is refused, and who goes next.

use std::time::Duration;

use avocet_server::Router;
use avocet_server::service::PoolRoute;
use reactor::pool::Counters;

use crate::site::{GET, Gate, Order, Site, assert_unavailable, held, noted, now};

/// Longest time that a refusal takes; of several, as the machine may be busy with other things.
const AT_ONCE: Duration = Duration::from_millis(20);

/// With the thread taken and one job in the queue, one more is refused.
fn check_refusal(route: &PoolRoute, queue_max: usize, count: fn(&Counters) -> u64) {
    let gate = Gate::default();
    let router = Router::new().route(GET, "/held", held(route, &gate));
    let site = Site::with_limits(router, |limits| limits.pool_queue_max = queue_max);
    let mut first = site.occupy("/held");
    let mut second = site.queue("/held");
    let mut client = site.client();
    let mut fastest = Duration::MAX;
    for round in 1..=5 {
        let asked = now();
        let answer = client.get("/held");
        fastest = fastest.min(now().since(asked));
        assert_unavailable(&answer);
        assert_eq!(count(&site.pool()), round);
        assert_eq!(site.pool().refused, round);
    }
    assert!(fastest < AT_ONCE, "a refusal took {fastest:?}");
    gate.open();
    assert_eq!(first.answer().text(), "held");
    assert_eq!(second.answer().text(), "held");
    assert_eq!(client.get("/held").text(), "held", "there is room again");
}

#[test]
fn a_share_that_is_full_refuses_at_once() {
    check_refusal(&PoolRoute::new("held", 1), 100, |pool| pool.refusals.share_full);
}

#[test]
fn a_queue_that_is_full_refuses_at_once() {
    check_refusal(&PoolRoute::default(), 1, |pool| pool.refusals.full);
}

#[test]
fn jobs_of_a_route_start_in_the_order_in_which_they_came() {
    let (gate, order) = (Gate::default(), Order::default());
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&PoolRoute::new("noted", 20), &order),
    );
    let site = Site::start(router);
    let _occupied = site.occupy("/held");
    let mut clients: Vec<_> = (0..12).map(|n| site.queue(&format!("/noted?{n}"))).collect();
    gate.open();
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.answer().text(), n.to_string());
    }
    let expected: Vec<_> = (0..12).map(|n| n.to_string()).collect();
    assert_eq!(order.list(), expected);
}

#[test]
fn a_flooded_route_delays_another_by_one_job() {
    let (gate, order) = (Gate::default(), Order::default());
    let router = Router::new()
        .route(GET, "/held", held(&PoolRoute::default(), &gate))
        .route(GET, "/flood", noted(&PoolRoute::new("flood", 100), &order))
        .route(GET, "/other", noted(&PoolRoute::new("other", 100), &order));
    let site = Site::start(router);
    let _occupied = site.occupy("/held");
    let _flood: Vec<_> = (0..20).map(|_| site.queue("/flood?flood")).collect();
    let mut others: Vec<_> = (0..3).map(|n| site.queue(&format!("/other?other-{n}"))).collect();
    gate.open();
    others.iter_mut().for_each(|client| drop(client.answer()));
    let expected = ["flood", "other-0", "flood", "other-1", "flood", "other-2"];
    assert_eq!(order.list()[..6], expected, "they take turns");
}

#[test]
fn a_client_that_resets_takes_its_job_out_of_the_queue() {
    let (gate, order) = (Gate::default(), Order::default());
    let route = PoolRoute::new("noted", 20);
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&route, &order),
    );
    let site = Site::start(router);
    let mut occupied = site.occupy("/held");
    let mut stays = site.queue("/noted?stays");
    let goes = site.queue("/noted?goes");
    goes.reset();
    site.until("its place is free", |pool| pool.queued == 1);
    assert_eq!(site.pool().discarded.cancelled, 1);
    gate.open();
    assert_eq!(occupied.answer().text(), "held");
    assert_eq!(stays.answer().text(), "stays");
    assert_eq!(order.list(), ["stays"], "the other job never ran");
    site.until("all are done", |pool| pool.done == 2);
    let pool = site.pool();
    assert_eq!(pool.accounted(), pool.submitted, "{pool:?}");
}

#[test]
fn a_half_close_does_not_cancel() {
    let (gate, order) = (Gate::default(), Order::default());
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&PoolRoute::default(), &order),
    );
    let site = Site::start(router);
    let _occupied = site.occupy("/held");
    let mut client = site.queue("/noted?waits");
    client.close_write();
    assert!(client.is_silent_for(Duration::from_millis(50)));
    assert_eq!(site.pool().queued, 1, "it waits on");
    gate.open();
    assert_eq!(client.answer().text(), "waits");
    client.assert_closed();
}
