//! The life of a connection as tables: wishes, expectations, and what comes after an answer.

use super::*;
use crate::error::ParseErrorKind as Kind;
use crate::head::{self, HeadLimits, HeadScratch, Parsed};

fn on_head(
    connection: &mut Connection,
    version: &str,
    fields: &str,
) -> Result<Exchange, ParseError> {
    let buf = format!("POST / {version}\r\nHost: a\r\n{fields}\r\n");
    let mut scratch = HeadScratch::new();
    match head::parse(buf.as_bytes(), &HeadLimits::default(), &mut scratch) {
        Ok(Parsed::Complete(head)) => connection.on_head(&head),
        other => panic!("{buf:?} is no head: {other:?}"),
    }
}

fn exchange(version: &str, fields: &str) -> Exchange {
    on_head(&mut Connection::new(), version, fields).unwrap()
}

#[test]
fn the_state_is_small() {
    assert!(size_of::<Connection>() <= 16);
}

#[test]
fn clients_wish_by_version_and_connection() {
    use Persistence::{Close, KeepAlive};
    for (fields, http10, http11) in [
        ("", Close, KeepAlive),
        ("Connection: close\r\n", Close, Close),
        ("Connection: keep-alive\r\n", KeepAlive, KeepAlive),
        ("Connection: Keep-Alive\r\n", KeepAlive, KeepAlive),
        ("connection: x, ,CLOSE\r\n", Close, Close),
        ("Connection: keep-alive, close\r\n", Close, Close),
        ("Connection: close\r\nConnection: keep-alive\r\n", Close, Close),
        ("Connection: x\r\nConnection: Upgrade, keep-alive\r\n", KeepAlive, KeepAlive),
        ("Connection: closed\r\n", Close, KeepAlive),
        ("Connection: \"close\"\r\n", Close, KeepAlive),
        ("Proxy-Connection: keep-alive\r\n", Close, KeepAlive),
        ("Keep-Alive: timeout=5\r\n", Close, KeepAlive),
    ] {
        assert_eq!(exchange("HTTP/1.0", fields).persistence, http10, "1.0 {fields:?}");
        assert_eq!(exchange("HTTP/1.1", fields).persistence, http11, "1.1 {fields:?}");
    }
}

#[test]
fn expectations_need_a_body_and_http11() {
    use Expectation::{Continue, None as Nothing, Unknown};
    for (fields, http10, http11) in [
        ("Content-Length: 5\r\n", Nothing, Nothing),
        ("Content-Length: 5\r\nExpect: 100-continue\r\n", Nothing, Continue),
        ("Content-Length: 5\r\nExpect: 100-Continue\r\n", Nothing, Continue),
        ("Content-Length: 0\r\nExpect: 100-continue\r\n", Nothing, Nothing),
        ("Expect: 100-continue\r\n", Nothing, Nothing),
        ("Content-Length: 5\r\nExpect: , 100-continue,\r\n", Nothing, Continue),
        ("Content-Length: 5\r\nExpect: 100-continue, x\r\n", Nothing, Unknown),
        ("Expect: tea\r\n", Nothing, Unknown),
        ("Content-Length: 5\r\nExpect: 100-continue\r\nExpect: tea\r\n", Nothing, Unknown),
        ("Expect: 100-continue=x\r\n", Nothing, Unknown),
        ("Expect: 100-continue;x\r\n", Nothing, Unknown),
        ("Expect: \"100-continue\"\r\n", Nothing, Unknown),
        ("Expect:\r\n", Nothing, Nothing),
    ] {
        assert_eq!(exchange("HTTP/1.0", fields).expectation, http10, "1.0 {fields:?}");
        assert_eq!(exchange("HTTP/1.1", fields).expectation, http11, "1.1 {fields:?}");
    }
    let chunked = exchange("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n");
    assert_eq!((chunked.body, chunked.expectation), (BodyLength::Chunked, Continue));
}

#[test]
fn nothing_behind_a_refused_tunnel_is_a_request() {
    let buf = b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    let mut scratch = HeadScratch::new();
    let Ok(Parsed::Complete(head)) = head::parse(buf, &HeadLimits::default(), &mut scratch) else {
        panic!("a whole head")
    };
    let mut connection = Connection::new();
    assert_eq!(connection.on_head(&head).unwrap().persistence, Persistence::Close);
    let field = connection.on_answer(Persistence::KeepAlive, ResponseFraming::Length(1));
    assert_eq!((field, connection.on_answer_end()), (ConnectionField::Close, Next::Close));
}

#[test]
fn answers_say_what_becomes_of_the_connection() {
    let close = "Connection: close\r\n";
    let keep = "Connection: keep-alive\r\n";
    let length = ResponseFraming::Length(1);
    for (version, fields, wish, framing, field, next) in [
        ("HTTP/1.1", "", Persistence::KeepAlive, length, ConnectionField::Absent, Next::Head),
        ("HTTP/1.1", "", Persistence::Close, length, ConnectionField::Close, Next::Close),
        (
            "HTTP/1.1",
            close,
            Persistence::KeepAlive,
            length,
            ConnectionField::Close,
            Next::CloseAtOnce,
        ),
        ("HTTP/1.0", "", Persistence::KeepAlive, length, ConnectionField::Close, Next::Close),
        ("HTTP/1.0", close, Persistence::KeepAlive, length, ConnectionField::Close, Next::Close),
        ("HTTP/1.0", keep, Persistence::KeepAlive, length, ConnectionField::KeepAlive, Next::Head),
        ("HTTP/1.0", keep, Persistence::Close, length, ConnectionField::Close, Next::Close),
        (
            "HTTP/1.0",
            keep,
            Persistence::KeepAlive,
            ResponseFraming::UntilClose,
            ConnectionField::Close,
            Next::Close,
        ),
    ] {
        let mut connection = Connection::new();
        on_head(&mut connection, version, fields).unwrap();
        assert_eq!(connection.on_answer(wish, framing), field, "{version} {fields:?} {wish:?}");
        assert_eq!(connection.on_answer_end(), next);
        assert_eq!(connection.is_idle(), next == Next::Head);
    }
}

#[test]
fn only_a_client_that_has_said_all_is_left_at_once() {
    let close = "Connection: close\r\n";
    let body = "Connection: close\r\nContent-Length: 5\r\n";
    let empty = "Connection: close\r\nContent-Length: 0\r\n";
    for (fields, wish, next) in [
        (close, Persistence::KeepAlive, Next::CloseAtOnce),
        (close, Persistence::Close, Next::CloseAtOnce),
        (empty, Persistence::KeepAlive, Next::CloseAtOnce),
        // Some clients send a line end behind a body.
        (body, Persistence::KeepAlive, Next::Close),
        ("", Persistence::Close, Next::Close),
    ] {
        let mut connection = Connection::new();
        if !on_head(&mut connection, "HTTP/1.1", fields).unwrap().body.is_empty() {
            connection.on_body_end();
        }
        connection.on_answer(wish, ResponseFraming::Length(1));
        assert_eq!(connection.on_answer_end(), next, "{fields:?} {wish:?}");
    }
}

#[test]
fn the_next_head_waits_for_body_and_answer() {
    let mut connection = Connection::new();
    for _ in 0..2 {
        on_head(&mut connection, "HTTP/1.1", "Content-Length: 5\r\n").unwrap();
        connection.on_body_end();
        assert!(!connection.is_idle());
        connection.on_answer(Persistence::KeepAlive, ResponseFraming::None);
        assert_eq!(connection.on_answer_end(), Next::Head);

        on_head(&mut connection, "HTTP/1.1", "Content-Length: 5\r\n").unwrap();
        connection.on_answer(Persistence::KeepAlive, ResponseFraming::None);
        assert_eq!(connection.on_answer_end(), Next::RestOfBody);
        assert!(!connection.is_idle());
        connection.on_body_end();
        assert!(connection.is_idle());
    }
}

#[test]
fn a_body_that_cannot_be_framed_closes() {
    let mut connection = Connection::new();
    let error = on_head(&mut connection, "HTTP/1.1", "Content-Length: x\r\n").unwrap_err();
    assert_eq!(error.kind, Kind::InvalidContentLength);
    assert!(!connection.is_idle());
}
