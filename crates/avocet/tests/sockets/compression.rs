//! Files without siblings, compressed on the fly and decoded by other hands.

use std::io::{self, Read};
use std::time::Duration;

use rustix::process::Signal;
use testkit::noise;
use testkit::program::holds_within;
use testkit::raw::{Answer, Client};

use crate::site::{Site, make_old};

/// How long a compression may take on a machine that has much else to do.
const MADE_WITHIN: Duration = Duration::from_secs(20);

/// A page of so many lines.
fn page(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|line| format!("<p>{line}: {}</p>\n", line * 7919).into_bytes()).collect()
}

/// A page of that length, which no other number has.
fn page_of(len: usize, number: usize) -> Vec<u8> {
    let line = |line: usize| format!("<p>{number}.{line}: {}</p>\n", line * 7919).into_bytes();
    (0..).flat_map(line).take(len).collect()
}

fn decode(answer: &Answer) -> Vec<u8> {
    try_decode(answer).expect("an answer is in the coding that it says")
}

fn try_decode(answer: &Answer) -> io::Result<Vec<u8>> {
    let (coded, mut content) = (&*answer.body, Vec::new());
    match answer.field("Content-Encoding") {
        None => return Ok(answer.body.clone()),
        Some("br") => brotli::Decompressor::new(coded, 4096).read_to_end(&mut content),
        Some("zstd") => zstd::Decoder::new(coded)?.read_to_end(&mut content),
        Some("gzip") => flate2::read::GzDecoder::new(coded).read_to_end(&mut content),
        Some(other) => return Err(io::Error::other(other)),
    }?;
    Ok(content)
}

/// Asks until a coding comes; each answer on the way must be the content.
#[track_caller]
fn await_coding(client: &mut Client, path: &str, coding: &str, content: &[u8]) -> Answer {
    let mut last = None;
    let comes = holds_within(MADE_WITHIN, || {
        let answer = client.ask("GET", path, &[&format!("Accept-Encoding: {coding}")]);
        assert!(decode(&answer) == content, "{path} {coding}: another content");
        assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{path} {coding}");
        let is_coded = answer.field("Content-Encoding") == Some(coding);
        last = Some(answer);
        is_coded
    });
    assert!(comes, "{path} in {coding}");
    last.expect("it came, so there was an answer")
}

#[test]
fn every_coding_decodes_to_the_file() {
    let (small, large) = (page(100), page(50_000));
    let site = Site::new(&[("small.html", &small), ("large.html", &large)]);
    let mut client = site.client();
    for (path, content) in [("/small.html", &small), ("/large.html", &large)] {
        for coding in ["br", "zstd", "gzip"] {
            let answer = await_coding(&mut client, path, coding, content);
            assert!(answer.body.len() < content.len() / 2);
            let etag = answer.field("ETag").unwrap();
            assert!(etag.starts_with("W/\""), "{etag}");
            let accepted = format!("Accept-Encoding: {coding}");
            let head = client.ask("HEAD", path, &[&accepted]);
            assert_eq!(head.field("ETag"), Some(etag));
            assert_eq!(head.field("Content-Encoding"), Some(coding));
            let fields = [&*accepted, &format!("If-None-Match: {etag}")];
            let unchanged = client.ask("GET", path, &fields);
            assert_eq!((unchanged.status, unchanged.field("ETag")), (304, Some(etag)));
            let part = client.ask("GET", path, &[&accepted, "Range: bytes=10-19"]);
            assert_eq!((part.status, part.field("Content-Encoding")), (206, None));
            assert_eq!(part.body, content[10..20]);
        }
        let plain = client.get(path);
        assert_eq!(plain.field("Content-Encoding"), None);
        assert!(plain.body == *content);
    }
}

#[test]
fn fifty_clients_get_the_same() {
    let content = page(1000);
    let site = Site::new(&[("page.html", &content)]);
    let mut clients: Vec<_> = (0..50).map(|_| site.client()).collect();
    for client in &mut clients {
        let answer = client.ask("GET", "/page.html", &["Accept-Encoding: br"]);
        assert!(decode(&answer) == content);
    }
    for client in &mut clients {
        await_coding(client, "/page.html", "br", &content);
    }
}

#[test]
fn forty_large_files_in_rotation_are_compressed_once() {
    let contents: Vec<_> = (0..40).map(|number| page_of(100 << 10, number)).collect();
    let names: Vec<_> = (0..40).map(|number| format!("{number}.html")).collect();
    let files = names.iter().zip(&contents);
    let files: Vec<_> = files.map(|(name, file)| (name.as_str(), file.as_slice())).collect();
    let site = Site::new(&files);
    let mut client = site.client();
    let are_all_coded = |client: &mut Client| {
        let ask = |(name, content): (&String, &Vec<u8>)| {
            let answer = client.ask("GET", &format!("/{name}"), &["Accept-Encoding: br"]);
            assert!(decode(&answer) == *content, "{name}");
            answer.field("Content-Encoding") == Some("br")
        };
        names.iter().zip(&contents).map(ask).filter(|is_coded| *is_coded).count() == names.len()
    };
    let comes = holds_within(MADE_WITHIN, || are_all_coded(&mut client));
    assert!(comes, "each is compressed");
    for _ in 0..20 {
        assert!(are_all_coded(&mut client), "each stays compressed");
    }
    site.program.signal(Signal::USR2);
    let line = site.program.stderr.find("compressions");
    let count: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!((40..=80).contains(&count), "once fast, and at most once well: {line}");
}

#[test]
fn a_file_that_changes_is_never_answered_by_its_former_self() {
    let content = page(2000);
    let site = Site::new(&[("page.html", &content)]);
    let mut client = site.client();
    let before = await_coding(&mut client, "/page.html", "br", &content);
    let changed = page(2001);
    site.write("page.html", &changed);
    make_old(&site.path("page.html"));
    assert!(client.is_silent_for(Duration::from_secs(1)));
    let after = await_coding(&mut client, "/page.html", "br", &changed);
    assert_ne!(before.field("ETag"), after.field("ETag"));
}

#[test]
fn what_is_not_compressed() {
    let (page, noise) = (page(100), noise(100_000));
    let files: [(&str, &[u8]); 3] =
        [("page.html", &page), ("tiny.html", &page[..1000]), ("picture.png", &noise)];
    let on = Site::new(&files);
    let off = Site::with(&files, &["--compress", "off"]);
    let uncached = Site::with(&files, &["--limit", "cache_size=0"]);
    for (site, paths) in [
        (&on, &["/tiny.html", "/picture.png"][..]),
        (&off, &["/page.html", "/tiny.html", "/picture.png"]),
        (&uncached, &["/page.html", "/tiny.html", "/picture.png"]),
    ] {
        let mut client = site.client();
        for path in paths {
            for _ in 0..3 {
                let answer = client.ask("GET", path, &["Accept-Encoding: br, gzip"]);
                assert_eq!((answer.field("Content-Encoding"), answer.field("Vary")), (None, None));
            }
        }
    }
}
