//! Paths: resolved as a reader of RFC 3986 would with copies, safe below a root, decoded once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use semantics::path::{PathError, resolve};

fn resolved(raw: &[u8]) -> Result<Vec<u8>, PathError> {
    resolve(raw, &mut b"left over".to_vec()).map(|path| path.as_bytes().to_vec())
}

/// Decodes the whole, then takes it apart; an encoded slash is refused, so none can come of it.
fn expected(raw: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode(raw.strip_prefix(b"/")?)?;
    if decoded.iter().any(|&byte| byte < b' ' || byte == 0x7f || byte == b'\\') {
        return None;
    }
    let segments: Vec<&[u8]> = decoded.split(|&byte| byte == b'/').collect();
    let (last, directories) = segments.split_last()?;
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in directories {
        step(&mut kept, segment)?;
    }
    let is_directory = matches!(last, [] | [b'.'] | [b'.', b'.']);
    if !last.is_empty() {
        step(&mut kept, last)?;
    }
    let mut path = kept.join(&b'/');
    if is_directory && !path.is_empty() {
        path.push(b'/');
    }
    Some(path)
}

fn step<'a>(kept: &mut Vec<&'a [u8]>, segment: &'a [u8]) -> Option<()> {
    match segment {
        b"" => return None,
        b"." => {}
        b".." => drop(kept.pop()?),
        b".well-known" if kept.is_empty() => kept.push(segment),
        [b'.', ..] => return None,
        _ => kept.push(segment),
    }
    Some(())
}

fn decode(mut raw: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    while let [first, rest @ ..] = raw {
        raw = rest;
        let mut byte = *first;
        if byte == b'%' {
            let (digits, rest) = raw.split_at_checked(2)?;
            let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
            let digits = std::str::from_utf8(digits).ok().filter(|_| is_hex)?;
            byte = u8::from_str_radix(digits, 16).ok().filter(|&byte| byte != b'/')?;
            raw = rest;
        }
        decoded.push(byte);
    }
    Some(decoded)
}

fn assert_safe(path: &[u8]) {
    assert!(!path.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\'));
    if path.is_empty() {
        return;
    }
    let segments = path.strip_suffix(b"/").unwrap_or(path).split(|&byte| byte == b'/');
    for (index, segment) in segments.enumerate() {
        let is_known = index == 0 && segment == b".well-known";
        assert!(is_known || !segment.is_empty() && !segment.starts_with(b"."));
    }
}

/// A path resolved and then escaped throughout names the same, or it was decoded twice.
fn assert_decoded_once(path: &[u8]) {
    let escape = |&byte: &u8| match byte {
        b'/' => "/".to_owned(),
        byte => format!("%{byte:02x}"),
    };
    let escaped: String = path.iter().map(escape).collect();
    assert_eq!(resolved(format!("/{escaped}").as_bytes()), Ok(path.to_vec()));
}

fuzz_target!(|raw: &[u8]| {
    let found = resolved(raw);
    assert_eq!(found.clone().ok(), expected(raw));
    match found {
        Ok(path) => {
            assert_safe(&path);
            assert_decoded_once(&path);
        }
        Err(error) => assert!(matches!(error.status().code(), 400 | 404), "{error}"),
    }
});
