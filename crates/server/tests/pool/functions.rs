//! Pool handlers that are ordinary functions, from a request to a response.

use std::io::Read;

use avocet_server::service::{OnPool, PoolRequest, PoolRoute, Response};
use avocet_server::{Method, Router, Status};

use crate::site::{GET, Site};

/// Says what it was asked, and what it read.
fn describe(mut request: PoolRequest) -> Response {
    let mut body = Vec::new();
    request.body_mut().read_to_end(&mut body).expect("the client sends it all");
    let sum: u64 = body.iter().map(|&byte| u64::from(byte)).sum();
    let (method, uri) = (request.method(), request.uri());
    let kind = request.headers().get("x-kind").map_or("none", |kind| kind.to_str().unwrap());
    Response::text(Status::OK, format!("{method} {uri} {kind} {} {sum}", body.len()))
}

fn check(handler: OnPool<impl Fn(PoolRequest) -> Response + Send + Sync + 'static>) {
    let methods = GET.with(Method::Post);
    let site = Site::start(Router::new().route(methods, "/say", handler));
    let mut client = site.client();
    assert_eq!(client.get("/say?a=b").text(), "GET /say?a=b none 0 0");
    for len in [1, 65_536, 200_000] {
        let body = vec![3_u8; len];
        let length = format!("Content-Length: {len}");
        client.send(testkit::raw::request("POST", "/say", &["X-Kind: octets", &length]));
        client.send(&body);
        let expected = format!("POST /say octets {len} {}", 3 * len);
        assert_eq!(client.answer().text(), expected);
    }
}

#[test]
fn a_function_gets_the_whole_request() {
    check(OnPool::new(&PoolRoute::new("say", 4), describe));
}

#[test]
fn a_function_may_read_the_body_as_it_arrives() {
    check(OnPool::new(&PoolRoute::default(), describe).as_it_arrives());
}

#[test]
fn a_panic_of_the_function_is_a_500() {
    fn fails(_request: PoolRequest) -> Response {
        panic!("as the test wants it")
    }
    let handler = OnPool::new(&PoolRoute::default(), fails);
    let site = Site::start(Router::new().route(GET, "/fails", handler));
    assert_eq!(site.client().get("/fails").status, 500);
}
