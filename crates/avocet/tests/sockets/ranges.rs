//! Parts of a file (RFC 9110 §14).

use crate::site::{MODIFIED, Site, noise};

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
            assert_eq!(answer.field("Last-Modified"), Some(MODIFIED));
        }
    }
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
