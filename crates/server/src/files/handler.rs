//! The handler that answers with files.
//!
//! A request for a file that was served within the last second is answered from the worker's cache:
//! one look into a table, two reference counts. Everything else is a search ([`Search`]), begun on
//! the loop with what is in memory and continued on the pool if the disk must be waited for.
//!
//! It compresses nothing: siblings are made by whoever makes the files.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::sync::Arc;

use semantics::method::Method;
use semantics::path::{self, SafePath};

use super::answer::{METHODS, Refusal, serve};
use super::boundary::Boundaries;
use super::cache::{Cache, Lookup};
use super::escape::Escapes;
use super::listing::Listings;
use super::load::Finding;
use super::search::Search;
use super::target::Target;
use super::tree::Tree;
use crate::lifecycle::{PerWorker, WorkerContext};
use crate::service::{Handler, Incoming, Reply, RequestHead, Response, error_form};

/// Answers GET and HEAD with the files of a tree, whole or in parts.
///
/// `name.br`, `name.zst` and `name.gz` beside `name` are the same file in another coding, which
/// clients that take it get in its place, unless `name` has been changed since.
///
/// A directory is answered with the `index.html` inside; one asked for without its slash with 308
/// to its address. What the tree does not have is 404, for people with the root's `404.html` if
/// there is one.
#[derive(Clone)]
pub struct Files {
    shared: Arc<Shared>,
}

impl Files {
    /// Makes a handler for a tree.
    #[must_use]
    pub fn new(tree: Arc<dyn Tree>) -> Self {
        Self::with_shared(Shared::new(tree))
    }

    /// Answers with one file, and 200, where a path names nothing and its last segment has no
    /// extension: for applications that make their pages in the browser. Missing assets stay 404.
    ///
    /// `path` is relative to the root of the tree.
    #[must_use]
    pub fn with_fallback(self, path: &str) -> Self {
        let fallback = Some(Target::of_file(path));
        Self::with_shared(Shared { fallback, ..self.shared.afresh() })
    }

    /// Answers for a directory without an `index.html` with a listing of it: a page, or JSON for
    /// who prefers that. Hidden names, and what a request would not get, are left out.
    ///
    /// # Limits
    ///
    /// `listing_sorted_max` entries are sorted; a directory with more is listed as it comes. Of
    /// more than `listings_max` large listings the one that has waited for its reader longest ends.
    #[must_use]
    pub fn with_listings(self) -> Self {
        let listings = Some(Arc::default());
        Self::with_shared(Shared { listings, ..self.shared.afresh() })
    }

    /// Takes the random bytes that separate the parts of an answer from `source`, which all workers
    /// share: for tests that want the same answers each time.
    ///
    /// Who puts files into the tree must not be able to guess them. Unless this is called they come
    /// from the system's generator.
    #[must_use]
    pub fn with_boundaries(self, source: impl Fn() -> [u8; 16] + Send + Sync + 'static) -> Self {
        let boundaries = Boundaries::new(source);
        Self::with_shared(Shared { boundaries, ..self.shared.afresh() })
    }

    fn with_shared(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }
}

impl Handler for Files {
    fn handle(&self, head: &RequestHead<'_>, _incoming: Option<Incoming>) -> Reply {
        let answered = match head.method().filter(|&method| METHODS.contains(method)) {
            Some(method) => self.shared.answer(method, head),
            None => Err(Refusal::Method),
        };
        answered.unwrap_or_else(|refusal| Reply::Ready(refusal.response(error_form(head.fields()))))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("tree", &self.shared.tree).finish_non_exhaustive()
    }
}

/// What all workers' searches use.
pub(super) struct Shared {
    pub(super) tree: Arc<dyn Tree>,
    /// The file for paths that name nothing.
    pub(super) fallback: Option<Target>,
    /// What the listings of directories share, if there are any.
    pub(super) listings: Option<Arc<Listings>>,
    /// The page for people where there is nothing else.
    pub(super) not_found_page: Target,
    pub(super) boundaries: Boundaries,
    pub(super) escapes: Escapes,
    local: PerWorker<Local>,
}

/// What each worker has of its own.
#[derive(Default)]
struct Local {
    cache: OnceCell<RefCell<Cache>>,
    /// For paths that must be decoded.
    scratch: RefCell<Vec<u8>>,
}

impl Shared {
    fn new(tree: Arc<dyn Tree>) -> Self {
        Self {
            tree,
            fallback: None,
            listings: None,
            not_found_page: Target::of_file(NOT_FOUND_PAGE),
            boundaries: Boundaries::random(),
            escapes: Escapes::default(),
            local: PerWorker::new(Local::default),
        }
    }

    /// Makes the same once more, with nothing in its caches.
    fn afresh(&self) -> Self {
        Self {
            fallback: self.fallback.clone(),
            listings: self.listings.clone(),
            boundaries: self.boundaries.clone(),
            ..Self::new(Arc::clone(&self.tree))
        }
    }

    /// Lends a worker's cache.
    pub(super) fn with_cache<R>(
        &self,
        worker: &WorkerContext,
        with: impl FnOnce(&mut Cache) -> R,
    ) -> R {
        with(&mut self.local.on(worker).cache(worker).borrow_mut())
    }

    fn answer(self: &Arc<Self>, method: Method, head: &RequestHead<'_>) -> Result<Reply, Refusal> {
        let local = self.local.on(head.worker());
        let mut scratch = local.scratch.borrow_mut();
        let path = path::resolve(head.path_bytes(), &mut scratch)
            .map_err(|error| Refusal::Path(error.status()))?;
        match local.answer(path, method, head, &self.boundaries) {
            Some(answered) => answered.map(Reply::Ready),
            None => Ok(self.search(path, method, head)),
        }
    }

    fn search(
        self: &Arc<Self>,
        path: SafePath<'_>,
        method: Method,
        head: &RequestHead<'_>,
    ) -> Reply {
        Search::new(Arc::clone(self), path, method, head).reply()
    }
}

impl Local {
    /// Answers from the cache alone; `None` if there must be a search.
    fn answer(
        &self,
        path: SafePath<'_>,
        method: Method,
        head: &RequestHead<'_>,
        boundaries: &Boundaries,
    ) -> Option<Result<Response, Refusal>> {
        let mut cache = self.cache(head.worker()).borrow_mut();
        match cache.look_up(path.as_bytes(), head.now().instant) {
            Lookup::Fresh(Finding::File(file)) => Some(serve(file, method, head, boundaries)),
            Lookup::Fresh(_) | Lookup::Stale(_) | Lookup::Unknown => None,
        }
    }

    fn cache(&self, worker: &WorkerContext) -> &RefCell<Cache> {
        self.cache.get_or_init(|| RefCell::new(Cache::new(worker.limits())))
    }
}

/// A file at the root that answers for what is missing, with 404.
const NOT_FOUND_PAGE: &str = "404.html";

#[cfg(test)]
mod tests;
