//! Another parser as oracle: what it takes and we refuse, and the other way round, is listed here.

use http1::error::ParseErrorKind as Kind;
use http1::head::{self, FieldSpans, HeadLimits, MethodToken, Parsed, Target, Version};
use proptest::prelude::*;

/// The pieces that requests are mixed from: right ones, and wrong ones of every sort.
const PIECES: &[&str] = &[
    "GET ",
    "POST",
    " ",
    "/",
    "/a?b",
    "*",
    "http://a/b",
    " HTTP/1.1",
    " HTTP/1.0",
    " HTTP/2.0",
    " HTTP/1.7",
    "\r\n",
    "\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "Host: a",
    "Host:a b",
    "Host",
    ":",
    ": ",
    "A: b",
    "Accept: */*",
    "x-Y:\t z ",
    "\t",
    "\0",
    "\u{e9}",
    "\"",
    "#",
    "\u{7f}",
    "0",
];

/// The kinds by which we are stricter than the oracle, and why.
fn is_known_strictness(kind: Kind) -> bool {
    match kind {
        // It takes a line feed alone as a line end, before requests and after lines.
        Kind::BareLf => true,
        // It knows no Host and no limit on empty lines.
        Kind::MissingHost | Kind::DuplicateHost | Kind::InvalidHost => true,
        Kind::TooManyEmptyLines => true,
        // It takes any bytes but controls and space as a target, and does not look at its form.
        Kind::InvalidTarget => true,
        _ => false,
    }
}

/// Checks a buffer against the oracle; says whether both took it.
fn compare(buf: &[u8]) -> bool {
    let mut spans = FieldSpans::new();
    let ours = head::parse(buf, &HeadLimits::default(), &mut spans);
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut oracle = httparse::Request::new(&mut fields);
    let theirs = oracle.parse(buf);
    let text = buf.escape_ascii();
    match (ours, theirs) {
        (Ok(Parsed::Complete(head)), Ok(httparse::Status::Complete(len))) => {
            assert_eq!(head.len(), len, "{text}");
            agree(&head, &oracle);
            return true;
        }
        // It knows no minor version above 1, which we take as 1.
        (Ok(Parsed::Complete(head)), Err(httparse::Error::Version)) => {
            assert_eq!(head.version(), Version::Http11, "{text}");
        }
        (Ok(Parsed::Complete(_)), theirs) => panic!("only we take {text}: {theirs:?}"),
        // It judges lines before they are complete.
        (Ok(Parsed::Partial), Ok(httparse::Status::Partial) | Err(_)) => {}
        // It takes line feeds where we wait for a line, but a whole head has its last line.
        (Ok(Parsed::Partial), theirs) => panic!("only we wait for more of {text}: {theirs:?}"),
        (Err(_), Ok(httparse::Status::Partial) | Err(_)) => {}
        (Err(error), Ok(httparse::Status::Complete(_))) => {
            assert!(is_known_strictness(error.kind), "{error}: {text}");
        }
    }
    false
}

fn agree(head: &head::Head<'_>, oracle: &httparse::Request<'_, '_>) {
    let method = match head.method() {
        MethodToken::Known(method) => method.as_str(),
        MethodToken::Other(method) => method,
    };
    assert_eq!(Some(method), oracle.method);
    let query = head.query().map(|query| [b"?", query].concat()).unwrap_or_default();
    let target = match head.target() {
        Target::Origin { path, .. } => [path, &query].concat(),
        Target::Asterisk => b"*".to_vec(),
        Target::Authority(authority) => authority.to_owned(),
        // The scheme is not kept as it was, and an empty path is none: put back what was there.
        Target::Absolute { authority, path, .. } => {
            let theirs = oracle.path.unwrap_or_default();
            let scheme = theirs.split("://").next().unwrap_or_default();
            let with_slash = [scheme.as_bytes(), b"://", authority, path, &query].concat();
            let without = [scheme.as_bytes(), b"://", authority, &query].concat();
            let is_empty = matches!(path, b"/" | b"*") && theirs.as_bytes() == without;
            if is_empty { without } else { with_slash }
        }
    };
    assert_eq!(Some(target.as_slice()), oracle.path.map(str::as_bytes));
    let minor = match head.version() {
        Version::Http10 => 0,
        Version::Http11 => 1,
    };
    assert_eq!(Some(minor), oracle.version);
    let theirs = oracle.headers.iter().map(|field| (field.name.as_bytes(), field.value));
    assert!(head.fields().iter().eq(theirs), "{:?} {:?}", head.fields(), oracle.headers);
}

#[test]
fn both_take_what_is_plain() {
    for buf in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST /a?b HTTP/1.0\r\n\r\nbody",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nX:\t\u{e9} \t\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert!(compare(buf.as_bytes()), "{buf:?}");
    }
}

/// A request that is right but for what is cut from it, put in, or changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let right = "GET /a/b?c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nX-Y: z\r\n\r\n";
    let at = 0..right.len();
    (at.clone(), 0..3_usize, any::<prop::sample::Index>(), at, any::<u8>()).prop_map(
        move |(at, cut, piece, other, byte)| {
            let mut bytes = right.as_bytes().to_vec();
            let end = right.len().min(at + cut);
            let piece = PIECES[piece.index(PIECES.len())];
            bytes.splice(at..end, piece.bytes());
            if byte & 1 == 0 {
                let other = other.min(bytes.len() - 1);
                bytes[other] = byte;
            }
            bytes
        },
    )
}

fn mixed() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..14)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

/// The verdict in words.
fn verdict(buf: &[u8]) -> String {
    match head::parse(buf, &HeadLimits::default(), &mut FieldSpans::new()) {
        Ok(parsed) => format!("{parsed:?}"),
        Err(error) => format!("{:?}", error.kind),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn damaged_requests_are_judged_as_by_the_oracle(buf in damaged()) {
        compare(&buf);
    }

    #[test]
    fn mixed_pieces_are_judged_as_by_the_oracle(buf in mixed()) {
        compare(&buf);
    }

    #[test]
    fn verdicts_do_not_depend_on_cuts(
        buf in prop_oneof![damaged(), mixed(), prop::collection::vec(any::<u8>(), 0..60)],
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = verdict(&buf);
        let beginning = verdict(&buf[..cut.index(buf.len() + 1)]);
        prop_assert!(beginning == "Partial" || beginning == whole, "{} then {}", beginning, whole);
    }
}
