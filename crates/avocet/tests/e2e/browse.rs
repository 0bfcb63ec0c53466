//! Chromium: the listing of a folder as a person sees and uses it.

use std::fs::{self, File};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;
use testkit::program::write_file;

use crate::browser::{Browser, Page};
use crate::chromium::{OVERFLOW, VIEWS, check_picture, keep};
use crate::{serve, url};

/// Names that a page must be able to show and to lead to.
const NAMES: [&str; 9] = [
    "readme.txt",
    "chapter 2.txt",
    "chapter 10.txt",
    "a:b.txt",
    "what? #1, 100%.txt",
    "<img src=x onerror=alert(1)>.txt",
    "'onclick='x\".txt",
    "a-name-without-any-place-to-break-it-which-is-hard-on-narrow-pages_and_so_on_and_on.txt",
    "the name of a file that somebody wrote without a thought for those who read it on a phone.txt",
];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write = |name: &str, len: usize, age: u64| {
        let path = folder.path().join(name);
        write_file(&path, "x".repeat(len));
        let modified = UNIX_EPOCH + Duration::from_secs(1_700_000_000 - 86_400 * age);
        let file = File::options().write(true).open(path).expect("it was written");
        file.set_modified(modified).expect("its time can be set");
    };
    for (age, name) in NAMES.iter().enumerate() {
        write(name, 7_usize.pow(u32::try_from(age).expect("there are few")) / 9, age as u64);
    }
    write("photos/at the K\u{f6}nigss\u{e9}e/heron.txt", 5, 3);
    write("photos/avocet.txt", 5, 3);
    fs::create_dir(folder.path().join("empty")).expect("a folder can be made");
    folder
}

/// What the rows are called, in their order.
fn rows(page: &mut Page<'_>) -> Vec<String> {
    let rows = page.evaluate(
        "[...document.querySelectorAll('tbody a')].map(link =>
            encodeURIComponent(link.innerText.trim())).join()",
    );
    rows.split(',').map(str::to_owned).collect()
}

/// Clicks on the first link that says so, and waits for where it leads.
fn click(page: &mut Page<'_>, text: &str) {
    let address = page.evaluate(&format!(
        "[...document.links].find(a => a.innerText.trim().startsWith('{text}')).href"
    ));
    page.open(&address);
}

#[test]
fn a_listing_is_drawn_in_every_light_and_width() {
    let folder = folder();
    let program = serve(folder.path(), &["--browse"]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    for (view, width, scheme) in VIEWS {
        page.emulate(width, scheme);
        for (name, target) in [("root", "/"), ("deep", "/photos/at%20the%20K%C3%B6nigss%C3%A9e/")] {
            page.open(&url(&program, target));
            assert_eq!(page.evaluate(OVERFLOW), "", "{target}, {view}: nothing scrolls sideways");
            let complaints = page.complaints();
            assert!(complaints.is_empty(), "{target}, {view}: {complaints:#?}");
            let cut = page.evaluate(CUT);
            assert_eq!(cut, "", "{target}, {view}: all of each text is to be seen");
            let picture = page.picture();
            keep(&format!("browse-{name}-{view}.png"), &picture);
            check_picture(&mut page, &picture, width, scheme);
        }
    }
}

/// Names the cells whose text lies outside of them.
const CUT: &str = "[...document.querySelectorAll('th, td')].filter(cell => \
    cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText).join()";

#[test]
fn links_lead_down_and_up_and_sort() {
    let folder = folder();
    let program = serve(folder.path(), &["--browse"]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    page.emulate(360, "light");
    page.open(&url(&program, "/"));
    let by_name = rows(&mut page);
    assert_eq!(by_name[..2], ["empty%2F", "photos%2F"]);
    let place = |name: &str| by_name.iter().position(|row| row == name).expect("it is listed");
    assert!(place("chapter%202.txt") < place("chapter%2010.txt"), "{by_name:?}");

    click(&mut page, "Size");
    let sorted = "document.querySelector('[aria-sort]').innerText.trim() + ' ' + \
                  document.querySelector('[aria-sort]').ariaSort";
    assert_eq!(page.evaluate(sorted), "Size descending");
    let by_size = rows(&mut page);
    assert!(by_size[2].starts_with("the%20name%20of"), "{by_size:?}");
    click(&mut page, "Size");
    assert_eq!(page.evaluate(sorted), "Size ascending");

    click(&mut page, "photos");
    assert_eq!(page.evaluate("document.title"), "Index of /photos/");
    assert_eq!(page.evaluate(sorted), "Size ascending", "the order is kept");
    click(&mut page, "at the");
    click(&mut page, "Index");
    assert_eq!(page.evaluate("location.pathname + location.search"), "/?sort=size&order=asc");
    click(&mut page, "empty");
    assert!(page.evaluate("document.body.innerText").contains("This folder is empty."));
    click(&mut page, "Parent folder");
    assert_eq!(page.evaluate("document.title"), "Index of /");
}

#[test]
fn every_link_leads_to_its_file_and_no_name_acts() {
    let folder = folder();
    let program = serve(folder.path(), &["--browse"]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    page.open(&url(&program, "/"));
    assert_eq!(page.evaluate("String(document.images.length)"), "0");
    let links = page.evaluate(
        "[...document.querySelectorAll('tbody tr:has(data)')].map(row =>
            row.querySelector('a').href + ' ' + row.querySelector('data').value).join(' ')",
    );
    let links: Vec<_> = links.split(' ').collect();
    assert_eq!(links.len(), 2 * NAMES.len(), "{links:?}");
    for link in links.chunks(2) {
        page.open(link[0]);
        let len = page.evaluate("String(document.body.innerText.length)");
        assert_eq!(len, link[1], "{}", link[0]);
    }
}
