//! What the connection makes of answers and bodies, whatever their handlers think.

use semantics::Status;

use super::handlers::{Failure, Frames, ask, post, serve, streamed};
use crate::service::{Body, Incoming, Reply, RequestHead, Response};

const OK: &str = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";

fn get(version: &str, fields: &str) -> String {
    format!("GET /x {version}\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn no_answer_is_interim() {
    for code in [100, 101, 103, 199] {
        let server = serve("/x", move |_: &RequestHead<'_>, _: Option<Incoming>| {
            Reply::Ready(Response::new(Status::new(code).unwrap()))
        });
        for version in ["HTTP/1.0", "HTTP/1.1"] {
            let answer = ask(&server, &get(version, ""));
            assert!(answer.starts_with("HTTP/1.1 500 "), "{code}: {answer}");
        }
    }
}

#[test]
fn some_statuses_have_no_body_and_no_framing_of_one() {
    for (status, length) in [
        (Status::NO_CONTENT, None),
        (Status::NOT_MODIFIED, None),
        (Status::RESET_CONTENT, Some("0")),
    ] {
        let server = serve("/x", move |_: &RequestHead<'_>, _: Option<Incoming>| {
            let text = Response::text(status, "text").with_field("Transfer-Encoding", "chunked");
            Reply::Ready(text.with_field("Content-Length", "4"))
        });
        let answers = ask(&server, &(get("HTTP/1.1", "") + OK));
        let (head, behind) = answers.split_once("\r\n\r\n").unwrap();
        let found = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Length: "));
        assert_eq!(found, length, "{head}");
        assert!(!head.contains("Transfer-Encoding"), "{head}");
        assert!(behind.starts_with("HTTP/1.1 200 OK\r\n"), "{answers}");
    }
}

#[test]
fn a_stream_of_unknown_length_ends_as_its_client_understands() {
    let server = serve("/x", |_: &RequestHead<'_>, _: Option<Incoming>| {
        Reply::Ready(streamed(Frames(2, Failure::None)))
    });
    let kept = get("HTTP/1.0", "Connection: keep-alive\r\n");
    let old = ask(&server, &(kept + OK));
    assert!(old.ends_with("Connection: close\r\n\r\nfive!five!"), "{old}");
    assert!(!old.contains("Transfer-Encoding") && !old.contains("Content-Length"), "{old}");
    let new = ask(&server, &get("HTTP/1.1", ""));
    assert!(new.contains("Transfer-Encoding: chunked\r\n"), "{new}");
    let head = ask(&server, &get("HTTP/1.1", "").replace("GET", "HEAD"));
    assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1, "{head}");
}

#[test]
fn a_body_that_was_let_go_is_judged_by_its_framing_alone() {
    let server = serve("/x", |_: &RequestHead<'_>, _: Option<Incoming>| {
        Reply::Later(Box::pin(async { Response::text(Status::OK, "later") }))
    });
    let too_large = settings::Limits::default().body_size_max + 1;
    for (fields, body, status, connection) in [
        (format!("Content-Length: {too_large}\r\n"), "x", 200, "close"),
        ("Transfer-Encoding: chunked\r\n".to_owned(), "5;\r\nhello\r\n0\r\n\r\n", 400, "close"),
        ("Transfer-Encoding: chunked\r\n".to_owned(), "5\r\nhello\r\n0\r\n\r\n", 200, ""),
    ] {
        let answers = ask(&server, &(post("/x", &fields, body) + OK));
        assert!(answers.starts_with(&format!("HTTP/1.1 {status} ")), "{fields}: {answers}");
        let is_last = answers.contains(&format!("Connection: {connection}"));
        assert_eq!(is_last, connection == "close", "{fields}: {answers}");
        assert_eq!(answers.ends_with("ok"), !is_last, "{fields}: {answers}");
    }
}

#[test]
fn an_empty_body_needs_no_stream_to_end_it() {
    let server = serve("/x", |_: &RequestHead<'_>, _: Option<Incoming>| {
        Reply::Ready(Response { body: Body::Empty, ..Response::new(Status::OK) })
    });
    let answers = ask(&server, &(get("HTTP/1.1", "") + OK));
    assert!(answers.contains("Content-Length: 0\r\n"), "{answers}");
    assert!(answers.ends_with("ok"), "{answers}");
}
