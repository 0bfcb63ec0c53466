//! What an embedder hands in, and what the server leaves behind.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use semantics::{Method, MethodSet, Status};

use super::*;
use crate::service::{Incoming, Reply, RequestHead, Response};

fn builder() -> Builder {
    let hello =
        |_: &RequestHead<'_>, _: Option<Incoming>| Reply::Ready(Response::text(Status::OK, "hi"));
    Server::builder(Router::new().route(MethodSet::EMPTY.with(Method::Get), "/", hello))
}

fn ask(addr: &ListenAddr, target: &str) -> String {
    let ListenAddr::Tcp(addr) = addr else { panic!("it listens on TCP") };
    let mut client = TcpStream::connect(addr).unwrap();
    write!(client, "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_listener_of_the_embedder_is_served_and_outlives_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    for workers in [1, 3] {
        let workers = NonZero::new(workers).unwrap();
        let ours = listener.try_clone().unwrap();
        let server =
            builder().workers(workers).listen_on(ours).listen("127.0.0.1:0".parse().unwrap());
        let running = server.bind().unwrap().start().unwrap();
        assert_eq!(running.addrs()[0], ListenAddr::Tcp(listener.local_addr().unwrap()));
        for addr in running.addrs() {
            assert!(ask(addr, "/").ends_with("\r\n\r\nhi"), "{addr}");
        }
        running.shutdown().drain();
        assert_eq!(running.join(), Ok(ServerEnd::Drained));
    }
    let waiting = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_accepted, peer) = listener.accept().unwrap();
    assert_eq!(peer, waiting.local_addr().unwrap());
}

#[test]
fn what_cannot_be_listened_on_is_named() {
    let file = File::open("/dev/null").unwrap();
    let fd = file.as_raw_fd();
    let error = builder().listen_on(file).bind().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on the inherited descriptor {fd}"));
}

#[test]
fn the_meters_add_the_workers_up_and_outlive_them() {
    let workers = NonZero::new(3).unwrap();
    let server = builder().workers(workers).listen("127.0.0.1:0".parse().unwrap());
    let running = server.bind().unwrap().start().unwrap();
    let meters = running.meters();
    for target in ["/"; 20].iter().chain(&["/none"; 5]) {
        ask(&running.addrs()[0], target);
    }
    assert_eq!(meters.read().requests, 25);
    running.shutdown().drain();
    running.join().unwrap();
    let totals = meters.read();
    assert_eq!((totals.connections_accepted, totals.connections_open), (25, 0));
    assert_eq!((totals.answers_2xx, totals.answers_4xx, totals.answers_5xx), (20, 5, 0));
}
