//! Heads alone: the parse, and the connection machine with the head of the answer.

use std::hint::black_box;

use http1::connection::{Connection, Next, Persistence};
use http1::encode::{PreparedHead, ResponseFraming};
use http1::head::{Head, HeadLimits, HeadScratch, Parsed, parse};
use semantics::{Fields, Status};

/// What a load client sends.
pub(crate) const SMALL: &str = "GET /file HTTP/1.1\r\n\
    Host: 127.0.0.1:8080\r\n\
    User-Agent: load\r\n\
    Accept: */*\r\n\
    \r\n";

/// What a browser sends for a script.
pub(crate) const BROWSER: &str = "GET /assets/app.js HTTP/1.1\r\n\
    Host: www.example.org\r\n\
    Connection: keep-alive\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/140.0.0.0 Safari/537.36\r\n\
    sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    Accept: */*\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Sec-Fetch-Mode: no-cors\r\n\
    Sec-Fetch-Dest: script\r\n\
    Referer: https://www.example.org/\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef\r\n\
    \r\n";

pub(crate) fn parse_known(rounds: u32) {
    parse_rounds(SMALL.into(), rounds);
}

pub(crate) fn parse_small(rounds: u32) {
    parse_rounds(numbered(SMALL), rounds);
}

pub(crate) fn parse_browser(rounds: u32) {
    parse_rounds(numbered(BROWSER), rounds);
}

fn parse_rounds(mut request: Vec<u8>, rounds: u32) {
    let mut scratch = HeadScratch::new();
    for _ in 0..rounds {
        let parsed = black_box(whole(black_box(&request), &mut scratch));
        assert_eq!(parsed.len(), request.len());
        count_up(&mut request);
    }
}

/// Gives a request a number in its query, so that no two need be alike.
pub(crate) fn numbered(request: &str) -> Vec<u8> {
    request.replacen(" HTTP/1.1", "?00000000 HTTP/1.1", 1).into_bytes()
}

/// Makes the next of a numbered request; others stay as they are.
pub(crate) fn count_up(request: &mut [u8]) {
    let path_end = request.iter().position(|byte| matches!(byte, b'?' | b'\r'));
    let behind = request.get_mut(path_end.unwrap_or(0)..).unwrap_or_default();
    let Some([b'?', digits @ ..]) = behind.first_chunk_mut::<9>() else { return };
    for digit in digits.iter_mut().rev() {
        *digit += 1;
        if *digit <= b'9' {
            return;
        }
        *digit = b'0';
    }
}

fn whole<'b>(text: &'b [u8], scratch: &'b mut HeadScratch) -> Head<'b> {
    match parse(text, &HeadLimits::default(), scratch) {
        Ok(Parsed::Complete(head)) => head,
        other => unreachable!("not a whole head: {other:?}"),
    }
}

pub(crate) fn connection(rounds: u32) {
    const LENGTH: u64 = 612;
    let mut scratch = HeadScratch::new();
    let head = whole(BROWSER.as_bytes(), &mut scratch);
    let mut fields = Fields::new();
    for (name, value) in [("Content-Type", "text/html; charset=utf-8"), ("ETag", "\"264-0\"")] {
        fields.push(name, value).expect("a field that can be sent");
    }
    let prepared = PreparedHead::new(Status::OK, &fields, Some(LENGTH));
    let (mut connection, mut out) = (Connection::new(), Vec::with_capacity(4096));
    for _ in 0..rounds {
        let exchange = connection.on_head(black_box(&head)).expect("a request without a body");
        assert!(exchange.body.is_empty());
        let framing = ResponseFraming::Length(LENGTH);
        let field = connection.on_answer(Persistence::KeepAlive, black_box(framing));
        out.clear();
        black_box(&prepared).append_to(&mut out, b"Sun, 06 Nov 1994 08:49:37 GMT", field);
        black_box(&out);
        assert_eq!(connection.on_answer_end(), Next::Head);
    }
}
