//! Entity tags: how they are made, written, read and compared.

use super::*;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn the_tag_of_a_file_has_size_and_time() {
    fn check(size: u64, modified: SystemTime, now: SystemTime, expected: &str) {
        let tag = EntityTag::of_file(size, modified, now);
        assert_eq!(tag.as_bytes(), expected.as_bytes(), "{tag:?}");
    }
    let modified = at(0x1000) + Duration::from_nanos(1);
    let settled = modified + Duration::from_secs(2);
    check(612, modified, settled, "\"264-3b9aca00001\"");
    check(612, modified, settled - Duration::from_nanos(1), "W/\"264-3b9aca00001\"");
    check(612, modified, modified, "W/\"264-3b9aca00001\"");
    check(612, modified, modified - Duration::from_secs(60), "W/\"264-3b9aca00001\"");
    check(0, UNIX_EPOCH, settled, "\"0-0\"");
    check(0, UNIX_EPOCH - Duration::from_nanos(10), settled, "\"0--a\"");
}

#[test]
fn the_longest_tag_of_a_file_fits() {
    let seconds = Duration::from_secs(i64::MAX.unsigned_abs());
    for modified in [UNIX_EPOCH.checked_add(seconds), UNIX_EPOCH.checked_sub(seconds)] {
        let tag = EntityTag::of_coded_file(u64::MAX, modified.unwrap(), UNIX_EPOCH, Coding::Br);
        assert!(tag.as_bytes().ends_with(b"-b\""), "{tag:?}");
    }
}

#[test]
fn every_coding_has_a_tag_of_its_own() {
    let (modified, now) = (at(0x1000), at(0x2000));
    let tags = Coding::ALL.map(|coding| EntityTag::of_coded_file(612, modified, now, coding));
    let texts = tags.each_ref().map(EntityTag::as_bytes);
    let expected = ["\"264-3b9aca00000-b\"", "\"264-3b9aca00000-z\"", "\"264-3b9aca00000-g\""];
    assert_eq!(texts, expected.map(str::as_bytes));
    assert!(!tags.contains(&EntityTag::of_file(612, modified, now)));
    assert!(EntityTag::of_coded_file(612, modified, modified, Coding::Br).tag().is_weak());

    let tags = Coding::ALL.map(|coding| EntityTag::of_coded_content(b"a", coding));
    let texts = tags.each_ref().map(|tag| String::from_utf8(tag.as_bytes().to_vec()).unwrap());
    let expected = ["b", "z", "g"].map(|it| format!("\"1-d228cb696f1a8caf78912b704e4a8964-{it}\""));
    assert_eq!(texts, expected);
}

#[test]
fn what_is_made_on_the_fly_has_the_tag_with_the_coding_and_weak() {
    let (modified, now) = (at(0x1000), at(0x2000));
    let file = EntityTag::of_file(612, modified, now);
    let made = Coding::ALL.map(|coding| file.made_into(coding));
    let texts = made.each_ref().map(EntityTag::as_bytes);
    let expected =
        ["W/\"264-3b9aca00000+b\"", "W/\"264-3b9aca00000+z\"", "W/\"264-3b9aca00000+g\""];
    assert_eq!(texts, expected.map(str::as_bytes));
    for (made, coding) in made.iter().zip(Coding::ALL) {
        let sibling = EntityTag::of_coded_file(612, modified, now, coding);
        assert!(!made.tag().weak_eq(file.tag()), "{coding:?}");
        assert!(!made.tag().weak_eq(sibling.tag()), "{coding:?}");
    }
    let young = EntityTag::of_file(612, modified, modified).made_into(Coding::Br);
    assert_eq!(young, made[0], "the strength of the file's own makes no difference");
    let longest = EntityTag::of_content(b"a").made_into(Coding::Gzip);
    assert_eq!(longest.as_bytes(), b"W/\"1-d228cb696f1a8caf78912b704e4a8964+g\"");
}

#[test]
fn the_tag_of_content_tells_contents_apart() {
    let tag = |content: &[u8]| EntityTag::of_content(content);
    assert_eq!(tag(b"").as_bytes(), b"\"0-6c62272e07bb014262b821756295c58d\"");
    assert_eq!(tag(b"a").as_bytes(), b"\"1-d228cb696f1a8caf78912b704e4a8964\"");
    assert_ne!(tag(b"a"), tag(b"b"));
    assert!(!tag(b"a").tag().is_weak());
}

#[test]
fn the_opaque_part_is_checked() {
    fn check(opaque: &[u8], strength: Strength, expected: Option<&[u8]>) {
        let tag = EntityTag::new(opaque, strength);
        assert_eq!(tag.as_ref().map(EntityTag::as_bytes), expected, "{}", opaque.escape_ascii());
    }
    check(b"", Strength::Strong, Some(b"\"\""));
    check(b"a,\\b\xff", Strength::Weak, Some(b"W/\"a,\\b\xff\""));
    for opaque in [b"a\"b".as_slice(), b"a b", b"a\r", b"\0", b"\x7f"] {
        check(opaque, Strength::Strong, None);
    }
    for (len, fits) in
        [(OPAQUE_LEN_MAX - 1, true), (OPAQUE_LEN_MAX, true), (OPAQUE_LEN_MAX + 1, false)]
    {
        assert_eq!(EntityTag::new(&vec![b'x'; len], Strength::Weak).is_some(), fits, "{len}");
    }
}

#[test]
fn tags_stay_small() {
    assert_eq!(size_of::<EntityTag>(), 56);
}

#[test]
fn one_tag_is_read() {
    fn check(value: &[u8], expected: Option<(Strength, &[u8])>) {
        let parsed = TagRef::parse(value).map(|tag| (tag.strength, tag.opaque));
        assert_eq!(parsed, expected, "{}", value.escape_ascii());
    }
    check(b"\"a\"", Some((Strength::Strong, b"a")));
    check(b"W/\"a\"", Some((Strength::Weak, b"a")));
    check(b"\"\"", Some((Strength::Strong, b"")));
    check(b"\"a\\\"", Some((Strength::Strong, b"a\\")));
    for value in
        [b"".as_slice(), b"a", b"\"", b"\"a", b"w/\"a\"", b"W/a", b"\"a\" ", b"\"a b\"", b"*"]
    {
        check(value, None);
    }
}

#[test]
fn what_was_made_is_read_as_the_same() {
    for strength in [Strength::Strong, Strength::Weak] {
        let tag = EntityTag::new(b"xyzzy", strength).unwrap();
        assert_eq!(TagRef::parse(tag.as_bytes()), Some(tag.tag()));
    }
}

/// The table of RFC 9110 §8.8.3.2.
#[test]
fn comparison() {
    fn check(a: &str, b: &str, is_strong: bool, is_weak: bool) {
        let [a, b] = [a, b].map(|tag| TagRef::parse(tag.as_bytes()).unwrap());
        assert_eq!((a.strong_eq(b), b.strong_eq(a)), (is_strong, is_strong), "{a:?} {b:?}");
        assert_eq!((a.weak_eq(b), b.weak_eq(a)), (is_weak, is_weak), "{a:?} {b:?}");
    }
    check("W/\"1\"", "W/\"1\"", false, true);
    check("W/\"1\"", "W/\"2\"", false, false);
    check("W/\"1\"", "\"1\"", false, true);
    check("\"1\"", "\"1\"", true, true);
}

#[test]
fn lists_are_read() {
    fn check(value: &str, expected: Option<&[&str]>) {
        let tags = match TagList::parse(value.as_bytes()) {
            TagList::Any => None,
            TagList::Tags(tags) => {
                Some(tags.map(|tag| String::from_utf8(tag.opaque.to_vec()).unwrap()).collect())
            }
        };
        let tags: Option<Vec<String>> = tags;
        let expected = expected.map(|tags| tags.iter().map(ToString::to_string).collect());
        assert_eq!(tags, expected, "{value:?}");
    }
    check("*", None);
    check(" * ", None);
    check("", Some(&[]));
    check("\"a\"", Some(&["a"]));
    check("\"a\", W/\"b\",\"c\"", Some(&["a", "b", "c"]));
    check(" ,, \"a\"\t, ,\"b\" ,", Some(&["a", "b"]));
    check("\"a,b\", \"c\\\", \"d\"", Some(&["a,b", "c\\", "d"]));
    check("\"*\"", Some(&["*"]));
    // What is malformed is left out, what stands beside it is not.
    check("*, \"a\"", Some(&["a"]));
    check("a, \"b\"", Some(&["b"]));
    check("\"a\" x, \"b\"", Some(&["b"]));
    check("\"a\"\"b\", \"c\"", Some(&["c"]));
    check("\"a\", \"b", Some(&["a"]));
    check("w/\"a\", \"b\"", Some(&["b"]));
}
