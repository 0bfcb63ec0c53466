//! wget: a mirror that asks whether its copy is still good.

use std::fs;

use testkit::program::write_file;

use crate::{run, serve, url};

#[test]
fn a_copy_is_fetched_again_only_when_the_file_is_newer() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    write_file(&page, "first");
    set_age(&page, 7200);
    let program = serve(folder.path(), &[]);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("page.html");
    let fetch = || {
        let prefix = copies.path().to_str().unwrap();
        let target = url(&program, "/page.html");
        let end = run("wget", &["-N", "-T", "15", "-t", "1", "-P", prefix, &target]);
        assert_eq!(end.code, Some(0), "{end:?}");
        let line = program.stdout.find("/page.html");
        let status = line.split("\" ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        (status, fs::read_to_string(&copy).unwrap())
    };
    assert_eq!(fetch(), ("200".to_owned(), "first".to_owned()));
    let times = [&page, &copy].map(|path| fs::metadata(path).unwrap().modified().unwrap());
    let difference = times[0].duration_since(times[1]).unwrap();
    assert!(difference.as_secs() == 0, "the copy has the time of the file: {times:?}");
    assert_eq!(fetch(), ("304".to_owned(), "first".to_owned()));
    write_file(&page, "second");
    set_age(&page, 3600);
    testkit::program::eventually("a changed file is seen within a second", || {
        let (status, content) = fetch();
        status == "200" && content == "second"
    });
}

/// Sets when a file was last modified.
fn set_age(path: &std::path::Path, seconds: u64) {
    let now = reactor::clock::read().wall;
    let file = fs::File::options().write(true).open(path).expect("it was just written");
    let modified = now - std::time::Duration::from_secs(seconds);
    file.set_modified(modified).expect("its owner may");
}
