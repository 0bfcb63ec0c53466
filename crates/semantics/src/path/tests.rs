//! Paths: what resolves, what is refused, and that nothing leaves the root.

use super::*;
use proptest::prelude::*;

fn resolved(raw: &[u8]) -> Result<Vec<u8>, PathError> {
    resolve(raw, &mut b"left over".to_vec()).map(|path| path.as_bytes().to_vec())
}

#[track_caller]
fn check(raw: &str, expected: Result<&str, PathError>) {
    let found = resolved(raw.as_bytes());
    assert_eq!(found, expected.map(|path| path.as_bytes().to_vec()), "{raw:?}");
}

#[test]
fn plain_paths_are_their_own_result() {
    check("/", Ok(""));
    check("/index.html", Ok("index.html"));
    check("/a/b/c", Ok("a/b/c"));
    check("/a/b/", Ok("a/b/"));
    check("/a.b/c..d/e.", Ok("a.b/c..d/e."));
    check("/~user/a b+c=d&e;f:g@h!$'()*,", Ok("~user/a b+c=d&e;f:g@h!$'()*,"));
    check("/caf\u{e9}", Ok("caf\u{e9}"));
}

#[test]
fn plain_paths_are_not_copied() {
    let raw = b"/assets/app.js";
    let mut scratch = Vec::new();
    let path = resolve(raw, &mut scratch).unwrap();
    assert!(std::ptr::eq(path.as_bytes(), &raw[1..]));
}

#[test]
fn escapes_are_decoded_once() {
    check("/a%20b", Ok("a b"));
    check("/%61%2Db", Ok("a-b"));
    check("/%e4%BD%a0", Ok("\u{4f60}"));
    check("/100%25", Ok("100%"));
    check("/%2541", Ok("%41"));
    check("/%252e%252e/a", Ok("%2e%2e/a"));
    check("/a%3Fb%23c", Ok("a?b#c"));
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    assert_eq!(resolved(b"/a\xff/%fe"), Ok(b"a\xff/\xfe".to_vec()));
    // Overlong forms of a dot and a slash are neither: nobody after us decodes them.
    assert_eq!(resolved(b"/%c0%ae%c0%ae/a"), Ok(b"\xc0\xae\xc0\xae/a".to_vec()));
    assert_eq!(resolved(b"/a%c0%afb"), Ok(b"a\xc0\xafb".to_vec()));
}

#[test]
fn malformed_escapes_are_refused() {
    for raw in ["/%", "/%2", "/a%/b", "/%zz", "/%2g", "/%g2", "/%%20", "/%+1", "/%2/0"] {
        check(raw, Err(PathError::Escape));
    }
}

#[test]
fn separators_in_disguise_are_refused() {
    for raw in [
        "/a%2fb",
        "/a%2Fb",
        "/..%2f",
        "/a\\b",
        "/%5c",
        "/..%5C..",
        "/%2e%2e%2f",
        "/%2e%2e%5c",
        "/\\\\host",
        "/%2f%2fhost",
    ] {
        check(raw, Err(PathError::Separator));
    }
}

#[test]
fn control_bytes_are_refused() {
    for raw in ["/a%00", "/a\0", "/%0d%0aB", "/\t", "/%7f", "/a\u{7f}"] {
        check(raw, Err(PathError::Control));
    }
}

#[test]
fn dot_segments_are_removed_but_never_lead_out() {
    check("/.", Ok(""));
    check("/./", Ok(""));
    check("/a/.", Ok("a/"));
    check("/a/./b", Ok("a/b"));
    check("/a/..", Ok(""));
    check("/a/../", Ok(""));
    check("/a/../b", Ok("b"));
    check("/a/b/c/../../d", Ok("a/d"));
    check("/a/b/..", Ok("a/"));
    check("/a/b/../..", Ok(""));
    check("/%2e/a/%2E%2e/b", Ok("b"));
    check("/a/.%2e/b", Ok("b"));
    for raw in ["/..", "/../", "/../a", "/a/../..", "/a/../../a", "/%2e%2e", "/.%2E/etc", "/./.."] {
        check(raw, Err(PathError::AboveRoot));
    }
}

#[test]
fn empty_segments_are_refused() {
    for raw in ["//", "//host", "//host/a", "/a//b", "/a//", "/a/..//host", "/.//host", "///"] {
        check(raw, Err(PathError::EmptySegment));
    }
}

#[test]
fn hidden_names_are_refused() {
    for raw in [
        "/.git/config",
        "/a/.env",
        "/.htaccess",
        "/%2egit",
        "/...",
        "/..a",
        "/.well-known2",
        "/.well-knowN",
        "/a/.well-known/x",
        "/.well-known/.x",
        "/.git/../a",
    ] {
        check(raw, Err(PathError::Hidden));
    }
    check("/.well-known", Ok(".well-known"));
    check("/.well-known/security.txt", Ok(".well-known/security.txt"));
    check("/%2ewell-known/a", Ok(".well-known/a"));
    check("/a/../.well-known/", Ok(".well-known/"));
}

#[test]
fn paths_begin_with_a_slash() {
    for raw in ["", "a", "*", "%2fa", "http://host/"] {
        check(raw, Err(PathError::NotAbsolute));
    }
}

#[test]
fn errors_map_to_a_status() {
    assert_eq!(PathError::Hidden.status(), Status::NOT_FOUND);
    assert_eq!(PathError::EmptySegment.status(), Status::NOT_FOUND);
    assert_eq!(PathError::Escape.status(), Status::BAD_REQUEST);
    assert_eq!(PathError::AboveRoot.status(), Status::BAD_REQUEST);
    assert_eq!(PathError::AboveRoot.to_string(), "path leads above the root");
}

#[test]
fn parts_of_a_path() {
    #[track_caller]
    fn check(raw: &str, is_directory_form: bool, file_name: &str, extension: Option<&str>) {
        let mut scratch = Vec::new();
        let path = resolve(raw.as_bytes(), &mut scratch).unwrap();
        assert_eq!(path.is_directory_form(), is_directory_form, "{raw:?}");
        assert_eq!(path.file_name(), file_name.as_bytes(), "{raw:?}");
        assert_eq!(path.extension(), extension.map(str::as_bytes), "{raw:?}");
    }
    check("/", true, "", None);
    check("/a.b/", true, "", None);
    check("/a.b/c", false, "c", None);
    check("/a", false, "a", None);
    check("/a.html", false, "a.html", Some("html"));
    check("/x/a.tar.gz", false, "a.tar.gz", Some("gz"));
    check("/a.", false, "a.", None);
    check("/.well-known", false, ".well-known", None);
    check("/a%2Ejs", false, "a.js", Some("js"));
}

/// Paths made of the pieces that could do harm, more often than random bytes would have them.
fn hostile_path() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(
            [
                "/",
                ".",
                "..",
                "%2e",
                "%2E",
                "%2f",
                "%5c",
                "\\",
                "%00",
                "%",
                "%25",
                "a",
                "bc",
                "-",
                "\u{e9}",
                ".well-known",
                "%zz",
                "?",
            ]
            .map(|piece: &str| piece.as_bytes().to_vec())
            .to_vec()
        ),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..12)
        .prop_map(|pieces| [vec![b"/".to_vec()], pieces].concat().concat())
}

/// What a reader of RFC 3986 would do, step by step and with copies: decode, then remove dot
/// segments.
fn naive(raw: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = raw.to_vec();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let segments: Vec<&[u8]> = text.strip_prefix(b"/")?.split(|&byte| byte == b'/').collect();
    let mut ends_with_slash = false;
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        let mut decoded = Vec::new();
        let mut at = 0;
        while at < segment.len() {
            if segment[at] == b'%' {
                let digits = std::str::from_utf8(segment.get(at + 1..at + 3)?).ok()?;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                decoded.push(is_hex.then(|| u8::from_str_radix(digits, 16).unwrap())?);
                at += 3;
            } else {
                decoded.push(segment[at]);
                at += 1;
            }
        }
        if decoded.iter().any(|byte| byte.is_ascii_control() || b"/\\".contains(byte)) {
            return None;
        }
        ends_with_slash = matches!(decoded.as_slice(), b"" | b"." | b"..") && is_last;
        match decoded.as_slice() {
            b"" if !is_last => return None,
            b"" | b"." => {}
            b".." => drop(kept.pop()?),
            b".well-known" if kept.is_empty() => kept.push(decoded),
            [b'.', ..] => return None,
            _ => kept.push(decoded),
        }
    }
    let mut path = kept.join(&b'/');
    if ends_with_slash && !path.is_empty() {
        path.push(b'/');
    }
    Some(path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_path_resolves_as_the_definition_says(raw in hostile_path()) {
        prop_assert_eq!(resolved(&raw).ok(), naive(&raw));
    }

    #[test]
    fn any_result_is_safe_and_resolves_to_itself(raw in hostile_path()) {
        if let Ok(path) = resolved(&raw) {
            prop_assert!(!path.starts_with(b"/"));
            prop_assert!(!path.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\'));
            let segments = path.strip_suffix(b"/").unwrap_or(&path).split(|&byte| byte == b'/');
            for (index, segment) in segments.enumerate() {
                let is_known = index == 0 && segment == b".well-known";
                prop_assert!(is_known || !segment.starts_with(b"."));
                prop_assert!(path.is_empty() || !segment.is_empty());
            }
            if !path.contains(&b'%') {
                prop_assert_eq!(resolved(&[b"/", path.as_slice()].concat()), Ok(path));
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(raw: Vec<u8>) {
        prop_assert_eq!(resolved(&raw).ok(), naive(&raw));
    }
}
