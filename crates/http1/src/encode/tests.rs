//! Heads of answers, byte for byte.

use super::*;

const DATE: &Date = b"Mon, 31 Jul 2023 14:53:49 GMT";

fn fields(lines: &[(&'static str, &'static str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.push(*name, *value).unwrap();
    }
    fields
}

fn written(
    status: Status,
    lines: &[(&'static str, &'static str)],
    framing: ResponseFraming,
    connection: ConnectionField,
) -> String {
    let mut out = Vec::new();
    let head = ResponseHead { status, fields: &fields(lines), framing, connection, date: DATE };
    write_head(&mut out, head);
    String::from_utf8(out).unwrap()
}

#[test]
fn heads_have_the_line_the_fields_and_then_what_is_ours() {
    let head = written(
        Status::OK,
        &[("x-B", "2"), ("A", "1"), ("x-b", "3")],
        ResponseFraming::Length(612),
        ConnectionField::Close,
    );
    let expected = "HTTP/1.1 200 OK\r\nServer: Avocet\r\nDate: Mon, 31 Jul 2023 14:53:49 GMT\r\n\
                    x-B: 2\r\nA: 1\r\nx-b: 3\r\nContent-Length: 612\r\nConnection: close\r\n\r\n";
    assert_eq!(head, expected);
}

#[test]
fn server_and_date_are_added_unless_given() {
    let lines = [("date", "never"), ("SERVER", "x")];
    let head = written(Status::OK, &lines, ResponseFraming::None, ConnectionField::Absent);
    assert_eq!(head, "HTTP/1.1 200 OK\r\ndate: never\r\nSERVER: x\r\n\r\n");
    let mut out = Vec::new();
    PreparedHead::new(Status::OK, &fields(&lines), None).append_to(
        &mut out,
        DATE,
        ConnectionField::Absent,
    );
    assert_eq!(out, head.as_bytes());
}

#[test]
fn framing_and_connection_have_their_fields() {
    let bare = [("Server", "x"), ("Date", "x")];
    let around = |lines: &str| format!("HTTP/1.1 200 OK\r\nServer: x\r\nDate: x\r\n{lines}\r\n");
    for (framing, connection, lines) in [
        (ResponseFraming::None, ConnectionField::Absent, ""),
        (ResponseFraming::Length(0), ConnectionField::Absent, "Content-Length: 0\r\n"),
        (
            ResponseFraming::Length(u64::MAX),
            ConnectionField::KeepAlive,
            "Content-Length: 18446744073709551615\r\nConnection: keep-alive\r\n",
        ),
        (
            ResponseFraming::Chunked,
            ConnectionField::Close,
            "Transfer-Encoding: chunked\r\nConnection: close\r\n",
        ),
        (ResponseFraming::UntilClose, ConnectionField::Close, "Connection: close\r\n"),
    ] {
        assert_eq!(written(Status::OK, &bare, framing, connection), around(lines));
    }
}

#[test]
fn given_fields_of_ours_mark_a_place_and_nothing_more() {
    let lines = [
        ("Server", "x"),
        ("connection", "upgrade"),
        ("CONTENT-LENGTH", "99"),
        ("Transfer-Encoding", "gzip"),
        ("Content-Length", "7"),
        ("Connection", "x"),
        ("Date", "x"),
    ];
    for (framing, connection, expected) in [
        (
            ResponseFraming::Length(5),
            ConnectionField::Absent,
            "Server: x\r\nconnection: keep-alive\r\nCONTENT-LENGTH: 5\r\nDate: x\r\n",
        ),
        (
            ResponseFraming::Chunked,
            ConnectionField::Close,
            "Server: x\r\nconnection: close\r\nTransfer-Encoding: chunked\r\nDate: x\r\n",
        ),
        (
            ResponseFraming::None,
            ConnectionField::KeepAlive,
            "Server: x\r\nconnection: keep-alive\r\nDate: x\r\n",
        ),
    ] {
        let head = written(Status::OK, &lines, framing, connection);
        assert_eq!(head, format!("HTTP/1.1 200 OK\r\n{expected}\r\n"));
    }
}

#[test]
fn statuses_without_a_phrase_keep_their_space() {
    let status = Status::new(299).unwrap();
    let head = written(
        status,
        &[("Server", "x"), ("Date", "x")],
        ResponseFraming::None,
        ConnectionField::Absent,
    );
    assert_eq!(head, "HTTP/1.1 299 \r\nServer: x\r\nDate: x\r\n\r\n");
}

#[test]
fn prepared_heads_equal_written_ones() {
    let lines = [("Content-Type", "text/html"), ("ETag", "\"a\""), ("Content-Length", "9")];
    for (status, length) in [
        (Status::OK, Some(0)),
        (Status::OK, Some(1_234_567)),
        (Status::NOT_MODIFIED, None),
        (Status::NOT_FOUND, Some(10)),
    ] {
        let prepared = PreparedHead::new(status, &fields(&lines), length);
        assert_eq!((prepared.status(), prepared.length()), (status, length));
        for connection in
            [ConnectionField::Absent, ConnectionField::Close, ConnectionField::KeepAlive]
        {
            let framing = length.map_or(ResponseFraming::None, ResponseFraming::Length);
            let expected = written(status, &lines[..2], framing, connection);
            let mut out = b"before".to_vec();
            prepared.append_to(&mut out, DATE, connection);
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{expected}"));
            assert!(prepared.size() < expected.len());
        }
    }
}

#[test]
fn a_prepared_head_of_204_states_no_length() {
    let prepared = PreparedHead::new(Status::NO_CONTENT, &Fields::new(), Some(0));
    let mut out = Vec::new();
    prepared.append_to(&mut out, DATE, ConnectionField::Absent);
    assert_eq!(prepared.length(), None);
    assert!(!String::from_utf8(out).unwrap().contains("Content-Length"));
}

#[test]
fn a_prepared_head_takes_more_fields_and_stays_as_it_was() {
    let prepared = PreparedHead::new(Status::OK, &fields(&[("ETag", "\"a\"")]), Some(7));
    let more = prepared.with_fields(&fields(&[("X-Request-Id", "1"), ("Content-Length", "9")]));
    let text = |head: &PreparedHead| {
        let mut out = Vec::new();
        head.append_to(&mut out, DATE, ConnectionField::Close);
        String::from_utf8(out).unwrap()
    };
    let end = "Content-Length: 7\r\nConnection: close\r\n\r\n";
    assert!(text(&prepared).ends_with(end));
    let more_end = end.replacen("\r\n", "\r\nX-Request-Id: 1\r\n", 1);
    assert_eq!(text(&more), text(&prepared).replace(end, &more_end));
    assert_eq!((more.status(), more.length()), (Status::OK, Some(7)));
}

#[test]
fn the_head_of_a_part_is_that_of_the_whole_and_says_which_part() {
    let own = [("ETag", "\"a\""), ("Vary", "Accept-Encoding")];
    let dated = [("Server", "x"), ("Date", "never"), ("ETag", "\"a\"")];
    for (lines, part, whole) in [
        (&own[..], 0..1, 1),
        (&own[..], 5..12, 612),
        (&dated[..], 5..12, 612),
        (&own[..], 1..u64::MAX, u64::MAX),
        (&own[..0], 0..u64::MAX, u64::MAX),
    ] {
        let range = format!("bytes {}-{}/{whole}", part.start, part.end - 1);
        let mut expected = fields(lines);
        expected.push("Content-Range", range).unwrap();
        let len = part.end - part.start;
        let expected = PreparedHead::new(Status::PARTIAL_CONTENT, &expected, Some(len));
        let head = PreparedHead::new(Status::OK, &fields(lines), Some(whole)).of_part(&part);
        assert_eq!(head, expected);
        assert!(head.size() <= PreparedHead::new(Status::OK, &fields(lines), None).size() + 128);
    }
}

#[test]
fn chunk_heads_are_hexadecimal() {
    for len in [1, 9, 10, 15, 16, 255, 65_536, usize::MAX] {
        let mut out = Vec::new();
        write_chunk_head(&mut out, len);
        assert_eq!(out, format!("{len:x}\r\n").as_bytes());
    }
}
