//! Listings of folders: what they show, in which form and order, and what they cost.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, UNIX_EPOCH};

use reactor::clock;
use rustix::fs::{CWD, Mode, mkfifoat};
use testkit::program::eventually;
use testkit::raw::{Answer, Client, request};

use crate::site::{INDEX, Site, set_modified};

const JSON: &str = "Accept: application/json";
const HTML: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Serves a folder `d` with these files in it, listed if asked for.
#[track_caller]
fn browsed(names: &[&str]) -> Site {
    let site = Site::with(&[], &["--browse"]);
    fs::create_dir(site.path("d")).expect("the site is a new folder");
    for name in names {
        site.write(&format!("d/{name}"), name);
    }
    site
}

/// Returns the names of a listing in JSON.
fn names(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let rest = text.split("\"name\":\"").skip(1);
    rest.filter_map(|rest| Some(rest.split_once("\",\"type\"")?.0.to_owned())).collect()
}

/// Returns the addresses that a page's rows lead to.
fn links(page: &str) -> Vec<&str> {
    let rows = page.split("<th scope=\"row\"><a href=\"").skip(1);
    rows.filter_map(|row| row.split('"').next()).filter(|link| link.starts_with("./")).collect()
}

#[test]
fn a_folder_is_listed_if_that_is_wanted_and_it_has_no_index() {
    let site = browsed(&["a.txt"]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX, "the index wins");
    assert!(client.get("/d/").text().contains("<a href=\"./a.txt\">"));
    let redirect = client.get("/d?sort=size");
    assert_eq!((redirect.status, redirect.field("Location")), (308, Some("/d/?sort=size")));
    for (target, status) in
        [("/none/", 404), ("/d/a.txt/", 404), ("/.git/", 404), ("/d/../..", 400)]
    {
        assert_eq!(client.get(target).status, status, "{target}");
    }
    let post = client.ask("POST", "/d/", &[]);
    let file = client.ask("POST", "/d/a.txt", &[]);
    assert_eq!((post.status, post.field("Allow")), (405, file.field("Allow")), "as files do");
    site.write("d/index.html", "now");
    eventually("the index wins here too", || client.get("/d/").text() == "now");

    let silent = Site::new(&[("d/a.txt", b"a")]);
    assert_eq!(silent.client().get("/d/").status, 404);
}

#[test]
fn it_is_a_page_or_json_by_accept() {
    let site = browsed(&["a.txt"]);
    let mut client = site.client();
    for (accept, media_type) in [
        ("X: y", "text/html; charset=utf-8"),
        ("Accept: */*", "text/html; charset=utf-8"),
        (HTML, "text/html; charset=utf-8"),
        (JSON, "application/json"),
        ("Accept: application/json, text/html;q=0.9", "application/json"),
        ("Accept: application/json;q=0.8, text/html", "text/html; charset=utf-8"),
    ] {
        let answer = client.ask("GET", "/d/", &[accept]);
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some(media_type)));
        assert_eq!(answer.field("Vary"), Some("Accept"), "{accept}");
        assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"));
        for name in ["ETag", "Last-Modified", "Cache-Control", "Accept-Ranges"] {
            assert_eq!(answer.field(name), None, "{accept}");
        }
        let head = client.ask("HEAD", "/d/", &[accept]);
        assert_eq!(without_date(&head), without_date(&answer), "{accept}");
        assert!(head.body.is_empty());
    }
    let policy = client.get("/d/").field("Content-Security-Policy").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert_eq!(client.ask("GET", "/d/", &["Range: bytes=0-1"]).status, 200);
}

#[test]
fn it_is_there_but_has_no_validator() {
    let site = browsed(&["a.txt"]);
    let mut client = site.client();
    for (field, status) in [
        ("If-None-Match: *", 304),
        ("If-None-Match: \"a\"", 200),
        ("If-Match: \"a\"", 412),
        ("If-Match: *", 200),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.ask(method, "/d/", &[field]);
            assert_eq!((answer.status, answer.field("Vary")), (status, Some("Accept")), "{field}");
            assert!(status != 304 || answer.field("Content-Length").is_none());
        }
    }
}

fn without_date(answer: &Answer) -> Vec<&str> {
    answer.head.lines().filter(|line| !line.starts_with("Date:")).collect()
}

#[test]
fn what_a_request_would_not_get_is_left_out() {
    let site = browsed(&["a.txt", ".hidden", "sub/x", ".git/config", "private", "locked/x"]);
    let place = site.path("d");
    fs::write(site.outside().join("secret"), "secret").unwrap();
    mkfifoat(CWD, place.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    drop(UnixListener::bind(place.join("socket")).unwrap());
    for (target, name) in [
        ("../../secret", "out"),
        ("..", "site"),
        ("../..", "parent"),
        ("/etc/passwd", "absolute"),
        ("no-such", "nothing"),
        ("loop", "loop"),
        ("fifo", "to-fifo"),
        ("a.txt", "to-a"),
        ("../index.html", "to-index"),
        ("sub", "to-sub"),
    ] {
        symlink(target, place.join(name)).unwrap();
    }
    let mut expected =
        vec!["locked", "site", "sub", "to-sub", "a.txt", "private", "to-a", "to-index"];
    if !rustix::process::geteuid().is_root() {
        // Who may do everything cannot be refused anything.
        expected.retain(|name| !["locked", "private"].contains(name));
    }
    for name in ["private", "locked"] {
        fs::set_permissions(place.join(name), Permissions::from_mode(0o0)).unwrap();
    }
    let mut client = site.client();
    let listing = client.ask("GET", "/d/", &[JSON]);
    fs::set_permissions(place.join("locked"), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(names(&listing), expected);
    let index = format!("\"name\":\"to-index\",\"type\":\"file\",\"size\":{},", INDEX.len());
    assert!(listing.text().contains(&index), "a link is what it leads to");
    for name in expected {
        let answer = client.get(&format!("/d/{name}"));
        assert!(matches!(answer.status, 200 | 308), "{name}: {answer:?}");
    }
}

#[test]
fn orders() {
    let site = browsed(&["b2", "b10", "B1", "big.bin", "z/x", "a/x"]);
    fs::write(site.path("d/big.bin"), vec![0; 5_000]).unwrap();
    for (age, name) in ["b10", "big.bin", "b2", "B1"].iter().enumerate() {
        let seconds = 1_700_000_000 - 1_000 * age as u64;
        set_modified(&site.path(&format!("d/{name}")), UNIX_EPOCH + Duration::from_secs(seconds));
    }
    let mut client = site.client();
    for (query, expected) in [
        ("", "a z B1 b2 b10 big.bin"),
        ("?", "a z B1 b2 b10 big.bin"),
        ("?order=desc", "z a big.bin b10 b2 B1"),
        ("?sort=size", "a z B1 b2 b10 big.bin"),
        ("?sort=size&order=desc", "a z big.bin b10 B1 b2"),
        ("?sort=colour&order=up", "a z B1 b2 b10 big.bin"),
    ] {
        let target = format!("/d/{query}");
        let listing = client.ask("GET", &target, &[JSON]);
        assert_eq!(names(&listing).join(" "), expected, "{query}");
        let page = client.get(&target).text();
        let links: Vec<_> =
            links(&page).iter().map(|link| link[2..].split('/').next().unwrap()).collect();
        assert_eq!(links.join(" "), expected, "{query}");
    }
    let by_time = names(&client.ask("GET", "/d/?sort=modified&order=desc", &[JSON]));
    assert_eq!(by_time[2..], ["b10", "big.bin", "b2", "B1"]);
}

#[test]
fn every_link_leads_to_its_file() {
    let hostile: [&[u8]; 17] = [
        b"a b",
        b" ",
        b"100%",
        b"%41",
        b"#1",
        b"what?",
        b"\"quoted\"",
        b"'single'",
        b"<script>",
        b"a&amp;b",
        b"javascript:alert(1)",
        b"a:b",
        b"~",
        b"[x]{y}|^`",
        "caf\u{e9} \u{65e5}\u{672c}".as_bytes(),
        b"latin-\xe9",
        b"-",
    ];
    let unservable: [&[u8]; 3] = [b"new\nline", b"back\\slash", b"tab\there"];
    let site = browsed(&[]);
    for name in hostile.iter().chain(&unservable) {
        fs::write(site.path("d").join(OsStr::from_bytes(name)), name).unwrap();
    }
    let mut client = site.client();
    let page = client.get("/d/").text();
    assert!(!page.contains("<script"), "{page}");
    let mut found: Vec<Vec<u8>> = links(&page)
        .iter()
        .map(|link| {
            let target = link.replace("&amp;", "&").replace("&#39;", "'");
            let answer = client.get(&format!("/d/{target}"));
            assert_eq!(answer.status, 200, "{link}");
            answer.body
        })
        .collect();
    let mut expected: Vec<Vec<u8>> = hostile.iter().map(|name| name.to_vec()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "each but those that no request can ask for");
    let json = client.ask("GET", "/d/", &[JSON]);
    let text = String::from_utf8(json.body).expect("JSON is UTF-8");
    for part in ["\"\\\"quoted\\\"\"", "\"latin-\u{fffd}\"", "\"a&amp;b\"", "\"<script>\""] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.lines().count(), hostile.len() + 1);
}

#[test]
fn an_old_client_gets_the_listing_too() {
    let site = browsed(&["a.txt"]);
    let mut client = site.client();
    client.send(format!("GET /d/ HTTP/1.0\r\n{JSON}\r\n\r\n"));
    assert_eq!(names(&client.answer()), ["a.txt"]);
    client.assert_closed();
}

/// Twice as many as are sorted.
const CROWD: usize = 20_000;

/// Serves a folder `d` with so many files in it.
#[track_caller]
fn crowd(len: usize, args: &[&str]) -> Site {
    let site = Site::with(&[], &[&["--browse"], args].concat());
    fs::create_dir(site.path("d")).expect("the site is a new folder");
    for number in 0..len {
        File::create(site.path(&format!("d/file-number-{number:05}.txt")))
            .expect("a file can be made");
    }
    site
}

/// Returns the resident memory of the program, in KiB.
#[track_caller]
fn resident(site: &Site) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", site.program.id()))
        .expect("the program runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_crowd_is_streamed_within_bounds() {
    let site = crowd(CROWD, &[]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    let before = resident(&site);
    let start = clock::read().instant;
    client.send(request("GET", "/d/", &[JSON]));
    let head = client.answer_head();
    let first = clock::read().instant.since(start);
    assert!(first < Duration::from_secs(2), "{first:?} to the first byte");
    assert_eq!(head.field("Listing-Order"), Some("unsorted"));
    assert_eq!(head.field("Transfer-Encoding"), Some("chunked"));
    drop(client);

    let mut client = site.client();
    let mut found = names(&client.ask("GET", "/d/", &[JSON]));
    found.sort();
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(number, name)| { *name == format!("file-number-{number:05}.txt") })
    );
    assert_eq!(found.len(), CROWD);
    let page = client.get("/d/?sort=size").text();
    assert_eq!(links(&page).len(), CROWD);
    assert!(page.contains("too many entries here to sort them"));
    assert!(page.contains("<p>20,000 files of "));
    let grown = resident(&site).saturating_sub(before);
    assert!(grown < 8 << 10, "{grown} KiB more than before");
    let head = client.ask("HEAD", "/d/", &[JSON]);
    assert_eq!((head.status, head.field("Listing-Order")), (200, Some("unsorted")));
    assert_eq!(head.field("Content-Length"), None, "it would have to be made to be measured");
    assert_eq!(client.get("/").text(), INDEX);
}

#[test]
fn a_crowd_is_sorted_up_to_the_limit() {
    for (len, is_sorted) in [(499, true), (500, true), (501, false)] {
        let site = crowd(len, &["--limit", "listing_sorted_max=500"]);
        let listing = site.client().ask("GET", "/d/", &[JSON]);
        assert_eq!(listing.field("Listing-Order"), (!is_sorted).then_some("unsorted"));
        assert_eq!(names(&listing).len(), len);
        assert_eq!(names(&listing).is_sorted(), is_sorted, "{len}");
    }
}

#[test]
fn clients_that_stop_reading_or_leave_hold_no_thread() {
    let site = crowd(CROWD, &["--limit", "pool_threads=1"]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    let before = site.program.descriptors();
    let stopped: Vec<Client> = (0..4)
        .map(|_| {
            let mut stopped = site.client();
            stopped.send(request("GET", "/d/", &[]));
            stopped.answer_head();
            stopped
        })
        .collect();
    // The one thread is there for others, who are cold or large.
    assert_eq!(names(&client.ask("GET", "/d/", &[JSON])).len(), CROWD);
    site.write("new/x", "x");
    assert_eq!(names(&client.ask("GET", "/new/", &[JSON])), ["x"]);
    for client in stopped {
        client.reset();
    }
    eventually("what they held is let go", || site.program.descriptors() <= before);
    assert_eq!(names(&client.ask("GET", "/d/", &[JSON])).len(), CROWD);
}

#[test]
fn a_crowd_keeps_nobody_waiting() {
    let limits = ["--limit", "listing_sorted_max=100000", "--limit", "listings_max=200"];
    let site = crowd(CROWD, &limits);
    fs::create_dir(site.path("empty")).unwrap();
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    let asking: Vec<Client> = (0..200)
        .map(|number| {
            let mut client = site.client();
            client.send(request(if number % 2 == 0 { "GET" } else { "HEAD" }, "/d/", &[]));
            client
        })
        .collect();
    let start = clock::read().instant;
    assert!(names(&client.ask("GET", "/empty/", &[JSON])).is_empty());
    let taken = clock::read().instant.since(start);
    assert!(taken < Duration::from_secs(2), "{taken:?} for an empty folder");
    for mut client in asking {
        assert_eq!(client.answer_head().status, 200);
    }
}

#[test]
fn who_reads_slowly_gives_way() {
    let site = crowd(CROWD, &["--limit", "listings_max=2"]);
    let stop = || {
        let mut client = site.client();
        client.send(request("GET", "/d/", &[]));
        client.answer_head();
        client
    };
    let mut stopped: Vec<Client> = (0..4).map(|_| stop()).collect();
    eventually("one of them waits, and gives way", || {
        let answer = site.client().get("/d/");
        answer.status == 200 && links(&answer.text()).len() == CROWD
    });
    let rest = stopped[0].rest().unwrap_or_default();
    assert!(!rest.ends_with(b"0\r\n\r\n"), "{} bytes as if they were all", rest.len());
}
