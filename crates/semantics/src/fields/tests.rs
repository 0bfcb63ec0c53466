//! Field lists: what is refused, and what stays as it was given.

use super::*;

#[test]
fn names_are_recognised_whatever_their_case() {
    for &name in FieldName::ALL {
        let spelling = name.as_str();
        for text in [spelling.to_owned(), spelling.to_lowercase(), spelling.to_uppercase()] {
            assert_eq!(FieldName::recognise(text.as_bytes()), Some(name), "{text}");
        }
    }
}

#[test]
fn a_name_that_differs_in_one_byte_is_another() {
    for &name in FieldName::ALL {
        let spelling = name.as_str().as_bytes();
        assert_ne!(FieldName::recognise(&spelling[1..]), Some(name));
        assert_ne!(FieldName::recognise(&spelling[..spelling.len() - 1]), Some(name));
        assert_eq!(FieldName::recognise(&[spelling, b"s"].concat()), None);
        for at in 0..spelling.len() {
            // Bit 5 is what case differs in: only letters may be the same without it.
            for flipped in [0x01, 0x20, 0x80] {
                let mut other = spelling.to_vec();
                other[at] ^= flipped;
                let is_case = flipped == 0x20 && spelling[at].is_ascii_alphabetic();
                let is_same = FieldName::recognise(&other) == Some(name);
                assert_eq!(is_same, is_case, "{}", other.escape_ascii());
            }
        }
    }
    assert_eq!(FieldName::recognise(b""), None);
    assert_eq!(FieldName::recognise(&[b'x'; 1000]), None);
}

#[test]
fn order_and_spelling_are_kept() {
    let fields = Fields::new()
        .with("server", "Avocet")
        .and_then(|fields| fields.with("SET-Cookie", "a=1".to_owned()))
        .and_then(|fields| fields.with(FieldName::Date.as_str(), *b"now"))
        .and_then(|fields| fields.with("Set-Cookie".to_owned(), b"b=2".to_vec()))
        .unwrap();
    let lines: Vec<_> = fields.iter().collect();
    let expected: [(&str, &[u8]); 4] =
        [("server", b"Avocet"), ("SET-Cookie", b"a=1"), ("Date", b"now"), ("Set-Cookie", b"b=2")];
    assert_eq!(lines, expected);
    assert_eq!((fields.len(), fields.is_empty()), (4, false));
    assert_eq!(fields.first("set-cookie"), Some(b"a=1".as_slice()));
    assert_eq!(fields.first("set-cooki"), None);
}

#[test]
fn setting_replaces_in_place_or_appends() {
    fn check(before: &[&'static str], name: &'static str, after: &[&str]) {
        let mut fields = Fields::new();
        for &name in before {
            fields.push(name, "old").unwrap();
        }
        fields.set(name, "new").unwrap();
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, after);
        assert_eq!(fields.iter().filter(|&(_, value)| value == b"new").count(), 1);
        assert_eq!(fields.first(name), Some(b"new".as_slice()));
    }
    check(&[], "A", &["A"]);
    check(&["A", "B"], "C", &["A", "B", "C"]);
    check(&["A", "B"], "a", &["a", "B"]);
    check(&["X", "a", "B", "A", "a", "C"], "A", &["X", "A", "B", "C"]);
}

#[test]
fn what_could_split_a_response_is_refused() {
    fn check(name: &'static str, value: &'static [u8], error: Option<&str>) {
        let mut fields = Fields::new();
        let result = fields.push(name, value).map_err(|error| error.to_string());
        assert_eq!(result.err().as_deref(), error);
        assert_eq!(fields.is_empty(), error.is_some());
        assert_eq!(fields.set(name, value).is_err(), error.is_some());
    }
    check("X-Ok", b"caf\xc3\xa9 \t ok", None);
    check("X-Empty", b"", None);
    check("!#$%&'*+-.^_`|~09AZaz", b"all of a token", None);
    check("", b"x", Some("field name \"\" is no token"));
    check("A:", b"x", Some("field name \"A:\" is no token"));
    check("A\r\nB", b"x", Some("field name \"A\\r\\nB\" is no token"));
    check("\u{e9}", b"x", Some("field name \"\u{e9}\" is no token"));
    check("A", b"x\r\nB: y", Some("value of field \"A\" has '\\r' at offset 1"));
    check("A", b"x\nB: y", Some("value of field \"A\" has '\\n' at offset 1"));
    check("A", b"x\0", Some("value of field \"A\" has '\\x00' at offset 1"));
    check("A", b"\x7f", Some("value of field \"A\" has '\\x7f' at offset 0"));
    check("A", b" x", Some("value of field \"A\" has ' ' at offset 0"));
    check("A", b"xy\t", Some("value of field \"A\" has '\\t' at offset 2"));
}

#[test]
fn lists_are_split_outside_quotes() {
    fn check(value: &str, expected: &[&str]) {
        let items: Vec<_> =
            list_items(value.as_bytes()).map(|item| str::from_utf8(item).unwrap()).collect();
        assert_eq!(items, expected, "{value:?}");
    }
    check("", &[]);
    check(" ,\t, ", &[]);
    check("a", &["a"]);
    check("a,b", &["a", "b"]);
    check(" a b ,\t, c\t,", &["a b", "c"]);
    check("a=\"x,y\", b", &["a=\"x,y\"", "b"]);
    check("\"x\\\",y\",z", &["\"x\\\",y\"", "z"]);
    check("\"x\\\\\",z", &["\"x\\\\\"", "z"]);
    check("a, \"never closed, b", &["a", "\"never closed, b"]);
    check("a, \"never closed\\", &["a", "\"never closed\\"]);
    check("\"", &["\""]);
}

#[test]
fn parameters_are_split_outside_quotes() {
    let parts: Vec<_> = parameters(b"text/html ; a=\"x;y\";; q=0.5").collect();
    let expected: [&[u8]; 4] = [b"text/html", b"a=\"x;y\"", b"", b"q=0.5"];
    assert_eq!(parts, expected);
}
