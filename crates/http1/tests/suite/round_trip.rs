//! What is written is what is read: requests, answers, chunked bodies.

use http1::encode::{
    CHUNK_END, ConnectionField, LAST_CHUNK, PreparedHead, ResponseFraming, ResponseHead,
    write_chunk_head, write_head,
};
use http1::framing::{BodyDecoder, BodyLength};
use http1::head::{self, HeadLimits, HeadScratch, Parsed};
use proptest::prelude::*;
use semantics::fields::Fields;
use semantics::status::Status;

const DATE: &[u8; 29] = b"Mon, 31 Jul 2023 14:53:49 GMT";

fn name() -> impl Strategy<Value = String> {
    // An X in front keeps clear of the names that mean something here.
    "X-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,20}"
}

fn value() -> impl Strategy<Value = String> {
    "([!-~\u{e9}\u{4e2d}]([ \t!-~\u{e9}]{0,60}[!-~\u{e9}])?)?"
}

fn lines() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((name(), value()), 0..20)
}

fn fields(lines: &[(String, String)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.push(name.clone(), value.clone()).unwrap();
    }
    fields
}

fn framing() -> impl Strategy<Value = ResponseFraming> {
    prop_oneof![
        Just(ResponseFraming::None),
        any::<u64>().prop_map(ResponseFraming::Length),
        Just(ResponseFraming::Chunked),
        Just(ResponseFraming::UntilClose),
    ]
}

fn connection() -> impl Strategy<Value = ConnectionField> {
    prop::sample::select(
        &[ConnectionField::Absent, ConnectionField::Close, ConnectionField::KeepAlive][..],
    )
}

/// The lines that the encoder must add behind those it was given.
fn owned_lines(framing: ResponseFraming, connection: ConnectionField) -> Vec<(String, String)> {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let framing = match framing {
        ResponseFraming::None | ResponseFraming::UntilClose => None,
        ResponseFraming::Length(length) => Some(line("Content-Length", &length.to_string())),
        ResponseFraming::Chunked => Some(line("Transfer-Encoding", "chunked")),
    };
    let connection = match connection {
        ConnectionField::Absent => None,
        ConnectionField::Close => Some(line("Connection", "close")),
        ConnectionField::KeepAlive => Some(line("Connection", "keep-alive")),
    };
    framing.into_iter().chain(connection).collect()
}

/// Reads the head of an answer by another parser: status, lines, and where it ends.
fn read_answer(bytes: &[u8]) -> (u16, Vec<(String, String)>, usize) {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    let len = match response.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let lines = response.headers.iter().map(|line| (line.name.to_owned(), text(line.value)));
    (response.code.unwrap(), lines.collect(), len)
}

proptest! {
    #[test]
    fn requests_come_back_as_they_were_written(
        method in "[A-Z]{1,8}",
        path in "/[!$-;=?-Z_a-z~]{0,40}",
        lines in lines(),
    ) {
        prop_assume!(method != "CONNECT");
        let mut buf = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n");
        for (name, value) in &lines {
            buf.push_str(&format!("{name}: {value}\r\n"));
        }
        buf.push_str("\r\n");
        let mut scratch = HeadScratch::new();
        let parsed = head::parse(buf.as_bytes(), &HeadLimits::default(), &mut scratch);
        let Ok(Parsed::Complete(head)) = parsed else { panic!("{buf:?}: {parsed:?}") };
        prop_assert_eq!(head.len(), buf.len());
        let target = match head.query() {
            Some(query) => [head.path(), b"?", query].concat(),
            None => head.path().to_owned(),
        };
        prop_assert_eq!(target, path.as_bytes());
        let written = lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        prop_assert!(head.fields().iter().skip(1).eq(written));
    }

    #[test]
    fn answers_come_back_as_they_were_written(
        code in 100_u16..1000,
        lines in lines(),
        framing in framing(),
        connection in connection(),
    ) {
        let status = Status::new(code).unwrap();
        let fields = fields(&lines);
        let mut out = Vec::new();
        write_head(
            &mut out,
            ResponseHead { status, fields: &fields, framing, connection, date: DATE },
        );
        let (read_code, read_lines, len) = read_answer(&out);
        prop_assert_eq!((read_code, len), (code, out.len()));
        prop_assert_eq!(&read_lines[0], &("Server".to_owned(), "Avocet".to_owned()));
        prop_assert_eq!(read_lines[1].1.as_bytes(), DATE);
        let expected = [lines, owned_lines(framing, connection)].concat();
        prop_assert_eq!(&read_lines[2..], expected.as_slice());

        let length = match framing {
            // No framing has that field there, and a prepared head leaves it out by itself.
            ResponseFraming::Length(_) if status == Status::NO_CONTENT => return Ok(()),
            ResponseFraming::Length(length) => Some(length),
            ResponseFraming::None => None,
            ResponseFraming::Chunked | ResponseFraming::UntilClose => return Ok(()),
        };
        let mut prepared = Vec::new();
        PreparedHead::new(status, &fields, length).append_to(&mut prepared, DATE, connection);
        prop_assert_eq!(prepared, out);
    }

    #[test]
    fn chunked_bodies_come_back_however_they_arrive(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..8),
        reads in prop::collection::vec(1..200_usize, 1..20),
    ) {
        let mut body = Vec::new();
        for chunk in &chunks {
            write_chunk_head(&mut body, chunk.len());
            body.extend_from_slice(chunk);
            body.extend_from_slice(CHUNK_END);
        }
        body.extend_from_slice(LAST_CHUNK);
        let len = body.len();
        body.extend_from_slice(b"GET / HTTP/1.1\r\n");

        let mut decoder = BodyDecoder::new(BodyLength::Chunked);
        let (mut position, mut data, mut reads) = (0, Vec::new(), reads.iter().cycle());
        while !decoder.is_end() {
            let end = body.len().min(position + reads.next().unwrap());
            let input = &body[position..end];
            let decoded = decoder.decode(input).unwrap();
            data.extend_from_slice(&input[decoded.data]);
            position += decoded.consumed;
        }
        prop_assert_eq!(position, len);
        prop_assert_eq!(data, chunks.concat());
    }
}
