//! What a router decides by itself: asked over a server on loopback.

use reactor::net::ListenAddr;
use testkit::raw::Client;

use super::*;
use crate::service::Response;
use crate::{Running, Server};

const GET: MethodSet = MethodSet::EMPTY.with(Method::Get);
const POST: MethodSet = MethodSet::EMPTY.with(Method::Post);

/// A handler that says its name.
fn named(name: &'static str) -> impl Handler {
    move |_: &RequestHead<'_>, _: Option<Incoming>| Reply::Ready(Response::text(Status::OK, name))
}

fn serve(router: Router) -> (Running, Client) {
    let server = Server::builder(router).listen("127.0.0.1:0".parse().unwrap());
    let server = server.bind().unwrap().start().unwrap();
    let ListenAddr::Tcp(addr) = server.addrs()[0] else { panic!("listens on TCP") };
    let client = Client::tcp(addr);
    (server, client)
}

/// Asserts the status and the Allow of the answers to requests, each `method target`.
#[track_caller]
fn check(router: Router, cases: &[(&str, u16, Option<&str>)]) {
    let (_server, mut client) = serve(router);
    for (request, status, allow) in cases {
        let (method, target) = request.split_once(' ').unwrap();
        let answer = client.ask(method, target, &[]);
        assert_eq!((answer.status, answer.field("Allow")), (*status, *allow), "{request}");
        if answer.status == 204 {
            assert_eq!(answer.field("Content-Length"), None, "{request}");
            assert!(answer.body.is_empty() && answer.field("Date").is_some(), "{request}");
        }
    }
}

fn site() -> Router {
    Router::new()
        .route(POST, "/form", named("form"))
        .route(MethodSet::EMPTY.with(Method::Delete), "/form", named("delete"))
        .fallback(GET, named("files"))
}

#[test]
fn resources_say_what_they_take() {
    check(
        site(),
        &[
            ("GET /", 200, None),
            ("HEAD /", 200, None),
            ("OPTIONS /", 204, Some("GET, HEAD, OPTIONS")),
            ("OPTIONS /?q", 204, Some("GET, HEAD, OPTIONS")),
            ("OPTIONS http://test/", 204, Some("GET, HEAD, OPTIONS")),
            ("OPTIONS /form", 204, Some("POST, DELETE, OPTIONS")),
            ("GET /form", 405, Some("POST, DELETE, OPTIONS")),
            ("PUT /", 405, Some("GET, HEAD, OPTIONS")),
            ("TRACE /", 405, Some("GET, HEAD, OPTIONS")),
            ("BREW /", 501, None),
            ("options /", 501, None),
        ],
    );
}

#[test]
fn the_server_as_a_whole_takes_what_any_route_takes() {
    let all = Some("GET, HEAD, POST, DELETE, OPTIONS");
    check(site(), &[("OPTIONS *", 204, all), ("OPTIONS http://test", 204, all)]);
    check(
        site().route(MethodSet::EMPTY.with(Method::Options), "*", named("all")),
        &[("OPTIONS *", 200, None)],
    );
}

#[test]
fn a_route_may_answer_options_itself() {
    let both = GET.with(Method::Options);
    check(
        Router::new().route(both, "/", named("both")),
        &[("OPTIONS /", 200, None), ("POST /", 405, Some("GET, HEAD, OPTIONS"))],
    );
}

#[test]
fn without_routes_there_is_nothing_but_the_server() {
    check(
        Router::new(),
        &[
            ("GET /", 404, None),
            ("OPTIONS /", 404, None),
            ("OPTIONS *", 204, Some("OPTIONS")),
            ("BREW /", 501, None),
        ],
    );
}

#[test]
fn no_route_makes_a_tunnel() {
    let any: MethodSet = Method::ALL.into_iter().collect();
    let router = Router::new().fallback(any, named("any")).route(any, "", named("empty"));
    let (_server, mut client) = serve(router);
    let answer = client.ask("OPTIONS", "/", &[]);
    assert_eq!((answer.status, answer.text().as_str()), (200, "any"));
    let answer = client.ask("CONNECT", "test:443", &[]);
    assert_eq!((answer.status, answer.field("Connection")), (501, Some("close")));
    client.assert_closed();
}
