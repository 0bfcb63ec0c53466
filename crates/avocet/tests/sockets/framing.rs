//! What is no request, or none that a folder answers: refused, and nothing behind it is taken for
//! a request (RFC 9112 §11.2).

use testkit::raw::request;

use crate::site::{INDEX, Site};

/// What a smuggler would have the server take for a request.
const BEHIND: &str = "GET /behind HTTP/1.1\r\nHost: test\r\n\r\n";

/// Sends each message with a request behind it: the message is answered with `status` and the
/// connection closed.
#[track_caller]
fn check_refused(status: u16, messages: &[&str]) {
    let site = Site::with(&[("behind", b"behind")], &["--log", "off"]);
    for message in messages {
        let mut client = site.client();
        client.send(format!("{message}{BEHIND}"));
        let answer = client.answer();
        assert_eq!(answer.status, status, "{message:?}: {answer:?}");
        assert_eq!(answer.field("Connection"), Some("close"), "{message:?}: {answer:?}");
        assert!(answer.field("Date").is_some(), "{answer:?}");
        client.assert_closed();
    }
    assert_eq!(site.client().get("/").text(), INDEX, "others are served as before");
}

/// Sends each request with another behind it: the first is answered with `status`, the second is
/// served.
#[track_caller]
fn check_declined(status: u16, messages: &[&str]) {
    let site = Site::with(&[("behind", b"behind")], &["--log", "off"]);
    for message in messages {
        let mut client = site.client();
        client.send(format!("{message}{BEHIND}"));
        let answer = client.answer();
        assert_eq!(answer.status, status, "{message:?}: {answer:?}");
        assert_eq!(answer.field("Connection"), None, "{message:?}: {answer:?}");
        let allow = matches!(status, 204 | 405).then_some("GET, HEAD, OPTIONS");
        assert_eq!(answer.field("Allow"), allow, "{message:?}: {answer:?}");
        assert_eq!(client.answer().text(), "behind", "{message:?}");
    }
}

#[test]
fn malformed_request_lines() {
    check_refused(
        400,
        &[
            "GET /\r\nHost: a\r\n\r\n",
            "GET\r\nHost: a\r\n\r\n",
            "/ HTTP/1.1\r\nHost: a\r\n\r\n",
            " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
            "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / http/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/11\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nHost: a\r\n\r\n",
            "GET / HTTPS/1.1\r\nHost: a\r\n\r\n",
            "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET index.html HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "PUT * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/#f HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00",
        ],
    );
}

#[test]
fn line_ends_and_control_bytes() {
    check_refused(
        400,
        &[
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\rHost: a\r\n\r\n",
            "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
            "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
            "\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
}

#[test]
fn malformed_fields() {
    check_refused(
        400,
        &[
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\tX: b\r\n\r\n",
            "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX Y: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\u{e9}: x\r\n\r\n",
        ],
    );
}

#[test]
fn hosts() {
    check_refused(
        400,
        &[
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: [::1%25lo]\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: \u{e9}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\n\r\n",
        ],
    );
}

#[test]
fn lengths_and_codings() {
    check_refused(
        400,
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
        ],
    );
    check_refused(
        501,
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\
             Transfer-Encoding: chunked\r\n\r\n",
        ],
    );
}

#[test]
fn later_versions() {
    check_refused(
        505,
        &[
            "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/3.1\r\nHost: a\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    );
}

#[test]
fn methods_that_files_do_not_take() {
    check_declined(
        405,
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
    check_declined(
        501,
        &["BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1\r\nHost: a\r\n\r\n"],
    );
    check_refused(
        501,
        &[
            // What follows may be meant for a tunnel.
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            &format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "X".repeat(10_000)),
        ],
    );
}

#[test]
fn what_a_folder_takes() {
    check_declined(
        204,
        &[
            "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS /none HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
}

#[test]
fn what_is_to_be_had_on_a_secured_connection_alone() {
    check_declined(421, &["GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"]);
}

#[test]
fn what_is_refused_of_head_is_told_without_a_body() {
    let site = Site::new(&[]);
    for (message, status) in [
        ("HEAD / HTTP/1.1\r\n\r\n", 400),
        ("HEAD /\r\n", 400),
        ("\r\nHEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n", 501),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        ("HEAD / HTTP/2.0\r\n\r\n", 505),
    ] {
        let mut client = site.client();
        client.send(request("HEAD", "/", &[]) + message);
        assert_eq!(client.answer_head().status, 200);
        let head = client.answer_head();
        assert_eq!((head.status, head.field("Connection")), (status, Some("close")), "{message:?}");
        assert_ne!(head.field("Content-Length"), Some("0"), "as for GET: {message:?}");
        client.assert_closed();
    }
}

#[test]
fn what_is_forgiven() {
    let site = Site::new(&[]);
    for message in [
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:\r\n\r\n",
        "GET / HTTP/1.1\r\nHOST:a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \t a \t \r\nX:\r\n\r\n",
        "GET / HTTP/1.9\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{e9}\r\n\r\n",
        "GET /? HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        "GET http://other.example:81/?q HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET http://other.example HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: unheard-of/1\r\n\r\n",
    ] {
        let mut client = site.client();
        client.send(message);
        let answer = client.answer();
        assert_eq!((answer.status, answer.text().as_str()), (200, INDEX), "{message:?}");
        assert_eq!(client.get("/").status, 200, "{message:?} leaves the connection open");
    }
}

#[test]
fn an_expectation_that_nobody_knows() {
    let site = Site::new(&[]);
    let mut client = site.client();
    let answer = client.ask("GET", "/", &["Expect: the-unexpected"]);
    assert_eq!(answer.status, 417, "{answer:?}");
    assert_eq!(client.get("/").status, 200);
    // Where there are no expectations, there is none to fail.
    client.send("GET / HTTP/1.0\r\nExpect: the-unexpected\r\n\r\n");
    assert_eq!(client.answer().text(), INDEX);
}

#[test]
fn the_request_message_of_the_note_gets_the_index_page() {
    let message = include_bytes!("../../../http1/tests/fixtures/request.http");
    let site = Site::new(&[]);
    let mut client = site.client();
    client.send(message);
    assert_eq!(client.answer().text(), INDEX, "at once");
    for byte in message.chunks(1) {
        client.send(byte);
    }
    assert_eq!(client.answer().text(), INDEX, "byte by byte");
    for cut in 1..message.len() {
        client.send(&message[..cut]);
        client.send(&message[cut..]);
        assert_eq!(client.answer().text(), INDEX, "cut at {cut}");
    }
}

#[test]
fn requests_in_one_segment_are_answered_in_order() {
    let numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let files: Vec<_> = numbers.iter().map(|number| (number.as_str(), number.as_bytes())).collect();
    let site = Site::new(&files);
    let mut client = site.client();
    for round in ["cold", "cached"] {
        let requests = |number: &String| request("GET", &format!("/{number}"), &[]);
        client.send(numbers.iter().map(requests).collect::<String>());
        for number in &numbers {
            assert_eq!(&client.answer().text(), number, "{round}");
        }
    }
}

#[test]
fn answers_of_every_kind_in_one_pipeline() {
    let site = Site::new(&[("large", &[7; 300_000]), ("small", b"small")]);
    let mut client = site.client();
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /";
    client.send(
        [
            &request("GET", "/small", &[]),
            &request("HEAD", "/large", &[]),
            &request("GET", "/large", &[]),
            &request("GET", "/missing", &[]),
            post,
            &request("GET", "/small", &["Range: bytes=1-2"]),
            &request("GET", "/small", &["Connection: close"]),
            &request("GET", "/large", &[]),
        ]
        .concat(),
    );
    assert_eq!(client.answer().text(), "small");
    assert_eq!(client.answer_head().field("Content-Length"), Some("300000"));
    assert_eq!(client.answer().body, [7; 300_000]);
    assert_eq!(client.answer().status, 404);
    assert_eq!(client.answer().status, 405);
    assert_eq!(client.answer().text(), "ma");
    let last = client.answer();
    assert_eq!((last.text().as_str(), last.field("Connection")), ("small", Some("close")));
    client.assert_closed();
}
