//! What is served: a few files in memory.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reactor::pool::{Job, Offload, Refusal, Refused, Ticket};
use server::files::{Files, Memory};
use server::service::Handler;
use server::{Method, MethodSet, Router};

/// A file of the size that is asked for most in benches, one that is not copied, and an asset with
/// its siblings.
pub(crate) fn files() -> Files {
    let tree = Memory::new();
    for (path, size) in [
        ("file", 612),
        ("large", 100 << 10),
        ("assets/app.js", 20_000),
        ("assets/app.js.br", 5_000),
        ("assets/app.js.gz", 6_000),
    ] {
        tree.insert(path, vec![b'x'; size], modified());
    }
    Files::new(Arc::new(tree))
}

/// Has `handler` answer for everything.
pub(crate) fn router(handler: impl Handler) -> Arc<Router> {
    Arc::new(Router::new().fallback(MethodSet::EMPTY.with(Method::Get), handler))
}

/// When the files were written.
fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_500_000_000)
}

/// A pool that takes nothing: what is asked for is in memory.
#[derive(Debug)]
pub(crate) struct NoPool;

impl Offload for NoPool {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        Err(Refused { job, reason: Refusal::Closed })
    }
}
