//! The request message of the note that the project was started from.

use http1::connection::{Connection, Expectation, Persistence};
use http1::framing::BodyLength;
use http1::head::{self, HeadLimits, HeadScratch, MethodToken, Parsed, Target, Version};
use semantics::method::Method;

const REQUEST: &[u8] = include_bytes!("../fixtures/request.http");

const FIELDS: [(&str, &str); 7] = [
    ("Host", "47.100.187.121:38350"),
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
    ),
    (
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("Accept-Language", "zh-CN,zh;q=0.8,zh-TW;q=0.7,zh-HK;q=0.5,en-US;q=0.3,en;q=0.2"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Connection", "keep-alive"),
    ("Upgrade-Insecure-Requests", "1"),
];

fn check(arrived: &[u8]) {
    let mut scratch = HeadScratch::new();
    let Ok(Parsed::Complete(head)) = head::parse(arrived, &HeadLimits::default(), &mut scratch)
    else {
        panic!("{} bytes of a whole head are not taken", arrived.len());
    };
    assert_eq!(head.method(), MethodToken::Known(Method::Get));
    assert_eq!(head.target(), Target::Origin { path: b"/", query: None });
    assert_eq!(head.version(), Version::Http11);
    assert_eq!(head.authority(), Some(b"47.100.187.121:38350".as_slice()));
    assert_eq!(head.len(), REQUEST.len());
    let expected = FIELDS.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    assert!(head.fields().iter().eq(expected), "{:?}", head.fields());
    let exchange = Connection::new().on_head(&head).unwrap();
    assert_eq!(exchange.body, BodyLength::None);
    assert_eq!(exchange.persistence, Persistence::KeepAlive);
    assert_eq!(exchange.expectation, Expectation::None);
}

#[test]
fn the_request_message_is_parsed_to_exactly_its_fields() {
    check(REQUEST);
    check(&[REQUEST, REQUEST].concat());
}

#[test]
fn every_beginning_of_the_request_message_is_partial() {
    let limits = HeadLimits::default();
    let mut scratch = HeadScratch::new();
    for end in 0..REQUEST.len() {
        let parsed = head::parse(&REQUEST[..end], &limits, &mut scratch);
        assert!(matches!(parsed, Ok(Parsed::Partial)), "cut at {end}: {parsed:?}");
    }
}
