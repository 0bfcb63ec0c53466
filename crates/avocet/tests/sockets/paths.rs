//! What a path must not reach, however it is spelled.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use testkit::program::write_file;

use crate::site::{INDEX, Site};

#[test]
fn nothing_outside_the_folder_is_served() {
    let site = Site::new(&[("sub/page.html", b"page")]);
    let secret = site.outside().join("secret.txt");
    write_file(&secret, "the secret");
    let absolute = secret.to_str().unwrap();
    for target in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/./../secret.txt",
        "/sub/page.html/../../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E/secret.txt",
        "/.%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/..%252fsecret.txt",
        "//../secret.txt",
        "/..//secret.txt",
        "/sub/..;/..;/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/..%c0%afsecret.txt",
        "/%uff0e%uff0e/secret.txt",
        "/...//secret.txt",
        "/..%00/secret.txt",
        "/%00/../../secret.txt",
        "/../secret.txt%00.html",
        "/..?/../secret.txt",
        "http://test/../secret.txt",
        "http://test/%2e%2e/secret.txt",
        &format!("/{absolute}"),
        &format!("/..{absolute}"),
        &format!("/%2f{absolute}"),
        "/../../../../../../../../../../etc/passwd",
    ] {
        let answer = site.client().get(target);
        assert!(matches!(answer.status, 400 | 404), "{target}: {answer:?}");
        let text = answer.text();
        assert!(!text.contains("the secret") && !text.contains("root:"), "{target}: {text}");
    }
    let mut client = site.client();
    assert_eq!(client.get("/sub/../sub/./page.html").text(), "page");
    assert_eq!(client.get("/sub/%2e%2e/sub/page%2Ehtml").text(), "page");
}

#[test]
fn hidden_files_are_not_there() {
    let site = Site::new(&[
        (".env", b"hidden"),
        (".git/config", b"hidden"),
        ("sub/.htpasswd", b"hidden"),
        (".well-known/security.txt", b"contact"),
        (".well-known/.hidden", b"hidden"),
        ("sub/.well-known/x", b"hidden"),
        ("..data/x", b"hidden"),
    ]);
    let mut client = site.client();
    for target in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/.git",
        "/.git/",
        "/sub/.htpasswd",
        "/.well-known/.hidden",
        "/sub/.well-known/x",
        "/..data/x",
    ] {
        let answer = client.get(target);
        assert_eq!(answer.status, 404, "{target}");
        assert!(!answer.text().contains("hidden"), "{target}");
    }
    assert_eq!(client.get("/.well-known/security.txt").text(), "contact");
}

#[test]
fn links_work_as_long_as_they_stay_inside() {
    let site = Site::new(&[("sub/page.html", b"page")]);
    write_file(&site.outside().join("secret.txt"), "the secret");
    for (target, link) in [
        ("sub/page.html", "inside.html"),
        ("sub", "folder"),
        ("../site/sub/page.html", "out-and-in.html"),
        ("../secret.txt", "out.txt"),
        ("..", "up"),
        ("/etc", "etc"),
        ("loop", "loop"),
        ("nowhere", "dangling"),
    ] {
        symlink(target, site.path(link)).unwrap();
    }
    symlink(site.outside().join("secret.txt"), site.path("sub/absolute.txt")).unwrap();
    let mut client = site.client();
    assert_eq!(client.get("/inside.html").text(), "page");
    assert_eq!(client.get("/folder/page.html").text(), "page");
    assert_eq!(client.get("/folder").field("Location"), Some("/folder/"));
    for _ in 0..3 {
        for target in [
            "/out.txt",
            "/up/secret.txt",
            "/up/",
            "/etc/passwd",
            "/out-and-in.html",
            "/sub/absolute.txt",
            "/loop",
            "/dangling",
        ] {
            let answer = client.get(target);
            assert_eq!(answer.status, 404, "{target}: {answer:?}");
        }
    }
    for link in ["/out.txt", "/up", "/etc", "/out-and-in.html", "/sub/absolute.txt"] {
        let line = site.program.stderr.find("leads out of the folder");
        assert!(line.contains(&format!(" {link} ")), "{link} is named: {line}");
    }
    let more = site.program.stderr.next_within(Duration::from_millis(100));
    assert_eq!(more, None, "each is named once");
}

#[test]
fn what_is_no_regular_file_is_not_there() {
    let site = Site::new(&[]);
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, site.path("fifo"), FileType::Fifo, mode, 0).unwrap();
    mknodat(CWD, site.path("socket"), FileType::Socket, mode, 0).unwrap();
    let mut client = site.client();
    for target in ["/fifo", "/socket"] {
        for _ in 0..2 {
            assert_eq!(client.get(target).status, 404, "{target}");
        }
    }
    assert_eq!(client.get("/").text(), INDEX);
}

#[test]
fn names_are_bytes() {
    let long = "x".repeat(255);
    let site = Site::new(&[
        ("a b", b"space"),
        ("100%", b"percent"),
        ("q?", b"question"),
        ("\u{65e5}\u{672c}", b"unicode"),
        ("a+b", b"plus"),
        (&long, b"long"),
    ]);
    let mut client = site.client();
    for (target, text) in [
        ("/a%20b", "space"),
        ("/100%25", "percent"),
        ("/q%3f", "question"),
        ("/%E6%97%A5%e6%9c%ac", "unicode"),
        ("/a+b", "plus"),
        (&format!("/{long}"), "long"),
    ] {
        assert_eq!(client.get(target).text(), text, "{target}");
    }
    for (target, status) in [
        (format!("/{long}x"), 404),
        ("/a/".repeat(2000), 404),
        ("/index.html%".to_owned(), 400),
        ("/%zz".to_owned(), 400),
    ] {
        assert_eq!(client.get(&target).status, status, "{target}");
    }
    fs::write(site.path("late"), "late").unwrap();
    assert_eq!(client.get("/late").text(), "late");
}
