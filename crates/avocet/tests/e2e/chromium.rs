//! Chromium: every page of the site as a person sees it.

use std::fs;
use std::path::PathBuf;

use testkit::program::{Program, write_file};

use crate::browser::{Browser, Page};
use crate::{serve, site, url};

/// The addresses of the site's pages.
fn pages() -> Vec<String> {
    let is_page = |name: &String| name.ends_with(".html");
    let entries = fs::read_dir(site()).expect("the repository has a site").flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_page).collect();
    names.sort();
    assert!(names.len() >= 3, "{names:?}");
    names
}

/// How the pages are looked at: a name, a width in pixels, a colour scheme.
pub(crate) const VIEWS: [(&str, u32, &str); 4] = [
    ("light", 1280, "light"),
    ("dark", 1280, "dark"),
    ("narrow", 360, "light"),
    ("narrow-dark", 360, "dark"),
];

#[test]
fn every_page_is_drawn_without_a_complaint() {
    let program = serve(&site(), &[]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    for name in pages() {
        for (view, width, scheme) in VIEWS {
            page.emulate(width, scheme);
            page.open(&url(&program, &format!("/{name}")));
            let title = page.evaluate("document.title");
            assert!(title.contains("Avocet"), "{name}: {title}");
            let overflow = page.evaluate(OVERFLOW);
            assert_eq!(overflow, "", "{name}, {view}: nothing scrolls sideways");
            let complaints = page.complaints();
            assert!(complaints.is_empty(), "{name}, {view}: {complaints:#?}");
            let picture = page.picture();
            keep(&format!("{}-{view}.png", name.trim_end_matches(".html")), &picture);
            check_picture(&mut page, &picture, width, scheme);
        }
    }
    check_log(&program);
}

#[test]
fn the_page_for_what_is_missing_is_whole_at_any_depth() {
    let program = serve(&site(), &[]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    page.emulate(1280, "light");
    for target in ["/none", "/no/such/page"] {
        page.open(&url(&program, target));
        let styles = page.evaluate("String(getComputedStyle(document.body).fontFamily)");
        assert!(!styles.contains("Times"), "{target} has its style: {styles}");
        // The browser itself notes the 404 of the page; nothing else is missing.
        let complaints = page.complaints();
        assert_eq!(complaints.len(), 1, "{target}: {complaints:#?}");
        assert!(complaints[0].contains(target), "{target}: {complaints:#?}");
        let picture = page.picture();
        check_picture(&mut page, &picture, 1280, "light");
    }
}

#[test]
fn the_page_of_an_error_is_drawn_without_the_site() {
    let folder = tempfile::tempdir().unwrap();
    write_file(&folder.path().join("readme.txt"), "readme");
    let program = serve(folder.path(), &[]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    for (view, width, scheme) in VIEWS {
        page.emulate(width, scheme);
        page.open(&url(&program, "/"));
        assert!(page.evaluate("document.body.innerText").contains("404"));
        assert_eq!(page.evaluate(OVERFLOW), "", "{view}: nothing scrolls sideways");
        let picture = page.picture();
        keep(&format!("error-{view}.png"), &picture);
        check_picture(&mut page, &picture, width, scheme);
    }
}

/// Names what is wider than the page, if anything makes it scroll.
pub(crate) const OVERFLOW: &str = "(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return '';
    const wide = [...document.querySelectorAll('*')].filter(element =>
        element.getBoundingClientRect().right > root.clientWidth);
    return root.scrollWidth + ': ' + wide.map(element => element.tagName).join(' ');
})()";

/// Asserts that a picture shows something, in the light that was asked for.
#[track_caller]
pub(crate) fn check_picture(page: &mut Page<'_>, picture: &str, width: u32, scheme: &str) {
    let facts = page.evaluate(&format!(
        "(async () => {{
            const image = new Image();
            image.src = 'data:image/png;base64,{picture}';
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            const pixels = context.getImageData(0, 0, image.width, image.height).data;
            const colours = new Set();
            let light = 0;
            for (let at = 0; at < pixels.length; at += 4) {{
                colours.add(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]);
                light += pixels[at] + pixels[at + 1] + pixels[at + 2];
            }}
            const percent = Math.round(light / pixels.length * 4 / 3 / 2.55);
            return [image.width, colours.size, percent].join(' ');
        }})()"
    ));
    let numbers: Vec<u32> = facts.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [picture_width, colours, light] = numbers[..] else {
        unreachable!("three numbers: {facts}")
    };
    assert_eq!(picture_width, width);
    assert!(colours > 20, "it is not blank: {colours} colours");
    match scheme {
        "dark" => assert!(light < 50, "it is dark: {light} %"),
        _ => assert!(light > 50, "it is light: {light} %"),
    }
}

/// Asserts that all that the pages asked for is there.
#[track_caller]
fn check_log(program: &Program) {
    let mut count = 0;
    // A line is written when it is a second old.
    while let Some(line) = program.stdout.next_within(std::time::Duration::from_millis(1_500)) {
        assert!(line.contains("\" 200 ") || line.contains("\" 304 "), "{line}");
        count += 1;
    }
    assert!(count > 10, "{count} requests");
}

/// Keeps a picture to be looked at, beside what was built.
pub(crate) fn keep(name: &str, picture: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    write_file(&folder.join(name), decode_base64(picture));
}

/// Decodes base64 that a browser wrote.
fn decode_base64(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter_map(|byte| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    });
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits {
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
        }
    }
    bytes
}
