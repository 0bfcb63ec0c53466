//! Heads as tables: each fed whole, byte by byte and cut at every point, with one verdict.

mod limits;

use semantics::fields::FieldName;

use super::*;
use crate::error::ParseErrorKind as Kind;

const LIMITS: HeadLimits =
    HeadLimits { request_line_size_max: 120, head_size_max: 400, fields_max: 8 };

/// What is known of a buffer: all of it in words, so that two verdicts can be compared.
fn verdict(buf: &[u8], limits: &HeadLimits) -> Result<Option<String>, Kind> {
    let mut scratch = HeadScratch::new();
    match parse(buf, limits, &mut scratch) {
        Ok(Parsed::Partial) => Ok(None),
        Ok(Parsed::Complete(head)) => Ok(Some(format!("{head:?}"))),
        Err(error) => {
            assert!(error.offset <= buf.len(), "{error} in {} bytes", buf.len());
            Err(error.kind)
        }
    }
}

/// The verdict on bytes that arrive up to each of `ends` in turn.
fn arriving(
    buf: &[u8],
    ends: impl IntoIterator<Item = usize>,
    limits: &HeadLimits,
) -> Result<Option<String>, Kind> {
    let mut scanned = 0;
    for end in ends {
        let arrived = &buf[..end];
        let found = verdict(arrived, limits);
        if !needs_parse(arrived, scanned, limits) {
            assert_eq!(found, Ok(None), "needs_parse hides a verdict at {end}");
        }
        scanned = end;
        if found != Ok(None) {
            return found;
        }
    }
    Ok(None)
}

/// The one verdict on bytes, however they arrive.
fn judged(buf: &[u8], limits: &HeadLimits) -> Result<Option<String>, Kind> {
    let whole = verdict(buf, limits);
    assert_eq!(arriving(buf, 1..=buf.len(), limits), whole, "byte by byte: {}", buf.escape_ascii());
    for cut in 0..=buf.len() {
        let cut_once = arriving(buf, [cut, buf.len()], limits);
        assert_eq!(cut_once, whole, "cut at {cut}: {}", buf.escape_ascii());
    }
    whole
}

fn refused(buf: impl AsRef<[u8]>, kind: Kind) {
    let buf = buf.as_ref();
    assert_eq!(judged(buf, &LIMITS), Err(kind), "{}", buf.escape_ascii());
}

/// Checks a request that is fine, and what `look` finds in it.
fn accepted(buf: impl AsRef<[u8]>, look: impl FnOnce(&Head<'_>)) {
    let buf = buf.as_ref();
    assert!(judged(buf, &LIMITS).is_ok_and(|head| head.is_some()), "{}", buf.escape_ascii());
    let mut scratch = HeadScratch::new();
    if let Ok(Parsed::Complete(head)) = parse(buf, &LIMITS, &mut scratch) {
        look(&head);
    }
}

fn with_line(request_line: &str) -> String {
    format!("{request_line}\r\nHost: a\r\n\r\n")
}

fn with_field(field_line: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{field_line}\r\n\r\n")
}

#[test]
fn a_head_gives_its_parts() {
    let buf = "GET /a/b?c=d&e HTTP/1.1\r\nHost: example.org:80\r\nAccept:*/*\r\naccept: \t x \r\n\
               X-Empty:\r\n\r\nrest";
    accepted(buf, |head| {
        assert_eq!(head.method(), MethodToken::Known(Method::Get));
        assert_eq!(head.target(), Target::Origin { path: b"/a/b", query: Some(b"c=d&e") });
        assert_eq!((head.path(), head.query()), (b"/a/b".as_slice(), Some(b"c=d&e".as_slice())));
        assert_eq!(head.version(), Version::Http11);
        assert_eq!(head.authority(), Some(b"example.org:80".as_slice()));
        assert_eq!(&buf[head.len()..], "rest");
        let fields = head.fields();
        assert_eq!((fields.len(), fields.is_empty()), (4, false));
        let lines: [(&[u8], &[u8]); 4] = [
            (b"Host", b"example.org:80"),
            (b"Accept", b"*/*"),
            (b"accept", b"x"),
            (b"X-Empty", b""),
        ];
        assert!(fields.iter().eq(lines) && fields.into_iter().len() == 4);
        assert_eq!(fields.first(FieldName::Accept), Some(&b"*/*"[..]));
        assert!(fields.all(FieldName::Accept).eq([&b"*/*"[..], b"x"]));
        assert_eq!(fields.first(FieldName::Cookie), None);
        assert!(fields.named("x-EMPTY").eq([&b""[..]]));
    });
}

#[test]
fn methods_are_tokens() {
    accepted(with_line("BREW / HTTP/1.1"), |head| {
        assert_eq!(head.method(), MethodToken::Other("BREW"));
    });
    accepted(with_line("get / HTTP/1.1"), |head| {
        assert_eq!(head.method(), MethodToken::Other("get"));
    });
    for line in ["G(T / HTTP/1.1", "GET\t/ HTTP/1.1", "GET", "G\u{e9}T / HTTP/1.1"] {
        refused(with_line(line), Kind::InvalidMethod);
    }
}

#[test]
fn what_cannot_begin_a_request_is_refused_by_its_first_byte() {
    for (buf, kind) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], Kind::InvalidMethod),
        (b" GET / HTTP/1.1\r\n", Kind::InvalidMethod),
        (b"\x00", Kind::Nul),
        (b"\xff", Kind::InvalidMethod),
        (b"\nGET / HTTP/1.1\r\n", Kind::BareLf),
        (b"\rGET / HTTP/1.1\r\n", Kind::BareCr),
        (b"\r\n GET", Kind::InvalidMethod),
    ] {
        refused(buf, kind);
        if buf[0] != b'\r' {
            assert_eq!(verdict(&buf[..1], &LIMITS), Err(kind));
        }
    }
}

#[test]
fn a_few_empty_lines_before_a_request_are_skipped() {
    let request = with_line("GET / HTTP/1.1");
    for lines in 0..=usize::from(EMPTY_LINES_MAX) {
        let buf = format!("{}{request}", "\r\n".repeat(lines));
        accepted(&buf, |head| {
            assert_eq!(head.len(), buf.len());
            assert_eq!(head.fields().first(FieldName::Host), Some(&b"a"[..]));
        });
        assert_eq!(judged("\r\n".repeat(lines).as_bytes(), &LIMITS), Ok(None));
    }
    let lines = "\r\n".repeat(usize::from(EMPTY_LINES_MAX) + 1);
    refused(format!("{lines}{request}"), Kind::TooManyEmptyLines);
}

fn http<'b>(authority: &'b [u8], path: &'b [u8], query: Option<&'b [u8]>) -> Target<'b> {
    Target::Absolute { scheme: Scheme::Http, authority, path, query }
}

#[test]
fn targets_have_the_form_that_the_method_asks_for() {
    let cases = [
        ("GET /", Target::Origin { path: b"/", query: None }),
        ("GET /a%20b?", Target::Origin { path: b"/a%20b", query: Some(b"") }),
        ("GET //x?a?b", Target::Origin { path: b"//x", query: Some(b"a?b") }),
        ("GET /{a}|^`?[]\\", Target::Origin { path: b"/{a}|^`", query: Some(b"[]\\") }),
        ("OPTIONS *", Target::Asterisk),
        ("CONNECT b:443", Target::Authority(b"b:443")),
        ("GET http://b", http(b"b", b"/", None)),
        ("GET http://b?q", http(b"b", b"/", Some(b"q"))),
        ("GET http://b:/p", http(b"b:", b"/p", None)),
        ("OPTIONS http://b", http(b"b", b"*", None)),
        ("OPTIONS http://b/", http(b"b", b"/", None)),
        ("OPTIONS http://b?q", http(b"b", b"/", Some(b"q"))),
        (
            "PUT HTTPS://[::1]:8/p?q",
            Target::Absolute {
                scheme: Scheme::Https,
                authority: b"[::1]:8",
                path: b"/p",
                query: Some(b"q"),
            },
        ),
    ];
    for (line, target) in cases {
        accepted(with_line(&format!("{line} HTTP/1.1")), |head| {
            assert_eq!(head.target(), target, "{line}");
            let authority = match target {
                Target::Absolute { authority, .. } | Target::Authority(authority) => authority,
                Target::Origin { .. } | Target::Asterisk => b"a",
            };
            assert_eq!(head.authority(), Some(authority));
        });
    }
    accepted(with_line("OPTIONS * HTTP/1.1"), |head| assert_eq!(head.path(), b"*"));
    accepted(with_line("CONNECT b:1 HTTP/1.1"), |head| assert_eq!(head.path(), b""));
}

#[test]
fn targets_of_another_form_are_refused() {
    for line in [
        "GET *",
        "GET a",
        "GET b:443",
        "GET ",
        "GET  /",
        "GET /a b",
        "GET /\t",
        "GET /#f",
        "GET /\"",
        "GET /<a>",
        "GET /\u{e9}",
        "GET /\u{7f}",
        "GET ftp://b/",
        "GET http:/b",
        "GET http:///p",
        "GET http://u@b/",
        "GET http://b:x/",
        "GET http://:80/",
        "GET http://b/#f",
        "GET http://b\\c/",
        "GET https:",
        "CONNECT /",
        "CONNECT b",
        "CONNECT b:",
        "CONNECT :443",
        "CONNECT b:65536",
        "CONNECT u@b:443",
        "CONNECT *",
        "get *",
        "PRI *",
        "CONNECT http://b:1/",
        "OPTIONS **",
        "GET ?q",
        "GET ://b/",
    ] {
        refused(with_line(&format!("{line} HTTP/1.1")), Kind::InvalidTarget);
    }
}

#[test]
fn versions_are_one_dot_something() {
    accepted("GET / HTTP/1.0\r\n\r\n", |head| assert_eq!(head.version(), Version::Http10));
    for minor in 1..=9 {
        accepted(with_line(&format!("GET / HTTP/1.{minor}")), |head| {
            assert_eq!(head.version(), Version::Http11);
        });
    }
    for version in ["0.0", "0.9", "2.0", "2.1", "3.0", "9.9"] {
        refused(with_line(&format!("GET / HTTP/{version}")), Kind::UnsupportedVersion);
    }
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Kind::UnsupportedVersion);
    for line in [
        "GET / HTTP/1.",
        "GET / HTTP/01.1",
        "GET / HTTP/-1.1",
        "GET / HTTP/1",
        "GET / HTTP/2",
        "GET / http/1.1",
        "GET / HTTP/1.1 ",
        "GET / HTTP/11.1",
        "GET / HTTP/1.10",
        "GET / HTTP/1,1",
        "GET / HTTP/x.1",
        "GET / HTP/1.1",
        "GET / ",
        "GET / HTTP/1.1\u{1}",
    ] {
        refused(with_line(line), Kind::InvalidVersion);
    }
    for line in ["GET /", "GET /HTTP/1.1", "GET HTTP/1.1"] {
        refused(with_line(line), Kind::MissingVersion);
    }
}

#[test]
fn line_ends_are_crlf_and_nothing_else() {
    for buf in [
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n",
    ] {
        refused(buf, Kind::BareLf);
    }
    for buf in [
        "GET /\r HTTP/1.1\r\n",
        "GET\r/ HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\r\n",
        "GET / HTTP/1\r.1\r\n",
    ] {
        refused(buf, Kind::BareCr);
    }
    for line in ["A: b\rc", "A: b\r", "A:\rb", "\rA: b", "A\r: b", "A: b\rC: d"] {
        refused(with_field(line), Kind::BareCr);
    }
}

#[test]
fn zero_bytes_are_refused_everywhere() {
    for buf in ["G\0T / HTTP/1.1\r\n", "GET /\0 HTTP/1.1\r\n", "GET / HTTP/1.\0\r\n"] {
        refused(buf, Kind::Nul);
    }
    for line in ["A\0: b", "A: b\0", "A: \0", "\0"] {
        refused(with_field(line), Kind::Nul);
    }
}

#[test]
fn field_lines_follow_the_grammar() {
    for (line, kind) in [
        (" A: b", Kind::ObsoleteFold),
        ("\tA: b", Kind::ObsoleteFold),
        ("A: b\r\n c", Kind::ObsoleteFold),
        ("A: b\r\n\t", Kind::ObsoleteFold),
        ("A : b", Kind::WhitespaceBeforeColon),
        ("A\t : b", Kind::WhitespaceBeforeColon),
        ("A", Kind::MissingColon),
        ("A b: c", Kind::InvalidFieldName),
        (": b", Kind::InvalidFieldName),
        ("A(): b", Kind::InvalidFieldName),
        ("\u{c4}: b", Kind::InvalidFieldName),
        ("\"A\": b", Kind::InvalidFieldName),
        ("A: \u{1}", Kind::InvalidFieldValue),
        ("A: b\u{7f}", Kind::InvalidFieldValue),
        ("A: b\u{b}", Kind::InvalidFieldValue),
        ("A: \u{c}b", Kind::InvalidFieldValue),
        ("A: 0123456789abcdef0123456789\u{1b}[0m", Kind::InvalidFieldValue),
    ] {
        refused(with_field(line), kind);
    }
    refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", Kind::ObsoleteFold);
    for (line, value) in [("A:b", "b"), ("A: \t b\tc \t", "b\tc"), ("A: \u{e9}", "\u{e9}")] {
        accepted(with_field(line), |head| {
            assert!(head.fields().named("a").eq([value.as_bytes()]), "{line}");
        });
    }
}

#[test]
fn host_is_there_once_and_well_formed() {
    refused("GET / HTTP/1.1\r\n\r\n", Kind::MissingHost);
    refused("GET http://a/ HTTP/1.1\r\n\r\n", Kind::MissingHost);
    refused(with_field("Host: a"), Kind::DuplicateHost);
    refused(with_field("hOST: b"), Kind::DuplicateHost);
    refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Kind::DuplicateHost);
    for host in ["a b", "a/b", "a,b", "u@a", "a:x", "a:65536", ":80", "[::1", "\u{e9}"] {
        refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), Kind::InvalidHost);
    }
    accepted("GET / HTTP/1.0\r\n\r\n", |head| assert_eq!(head.authority(), None));
    accepted("GET / HTTP/1.1\r\nHost:\r\n\r\n", |head| {
        assert_eq!(head.authority(), Some(b"".as_slice()));
    });
}

#[test]
fn the_first_line_that_is_wrong_decides() {
    refused("GET / HTTP/2.0\r\nbad\r\n\r\n", Kind::UnsupportedVersion);
    refused("GET / HTTP/1.1\r\nbad\r\nHost: a b\r\n\r\n", Kind::MissingColon);
    refused("GET / HTTP/1.1\r\nHost: a b\r\nbad\r\n\r\n", Kind::InvalidHost);
    assert_eq!(judged(b"GET / HTTP/1.1\r\nbad", &LIMITS), Ok(None));
}

#[test]
fn a_request_of_head_is_known_by_its_beginning() {
    for (buf, expected) in [
        ("HEAD / HTTP/1.1\r\nbad", true),
        ("\r\nHEAD ", true),
        ("HEAD", false),
        ("head / HTTP/1.1", false),
        ("GET HEAD ", false),
        ("\nHEAD / HTTP/1.1", false),
        ("", false),
    ] {
        assert_eq!(begins_head_request(buf.as_bytes()), expected, "{buf:?}");
    }
}

#[test]
fn scratch_is_reused() {
    let mut scratch = HeadScratch::new();
    for (buf, fields) in [(with_field("A: b"), 2), (with_field("Cookie: c"), 2)] {
        match parse(buf.as_bytes(), &LIMITS, &mut scratch) {
            Ok(Parsed::Complete(head)) => {
                assert_eq!(head.fields().len(), fields);
                let has_cookie = head.fields().first(FieldName::Cookie).is_some();
                assert_eq!(has_cookie, buf.contains("Cookie"));
            }
            other => panic!("{other:?}"),
        }
    }
}
