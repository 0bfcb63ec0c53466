//! Request ids, on answers of every kind.

use std::io::Write;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use avocet_server::files::{Files, Memory};
use avocet_server::middleware::{Id, Ids, RequestId};
use avocet_server::service::{Handler, Incoming, Job, Reply, RequestHead, Response};
use avocet_server::{Fields, ListenAddr, Method, MethodSet, Router, Running, Server, Status};
use testkit::raw::Client;

const GET: MethodSet = MethodSet::EMPTY.with(Method::Get);

fn numbered(inner: impl Handler) -> impl Handler {
    let ids = Ids::starting_at(Id::new(7));
    RequestId::new(move || ids.next()).wrap(inner)
}

/// The id as the handler finds it.
fn seen(head: &RequestHead<'_>) -> String {
    head.with_extensions(|values| values.value::<Id>().map(Id::to_string)).unwrap_or_default()
}

fn serve(router: Router) -> (Running, Client) {
    let addr = "127.0.0.1:0".parse().unwrap();
    let running = Server::builder(router).listen(addr).bind().unwrap().start().unwrap();
    let ListenAddr::Tcp(addr) = running.addrs()[0] else { panic!("it listens on TCP") };
    (running, Client::tcp(addr))
}

#[test]
fn an_id_reaches_the_handler_and_every_kind_of_answer() {
    let ready = |head: &RequestHead<'_>, _: Option<Incoming>| -> Reply {
        Response::text(Status::OK, seen(head)).into()
    };
    let later = |head: &RequestHead<'_>, _: Option<Incoming>| -> Reply {
        let seen = seen(head);
        Reply::Later(Box::pin(async move { Response::text(Status::OK, seen) }))
    };
    let pool = |head: &RequestHead<'_>, _: Option<Incoming>| -> Reply {
        let seen = seen(head);
        Reply::Pool(Job::new(move |answer| answer.respond(Response::text(Status::OK, seen))))
    };
    let stream = |head: &RequestHead<'_>, _: Option<Incoming>| -> Reply {
        let seen = seen(head);
        Reply::Pool(Job::new(move |answer| {
            let mut writer = answer.stream(Status::OK, Fields::new());
            writer.write_all(seen.as_bytes()).and_then(|()| writer.finish()).unwrap();
        }))
    };
    let (running, mut client) = serve(
        Router::new()
            .route(GET, "/ready", numbered(ready))
            .route(GET, "/later", numbered(later))
            .route(GET, "/pool", numbered(pool))
            .route(GET, "/stream", numbered(stream)),
    );
    for path in ["/ready", "/later", "/pool", "/stream"] {
        for id in ["00000000000000000000000007", "00000000000000000000000008"] {
            let answer = client.get(path);
            assert_eq!(answer.field("X-Request-Id"), Some(id), "{path}");
            assert_eq!(answer.text(), id, "{path}");
        }
    }
    running.shutdown().stop();
}

#[test]
fn a_file_served_twice_has_an_id_each_time() {
    let tree = Memory::new();
    tree.insert("a.txt", "content", UNIX_EPOCH);
    let files = Files::new(Arc::new(tree));
    let (running, mut client) = serve(Router::new().fallback(GET, numbered(files)));
    for id in ["00000000000000000000000007", "00000000000000000000000008"] {
        let answer = client.get("/a.txt");
        assert_eq!(answer.field("X-Request-Id"), Some(id));
        assert_eq!(
            (answer.text().as_str(), answer.field("Content-Length")),
            ("content", Some("7"))
        );
    }
    running.shutdown().stop();
}

#[test]
fn middleware_composes_and_the_outermost_is_the_last_to_touch_the_answer() {
    let pool = |_: &RequestHead<'_>, _: Option<Incoming>| -> Reply {
        Reply::Pool(Job::new(|answer| answer.respond(Response::new(Status::OK))))
    };
    let field = |name| RequestId::default().in_field(name);
    let handler = field("Outer").wrap(field("Inner").wrap(RequestId::default().wrap(pool)));
    let (running, mut client) = serve(Router::new().route(GET, "/", handler));
    let answer = client.get("/");
    let places = ["X-Request-Id", "Inner", "Outer"].map(|name| answer.head.find(name).unwrap());
    assert!(places.is_sorted(), "{answer:?}");
    running.shutdown().stop();
}
