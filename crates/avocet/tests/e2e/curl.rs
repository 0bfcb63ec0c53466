//! curl: files byte for byte, ranges in parallel, the odd versions and ways to ask.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reactor::clock;
use testkit::program::{Program, write_file};

use crate::{run, serve, site, url};

/// Lists the files below a folder, relative to it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("the folder can be read").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).expect("it is in it").to_owned()),
            }
        }
    }
    found
}

/// Runs curl and returns what it was asked to write out.
#[track_caller]
fn curl(args: &[&str]) -> String {
    let all = [&["-sS", "--max-time", "15"], args].concat();
    let end = run("curl", &all);
    assert_eq!(end.code, Some(0), "curl {args:?}: {end:?}");
    end.stdout
}

#[test]
fn every_file_of_the_site_arrives_byte_for_byte() {
    let program = serve(&site(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let names = files(&site());
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        let expected = fs::read(site().join(&name)).unwrap();
        for version in ["--http1.1", "--http1.0"] {
            let target = url(&program, &format!("/{}", name.display()));
            curl(&["--fail", version, "-o", copy.to_str().unwrap(), &target]);
            assert!(fs::read(&copy).unwrap() == expected, "{} {version}", name.display());
        }
    }
}

#[test]
fn what_curl_says_of_an_answer() {
    let program = serve(&site(), &[]);
    let target = |path| url(&program, path);
    let code = ["-o", "/dev/null", "-w", "%{http_code} %{content_type} %{size_download}"];
    let ask = |args: &[&str]| curl(&[&code, args].concat());
    let size = fs::metadata(site().join("index.html")).unwrap().len();
    assert_eq!(ask(&[&target("/")]), format!("200 text/html; charset=utf-8 {size}\n"));
    assert_eq!(ask(&["-I", &target("/")]), "200 text/html; charset=utf-8 0\n");
    assert!(ask(&[&target("/none")]).starts_with("404 text/plain"));
    assert!(ask(&["-H", "Accept: text/html", &target("/none")]).starts_with("404 text/html"));
    assert!(ask(&["-H", "Accept: application/json", &target("/none")]).starts_with("404 appl"));
    assert!(ask(&["--data", "a=b", &target("/")]).starts_with("405 text/plain"));
    assert!(ask(&["-X", "BREW", &target("/")]).starts_with("501 "));
    assert!(ask(&["-L", &target("/fonts")]).starts_with("404 "));
    assert!(ask(&["-r", "0-99", &target("/")]).ends_with(" 100\n"));
    assert!(ask(&["--path-as-is", &target("/../Cargo.toml")]).starts_with("400 "));
}

#[test]
fn a_large_upload_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let upload = folder.path().join("upload");
    write_file(&upload, vec![1; 8 << 20]);
    let program = serve(&site(), &[]);
    let start = clock::read().instant;
    // curl waits for `100 Continue` before it sends so much, for a second.
    let data = format!("@{}", upload.display());
    let args = ["-w", "%{http_code}", "-o", "/dev/null", "--data-binary", &data];
    assert_eq!(curl(&[&args[..], &[&url(&program, "/")]].concat()), "405\n");
    let taken = clock::read().instant.since(start);
    assert!(taken < Duration::from_millis(900), "{taken:?}");
}

#[test]
fn curl_keeps_its_connection_and_what_it_knows() {
    let program = serve(&site(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let etag = folder.path().join("etag");
    let etag = etag.to_str().unwrap();
    let target = url(&program, "/style.css");
    let code = ["-o", "/dev/null", "-w", "%{http_code} %{num_connects}"];
    let first = curl(&[&code[..], &["--etag-save", etag, &target]].concat());
    assert_eq!(first, "200 1\n");
    let second = curl(&[&code[..], &["--etag-compare", etag, &target]].concat());
    assert_eq!(second, "304 1\n");
    let both = ["-w", "%{num_connects}\n", "-o", "/dev/null", "-o", "/dev/null"];
    assert_eq!(curl(&[&both[..], &[&target, &target]].concat()), "1\n0\n");
}

#[test]
fn a_download_that_broke_off_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = noise(3 << 20);
    write_file(&folder.path().join("large"), &whole);
    let program = serve(folder.path(), &[]);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("large");
    write_file(&copy, &whole[..1_000_001]);
    let target = url(&program, "/large");
    let resume = ["-C", "-", "-w", "%{http_code} %{size_download}", "-o", copy.to_str().unwrap()];
    let left = whole.len() - 1_000_001;
    assert_eq!(curl(&[&resume[..], &[&target]].concat()), format!("206 {left}\n"));
    assert!(fs::read(&copy).unwrap() == whole);
    // Of a file that is all there, nothing is left to ask for.
    let again = curl(&[&resume[..], &[&target]].concat());
    assert!(again.starts_with("416 "), "{again}");
    assert!(fs::read(&copy).unwrap() == whole);
}

#[test]
fn a_unix_path() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listen = format!("unix:{}", socket.display());
    let program = serve(&site(), &["--listen", &listen]);
    let expected = fs::read_to_string(site().join("index.html")).unwrap();
    let args = ["--unix-socket", socket.to_str().unwrap(), "http://avocet/"];
    assert_eq!(curl(&args), expected);
    assert!(program.stdout.find("GET / HTTP/1.1").starts_with("unix - - ["));
}

/// The size of the file that is downloaded in parts.
const SIZE: usize = 64 << 20;

#[test]
fn parallel_downloads_of_shuffled_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large");
    write_file(&large, noise(SIZE));
    let expected = sha256(&large);
    let program = serve(folder.path(), &[]);
    let target = url(&program, "/large");
    let folders: Vec<PathBuf> =
        (0..4).map(|number| folder.path().join(format!("parts-{number}"))).collect();
    let mut downloads: Vec<Program> = (0..)
        .zip(&folders)
        .map(|(seed, folder)| {
            fs::create_dir(folder).unwrap();
            let mut command = Command::new("curl");
            command.args(["--fail", "--no-progress-meter"]);
            for (first, last) in shuffled_ranges(seed) {
                command.args(["--max-time", "15", "-r", &format!("{first}-{last}"), "-o"]);
                command.arg(folder.join(format!("{first:08}"))).arg(&target).arg("--next");
                command.args(["--fail", "--no-progress-meter"]);
            }
            // The last --next needs a URL as well.
            command.args(["-o", "/dev/null", &url(&program, "/large"), "-r", "0-0"]);
            Program::spawn(&mut command)
        })
        .collect();
    for (download, parts) in downloads.iter_mut().zip(&folders) {
        let end = download.end();
        assert_eq!(end.code, Some(0), "{end:?}");
        let whole = parts.with_extension("whole");
        write_file(&whole, joined(parts));
        assert_eq!(sha256(&whole), expected);
    }
}

/// Cuts the file into ranges of unequal size and shuffles them.
fn shuffled_ranges(seed: u64) -> Vec<(usize, usize)> {
    let mut random = random(seed);
    let mut ranges = Vec::new();
    let mut first = 0;
    while first < SIZE {
        let size = (random() % (SIZE / 16) + 1).min(SIZE - first);
        ranges.push((first, first + size - 1));
        first += size;
    }
    for end in (1..ranges.len()).rev() {
        ranges.swap(end, random() % (end + 1));
    }
    ranges
}

/// Puts the parts of a download together in the order of their names.
fn joined(folder: &Path) -> Vec<u8> {
    let mut parts = files(folder);
    parts.sort();
    parts.iter().flat_map(|part| fs::read(folder.join(part)).expect("it was listed")).collect()
}

#[track_caller]
fn sha256(path: &Path) -> String {
    let end = run("openssl", &["dgst", "-sha256", "-r", path.to_str().expect("a plain name")]);
    assert_eq!(end.code, Some(0), "{end:?}");
    end.stdout.split(' ').next().expect("the digest comes first").to_owned()
}

fn noise(size: usize) -> Vec<u8> {
    let mut random = random(7);
    (0..size / 8).flat_map(|_| random().to_le_bytes()).collect()
}

/// Makes a source of numbers that are the same for the same seed (xorshift).
fn random(seed: u64) -> impl FnMut() -> usize {
    let mut state = seed.wrapping_mul(2_685_821_657_736_338_717) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state).expect("64 bits")
    }
}
