//! How a pool ends with its server.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use avocet_server::service::PoolRoute;
use avocet_server::{Router, ServerEnd};
use testkit::program::TIMEOUT;

use crate::site::{GET, Gate, Order, Site, held, noted};

#[test]
fn a_server_that_drains_lets_the_pool_finish_what_it_took() {
    let (gate, order) = (Gate::default(), Order::default());
    let router = Router::new().route(GET, "/held", held(&PoolRoute::default(), &gate)).route(
        GET,
        "/noted",
        noted(&PoolRoute::default(), &order),
    );
    let site = Site::start(router);
    let mut running = site.occupy("/held");
    let mut waiting = site.queue("/noted?waited");
    site.running.shutdown().drain();
    let joined = thread::spawn(move || site.running.join());
    assert!(waiting.is_silent_for(Duration::from_millis(50)), "it still waits");
    gate.open();
    for (client, text) in [(&mut running, "held"), (&mut waiting, "waited")] {
        let answer = client.answer();
        assert_eq!((answer.status, answer.text().as_str()), (200, text));
        assert_eq!(answer.field("Connection"), Some("close"));
    }
    assert_eq!(joined.join().expect("no panic"), Ok(ServerEnd::Drained));
    assert_eq!(order.list(), ["waited"]);
}

#[test]
fn a_server_whose_drain_takes_too_long_leaves_its_jobs() {
    let gate = Gate::default();
    let kept = Arc::new(());
    let handler = {
        let (gate, kept) = (gate.clone(), Arc::clone(&kept));
        crate::site::on_pool(&PoolRoute::default(), move |answer| {
            let _kept = Arc::clone(&kept);
            gate.pass();
            answer.respond(crate::site::text("too late"));
        })
    };
    let router = Router::new().route(GET, "/held", handler);
    let site = Site::with_limits(router, |limits| limits.drain_timeout = Duration::from_millis(50));
    let mut running = site.occupy("/held");
    let _waiting = site.queue("/held");
    site.running.shutdown().drain();
    assert_eq!(site.running.join(), Ok(ServerEnd::Stopped));
    running.try_answer().expect_err("its connection was cut");
    gate.open();
    let is_gone = || Arc::strong_count(&kept) == 1;
    assert!(testkit::program::holds_within(TIMEOUT, is_gone), "the job ends behind the server");
}
