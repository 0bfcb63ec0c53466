//! The tables of RFC 9112 §6.3: which fields give which length, and which are refused.

use super::*;
use crate::head::{self, HeadLimits, HeadScratch, Parsed};

fn length_of(version: &str, fields: &str) -> Result<BodyLength, Kind> {
    let buf = format!("POST / {version}\r\nHost: a\r\n{fields}\r\n");
    let mut scratch = HeadScratch::new();
    match head::parse(buf.as_bytes(), &HeadLimits::default(), &mut scratch) {
        Ok(Parsed::Complete(head)) => request_body(&head).map_err(|error| {
            assert!(error.offset > 0 && error.offset < buf.len(), "{error}");
            error.kind
        }),
        other => panic!("{buf:?} is no head: {other:?}"),
    }
}

fn check(fields: &str, expected: Result<BodyLength, Kind>) {
    assert_eq!(length_of("HTTP/1.1", fields), expected, "{fields:?}");
}

#[test]
fn content_length_is_one_decimal_number() {
    for (value, length) in
        [("0", 0), ("5", 5), (" 12\t", 12), ("007", 7), ("18446744073709551615", u64::MAX)]
    {
        check(&format!("Content-Length: {value}\r\n"), Ok(BodyLength::Length(length)));
        let http10 = length_of("HTTP/1.0", &format!("content-length: {value}\r\n"));
        assert_eq!(http10, Ok(BodyLength::Length(length)));
    }
    for value in [
        "",
        "-1",
        "+1",
        "1,1",
        "1, 1",
        "0x1",
        "1.0",
        "1 1",
        "18446744073709551616",
        "a",
        "\u{b9}",
        "1;",
        "99999999999999999999999999",
    ] {
        check(&format!("Content-Length: {value}\r\n"), Err(Kind::InvalidContentLength));
    }
    for second in ["5", "6", ""] {
        let fields = format!("Content-Length: 5\r\nContent-Length: {second}\r\n");
        check(&fields, Err(Kind::DuplicateContentLength));
    }
}

#[test]
fn no_field_means_no_body() {
    check("", Ok(BodyLength::None));
    check("Content-Type: text/plain\r\n", Ok(BodyLength::None));
    assert!(BodyLength::None.is_empty() && BodyLength::Length(0).is_empty());
    assert!(!BodyLength::Length(1).is_empty() && !BodyLength::Chunked.is_empty());
}

#[test]
fn transfer_encoding_is_chunked_alone() {
    for value in ["chunked", "Chunked", " CHUNKED\t"] {
        check(&format!("Transfer-Encoding: {value}\r\n"), Ok(BodyLength::Chunked));
    }
    for (value, kind) in [
        ("gzip, chunked", Kind::UnknownTransferCoding),
        ("gzip;q=\"a,b\", chunked", Kind::UnknownTransferCoding),
        ("a, b ,chunked", Kind::UnknownTransferCoding),
        ("identity, chunked", Kind::UnknownTransferCoding),
        ("chunked, chunked", Kind::ChunkedTwice),
        ("gzip, chunked, chunked", Kind::ChunkedTwice),
        ("gzip", Kind::ChunkedNotLast),
        ("chunked, gzip", Kind::ChunkedNotLast),
        ("identity", Kind::ChunkedNotLast),
        ("xchunked", Kind::ChunkedNotLast),
        ("", Kind::InvalidTransferEncoding),
        (",chunked", Kind::InvalidTransferEncoding),
        ("chunked,", Kind::InvalidTransferEncoding),
        ("gzip,,chunked", Kind::InvalidTransferEncoding),
        ("chunked;a=b", Kind::InvalidTransferEncoding),
        ("chunked ; a", Kind::InvalidTransferEncoding),
        ("\"chunked\"", Kind::InvalidTransferEncoding),
        ("chunked chunked", Kind::InvalidTransferEncoding),
        ("chunked\u{a0}", Kind::InvalidTransferEncoding),
    ] {
        check(&format!("Transfer-Encoding: {value}\r\n"), Err(kind));
    }
    let lines =
        |first, second| format!("Transfer-Encoding: {first}\r\nTransfer-Encoding: {second}\r\n");
    check(&lines("gzip", "chunked"), Err(Kind::UnknownTransferCoding));
    check(&lines("chunked", "gzip"), Err(Kind::ChunkedNotLast));
    check(&lines("chunked", "chunked"), Err(Kind::ChunkedTwice));
}

#[test]
fn two_framings_are_one_too_many() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: x\r\n",
    ] {
        check(fields, Err(Kind::LengthWithTransferEncoding));
        assert_eq!(length_of("HTTP/1.0", fields), Err(Kind::LengthWithTransferEncoding));
    }
    let http10 = length_of("HTTP/1.0", "Transfer-Encoding: chunked\r\n");
    assert_eq!(http10, Err(Kind::TransferEncodingInHttp10));
}

#[test]
fn bodies_of_a_length_end_there() {
    let mut decoder = BodyDecoder::new(BodyLength::Length(5));
    assert_eq!((decoder.is_end(), decoder.left()), (false, Some(5)));
    let decoded = decoder.decode(b"abc");
    assert_eq!(decoded, Ok(Decoded { consumed: 3, data: 0..3, is_end: false }));
    assert_eq!(decoder.left(), Some(2));
    assert_eq!(decoder.decode(b""), Ok(Decoded { consumed: 0, data: 0..0, is_end: false }));
    let decoded = decoder.decode(b"deGET");
    assert_eq!(decoded, Ok(Decoded { consumed: 2, data: 0..2, is_end: true }));
    assert_eq!(decoder.decode(b"GET"), Ok(Decoded { consumed: 0, data: 0..0, is_end: true }));
}

#[test]
fn no_body_is_at_its_end_at_once() {
    for length in [BodyLength::None, BodyLength::Length(0)] {
        let mut decoder = BodyDecoder::new(length);
        assert!(decoder.is_end());
        assert_eq!(decoder.decode(b"GET"), Ok(Decoded { consumed: 0, data: 0..0, is_end: true }));
    }
    assert_eq!(BodyDecoder::new(BodyLength::Chunked).left(), None);
}

#[test]
fn answers_are_framed_by_the_table() {
    use ResponseFraming::{Chunked, Length, None as Nothing, UntilClose};
    use Version::{Http10, Http11};
    use Wanted::{Head, Whole};
    for (version, wanted, status, length, expected, has_body) in [
        (Http11, Whole, Status::OK, Some(5), Length(5), true),
        (Http10, Whole, Status::OK, Some(5), Length(5), true),
        (Http11, Whole, Status::OK, Some(0), Length(0), true),
        (Http11, Whole, Status::OK, None, Chunked, true),
        (Http10, Whole, Status::OK, None, UntilClose, true),
        (Http11, Head, Status::OK, Some(5), Length(5), false),
        (Http11, Head, Status::OK, None, Nothing, false),
        (Http10, Head, Status::OK, None, Nothing, false),
        (Http11, Whole, Status::CONTINUE, Some(5), Nothing, false),
        (Http11, Whole, Status::NO_CONTENT, Some(0), Nothing, false),
        (Http11, Whole, Status::NOT_MODIFIED, Some(5), Nothing, false),
        (Http10, Whole, Status::NOT_MODIFIED, None, Nothing, false),
        (Http11, Whole, Status::RESET_CONTENT, None, Length(0), false),
        (Http11, Whole, Status::NOT_FOUND, Some(9), Length(9), true),
    ] {
        let framing = response_framing(version, wanted, status, length);
        assert_eq!(framing, expected, "{version} {wanted:?} {status:?} {length:?}");
        assert_eq!(has_response_body(wanted, status), has_body);
    }
}
