//! How long a connection lasts: keep-alive, `Connection: close`, HTTP/1.0, half-closed clients.

use testkit::raw::request;

use crate::site::{INDEX, Site};

#[test]
fn a_connection_is_kept_until_it_is_told_otherwise() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for _ in 0..3 {
        let answer = client.get("/");
        assert_eq!((answer.status, answer.field("Connection")), (200, None));
    }
    for close in [
        &["Connection: close"][..],
        &["Connection: Close"],
        &["Connection: keep-alive, close"],
        &["Connection: , x,\tCLOSE ,"],
        &["Connection: close", "Connection: keep-alive"],
        &["Connection: keep-alive", "Connection: close"],
    ] {
        for target in ["/", "/missing"] {
            let mut client = site.client();
            client.send(request("GET", target, close) + &request("GET", "/", &[]));
            let answer = client.answer();
            assert_eq!(answer.field("Connection"), Some("close"), "{close:?}");
            client.assert_closed();
        }
    }
    for other in ["Connection: closed", "Connection: x, keep-alive", "Proxy-Connection: close"] {
        assert_eq!(client.ask("GET", "/", &[other]).field("Connection"), None, "{other}");
    }
}

#[test]
fn version_1_0_closes_unless_it_asks_otherwise() {
    let site = Site::new(&[("large", &[1; 100_000])]);
    for target in ["/", "/large", "/missing"] {
        let mut client = site.client();
        client.send(format!("GET {target} HTTP/1.0\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(answer.field("Connection"), Some("close"), "{target}");
        assert_eq!(answer.field("Transfer-Encoding"), None, "{target}");
        client.assert_closed();
    }
    let mut client = site.client();
    for _ in 0..3 {
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let answer = client.answer();
        assert_eq!(answer.field("Connection"), Some("keep-alive"));
        assert_eq!(answer.text(), INDEX);
    }
    for request in [
        "GET /missing HTTP/1.0\r\nConnection: x\r\nConnection: Keep-Alive, y\r\n\r\n",
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        "OPTIONS / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ] {
        client.send(request);
        assert_eq!(client.answer().field("Connection"), Some("keep-alive"), "{request:?}");
    }
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n");
    assert_eq!(client.answer().field("Connection"), Some("close"));
    client.assert_closed();
}

#[test]
fn a_client_that_has_said_all_still_gets_its_answers() {
    let large = vec![1; 3_000_000];
    let site = Site::new(&[("large", &large)]);
    let mut client = site.client();
    client.send(request("GET", "/large", &[]) + &request("GET", "/", &[]));
    client.close_write();
    assert_eq!(client.answer().body, large);
    assert_eq!(client.answer().text(), INDEX);
    client.assert_closed();
}

#[test]
fn a_client_that_ends_within_a_request_is_let_go() {
    let site = Site::new(&[]);
    for beginning in ["", "\r\n", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = site.client();
        client.send(beginning);
        client.close_write();
        client.assert_closed();
    }
    let mut client = site.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    client.close_write();
    assert_eq!(client.answer().status, 405);
    client.assert_closed();
}

#[test]
fn a_slow_reader_gets_all_of_a_long_pipeline() {
    let page = vec![5; 60_000];
    let site = Site::new(&[("page", &page)]);
    let mut client = site.client();
    client.send(request("GET", "/page", &[]).repeat(400));
    for number in 0..400 {
        assert!(client.answer().body == page, "answer {number}");
    }
    assert_eq!(client.get("/").text(), INDEX);
}
