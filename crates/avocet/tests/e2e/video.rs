//! Chromium plays a video and jumps about in it, which works by ranges.
//!
//! The video is made here: a minute of one blue frame in WebM, with so much padding between the
//! frames that no player reads all of it ahead.

use std::time::Duration;

use testkit::program::{Program, write_file};

use crate::browser::Browser;
use crate::{serve, url};

#[test]
fn a_video_plays_and_is_sought_by_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let clip = video();
    write_file(&folder.path().join("clip.webm"), &clip);
    write_file(&folder.path().join("index.html"), PAGE);
    let program = serve(folder.path(), &[]);
    let mut browser = Browser::start();
    let mut page = browser.page();
    page.open(&url(&program, "/"));
    assert_eq!(page.evaluate(WATCH), "60 64x36 played at 0, 50, 20");
    let parts = parts(&program);
    assert!(parts.len() >= 2, "{parts:?}");
    let is_far_on = |length: &&usize| **length < clip.len() / 3;
    assert!(parts.iter().any(|length| is_far_on(&length)), "a jump asks for the rest: {parts:?}");
}

/// The Content-Length of every 206 for the video in the log, as the browser saw it.
fn parts(program: &Program) -> Vec<usize> {
    let mut parts = Vec::new();
    while let Some(line) = program.stdout.next_within(Duration::from_millis(300)) {
        if let Some((_, size)) = line.split_once("/clip.webm HTTP/1.1\" 206 ") {
            parts.push(size.parse().expect("the line ends with the bytes of the body"));
        }
    }
    parts
}

const PAGE: &str = "<!doctype html><title>clip</title><link rel=icon href=data:,>\
    <video src=clip.webm muted preload=metadata></video>";

/// Plays a little from the start, from near the end, and from before that; says what was seen.
const WATCH: &str = "(async () => {
    const video = document.querySelector('video');
    const until = holds => new Promise((done, fail) => {
        const look = () => video.error ? fail(video.error) : holds() && done();
        for (const event of ['loadedmetadata', 'timeupdate', 'seeked', 'error'])
            video.addEventListener(event, look);
        look();
    });
    const starts = [0, 50, 20];
    await until(() => video.readyState > 0);
    for (const start of starts) {
        video.currentTime = start;
        await video.play();
        await until(() => !video.seeking && video.currentTime > start + 0.3
            && video.currentTime < start + 9);
    }
    const size = video.videoWidth + 'x' + video.videoHeight;
    return video.duration + ' ' + size + ' played at ' + starts.join(', ');
})()";

/// How long the video is, and as many clusters of frames has it.
const SECONDS: u16 = 60;

/// The frames of a second.
const FRAMES: u16 = 10;

/// What no player looks at, in each cluster.
const PADDING_SIZE: usize = 256 * 1024;

/// A key frame of VP8, 64 by 36 pixels, blue all over.
const FRAME: [u8; 64] = [
    0x70, 0x03, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x00, 0x24, 0x00, 0x3f, 0x39, 0x9c, 0xc8, 0x5d, 0x2f,
    0x2b, 0x28, 0x24, 0xa2, 0xa8, 0x01, 0xe0, 0x27, 0x09, 0x67, 0x00, 0xcf, 0xdc, 0x07, 0x7b, 0xb5,
    0x34, 0xf8, 0x41, 0x00, 0x00, 0xfe, 0xda, 0x26, 0xff, 0xb5, 0x3f, 0x2b, 0x3d, 0xdf, 0x46, 0x1f,
    0x55, 0x53, 0xd7, 0xe0, 0x2d, 0x37, 0x10, 0x5f, 0x48, 0x30, 0x3d, 0x3b, 0xc5, 0x00, 0x00, 0x00,
];

/// Makes the video (RFC 9559; element ids of its section 27).
fn video() -> Vec<u8> {
    let doc_type = [element(&[0x42, 0x82], b"webm"), number(&[0x42, 0x87], 2)].concat();
    let header = element(&[0x1a, 0x45, 0xdf, 0xa3], &doc_type);
    let duration = f64::from(SECONDS) * 1000.0;
    let info = [number(&[0x2a, 0xd7, 0xb1], 1_000_000), float(&[0x44, 0x89], duration)].concat();
    let picture = element(&[0xe0], &[number(&[0xb0], 64), number(&[0xba], 36)].concat());
    let codec = element(&[0x86], b"V_VP8");
    let ids = [number(&[0xd7], 1), number(&[0x73, 0xc5], 1), number(&[0x83], 1)].concat();
    let track = element(&[0xae], &[ids, codec, picture].concat());
    let clusters: Vec<Vec<u8>> = (0..SECONDS).map(cluster).collect();
    let start =
        [element(&[0x15, 0x49, 0xa9, 0x66], &info), element(&[0x16, 0x54, 0xae, 0x6b], &track)]
            .concat();
    // All numbers are written in eight bytes, so the table of clusters is as long in any case.
    let first = start.len() + cues(0, &clusters).len();
    let segment = [start, cues(first, &clusters), clusters.concat()].concat();
    [header, element(&[0x18, 0x53, 0x80, 0x67], &segment)].concat()
}

/// A second of frames, and the padding.
fn cluster(second: u16) -> Vec<u8> {
    let mut content = number(&[0xe7], u64::from(second) * 1000);
    for frame in 0..FRAMES {
        let time = (frame * (1000 / FRAMES)).to_be_bytes();
        let block = [&[0x81, time[0], time[1], 0x80], FRAME.as_slice()].concat();
        content.extend(element(&[0xa3], &block));
    }
    content.extend(element(&[0xec], &vec![0; PADDING_SIZE]));
    element(&[0x1f, 0x43, 0xb6, 0x75], &content)
}

/// The table that says where the frames of a second are; the first cluster is at `first`.
fn cues(first: usize, clusters: &[Vec<u8>]) -> Vec<u8> {
    let mut points = Vec::new();
    let mut position = first as u64;
    for (second, cluster) in (0..).zip(clusters) {
        let place = [number(&[0xf7], 1), number(&[0xf1], position)].concat();
        let point = [number(&[0xb3], second * 1000), element(&[0xb7], &place)].concat();
        points.extend(element(&[0xbb], &point));
        position += cluster.len() as u64;
    }
    element(&[0x1c, 0x53, 0xbb, 0x6b], &points)
}

fn number(id: &[u8], number: u64) -> Vec<u8> {
    element(id, &number.to_be_bytes())
}

fn float(id: &[u8], number: f64) -> Vec<u8> {
    element(id, &number.to_be_bytes())
}

/// An element: its id, its length in eight bytes, its content.
fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let len = content.len() as u64 | 1 << 56;
    [id, &len.to_be_bytes(), content].concat()
}
