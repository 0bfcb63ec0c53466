//! The limits on bodies that handlers take, with short values: under, at and over.

use std::time::Duration;

use avocet_server::Router;
use avocet_server::service::{Answer, Incoming, Job, JobBody, Reply, RequestHead};
use testkit::raw;

use crate::site::{POST, Site, now, text};

/// Answers with the size of the body.
fn size(body: JobBody) -> impl Fn(&RequestHead<'_>, Option<Incoming>) -> Reply {
    move |_head, incoming| {
        let job = Job::new(|answer: Answer| {
            let mut reader = incoming.expect("a body is sent").into_reader();
            // One that is cut short is answered for us.
            if let Ok(size) = std::io::copy(&mut reader, &mut std::io::sink()) {
                answer.respond(text(&size.to_string()));
            }
        });
        Reply::Pool(job.with_body(body))
    }
}

fn router() -> Router {
    let router = Router::new().route(POST, "/whole", size(JobBody::Whole));
    router.route(POST, "/arriving", size(JobBody::AsItArrives))
}

fn post(path: &str, size: usize) -> String {
    raw::request("POST", path, &[&format!("Content-Length: {size}")])
}

#[test]
fn the_size_of_a_body() {
    let site = Site::with_limits(router(), |limits| limits.body_size_max = 1000);
    for path in ["/whole", "/arriving"] {
        for (size, expected) in [(999, 200), (1000, 200), (1001, 413)] {
            let mut client = site.client();
            client.send(post(path, size) + &"x".repeat(size));
            assert_eq!(client.answer().status, expected, "{path} {size}");
            let mut client = site.client();
            client.send(raw::request("POST", path, &["Transfer-Encoding: chunked"]));
            client.send(format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size)));
            assert_eq!(client.answer().status, expected, "{path} {size} in a chunk");
        }
    }
}

#[test]
fn what_is_kept_of_a_body_in_memory() {
    let site = Site::with_limits(router(), |limits| limits.body_memory_max = 4096);
    let mut client = site.client();
    for (size, writes) in [(4095, 0), (4096, 0), (4097, 2)] {
        let before = site.pool().submitted;
        client.send(post("/whole", size) + &"x".repeat(size));
        assert_eq!(client.answer().text(), size.to_string());
        assert_eq!(site.pool().submitted - before, 1 + writes, "{size}");
    }
}

#[test]
fn the_rate_of_a_body() {
    let timeout = Duration::from_millis(300);
    let site = Site::with_limits(router(), |limits| {
        limits.body_timeout = timeout;
        limits.body_rate_min = 500;
    });
    let mut pause = site.client();
    for path in ["/whole", "/arriving"] {
        for (each, expected) in [(3, 408), (100, 200)] {
            let mut client = site.client();
            let (size, start) = (40 * each, now());
            client.send(post(path, size));
            for _ in 0..40 {
                if client.try_send(vec![b'x'; each]).is_err() {
                    break;
                }
                assert!(pause.is_silent_for(Duration::from_millis(10)));
            }
            assert_eq!(client.answer().status, expected, "{path}, {each} bytes at a time");
            assert!(now().since(start) >= timeout.mul_f64(0.9), "{path}");
        }
    }
}
