//! Listings as they are written, from trees in memory and on the disk.

mod sharing;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reactor::clock::Instant;
use reactor::pool::{Refusal, Refused, Ticket};
use semantics::path::SafePath;

use super::super::tree::{Entries, Entry, EntryKind, Node, Patience, Tree};
use super::super::{Disk, Memory};
use super::*;

/// A pool that runs each job where it is submitted, unless it has ended.
#[derive(Debug, Default)]
struct Inline {
    has_ended: AtomicBool,
    jobs: AtomicUsize,
}

impl Offload for Inline {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        if self.has_ended.load(Ordering::Relaxed) {
            return Err(Refused { job, reason: Refusal::Closed });
        }
        self.jobs.fetch_add(1, Ordering::Relaxed);
        job.run();
        Ok(Ticket::ended())
    }
}

/// A directory of so many files, after others that are not shown. The last cannot be read if it is
/// broken.
#[derive(Debug, Default)]
struct Crowd {
    hidden: usize,
    len: usize,
    is_broken: bool,
    looks: AtomicUsize,
}

impl Crowd {
    fn of(len: usize) -> Self {
        Self { len, ..Self::default() }
    }

    fn broken(len: usize) -> Self {
        Self { len, is_broken: true, ..Self::default() }
    }
}

impl Tree for Crowd {
    fn open(&self, _: &SafePath<'_>, _: Instant, _: Patience) -> Result<Node, OpenError> {
        Ok(Node::Directory)
    }

    fn list(&self, _: &SafePath<'_>, _: Instant) -> Result<Entries, OpenError> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let file = |number| {
            Ok(Some(Entry {
                name: format!("file-{number}").into_bytes(),
                kind: EntryKind::File { len: 1 },
                modified: modified(),
            }))
        };
        let hidden = (0..self.hidden).map(|_| Ok(None));
        let end = self.is_broken.then_some(Err(OpenError::Failed(Errno::IO)));
        // Backwards, so that it shows whether they were sorted.
        Ok(Box::new(hidden.chain((0..self.len).rev().map(file)).chain(end)))
    }
}

fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

struct Site<P = Inline> {
    tree: Arc<dyn Tree>,
    listings: Arc<Listings>,
    pool: Arc<P>,
    now: Instant,
}

/// An answer with all of its body, or what of it came before it broke off.
struct Seen {
    fields: Fields,
    body: String,
    is_whole: bool,
}

impl<P: Offload + Default + 'static> Site<P> {
    fn new(tree: impl Tree) -> Self {
        let now = Instant::ORIGIN;
        Self { tree: Arc::new(tree), listings: Arc::default(), pool: Arc::default(), now }
    }

    fn inquiry(&self, method: Method, path: &str, accept: &str, query: &str) -> Inquiry {
        Inquiry {
            directory: Directory {
                tree: Arc::clone(&self.tree),
                path: path.as_bytes().into(),
                sorted_max: SORTED_MAX,
                now: self.now,
            },
            method,
            wish: Wish::of([accept.as_bytes()], Some(query)),
            listings: Arc::clone(&self.listings),
            listings_max: LISTINGS_MAX,
            pool: Arc::<P>::clone(&self.pool),
        }
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

impl Site {
    fn ask(&self, method: Method, path: &str) -> Response {
        let inquiry = self.inquiry(method, path, "text/html", "");
        let Poll::Ready(answer) = poll(pin!(inquiry.answer())) else { panic!("it waits") };
        answer.unwrap()
    }

    fn answer(&self, path: &str, accept: &str, query: &str) -> Result<Response, OpenError> {
        let inquiry = self.inquiry(Method::Get, path, accept, query);
        let Poll::Ready(answer) = poll(pin!(inquiry.answer())) else { panic!("it waits") };
        answer
    }

    fn jobs(&self) -> usize {
        self.pool.jobs.swap(0, Ordering::Relaxed)
    }

    fn page(&self, path: &str, query: &str) -> Seen {
        see(self.answer(path, "text/html", query).unwrap())
    }

    fn json(&self, path: &str, query: &str) -> Seen {
        see(self.answer(path, "application/json", query).unwrap())
    }
}

fn see(response: Response) -> Seen {
    let Head::Fields(Status::OK, fields) = response.head else { panic!("{response:?}") };
    let (mut body, mut is_whole) = (Vec::new(), true);
    match response.body {
        Body::Bytes(bytes) => body.extend_from_slice(&bytes),
        Body::Stream(mut stream) => {
            let mut cx = Context::from_waker(Waker::noop());
            while let Poll::Ready(Some(frame)) = stream.as_mut().poll_frame(&mut cx) {
                match frame {
                    Ok(frame) => body.extend_from_slice(&frame.into_data().unwrap()),
                    Err(_) => is_whole = false,
                }
            }
        }
        other => panic!("{other:?}"),
    }
    Seen { fields, body: String::from_utf8(body).unwrap(), is_whole }
}

/// The names of a listing in JSON, in order.
fn names(json: &str) -> Vec<&str> {
    json.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

const SORTED_MAX: usize = 2_000;

const LISTINGS_MAX: usize = 8;

fn small() -> Memory {
    let files = ["docs/img/a.png", "docs/b.txt", "docs/index", "z.txt", "A.txt", ".env", "a\nb"];
    files.into_iter().map(|path| (path, path.to_owned(), modified())).collect()
}

#[test]
fn json_to_the_byte() {
    let seen = Site::new(small()).json("", "");
    let expected = "[\n\
        {\"name\":\"docs\",\"type\":\"directory\"},\n\
        {\"name\":\"A.txt\",\"type\":\"file\",\"size\":5,\"modified\":\"1994-11-06T08:49:37Z\"},\n\
        {\"name\":\"z.txt\",\"type\":\"file\",\"size\":5,\"modified\":\"1994-11-06T08:49:37Z\"}]\n";
    assert_eq!(seen.body, expected);
    assert_eq!(Site::new(Memory::new()).json("", "").body, "[]\n");
}

#[test]
fn each_form_has_its_fields_and_no_validator() {
    let site = Site::new(small());
    let policy = Some(page::POLICY.as_bytes());
    for (seen, media_type, policy) in [
        (site.page("", ""), "text/html; charset=utf-8", policy),
        (site.json("", ""), "application/json", None),
    ] {
        let field = |name| seen.fields.first(name);
        assert_eq!(field("Content-Type"), Some(media_type.as_bytes()));
        assert_eq!(field("X-Content-Type-Options"), Some(b"nosniff".as_slice()));
        assert_eq!(field("Content-Security-Policy"), policy);
        assert_eq!(field("Vary"), Some(b"Accept".as_slice()));
        for name in ["ETag", "Last-Modified", "Cache-Control", "Listing-Order"] {
            assert_eq!(field(name), None, "{name}");
        }
    }
}

#[test]
fn a_page_says_where_it_is_and_leads_up_and_down() {
    let site = Site::new(small());
    let page = site.page("docs/img/", "sort=size&order=desc").body;
    for part in [
        "<title>Index of /docs/img/</title>",
        "<li><a href=\"../../?sort=size&amp;order=desc\"><bdi>Index</bdi></a></li>",
        "<li><a href=\"../?sort=size&amp;order=desc\"><bdi>docs</bdi></a></li>",
        "<h1 id=\"name\"><bdi>img</bdi>/</h1>",
        "<th scope=\"col\" aria-sort=\"descending\"><a href=\"?sort=size&amp;order=asc\">Size</a>",
        "<a href=\"../?sort=size&amp;order=desc\"><svg aria-hidden=\"true\"><use href=\"#up\"/>",
        "<a href=\"./a.png\">",
        "<data value=\"14\" title=\"14 bytes\">14 B</data>",
        "<time datetime=\"1994-11-06T08:49:37Z\" title=\"1994-11-06T08:49:37Z\">1994-11-06 \
         <span>08:49</span></time>",
        "<p>1 file of <data value=\"14\" title=\"14 bytes\">14 B</data></p>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let root = site.page("", "").body;
    assert!(root.contains("<a href=\"./docs/\">"), "{root}");
    assert!(
        root.contains("aria-sort=\"ascending\"><a href=\"?sort=name&amp;order=desc\">"),
        "{root}"
    );
    assert!(root.contains("<p>1 folder, 2 files of "), "{root}");
    for absent in ["<nav", "#up\"/>", "{{", "<script", ".env", "a\nb"] {
        assert!(!root.contains(absent), "{absent}\n{root}");
    }
    let empty = Site::new(Memory::new()).page("", "").body;
    assert!(empty.contains("<p>This folder is empty.</p>"), "{empty}");
}

#[test]
fn no_name_is_markup_or_an_address_of_another_kind() {
    let names = ["<script>", "\"onclick=\"x", "javascript:x", "{{tally}}", "a&amp;b"];
    let files = names.map(|name| (format!("{name}/{name}"), "", modified()));
    let site = Site::new(files.into_iter().collect::<Memory>());
    let names = names.map(|name| format!("<bdi>{}</bdi>", text::Html(name)));
    let root = site.page("", "").body;
    assert!(names.iter().all(|name| root.contains(name)), "{root}");
    for (path, shown) in [
        ("<script>/", "&lt;script&gt;"),
        ("\"onclick=\"x/", "&quot;onclick=&quot;x"),
        ("javascript:x/", "javascript:x"),
        ("{{tally}}/", "{{tally}}"),
        ("a&amp;b/", "a&amp;amp;b"),
    ] {
        let page = site.page(path, "").body;
        assert!(page.contains(&format!("<h1 id=\"name\"><bdi>{shown}</bdi>/</h1>")), "{page}");
        assert!(page.contains("<a href=\"./"), "{page}");
        for absent in ["<script", "onclick=\"", "href=\"javascript"] {
            assert!(!page.contains(absent), "{page}");
        }
    }
}

#[test]
fn the_greatest_directory_that_is_sorted_and_one_larger() {
    for (len, is_sorted) in [(SORTED_MAX - 1, true), (SORTED_MAX, true), (SORTED_MAX + 1, false)] {
        let site = Site::new(Crowd::of(len));
        let json = site.json("", "");
        let names = names(&json.body);
        assert_eq!(names.len(), len);
        let last = format!("file-{}", len - 1);
        assert_eq!(if is_sorted { names[len - 1] } else { names[0] }, last);
        let order = (!is_sorted).then_some(b"unsorted".as_slice());
        assert_eq!(json.fields.first("Listing-Order"), order);
        let page = site.page("", "sort=size").body;
        assert_eq!(page.matches("<a href=\"./file-").count(), len);
        assert_eq!(page.contains("too many entries here to sort"), !is_sorted);
        assert_eq!(page.contains("aria-sort=\""), is_sorted);
        assert_eq!(page.contains("<a href=\"?sort"), is_sorted, "no links that would do nothing");
    }
}

#[test]
fn a_large_listing_is_made_as_it_is_taken() {
    let site = Site::new(Crowd::of(50_000));
    let response = site.answer("", "text/html", "").unwrap();
    assert_eq!(site.jobs(), 2, "the survey, the first instalment");
    let Body::Stream(mut stream) = response.body else { panic!("{response:?}") };
    let mut cx = Context::from_waker(Waker::noop());
    for jobs in 0..10 {
        let Poll::Ready(Some(Ok(frame))) = stream.as_mut().poll_frame(&mut cx) else {
            panic!("an instalment")
        };
        let len = frame.into_data().unwrap().len();
        assert!((64 << 10..66 << 10).contains(&len), "{len}");
        assert_eq!(site.pool.jobs.load(Ordering::Relaxed), jobs);
    }
    drop(stream);
    assert_eq!(site.listings.unfinished.count(), 0);
}

#[test]
fn what_breaks_off_says_so() {
    let site = Site::new(Crowd::broken(50_000));
    let seen = site.json("", "");
    assert_eq!((seen.is_whole, names(&seen.body).len() > 40_000), (false, true));
    assert!(!seen.body.ends_with("]\n"));
    let few = Site::new(Crowd::broken(9));
    assert_eq!(few.answer("", "", "").unwrap_err(), OpenError::Failed(Errno::IO));

    let site = Site::new(Crowd::of(50_000));
    let response = site.answer("", "", "").unwrap();
    site.pool.has_ended.store(true, Ordering::Relaxed);
    assert!(!see(response).is_whole);
    assert_eq!(site.listings.unfinished.count(), 0);
}

#[test]
fn the_listing_that_has_waited_longest_gives_way() {
    let site = Site::new(Crowd::of(SORTED_MAX));
    let mut cx = Context::from_waker(Waker::noop());
    let mut next = |response: &mut Response| {
        let Body::Stream(stream) = &mut response.body else { panic!("{response:?}") };
        let Poll::Ready(Some(frame)) = stream.as_mut().poll_frame(&mut cx) else {
            panic!("it waits")
        };
        frame.is_ok()
    };
    let large = || site.answer("", "text/html", "");
    let mut held: Vec<_> = (0..LISTINGS_MAX).map(|_| large().unwrap()).collect();
    assert_eq!(large().unwrap_err(), BUSY, "all of them are at work");
    assert!(held.iter_mut().all(&mut next), "each waits for its reader now");
    assert!(next(&mut held[0]), "and the first anew");
    let mut another = large().unwrap();
    assert_eq!(site.listings.unfinished.count(), LISTINGS_MAX);
    assert!(next(&mut another));
    for (number, response) in held.into_iter().enumerate() {
        assert_eq!(see(response).is_whole, number != 1, "{number}: the second had waited longest");
    }
    drop(another);
    assert_eq!(site.listings.unfinished.count(), 0);
}

#[test]
fn what_is_not_there_has_no_listing() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("file"), "x").unwrap();
    let disk = Site::new(Disk::open(place.path()).unwrap());
    for site in [disk, Site::new(small())] {
        for path in ["none/", "z.txt/", "file/"] {
            assert_eq!(site.answer(path, "", "").unwrap_err(), OpenError::NotFound, "{path}");
        }
        assert!(site.answer("", "", "").is_ok());
    }
}
