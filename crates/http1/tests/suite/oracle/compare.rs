//! Our parse against the oracle's, each difference explained; the fuzz target shares it.

use http1::error::ParseErrorKind as Kind;
use http1::head::{self, HeadLimits, HeadScratch, Parsed, Target, Version};

/// Why the oracle takes what we refuse for a fault of this kind; `None` if it should not.
fn why_stricter(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::BareLf => Some("it takes a line feed alone as a line end"),
        Kind::MissingHost | Kind::DuplicateHost | Kind::InvalidHost => Some("it knows no Host"),
        Kind::TooManyEmptyLines => Some("it skips any number of empty lines"),
        Kind::InvalidTarget => Some("it takes any visible bytes as a target, whatever the method"),
        Kind::RequestLineTooLong | Kind::HeadTooLarge => Some("it has no limit on sizes"),
        _ => None,
    }
}

/// Checks a buffer against the oracle; says whether both took it.
pub(crate) fn compare(buf: &[u8]) -> bool {
    let mut scratch = HeadScratch::new();
    let ours = head::parse(buf, &HeadLimits::default(), &mut scratch);
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
            assert!(why_stricter(error.kind).is_some(), "{error}: {text}");
        }
    }
    false
}

fn agree(head: &head::Head<'_>, oracle: &httparse::Request<'_, '_>) {
    assert_eq!(Some(head.method().as_str()), oracle.method);
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
