//! curl, which undoes what was compressed on the fly.
//!
//! That every answer on the way is right, whoever asks, is in `tests/sockets/compression`; here
//! the decoders are not ours, nor of the libraries that made the codings.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use testkit::program::{Program, eventually, write_file};

use crate::{run, serve, url};

/// What curl of this system can undo.
const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

/// A page without siblings, served, and where curl puts what it gets.
struct Site {
    program: Program,
    content: Vec<u8>,
    folder: TempDir,
}

/// What curl got.
struct Got {
    status_line: String,
    /// As `Name: value`, without those that differ from second to second.
    fields: Vec<String>,
    body: Vec<u8>,
}

impl Site {
    fn new() -> Self {
        let line = |number: usize| format!("<p>{number}: {}</p>\n", number * 7919);
        let content = (0..5000).map(line).collect::<String>().into_bytes();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("it is new");
        write_file(&root.join("page.html"), &content);
        Self { program: serve(&root, &[]), content, folder }
    }

    /// Asks for the page.
    #[track_caller]
    fn curl(&self, args: &[&str]) -> Got {
        let [head, body] = ["head", "body"].map(|name| self.folder.path().join(name));
        write_file(&body, b"");
        let path = |path: &PathBuf| path.to_str().expect("a plain name").to_owned();
        let (head_path, body_path) = (path(&head), path(&body));
        let target = url(&self.program, "/page.html");
        let always = ["-sS", "--max-time", "15", "-D", &head_path, "-o", &body_path, &target];
        let end = run("curl", &[&always, args].concat());
        assert_eq!(end.code, Some(0), "curl {args:?}: {end:?}");
        let head = fs::read_to_string(head).expect("curl has written it");
        let mut lines = head.lines().filter(|line| !line.is_empty()).map(str::to_owned);
        Got {
            status_line: lines.next().expect("an answer has a status line"),
            fields: lines.filter(|line| !line.starts_with("Date:")).collect(),
            body: fs::read(body).expect("curl has written it"),
        }
    }

    /// Asks until a coding comes, and has it undone; each answer on the way must be the page.
    #[track_caller]
    fn await_coding(&self, coding: &str) -> Got {
        let accepted = format!("Accept-Encoding: {coding}");
        let mut last = None;
        eventually(&format!("the page comes in {coding}"), || {
            let got = self.curl(&["--compressed", "-H", &accepted]);
            assert!(got.body == self.content, "{coding}: another content");
            let is_coded = got.field("Content-Encoding") == Some(coding);
            last = Some(got);
            is_coded
        });
        last.expect("it came, so there was an answer")
    }
}

impl Got {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

#[test]
fn curl_undoes_each_coding() {
    let site = Site::new();
    let plain = site.curl(&[]);
    assert_eq!(plain.field("Content-Encoding"), None);
    let mut etags = vec![plain.field("ETag").expect("a file has a tag").to_owned()];
    for coding in CODINGS {
        let got = site.await_coding(coding);
        assert_eq!(got.field("Vary"), Some("Accept-Encoding"), "{coding}");
        assert_eq!(got.field("Content-Type"), plain.field("Content-Type"), "{coding}");
        assert_eq!(got.field("Last-Modified"), plain.field("Last-Modified"), "{coding}");
        let etag = got.field("ETag").expect("a coded form has a tag");
        assert!(etag.starts_with("W/\""), "{coding}: {etag}");
        etags.push(etag.to_owned());
    }
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 1 + CODINGS.len(), "each form has a tag of its own: {etags:?}");
}

#[test]
fn curl_as_it_asks_by_itself_gets_brotli() {
    let site = Site::new();
    eventually("what all codings are equal to gets br", || {
        let got = site.curl(&["--compressed"]);
        assert!(got.body == site.content);
        got.field("Content-Encoding") == Some("br")
    });
}

#[test]
fn head_says_what_get_says_and_a_range_is_of_the_file() {
    let site = Site::new();
    for coding in CODINGS {
        let accepted = format!("Accept-Encoding: {coding}");
        site.await_coding(coding);
        // A better level may come between the two, with another length.
        eventually("HEAD is answered like GET", || {
            let get = site.curl(&["-H", &accepted]);
            let head = site.curl(&["-I", "-H", &accepted]);
            assert_eq!(head.field("Content-Encoding"), Some(coding));
            assert_eq!(head.status_line, get.status_line);
            get.fields == head.fields
        });
        let part = site.curl(&["--compressed", "-H", &accepted, "-r", "100-199"]);
        assert!(part.status_line.contains(" 206 "), "{coding}: {}", part.status_line);
        assert_eq!(part.field("Content-Encoding"), None, "{coding}");
        let range = format!("bytes 100-199/{}", site.content.len());
        assert_eq!(part.field("Content-Range"), Some(&*range), "{coding}");
        assert_eq!(part.body, site.content[100..200], "{coding}");
    }
}
