//! What the simulated server serves: files of many sizes, and handlers of every kind.

use std::io::{Read, Write};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use semantics::{Fields, Method, MethodSet, Status};
use server::Router;
use server::files::{Files, Memory};
use server::service::{
    Answer, Body, BoxError, Handler, Incoming, Job, JobBody, PoolRoute, Reply, RequestHead,
    Response,
};

use super::rng::Rng;

/// The wall clock at the start of a run, in seconds.
const EPOCH_SECONDS: u64 = 1_900_000_000;

/// When files were changed, in seconds: long before the run.
const MODIFIED_SECONDS: u64 = 1_700_000_000;

/// Sizes of files: none, one byte, both sides of what is copied behind a head, both sides of what
/// is kept in memory, and several sends' worth.
const FILE_SIZES: [usize; 10] = [0, 1, 612, 4_096, 16_384, 16_385, 40_000, 65_536, 65_537, 200_000];

/// Returns the wall clock at the start of a run.
pub(super) fn wall_at_start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS)
}

/// A file of the site.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: Bytes,
    /// What lies beside it as its form in gzip: no client decodes it.
    pub(super) coded: Option<Bytes>,
    pub(super) modified: SystemTime,
}

/// Makes the files.
pub(super) fn files(rng: &mut Rng) -> Vec<File> {
    let modified = UNIX_EPOCH + Duration::from_secs(MODIFIED_SECONDS);
    FILE_SIZES
        .iter()
        .map(|&size| File {
            path: format!("file-{size}.bin"),
            content: rng.bytes(size).into(),
            coded: (size % 2 == 1).then(|| rng.bytes(size / 3 * 2 + 1).into()),
            modified,
        })
        .collect()
}

/// Makes the file that is worth compressing; it takes a few pieces.
pub(super) fn text() -> File {
    let lines = (0..5_000).map(|line: u32| format!("line {line}: {:x}\n", line.wrapping_mul(7919)));
    File {
        path: "text.txt".to_owned(),
        content: lines.collect::<String>().into(),
        coded: None,
        modified: UNIX_EPOCH + Duration::from_secs(MODIFIED_SECONDS),
    }
}

/// Makes the handler of the files, of which the boundaries between parts follow from `rng`.
/// `opening` tells of an opening whether the disk must be waited for, `content` of what is sent.
pub(super) fn tree(
    files: &[File],
    rng: &mut Rng,
    opening: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    content: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
) -> Files {
    let tree = Memory::new().with_cold(opening).with_cold_content(content);
    let text = text();
    tree.insert(&text.path, text.content, text.modified);
    for file in files {
        tree.insert(&file.path, file.content.clone(), file.modified);
        if let Some(coded) = &file.coded {
            tree.insert(&format!("{}.gz", file.path), coded.clone(), file.modified);
        }
    }
    let state = AtomicU64::new(rng.next());
    let boundary = move || {
        let mut rng = Rng::new(state.fetch_add(1, Ordering::Relaxed));
        (u128::from(rng.next()) << 64 | u128::from(rng.next())).to_be_bytes()
    };
    Files::new(Arc::new(tree)).with_boundaries(boundary).with_compression()
}

/// Makes the router.
pub(super) fn router(files: Files) -> Router {
    let get = MethodSet::EMPTY.with(Method::Get);
    let post = MethodSet::EMPTY.with(Method::Post);
    let any = PoolRoute::default();
    let share = PoolRoute::new("share", 1);
    let start = PoolRoute::with_start_timeout("start", 4, Duration::from_millis(1));
    let late = PoolRoute::default().finish_within(Duration::from_millis(4));
    let finish = PoolRoute::new("finish", 4).finish_within(Duration::from_millis(15));
    Router::new()
        .route(
            get,
            "/panic",
            on_pool(&share, |_answer| {
                // Without the message that a panic writes.
                resume_unwind(Box::new("as the simulation wants it"))
            }),
        )
        .route(get, "/no-answer", on_pool(&share, drop))
        .route(
            get,
            "/share",
            on_pool(&share, |answer| {
                answer.respond(Response::text(Status::OK, "shared\n"));
            }),
        )
        .route(
            get,
            "/late",
            on_pool(&late, |answer| {
                answer.respond(Response::text(Status::OK, "in time\n"));
            }),
        )
        .route(post, "/start", digest_on_pool(start, JobBody::AsItArrives))
        .route(post, "/finish", digest_on_pool(finish, JobBody::AsItArrives))
        .route(get, "/delay", delay)
        .route(get, "/stream", stream)
        .route(post, "/echo", echo)
        .route(post, "/ignore", ignore)
        .route(post, "/mirror", mirror)
        .route(post, "/whole", digest_on_pool(any.clone(), JobBody::Whole))
        .route(post, "/arriving", digest_on_pool(any, JobBody::AsItArrives))
        .route(post, "/pool-echo", pool_echo)
        .fallback(get, files)
}

/// What handlers that digest a body answer.
pub(super) fn digest(body: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in body {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{} bytes, {hash:016x}\n", body.len())
}

/// What `/stream` sends for a seed and a length.
pub(super) fn streamed(seed: u64, len: usize) -> Vec<u8> {
    Rng::new(seed).bytes(len)
}

/// Answers after some time, on the loop.
fn delay(head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    let millis = number(head, "ms").unwrap_or(0);
    let handle = head.worker().handle().clone();
    Reply::Later(Box::pin(async move {
        let timer = handle.timer(handle.now().instant.after(Duration::from_millis(millis)));
        timer.expired().await;
        Response::text(Status::OK, format!("{millis} ms\n"))
    }))
}

/// Streams bytes from the pool.
fn stream(head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    let (seed, len) = (number(head, "seed").unwrap_or(0), number(head, "len").unwrap_or(0));
    Reply::Pool(Job::new(move |answer| {
        let bytes = streamed(seed, usize::try_from(len).unwrap_or(0));
        let mut writer = answer.stream(Status::OK, Fields::new());
        for piece in bytes.chunks(3_000) {
            // The client is gone: nobody misses the rest.
            if writer.write_all(piece).is_err() {
                return;
            }
        }
        drop(writer.finish());
    }))
}

/// Makes a handler that runs `job` on the pool.
fn on_pool(route: &PoolRoute, job: fn(Answer)) -> impl Handler + use<> {
    let route = route.clone();
    move |_head: &RequestHead<'_>, _incoming: Option<Incoming>| {
        Reply::Pool(Job::new(job).with_route(&route))
    }
}

/// Takes the body on the loop and gives it back.
fn echo(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Later(Box::pin(async move {
        let body = match incoming {
            Some(incoming) => incoming.collect(usize::MAX).await,
            None => Ok(Bytes::new()),
        };
        match body {
            Ok(body) => Response::bytes(Status::OK, "application/octet-stream", body),
            Err(_) => Response::text(Status::BAD_REQUEST, "no whole body\n"),
        }
    }))
}

/// Answers at once and does not look at the body.
fn ignore(_head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
    Reply::Ready(Response::text(Status::OK, "ignored\n"))
}

/// Answers with the body as it comes in, on the loop.
fn mirror(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    Reply::Later(Box::pin(async move {
        let mut response = Response::new(Status::OK);
        if let Some(incoming) = incoming {
            response.body = Body::Stream(Box::pin(Mirror(incoming)));
        }
        response
    }))
}

/// Digests the body on the pool.
fn digest_on_pool(route: PoolRoute, job_body: JobBody) -> impl Handler {
    move |_head: &RequestHead<'_>, incoming: Option<Incoming>| {
        let job = Job::new(move |answer: Answer| {
            let mut body = Vec::new();
            let read = match incoming {
                Some(incoming) => incoming.into_reader().read_to_end(&mut body).map(drop),
                None => Ok(()),
            };
            answer.respond(match read {
                Ok(()) => Response::text(Status::OK, digest(&body)),
                Err(_) => Response::text(Status::BAD_REQUEST, "no whole body\n"),
            });
        });
        Reply::Pool(job.with_body(job_body).with_route(&route))
    }
}

/// Gives the body back from the pool while it comes in.
fn pool_echo(_head: &RequestHead<'_>, incoming: Option<Incoming>) -> Reply {
    let job = Job::new(move |answer: Answer| {
        let mut writer = answer.stream(Status::OK, Fields::new());
        if let Some(incoming) = incoming {
            let copied = std::io::copy(&mut incoming.into_reader(), &mut writer);
            if copied.is_err() {
                // Dropped unfinished, the answer shows that it is not whole.
                return;
            }
        }
        drop(writer.finish());
    });
    Reply::Pool(job.with_body(JobBody::AsItArrives))
}

/// A request's body as that of its answer.
struct Mirror(Incoming);

impl http_body::Body for Mirror {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.0).poll_frame(cx));
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Reads a number from the query.
fn number(head: &RequestHead<'_>, name: &str) -> Option<u64> {
    let pairs = head.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok())
}
