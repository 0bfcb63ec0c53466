//! No bytes of a client make a line more, or another one of theirs.

use super::*;

/// Bytes that may stand in a target.
const TARGET: &[u8] = b"abc/?=%22&'()*+,;:@-._~\\{}|^[]`$!";

/// Takes the texts in quotes out of a line and reverses their escapes; fails on anything that is
/// no line of these formats.
fn quoted(line: &str) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    let mut rest = line.bytes();
    while rest.any(|byte| byte == b'"') {
        let mut text = Vec::new();
        loop {
            match rest.next().expect("a quote ends the text") {
                b'"' => break,
                b'\\' => match rest.next().expect("something is escaped") {
                    b'x' => {
                        let digits = [rest.next().unwrap(), rest.next().unwrap()];
                        let digits = str::from_utf8(&digits).unwrap();
                        text.push(u8::from_str_radix(digits, 16).expect("two digits"));
                    }
                    byte => text.push(byte),
                },
                byte => text.push(byte),
            }
        }
        texts.push(text);
    }
    texts
}

/// The bytes that a text of JSON stands for.
fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("it is a text");
    text.chars().map(|char| u8::try_from(char).expect("a character for each byte")).collect()
}

/// A text as it is shown, if at most so many bytes of it are.
fn cut_to(text: &[u8], size_max: usize) -> Vec<u8> {
    match text.get(..size_max) {
        Some(shown) if text.len() > size_max => [shown, b"..."].concat(),
        _ => text.to_vec(),
    }
}

fn cut(text: &[u8]) -> Vec<u8> {
    cut_to(text, 2048)
}

/// A target as it is shown; the mark between path and query does not count.
fn cut_target(target: &[u8]) -> Vec<u8> {
    match target.iter().position(|&byte| byte == b'?') {
        Some(at) if at <= 2048 => [&target[..=at], &cut_to(&target[at + 1..], 2048 - at)].concat(),
        _ => cut(target),
    }
}

/// Logs a request in all formats and finds in each line what was sent.
fn check(target: &[u8], referer: &[u8], agent: &[u8]) {
    let request = [
        b"GET /".as_slice(),
        target,
        b" HTTP/1.1\r\nHost: a\r\nReferer:",
        referer,
        b"\r\nUser-Agent:",
        agent,
        b"\r\n\r\n",
    ]
    .concat();
    let target = cut_target(&[b"/", target].concat());
    let (referer, agent) = (cut(referer.trim_ascii()), cut(agent.trim_ascii()));
    let line = [b"GET ".as_slice(), &target, b" HTTP/1.1"].concat();
    let [common, combined, json] = FORMATS.map(|format| logged(format, "192.0.2.1:1", &request));
    assert!(quoted(&common) == [line.clone()], "{common}");
    assert!(quoted(&combined) == [line, referer.clone(), agent.clone()], "{combined}");
    let json: Value = serde_json::from_str(&json).expect("it is valid");
    assert_eq!(bytes(&json["target"]), target);
    assert_eq!((bytes(&json["referer"]), bytes(&json["user_agent"])), (referer, agent));
    assert_eq!((&json["status"], &json["bytes"]), (&200.into(), &612.into()));
    assert_eq!(json.as_object().unwrap().len(), 10, "no member was made");
    for text in [common, combined] {
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
        assert!(text.bytes().all(is_plain), "{text}");
    }
}

#[test]
fn what_forgers_send() {
    for text in [
        &b"\" 200 0 \"-\" \"-"[..],
        b"\",\"status\":200,\"x\":\"",
        b"\\",
        b"\\\\\"",
        b"\\x0a\\u000a",
        b"\x80\xff\xc3\xa9",
        b"-",
        b"",
        b"a\tb",
    ] {
        check(b"", text, text);
        check(b"\\\\?\\", text, b"-");
    }
}

#[test]
fn long_texts_under_at_and_over_the_limit() {
    for size in [2046, 2047, 2048, 2049, 4000] {
        check(&vec![b'a'; size], &vec![b'b'; size], &vec![0xff; size]);
        let query = [b"?".as_slice(), &vec![b'a'; size]].concat();
        check(&query, b"", b"");
        check(&[&vec![b'a'; size], b"?b".as_slice()].concat(), b"", b"");
    }
}

#[test]
fn what_is_no_field_is_escaped_too() {
    // The parser lets none of these through, which the log does not rely on.
    for byte in (0..b' ').chain([0x7f]) {
        for format in FORMATS {
            let mut lines = Lines::new(format);
            let mut record = lines.begin_no_request(PeerAddr::Unix, &dates());
            lines.add_request_id(&mut record, &[byte]);
            lines.finish(record, Status::OK, 0);
            let text = lines.take();
            assert_eq!(memchr::memchr_iter(b'\n', text).count(), 1);
            assert!(text.iter().all(|&byte| matches!(byte, b' '..=b'~' | b'\n')));
        }
    }
}

proptest! {
    #[test]
    fn whatever_comes_is_one_line_and_can_be_had_back(
        target in proptest::collection::vec(proptest::sample::select(TARGET), 0..80),
        referer in proptest::collection::vec(any::<u8>(), 0..80),
        agent in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let field = |mut text: Vec<u8>| {
            text.retain(|&byte| byte == b'\t' || byte >= b' ' && byte != 0x7f);
            text
        };
        check(&target, &field(referer), &field(agent));
    }
}
