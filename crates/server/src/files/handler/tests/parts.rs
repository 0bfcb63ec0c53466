//! Several parts of a file in one answer.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

use settings::Limits;

use super::super::super::{Disk, Memory};
use super::site::{Site, modified};

const CONTENT: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

fn memory() -> Memory {
    [("a.txt", CONTENT, modified())].into_iter().collect()
}

/// A site with boundaries that count, and with files up to this size in memory.
fn site(read_size_max: usize) -> Site<Memory> {
    let mut limits = Limits::default();
    limits.cached_file_size_max = read_size_max;
    let count = AtomicU64::new(0);
    let source = move || u128::from(count.fetch_add(1, Ordering::Relaxed)).to_be_bytes();
    Site::with_limits(memory(), limits).with_boundaries(source)
}

/// The body with these parts.
fn body(boundary: u128, parts: &[RangeInclusive<usize>]) -> String {
    let mut body = String::new();
    for part in parts {
        let (first, last) = (part.start(), part.end());
        write!(
            body,
            "\r\n--{boundary:032x}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Range: bytes {first}-{last}/36\r\n\r\n{}",
            &CONTENT[part.clone()]
        )
        .unwrap();
    }
    body + &format!("\r\n--{boundary:032x}--\r\n")
}

#[test]
fn several_parts_are_one_answer() {
    for (read_size_max, kind) in [(35, "parts"), (36, "bytes")] {
        let site = site(read_size_max);
        let every_second = (0..32).step_by(2);
        let sixteen = every_second.clone().map(|at| format!("{at}-{at}")).collect::<Vec<_>>();
        let sixteen_parts = every_second.map(|at| at..=at).collect::<Vec<_>>();
        let ranges: [(&str, &[RangeInclusive<usize>]); 7] = [
            ("0-0,-1", &[0..=0, 35..=35]),
            ("0-9, 20-29", &[0..=9, 20..=29]),
            ("20-29,0-9", &[20..=29, 0..=9]),
            ("1-2,1-2,,2-3,", &[1..=2, 1..=2, 2..=3]),
            ("30-,0-1,99-", &[30..=35, 0..=1]),
            ("0-17,18-35", &[0..=17, 18..=35]),
            (&sixteen.join(","), &sixteen_parts),
        ];
        for (boundary, (range, parts)) in (0..).zip(ranges) {
            let seen = site.ask("GET /a.txt", &[&format!("Range: bytes={range}")]);
            assert_eq!((seen.status(), seen.kind), (206, kind), "{range}");
            let media_type = format!("multipart/byteranges; boundary={boundary:032x}");
            assert_eq!(seen.field("Content-Type"), media_type, "{range}");
            assert_eq!(seen.field("Content-Range"), "", "{range}");
            assert_eq!(seen.body, body(boundary, parts), "{range}");
            assert_eq!(seen.field("Content-Length"), seen.body.len().to_string(), "{range}");
            let whole = site.get("/a.txt");
            for field in ["ETag", "Last-Modified", "Accept-Ranges", "X-Content-Type-Options"] {
                assert_eq!(seen.field(field), whole.field(field), "{field}");
            }
        }
    }
}

#[test]
fn what_is_not_several_parts() {
    let site = site(36);
    let etag = site.get("/a.txt").field("ETag").to_owned();
    let seventeen = (0..17).map(|at| format!("{at}-{at}")).collect::<Vec<_>>().join(",");
    for (range, more, status, content_range) in [
        ("0-1,99-", "", 206, "bytes 0-1/36"),
        ("36-,99-", "", 416, "bytes */36"),
        ("-0,36-40", "", 416, "bytes */36"),
        ("0-18,18-35", "", 200, ""),
        ("0-,0-0", "", 200, ""),
        (&seventeen, "", 200, ""),
        ("0-1,5-4", "", 200, ""),
        ("0-1,x", "", 200, ""),
        ("0-1,3-4", "If-Range: \"other\"", 200, ""),
        ("0-1,3-4", &format!("If-Range: W/{etag}"), 200, ""),
        ("0-1,3-4", &format!("If-None-Match: {etag}"), 304, ""),
        ("0-1,3-4", &format!("If-Range: {etag}"), 206, ""),
    ] {
        let fields = [&format!("Range: bytes={range}"), more];
        let fields = if more.is_empty() { &fields[..1] } else { &fields };
        let seen = site.ask("GET /a.txt", fields);
        let found = (seen.status(), seen.field("Content-Range"));
        assert_eq!(found, (status, content_range), "{fields:?}");
        if status == 200 {
            assert_eq!(seen.body, CONTENT, "{fields:?}");
        }
    }
    let seen = site.ask("HEAD /a.txt", &["Range: bytes=0-1,3-4"]);
    assert_eq!((seen.status(), seen.field("Content-Length")), (200, "36"));
}

#[test]
fn parts_of_a_file_on_disk_are_sent_from_there() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a.txt"), CONTENT).unwrap();
    let mut limits = Limits::default();
    limits.cached_file_size_max = 1;
    let site =
        Site::with_limits(Disk::open(place.path()).unwrap(), limits).with_boundaries(|| [0xab; 16]);
    let seen = site.ask("GET /a.txt", &["Range: bytes=3-5,-2"]);
    let expected = body(u128::from_be_bytes([0xab; 16]), &[3..=5, 34..=35]);
    assert_eq!((seen.status(), seen.kind, seen.body), (206, "parts", expected));
}

#[test]
fn boundaries_do_not_repeat() {
    let site = Site::new(memory()).with_fallback("a.txt");
    let ask = || site.ask("GET /a.txt", &["Range: bytes=0-0,2-2"]).field("Content-Type").to_owned();
    assert_ne!(ask(), ask());
}
