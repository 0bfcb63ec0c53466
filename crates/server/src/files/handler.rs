//! The handler that answers with files.
//!
//! A request for what was found within the last second, a file or that there is none, is answered
//! from the worker's map: one look into a table, two reference counts. What the map does not have
//! the store may. Everything else is a search ([`Search`]), begun on the loop with what is in
//! memory and continued on the pool if the disk must be waited for.
//!
//! What is due to be compressed is told to [`Compression`], and not waited for.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::sync::{Arc, OnceLock};

use reactor::clock::Instant;
use semantics::coding::Coding;
use semantics::fields::FieldName;
use semantics::method::Method;
use semantics::path::{self, SafePath};
use settings::Limits;

use super::absence::Absence;
use super::answer::{METHODS, Refusal, Unserved, not_found_page, serve};
use super::boundary::Boundaries;
use super::compress::Compression;
use super::entry::Key;
use super::escape::Escapes;
use super::flight::Flights;
use super::listing::Listings;
use super::load::{Finding, Lengths};
use super::map::Map;
use super::search::Search;
use super::stand_in::{Role, StandIns};
use super::store::{Lookup, Store};
use super::tree::Tree;
use super::variants::Variants;
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
        let stand_ins = self.shared.stand_ins.clone().with_fallback(path);
        Self::with_shared(Shared { stand_ins, ..self.shared.afresh() })
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

    /// Compresses files without siblings that are worth it, once, into the codings that clients
    /// take: in the background, while they get the file as it is. What was made is kept in memory
    /// with the file, until that changes.
    ///
    /// # Limits
    ///
    /// Files of `compress_size_min` to `compress_size_max` bytes, of types that are known to get
    /// smaller. What is not at least a tenth smaller is not kept. It counts in `cache_size`; with 0
    /// there, nothing is compressed.
    #[must_use]
    pub fn with_compression(self) -> Self {
        let compression = Some(Arc::new(Compression::new()));
        Self::with_shared(Shared { compression, ..self.shared.afresh() })
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

    /// As long as what was found is believed. Several parts of a file are not repeated: what
    /// separates them is new each time.
    fn repeats_until(&self, head: &RequestHead<'_>) -> Option<Instant> {
        let is_of_parts = head.field(FieldName::Range).is_some_and(|range| range.contains(&b','));
        if is_of_parts { None } else { self.shared.believed_until(head) }
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
    /// What answers for paths that name nothing.
    pub(super) stand_ins: StandIns,
    /// What the listings of directories share, if there are any.
    pub(super) listings: Option<Arc<Listings>>,
    /// What is being compressed, if anything is.
    compression: Option<Arc<Compression>>,
    pub(super) boundaries: Boundaries,
    pub(super) escapes: Escapes,
    /// What is being loaded.
    pub(super) flights: Arc<Flights>,
    store: OnceLock<Arc<Store>>,
    absence: Absence,
    local: PerWorker<Local>,
}

/// What each worker has of its own.
#[derive(Default)]
struct Local {
    map: OnceCell<RefCell<Map>>,
    /// For paths that must be decoded.
    scratch: RefCell<Vec<u8>>,
}

/// A request for a file.
#[derive(Clone, Copy)]
struct Asked<'a> {
    method: Method,
    path: SafePath<'a>,
    head: &'a RequestHead<'a>,
    now: Instant,
}

impl Shared {
    fn new(tree: Arc<dyn Tree>) -> Self {
        Self {
            tree,
            stand_ins: StandIns::new(),
            listings: None,
            compression: None,
            boundaries: Boundaries::random(),
            escapes: Escapes::default(),
            flights: Arc::default(),
            store: OnceLock::new(),
            absence: Absence::new(),
            local: PerWorker::new(Local::default),
        }
    }

    /// Makes the same once more, with nothing in its caches.
    fn afresh(&self) -> Self {
        Self {
            stand_ins: self.stand_ins.clone(),
            listings: self.listings.clone(),
            compression: self.compression.as_ref().map(|_| Arc::new(Compression::new())),
            boundaries: self.boundaries.clone(),
            ..Self::new(Arc::clone(&self.tree))
        }
    }

    /// Returns what has been found; its bounds are those of the worker that asks first.
    pub(super) fn store(&self, worker: &WorkerContext) -> &Arc<Store> {
        self.store
            .get_or_init(|| Arc::new(Store::new(worker.limits(), worker.places().kept_files_max())))
    }

    /// Returns the lengths of the files that are compressed; `None` if none are, or what was made
    /// could not be kept.
    pub(super) fn compressed_lengths(&self, limits: &Limits) -> Option<Lengths> {
        let is_on = self.compression.is_some() && limits.cache_size > 0;
        let (min, max) = (limits.compress_size_min as u64, limits.compress_size_max as u64);
        is_on.then_some(Lengths { min, max })
    }

    /// Has a coding of what was found under a path made.
    pub(super) fn want(
        &self,
        path: &[u8],
        file: &Variants,
        coding: Coding,
        worker: &WorkerContext,
    ) {
        if let Some(compression) = &self.compression {
            compression.want((path, file), coding, self.store(worker), worker);
        }
    }

    fn answer(self: &Arc<Self>, method: Method, head: &RequestHead<'_>) -> Result<Reply, Refusal> {
        let local = self.local.on(head.worker());
        let mut scratch = local.scratch.borrow_mut();
        let path = path::resolve(head.path_bytes(), &mut scratch)
            .map_err(|error| Refusal::Path(error.status()))?;
        let asked = Asked { method, path, head, now: head.now().instant };
        let map = local.map(self, head.worker());
        let mut answered = self.answer_from_map(&map.borrow(), asked);
        if let Err(Unserved::Unready) = answered {
            answered = self.answer_from_store(&mut map.borrow_mut(), asked);
        }
        match answered {
            Ok(response) => Ok(Reply::Ready(response)),
            Err(Unserved::Refused(refusal)) => Err(refusal),
            Err(Unserved::Unready) => Ok(Search::new(Arc::clone(self), path, method, head).reply()),
        }
    }

    /// Returns until when all is believed that the answer to a request follows from, if the map
    /// has it.
    fn believed_until(&self, head: &RequestHead<'_>) -> Option<Instant> {
        let Local { map, scratch } = &*self.local.on(head.worker());
        let (map, mut scratch) = (map.get()?.borrow(), scratch.borrow_mut());
        let path = path::resolve(head.path_bytes(), &mut scratch).ok()?;
        let entry = |key: Key<'_>| map.look_up(key, head.now().instant);
        let asked = entry(Key::new(path.as_bytes()))?;
        match asked.finding() {
            Finding::File(_) => Some(asked.fresh_until()),
            Finding::Directory => None,
            Finding::Missing => {
                let mut until = asked.fresh_until();
                for stand_in in self.stand_ins.of(path.as_bytes(), error_form(head.fields())) {
                    let found = entry(stand_in.target.key())?;
                    until = until.min(found.fresh_until());
                    if let Finding::File(_) = found.finding() {
                        break;
                    }
                }
                Some(until)
            }
        }
    }

    fn answer_from_map(&self, map: &Map, asked: Asked<'_>) -> Result<Response, Unserved> {
        let key = Key::new(asked.path.as_bytes());
        let entry = map.look_up(key, asked.now).ok_or(Unserved::Unready)?;
        self.answer_at_once(map, entry.finding(), asked)
    }

    fn answer_from_store(&self, map: &mut Map, asked: Asked<'_>) -> Result<Response, Unserved> {
        map.sweep(asked.now);
        let store = self.store(asked.head.worker());
        let Lookup::Fresh(entry) = store.look_up(Key::new(asked.path.as_bytes()), asked.now) else {
            return Err(Unserved::Unready);
        };
        map.admit(Arc::clone(&entry), store.map_size_max());
        if let Finding::Missing = entry.finding() {
            self.fetch_stand_ins(map, store, asked.now);
        }
        self.answer_at_once(map, entry.finding(), asked)
    }

    /// Has the map have what answers for paths that name nothing.
    fn fetch_stand_ins(&self, map: &mut Map, store: &Store, now: Instant) {
        for target in self.stand_ins.targets() {
            if map.look_up(target.key(), now).is_none()
                && let Lookup::Fresh(entry) = store.look_up(target.key(), now)
            {
                map.admit(entry, store.map_size_max());
            }
        }
    }

    /// Answers with what was found, if nothing else must be looked for but what the map has.
    fn answer_at_once(
        &self,
        map: &Map,
        finding: &Finding,
        asked: Asked<'_>,
    ) -> Result<Response, Unserved> {
        match finding {
            Finding::File(file) => self.serve(asked.path.as_bytes(), file, asked),
            Finding::Missing => self.answer_for_nothing(map, asked),
            Finding::Directory => Err(Unserved::Unready),
        }
    }

    /// Answers with the file that was found under a path, unless it is to be opened first.
    fn serve(&self, path: &[u8], file: &Variants, asked: Asked<'_>) -> Result<Response, Unserved> {
        let Asked { method, head, .. } = asked;
        serve(file, method, head, &self.boundaries, |coding| {
            self.want(path, file, coding, head.worker());
        })
    }

    /// Answers for a path that names nothing as a [`Search`] would.
    fn answer_for_nothing(&self, map: &Map, asked: Asked<'_>) -> Result<Response, Unserved> {
        if self.listings.is_some() && asked.path.is_directory_form() {
            return Err(Unserved::Unready);
        }
        let form = error_form(asked.head.fields());
        for stand_in in self.stand_ins.of(asked.path.as_bytes(), form) {
            let entry = map.look_up(stand_in.target.key(), asked.now).ok_or(Unserved::Unready)?;
            if let Finding::File(file) = entry.finding() {
                return match stand_in.role {
                    Role::Fallback => self.serve(&stand_in.target.path, file, asked),
                    Role::NotFoundPage => Ok(not_found_page(file)?),
                };
            }
        }
        Ok(self.absence.response(form))
    }
}

impl Local {
    fn map(&self, shared: &Shared, worker: &WorkerContext) -> &RefCell<Map> {
        self.map.get_or_init(|| {
            shared.store(worker).add_map();
            RefCell::new(Map::new())
        })
    }
}

#[cfg(test)]
mod tests;
