//! Bodies that a folder does not take: drained to keep the connection, or left with a close that
//! does not lose the answer.

use testkit::raw::Client;

use crate::site::{INDEX, Site};

/// Asserts that the next answer is the 405 of a body that was drained, and that the connection is
/// in step behind it.
#[track_caller]
fn check_drained(client: &mut Client) {
    let answer = client.answer();
    assert_eq!((answer.status, answer.field("Connection")), (405, None), "{answer:?}");
    assert_eq!(client.get("/").text(), INDEX);
}

/// Asserts that the next answer is a 405, and the last.
#[track_caller]
fn check_closed(client: &mut Client) {
    let answer = client.answer();
    assert_eq!((answer.status, answer.field("Connection")), (405, Some("close")), "{answer:?}");
    client.assert_closed();
}

fn post(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: test\r\n{fields}\r\n\r\n")
}

#[test]
fn bodies_of_a_stated_length() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for size in [1, 5, 1000, 40_000, 65_535, 65_536] {
        client.send(post(&format!("Content-Length: {size}")) + &"x".repeat(size));
        check_drained(&mut client);
    }
    let mut client = site.client();
    client.send(post("Content-Length: 1000000") + &"x".repeat(1_000_000));
    check_closed(&mut client);
}

#[test]
fn the_limit_on_what_is_drained() {
    for (args, limit) in [(&[][..], 65_536_u64), (&["--limit", "body_drain_max=100"], 100)] {
        let site = Site::with(&[], args);
        for (size, connection) in
            [(limit - 1, None), (limit, None), (limit + 1, Some("close")), (1 << 40, Some("close"))]
        {
            let mut client = site.client();
            client.send(post(&format!("Content-Length: {size}")));
            let answer = client.answer();
            assert_eq!((answer.status, answer.field("Connection")), (405, connection), "{size}");
        }
    }
}

#[test]
fn bodies_that_come_later() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for _ in 0..3 {
        client.send(post("Content-Length: 10"));
        let answer = client.answer();
        assert_eq!((answer.status, answer.field("Connection")), (405, None), "{answer:?}");
        for byte in b"0123456789" {
            client.send([*byte]);
        }
        assert_eq!(client.get("/").text(), INDEX);
    }
}

#[test]
fn chunked_bodies() {
    let site = Site::new(&[]);
    let mut client = site.client();
    for body in [
        "0\r\n\r\n",
        "5\r\nGET /\r\n0\r\n\r\n",
        "5;name=value;quoted=\"a\\\"b\"\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "005\r\nhello\r\n000\r\nTrailer: yes\r\n\r\n",
        "5 \t; a\t= b ;c\r\nhello\r\n0;d\r\n\r\n",
        "0\r\nContent-Length: 5\r\nHost: other\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        client.send(post("Transfer-Encoding: chunked") + body);
        check_drained(&mut client);
        client.send(post("Transfer-Encoding: Chunked"));
        assert_eq!(client.answer().status, 405);
        for byte in body.as_bytes() {
            client.send([*byte]);
        }
        assert_eq!(client.get("/").text(), INDEX, "{body:?}");
    }
}

#[test]
fn a_chunked_body_that_is_too_long_to_drain() {
    let site = Site::new(&[]);
    let mut client = site.client();
    let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000));
    client.send(post("Transfer-Encoding: chunked") + &chunk.repeat(20) + "0\r\n\r\n");
    let answer = client.answer();
    assert_eq!(answer.status, 405, "{answer:?}");
    client.assert_closed();
}

#[test]
fn nothing_behind_a_malformed_chunk_is_read_as_a_request() {
    let site = Site::new(&[]);
    let behind = "GET /behind HTTP/1.1\r\nHost: test\r\n\r\n";
    for body in
        ["g\r\n", "-1\r\n", "5\nhello\r\n", "5\r\nhelloX", " 5\r\n", "5 \r\n", "\r\n", "5;\n"]
    {
        let mut client = site.client();
        client.send(post("Transfer-Encoding: chunked") + body + behind);
        check_malformed(&mut client, 400);
        let mut client = site.client();
        client.send(post("Transfer-Encoding: chunked"));
        assert_eq!(client.answer().status, 405);
        client.send(body.to_owned() + behind);
        client.assert_closed();
    }
}

/// Asserts that the next answer refuses the request for its body, and is the last.
#[track_caller]
fn check_malformed(client: &mut Client, status: u16) {
    let answer = client.answer();
    assert_eq!((answer.status, answer.field("Connection")), (status, Some("close")), "{answer:?}");
    client.assert_closed();
}

#[test]
fn a_malformed_body_is_seen_whoever_would_have_answered() {
    let site = Site::new(&[("cold", b"not in memory"), ("behind", b"behind")]);
    let behind = "GET /behind HTTP/1.1\r\nHost: test\r\n\r\n";
    let long_trailer = format!("0\r\nA: {}\r\n", "b".repeat(10_000));
    for (body, status) in [("5;\r\n", 400), ("0\r\n A: b\r\n\r\n", 400), (&long_trailer, 431)] {
        for target in ["/", "/cold", "/cold", "/none"] {
            for method in ["GET", "POST", "OPTIONS", "BREW"] {
                let mut client = site.client();
                let fields = "Host: test\r\nTransfer-Encoding: chunked\r\n\r\n";
                client.send(format!("{method} {target} HTTP/1.1\r\n{fields}{body}{behind}"));
                check_malformed(&mut client, status);
            }
        }
    }
}

#[test]
fn a_body_is_not_asked_for_in_vain() {
    let site = Site::new(&[]);
    let mut client = site.client();
    client.send(post("Content-Length: 5\r\nExpect: 100-continue"));
    // It may be sent or not: the connection cannot be kept.
    check_closed(&mut client);
    let mut client = site.client();
    client.send("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
    check_closed(&mut client);
}

#[test]
fn a_body_with_a_get_is_no_part_of_the_next_request() {
    let site = Site::new(&[]);
    let mut client = site.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 22\r\n\r\nGET /behind HTTP/1.1\r\n");
    assert_eq!(client.answer().text(), INDEX);
    assert_eq!(client.get("/").text(), INDEX);
}

#[test]
fn a_body_that_stops_coming_ends_the_connection() {
    let site = Site::with(&[], &["--limit", "body_timeout=200ms"]);
    let mut client = site.client();
    client.send(post("Content-Length: 10") + "01234");
    assert_eq!(client.answer().status, 405);
    client.assert_closed();
}
