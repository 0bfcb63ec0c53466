//! The server under attack: routes that read bodies, one that does not, and a folder of files.
//!
//! It has one worker, so that every attacker is on the loop that also has the good client. It is a
//! process of its own, and tells what it holds on its heap whenever a line comes in.

use std::fmt;
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use reactor::net::ListenAddr;
use server::files::{Disk, Files};
use server::service::{
    Body, Incoming, OnPool, PoolRequest, PoolRoute, Reply, RequestHead, Response,
};
use server::{Method, MethodSet, Router, Running, Server, Status};

use crate::ALLOCATOR;
use crate::error::Failure;
use crate::process::end_with_parent;
use crate::scale::Scale;

/// What starts this program as the server.
pub(crate) const COMMAND: &str = "part-of-server";

/// The name of the thread that looks at the heap.
pub(crate) const WATCHER: &str = "watcher";

/// Answered at once.
pub(crate) const HELLO: &str = "/hello";
/// Reads the body on the loop and says how long it was.
pub(crate) const READ: &str = "/read";
/// The same on the pool, when it is complete.
pub(crate) const KEEP: &str = "/keep";
/// Answers without a look at the body.
pub(crate) const IGNORE: &str = "/ignore";

/// How often it is looked at what the process holds.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// Jobs of the pool's route that may wait; all of an attack's.
const SHARE: usize = 1024;

/// Serves until standard input ends.
///
/// # Errors
///
/// When it cannot.
pub(crate) fn run(folder: &Path, scale: Scale) -> Result<(), Failure> {
    end_with_parent()?;
    let running = start(folder, scale)?;
    let peak = watch_heap()?;
    let mut out = std::io::stdout().lock();
    let mut tell = |text: String| {
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::of("report"))
    };
    tell(running.addrs()[0].to_string())?;
    for line in std::io::stdin().lock().lines() {
        if line.map_err(Failure::of("be asked"))? == "mark" {
            peak.store(live_size(), Ordering::Relaxed);
        }
        let (live, peak) = (live_size() as u64, peak.load(Ordering::Relaxed) as u64);
        tell(Heap { live, peak: peak.max(live) }.to_string())?;
    }
    Ok(())
}

fn start(folder: &Path, scale: Scale) -> Result<Running, Failure> {
    let (get, post) = (MethodSet::EMPTY.with(Method::Get), MethodSet::EMPTY.with(Method::Post));
    let strange = |error: &dyn fmt::Display| Failure::Strange(error.to_string());
    let disk = Disk::open(folder).map_err(|error| strange(&error))?;
    let router = Router::new()
        .route(get, HELLO, hello)
        .route(post, READ, read)
        .route(post, KEEP, OnPool::new(&PoolRoute::new("keep", SHARE), keep))
        .route(post, IGNORE, hello)
        .fallback(get, Files::new(Arc::new(disk)).with_listings());
    Server::builder(router)
        .limits(scale.limits())
        .listen(ListenAddr::Tcp(([127, 0, 0, 1], 0).into()))
        .bind()
        .and_then(server::Bound::start)
        .map_err(|error| strange(&error))
}

fn hello(_head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    Response::text(Status::OK, "hello\n").into()
}

fn read(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Later(Box::pin(async move {
        let Some(mut incoming) = incoming else { return counted(0) };
        let mut size = 0;
        loop {
            match incoming.chunk().await {
                Ok(Some(chunk)) => size += chunk.len() as u64,
                Ok(None) => return counted(size),
                Err(error) => return Response::text(Status::BAD_REQUEST, format!("{error}\n")),
            }
        }
    }))
}

fn keep(mut request: PoolRequest) -> Response {
    let (mut size, mut buf) = (0, [0; 16 * 1024]);
    loop {
        match request.body_mut().read(&mut buf) {
            Ok(0) => return counted(size),
            Ok(count) => size += count as u64,
            Err(error) => return Response::text(Status::BAD_REQUEST, format!("{error}\n")),
        }
    }
}

fn counted(size: u64) -> Response {
    let mut response = Response::text(Status::OK, "");
    response.body = Body::Bytes(format!("{size}\n").into());
    response
}

/// Looks at the heap from now on, and keeps the most that was seen.
fn watch_heap() -> Result<Arc<AtomicUsize>, Failure> {
    let peak = Arc::new(AtomicUsize::new(live_size()));
    let kept = Arc::clone(&peak);
    let watch = move || {
        loop {
            kept.fetch_max(live_size(), Ordering::Relaxed);
            thread::park_timeout(LOOK_INTERVAL);
        }
    };
    thread::Builder::new()
        .name(WATCHER.to_owned())
        .spawn(watch)
        .map_err(Failure::of("start a thread"))?;
    Ok(peak)
}

fn live_size() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// What the server holds on its heap, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heap {
    /// At present.
    pub(crate) live: u64,
    /// At most since the last mark.
    pub(crate) peak: u64,
}

impl Heap {
    /// Reads it from the line in which the server tells it.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (live, peak) = line.split_once(' ')?;
        Some(Self { live: live.parse().ok()?, peak: peak.parse().ok()? })
    }
}

impl fmt::Display for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.live, self.peak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heap_is_read_as_it_was_told() {
        let heap = Heap { live: 1, peak: 2 };
        assert_eq!(Heap::parse(&heap.to_string()), Some(heap));
        assert_eq!(Heap::parse("1"), None);
    }
}
