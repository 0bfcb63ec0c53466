//! Parts of a file (RFC 9110 §14).

use std::ops::Range;

use testkit::noise;
use testkit::raw::Answer;

use crate::site::{MODIFIED, Site};

/// What a request for a part is answered with.
enum Expected {
    /// The bytes from the first to the last, both included.
    Part(usize, usize),
    Whole,
    None,
}

#[test]
fn parts_of_small_and_large_files() {
    use Expected::{None, Part, Whole};
    for size in [1000, 200_000] {
        let content = noise(size);
        let site = Site::new(&[("file", &content)]);
        let mut client = site.client();
        let last = size - 1;
        for (range, expected) in [
            ("bytes=0-0", Part(0, 0)),
            ("bytes=10-19", Part(10, 19)),
            ("bytes=500-", Part(500, last)),
            (&format!("bytes={last}-"), Part(last, last)),
            (&format!("bytes=990-{size}"), Part(990, last)),
            ("bytes=5-99999999999999999999999", Part(5, last)),
            ("bytes=-1", Part(last, last)),
            ("bytes=-300", Part(size - 300, last)),
            ("bytes=-999999999", Part(0, last)),
            ("Bytes=1-2", Part(1, 2)),
            (&format!("bytes={size}-"), None),
            (&format!("bytes={size}-{size}"), None),
            ("bytes=-0", None),
            ("bytes=2-1", Whole),
            ("bytes=a-b", Whole),
            ("bytes=", Whole),
            ("bytes=-", Whole),
            ("lines=1-2", Whole),
        ] {
            let field = format!("Range: {range}");
            let answer = client.ask("GET", "/file", &[&field]);
            let content_range = answer.field("Content-Range");
            match expected {
                Part(first, last) => {
                    assert_eq!(answer.status, 206, "{range}: {answer:?}");
                    let expected = format!("bytes {first}-{last}/{size}");
                    assert_eq!(content_range, Some(expected.as_str()), "{range}");
                    assert!(answer.body == content[first..=last], "{range}");
                }
                Whole => {
                    assert_eq!((answer.status, content_range), (200, Option::None), "{range}");
                    assert!(answer.body == content, "{range}");
                }
                None => {
                    let expected = format!("bytes */{size}");
                    let expected = (416, Some(expected.as_str()));
                    assert_eq!((answer.status, content_range), expected, "{range}");
                }
            }
            let head = client.ask("HEAD", "/file", &[&field]);
            assert_eq!(head.status, 200, "a range is defined for GET alone: {range}");
        }
    }
}

#[test]
fn a_part_of_the_state_that_the_client_knows() {
    let site = Site::new(&[("file", b"0123456789")]);
    let mut client = site.client();
    let etag = client.get("/file").field("ETag").unwrap().to_owned();
    for (condition, status) in [
        (format!("If-Range: {etag}"), 206),
        (format!("If-Range: W/{etag}"), 200),
        ("If-Range: \"other\"".to_owned(), 200),
        (format!("If-Range: {MODIFIED}"), 206),
        ("If-Range: Sun, 06 Nov 1994 08:49:38 GMT".to_owned(), 200),
        (format!("If-None-Match: {etag}"), 304),
    ] {
        let answer = client.ask("GET", "/file", &["Range: bytes=2-3", &condition]);
        assert_eq!(answer.status, status, "{condition}");
        if status == 206 {
            assert_eq!(answer.text(), "23");
            assert_eq!(answer.field("ETag"), Some(etag.as_str()));
            // What goes with every part of it was said with the first (RFC 9110 §15.3.7).
            for name in ["Last-Modified", "Content-Type"] {
                assert_eq!(answer.field(name), None, "{name}");
            }
        }
    }
    let answer = client.ask("GET", "/file", &["Range: bytes=2-3"]);
    assert_eq!(answer.field("Last-Modified"), Some(MODIFIED));
}

#[test]
fn a_young_file_has_no_strong_tag_to_resume_by() {
    let site = Site::new(&[]);
    site.write("young", "0123456789");
    let mut client = site.client();
    let etag = client.get("/young").field("ETag").unwrap().to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let condition = format!("If-Range: {etag}");
    assert_eq!(client.ask("GET", "/young", &["Range: bytes=2-3", &condition]).status, 200);
    assert_eq!(client.ask("GET", "/young", &[&format!("If-None-Match: {etag}")]).status, 304);
}

#[test]
fn parts_put_together_are_the_file() {
    let content = noise(1_000_000);
    let site = Site::new(&[("file", &content)]);
    let mut client = site.client();
    let mut whole = Vec::new();
    let mut step = 1;
    while whole.len() < content.len() {
        let (first, last) = (whole.len(), whole.len() + step - 1);
        let answer = client.ask("GET", "/file", &[&format!("Range: bytes={first}-{last}")]);
        assert_eq!(answer.status, 206);
        whole.extend(answer.body);
        step = step * 3 + 1;
    }
    assert!(whole == content);
}

/// Checks an answer of several parts, byte for byte.
#[track_caller]
fn check_parts(answer: &Answer, media_type: &str, content: &[u8], parts: &[Range<usize>]) {
    assert_eq!((answer.status, answer.field("Content-Range")), (206, None), "{answer:?}");
    let boundary = answer
        .field("Content-Type")
        .and_then(|value| value.strip_prefix("multipart/byteranges; boundary="))
        .expect("the answer says what separates its parts");
    let mut expected = Vec::new();
    for part in parts {
        let (first, last, len) = (part.start, part.end - 1, content.len());
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: {media_type}\r\n\
             Content-Range: bytes {first}-{last}/{len}\r\n\r\n"
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&content[part.clone()]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(answer.body == expected, "{parts:?}: {answer:?}");
}

/// Writes a Range of these parts.
fn ranges(parts: &[Range<usize>]) -> String {
    let specs: Vec<_> =
        parts.iter().map(|part| format!("{}-{}", part.start, part.end - 1)).collect();
    format!("Range: bytes={}", specs.join(","))
}

#[test]
fn several_parts_of_small_and_large_files() {
    for size in [1_000, 65_536, 65_537, 3 << 20] {
        let content = noise(size);
        let site = Site::new(&[("file.txt", &content)]);
        let mut client = site.client();
        let half = size / 2;
        let sixteen: Vec<_> = (0..16).map(|at| at * 60..at * 60 + 60).collect();
        for parts in [
            &[0..1, size - 1..size][..],
            &[0..half, half..size],
            &[half..size, 0..half],
            &[5..10, 7..12, 5..10],
            &sixteen,
        ] {
            let answer = client.ask("GET", "/file.txt", &[&ranges(parts)]);
            check_parts(&answer, "text/plain; charset=utf-8", &content, parts);
        }
        assert!(client.get("/file.txt").body == content, "the connection goes on");
    }
}

#[test]
fn a_client_that_reads_slowly_gets_every_part() {
    let content = noise(3 << 20);
    let site = Site::new(&[("file", &content)]);
    let mut client = site.client();
    let third = content.len() / 3;
    let parts = [2 * third..3 * third, 0..third, third..2 * third];
    // Twice, so that an answer that is too long or too short is seen.
    let request = format!("GET /file HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", ranges(&parts));
    client.send(request.repeat(2));
    for _ in 0..2 {
        let mut answer = client.answer_head();
        let mut left: usize = answer.field("Content-Length").unwrap().parse().unwrap();
        while left > 0 {
            let size = left.min(100_000);
            answer.body.extend(client.bytes(size));
            left -= size;
        }
        check_parts(&answer, "application/octet-stream", &content, &parts);
    }
}

#[test]
fn several_ranges_that_are_not_several_parts() {
    let site = Site::new(&[("file", b"0123456789")]);
    let mut client = site.client();
    let etag = client.get("/file").field("ETag").unwrap().to_owned();
    let sixteen = "0-0,".repeat(10) + &"99-,".repeat(6);
    for (range, condition, status, content_range) in [
        ("2-3,99-", "X: y", 206, Some("bytes 2-3/10")),
        ("10-,99-,-0", "X: y", 416, Some("bytes */10")),
        ("0-5,5-9", "X: y", 200, None),
        (&format!("{sixteen}0-0"), "X: y", 200, None),
        ("0-1,3-2", "X: y", 200, None),
        ("0-1,3-4", &format!("If-Range: W/{etag}"), 200, None),
        ("0-1,3-4", "If-Range: \"other\"", 200, None),
        ("0-1,3-4", &format!("If-None-Match: {etag}"), 304, None),
        (&sixteen, &format!("If-Range: {etag}"), 206, None),
    ] {
        let range = format!("Range: bytes={range}");
        let answer = client.ask("GET", "/file", &[&range, condition]);
        let found = (answer.status, answer.field("Content-Range"));
        assert_eq!(found, (status, content_range), "{range} {condition}");
        if status == 200 {
            assert_eq!(answer.text(), "0123456789", "{range} {condition}");
        }
    }
    let head = client.ask("HEAD", "/file", &["Range: bytes=0-1,3-4"]);
    assert_eq!((head.status, head.field("Content-Length")), (200, Some("10")));
}

#[test]
fn boundaries_are_not_used_twice() {
    let site = Site::new(&[("file", b"0123456789")]);
    let mut client = site.client();
    let mut ask = || {
        let answer = client.ask("GET", "/file", &["Range: bytes=0-0,2-2"]);
        answer.field("Content-Type").unwrap().to_owned()
    };
    let (first, second) = (ask(), ask());
    assert_ne!(first, second);
}
