//! A request on its way from the cache to the disk.
//!
//! Up to four things are looked for, one after another: what the path names, the directory that it
//! is written as if that may have a listing, the fallback of a single-page application, the site's
//! own page for 404.
//!
//! ```text
//!             ┌──────── all in memory ────────► answer, at once
//!   attempt ──┤
//!      ▲      └── one must be waited for ──► load it on the pool ──┐
//!      └────────────────────────── known now ──────────────────────┘
//! ```
//!
//! A search keeps copies of what it needs of the request, for it may outlive the head. It makes
//! answers, but does not know what they say: that is `answer`'s.

use std::rc::Rc;
use std::sync::Arc;

use reactor::clock::Now;
use rustix::io::Errno;
use semantics::conditional::{Conditions, Outcome, Validators};
use semantics::fields::FieldName;
use semantics::method::Method;
use semantics::negotiation::{ErrorForm, preferred_form};
use semantics::path::SafePath;
use semantics::status::Status;

use super::answer::{CONDITIONAL, Refusal, not_found_page, redirect, represent};
use super::cache::{Cache, Lookup};
use super::handler::Shared;
use super::listing::{self, Directory, Inquiry, Listings, Wish};
use super::load::{Finding, Terms, load};
use super::target::Target;
use super::tree::{OpenError, Patience};
use super::variants::Variants;
use crate::lifecycle::{OffloadError, Places, WorkerContext};
use crate::service::{Reply, RequestHead, Response, error_response};
use crate::telemetry::diagnostics;

/// The search for the answer to one request.
pub(super) struct Search {
    shared: Arc<Shared>,
    worker: Rc<WorkerContext>,
    asked: Target,
    /// The directory that the path is written as, if it is not the root.
    directory: Option<Target>,
    method: Method,
    query: Option<String>,
    /// The fields that choose among answers and set conditions, as they came.
    fields: Vec<(FieldName, Vec<u8>)>,
    now: Now,
    /// What was loaded for this request already.
    loaded: Vec<(Wanted, Result<Finding, OpenError>)>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// What the path of the request names.
    Asked,
    /// The directory that it is written as, itself.
    Directory,
    /// The file for paths that name nothing.
    Fallback,
    /// The page for people where there is nothing else.
    Page,
}

/// Why an attempt made no answer.
enum Halt {
    /// Something must be waited for.
    At(Awaited),
    Refused(Refusal),
}

/// What an answer waits for.
enum Awaited {
    /// Something that is looked for.
    Loading(Wanted),
    /// The listing that answers.
    Listing(Arc<Listings>),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Search {
    /// Copies what a search needs of a request.
    pub(super) fn new(
        shared: Arc<Shared>,
        path: SafePath<'_>,
        method: Method,
        head: &RequestHead<'_>,
    ) -> Self {
        let copies = |name| head.fields().all(name).map(move |value| (name, value.to_vec()));
        Self {
            shared,
            worker: Rc::clone(head.worker()),
            asked: Target::new(path),
            directory: Target::of_directory(path),
            method,
            query: head.query().map(str::to_owned),
            fields: [FieldName::Accept, FieldName::AcceptEncoding]
                .into_iter()
                .chain(CONDITIONAL)
                .flat_map(copies)
                .collect(),
            now: head.now(),
            loaded: Vec::new(),
        }
    }

    /// Answers at once if nothing must be waited for, else later.
    pub(super) fn reply(self) -> Reply {
        match self.attempt() {
            Ok(response) => Reply::Ready(response),
            Err(awaited) => Reply::Later(Box::pin(self.finish(awaited))),
        }
    }

    /// Loads what must be waited for on the pool until there is an answer: four times at most.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, what is being loaded is loaded for nothing.
    async fn finish(mut self, mut awaited: Awaited) -> Response {
        loop {
            let wanted = match awaited {
                Awaited::Loading(wanted) => wanted,
                Awaited::Listing(listings) => return self.list(listings).await,
            };
            let mut loaded = self.load_on_pool(wanted).await;
            if let Ok(found) = &loaded
                && self.has_made_room(found)
            {
                loaded = self.load_on_pool(wanted).await;
            }
            let found = match loaded {
                Ok(found) => found,
                Err(OffloadError::Refused) => return Refusal::Busy.response(self.form()),
                Err(_) => return Refusal::Failed.response(self.form()),
            };
            self.keep(wanted, &found);
            self.loaded.push((wanted, found));
            match self.attempt() {
                Ok(response) => return response,
                Err(next) => awaited = next,
            }
        }
    }

    /// Has the listing made that answers.
    ///
    /// # Cancel safety
    ///
    /// As [`Inquiry::answer`].
    async fn list(&self, listings: Arc<Listings>) -> Response {
        let limits = self.worker.limits();
        let inquiry = Inquiry {
            directory: Directory {
                tree: Arc::clone(&self.shared.tree),
                path: self.asked.key.clone(),
                sorted_max: limits.listing_sorted_max,
                now: self.now.instant,
            },
            method: self.method,
            wish: Wish::of(self.values(FieldName::Accept), self.query.as_deref()),
            listings,
            listings_max: limits.listings_max,
            pool: Arc::clone(self.worker.pool()),
        };
        let refusal = match inquiry.answer().await {
            Ok(response) => return response,
            Err(OpenError::Resources(_)) => Refusal::Busy,
            // It has gone since it was found.
            Err(OpenError::NotFound | OpenError::Escapes) => Refusal::Path(Status::NOT_FOUND),
            Err(error @ OpenError::Failed(_)) => {
                listing::warn(&self.asked.key, error);
                Refusal::Failed
            }
            Err(OpenError::WouldBlock) => Refusal::Failed,
        };
        refusal.response(self.form())
    }

    /// Makes the answer, or says what must be loaded first.
    fn attempt(&self) -> Result<Response, Awaited> {
        match self.answer() {
            Ok(response) => Ok(response),
            Err(Halt::Refused(refusal)) => Ok(refusal.response(self.form())),
            Err(Halt::At(awaited)) => Err(awaited),
        }
    }

    fn answer(&self) -> Result<Response, Halt> {
        match self.find(Wanted::Asked)? {
            Finding::File(file) => return self.represent(&file),
            Finding::Directory if !self.asked.is_directory_form() => {
                return Ok(redirect(&self.asked, self.query.as_deref()));
            }
            Finding::Directory | Finding::Missing => {}
        }
        if let Some(listings) = &self.shared.listings
            && self.names_directory()?
        {
            return self.begin_listing(listings);
        }
        if self.shared.fallback.is_some()
            && self.asked.may_be_a_page()
            && let Finding::File(file) = self.find(Wanted::Fallback)?
        {
            return self.represent(&file);
        }
        if self.form() == ErrorForm::Html
            && let Finding::File(page) = self.find(Wanted::Page)?
        {
            return Ok(not_found_page(&page));
        }
        Err(Refusal::Path(Status::NOT_FOUND).into())
    }

    /// Has a listing waited for, unless the conditions are against it. It is there, so that `*`
    /// names it, but has no validator that anything else could name (RFC 9110 §13.1).
    fn begin_listing(&self, listings: &Arc<Listings>) -> Result<Response, Halt> {
        let conditions = Conditions::gather(self.fields());
        match conditions.evaluate(self.method, &Validators::default(), self.now.wall) {
            Outcome::Proceed => Err(Halt::At(Awaited::Listing(Arc::clone(listings)))),
            Outcome::NotModified => {
                Ok(Response::new(Status::NOT_MODIFIED).with_field("Vary", "Accept"))
            }
            Outcome::PreconditionFailed => {
                Ok(error_response(Status::PRECONDITION_FAILED, self.form()))
            }
        }
    }

    /// Tells whether the path is written as that of a directory, and there is one.
    fn names_directory(&self) -> Result<bool, Halt> {
        if self.directory.is_none() {
            return Ok(self.asked.is_directory_form());
        }
        Ok(matches!(self.find(Wanted::Directory)?, Finding::Directory))
    }

    fn represent(&self, file: &Variants) -> Result<Response, Halt> {
        let codings = self.values(FieldName::AcceptEncoding);
        let chosen = file.choose(codings).map_err(Refusal::from)?;
        let conditions = Conditions::gather(self.fields());
        let boundaries = &self.shared.boundaries;
        Ok(represent(chosen, self.method, &conditions, self.now.wall, boundaries)?)
    }

    fn fields(&self) -> impl Iterator<Item = (FieldName, &[u8])> + Clone {
        self.fields.iter().map(|(name, value)| (*name, value.as_slice()))
    }

    fn values(&self, name: FieldName) -> impl Iterator<Item = &[u8]> + Clone {
        self.fields().filter(move |&(found, _)| found == name).map(|(_, value)| value)
    }

    /// The form in which this client likes an error best.
    fn form(&self) -> ErrorForm {
        preferred_form(self.values(FieldName::Accept))
    }

    /// Finds something without waiting: loaded for this request, in the cache, or on the disk.
    fn find(&self, wanted: Wanted) -> Result<Finding, Halt> {
        let loaded = self.loaded.iter().find(|(loaded, _)| *loaded == wanted);
        let found = match loaded {
            Some((_, found)) => found.clone(),
            None => self.find_cached(wanted),
        };
        found.map_err(|error| match error {
            OpenError::WouldBlock if loaded.is_none() => Halt::At(Awaited::Loading(wanted)),
            OpenError::Resources(_) => Refusal::Busy.into(),
            _ => Refusal::Failed.into(),
        })
    }

    fn find_cached(&self, wanted: Wanted) -> Result<Finding, OpenError> {
        let fresh = self.shared.with_cache(&self.worker, |cache| {
            match cache.look_up(&self.target(wanted).key, self.now.instant) {
                Lookup::Fresh(finding) => Some(finding.clone()),
                Lookup::Stale(_) | Lookup::Unknown => None,
            }
        });
        match fresh {
            Some(finding) => Ok(finding),
            None => {
                let mut found = self.errand(wanted, Patience::CachedOnly).run();
                if self.has_made_room(&found) {
                    found = self.errand(wanted, Patience::CachedOnly).run();
                }
                self.keep(wanted, &found);
                found
            }
        }
    }

    async fn load_on_pool(
        &self,
        wanted: Wanted,
    ) -> Result<Result<Finding, OpenError>, OffloadError> {
        let errand = self.errand(wanted, Patience::MayBlock);
        self.worker.offload(move || errand.run())?.result().await
    }

    /// Closes the files that the cache holds open, if it was for want of descriptors that nothing
    /// was found; tells whether there were any.
    fn has_made_room(&self, found: &Result<Finding, OpenError>) -> bool {
        matches!(found, Err(OpenError::Resources(_)))
            && self.shared.with_cache(&self.worker, Cache::let_go_of_files)
    }

    /// Puts what was found into the worker's cache. If that takes a descriptor too many, others
    /// make up for it: files that the cache holds open, then connections that can be spared.
    fn keep(&self, wanted: Wanted, found: &Result<Finding, OpenError>) {
        if self.worker.places().are_overdrawn() {
            self.shared.with_cache(&self.worker, Cache::let_go_of_files);
            self.worker.repay_places();
        }
        if let Err(OpenError::Resources(_)) = found {
            self.worker.counters().files_refused_for_places.add_one();
        }
        if let Ok(finding) = found {
            let key = &self.target(wanted).key;
            self.shared.with_cache(&self.worker, |cache| {
                cache.insert(key, finding.clone(), self.now.instant);
            });
        }
    }

    fn errand(&self, wanted: Wanted, patience: Patience) -> Errand {
        let target = self.target(wanted);
        let known = self.shared.with_cache(&self.worker, |cache| {
            match cache.look_up(&target.key, self.now.instant) {
                Lookup::Stale(file) => Some(file),
                Lookup::Fresh(_) | Lookup::Unknown => None,
            }
        });
        let read_size_max = self.worker.limits().cached_file_size_max;
        Errand {
            shared: Arc::clone(&self.shared),
            target: target.clone(),
            known,
            terms: Terms { now: self.now, read_size_max, patience },
            places: self.worker.places().clone(),
        }
    }

    fn target(&self, wanted: Wanted) -> &Target {
        match wanted {
            Wanted::Asked => &self.asked,
            Wanted::Directory => self.directory.as_ref().unwrap_or(&self.asked),
            Wanted::Fallback => self.shared.fallback.as_ref().unwrap_or(&self.asked),
            Wanted::Page => &self.shared.not_found_page,
        }
    }
}

/// One loading, to be run here or on the pool.
struct Errand {
    shared: Arc<Shared>,
    target: Target,
    known: Option<Arc<Variants>>,
    terms: Terms,
    places: Places,
}

impl Errand {
    /// Loads, and says what the operator should know.
    fn run(self) -> Result<Finding, OpenError> {
        let Self { shared, target, known, terms, places } = self;
        let tree = &*shared.tree;
        let found = target.with_path(|path| load(tree, path, known.as_ref(), terms));
        match found {
            Err(OpenError::Escapes) => {
                let now = terms.now.instant;
                shared.escapes.report(tree, &target.address, now, terms.patience);
                Ok(Finding::Missing)
            }
            Err(OpenError::Failed(errno)) => {
                diagnostics::warn(format_args!("cannot read {}: {errno}", target.address));
                found
            }
            // What is held open counts as what else holds a descriptor does.
            Ok(Finding::File(file)) if file.settle(|| places.take_for_file()).is_err() => {
                Err(OpenError::Resources(Errno::MFILE))
            }
            // A configured name that no request could have.
            Err(OpenError::NotFound) => Ok(Finding::Missing),
            _ => found,
        }
    }
}
