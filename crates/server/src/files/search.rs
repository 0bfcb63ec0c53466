//! A request on its way from the store to the disk.
//!
//! Up to four things are looked for, one after another: what the path names, the directory that it
//! is written as if that may have a listing, and the two that may stand in for what is missing
//! (`stand_in`).
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
use semantics::conditional::{Conditions, Outcome, Validators};
use semantics::fields::FieldName;
use semantics::method::Method;
use semantics::negotiation::{ErrorForm, preferred_form};
use semantics::path::SafePath;
use semantics::status::Status;

use super::answer::{Asked, CONDITIONAL, Refusal, Unserved, not_found_page, redirect, represent};
use super::content::Closed;
use super::finder::Finder;
use super::flight::Loaded;
use super::handler::Shared;
use super::listing::{self, Directory, Inquiry, Listings, Wish};
use super::load::{Finding, Found};
use super::stand_in::Role;
use super::target::Target;
use super::tree::OpenError;
use super::variants::Variants;
use crate::lifecycle::{OffloadError, WorkerContext};
use crate::service::{Reply, RequestHead, Response, error_response};

/// The search for the answer to one request.
pub(super) struct Search {
    shared: Arc<Shared>,
    finder: Finder,
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
    loaded: Vec<(Target, Loaded)>,
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
    Loading(Target),
    /// The listing that answers.
    Listing(Arc<Listings>),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unserved> for Halt {
    fn from(unserved: Unserved) -> Self {
        match unserved {
            Unserved::Refused(refusal) => Self::Refused(refusal),
            Unserved::Unready => unreachable!("what was found is pinned"),
        }
    }
}

impl From<Closed> for Halt {
    fn from(closed: Closed) -> Self {
        Unserved::from(closed).into()
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
        let (worker, now) = (Rc::clone(head.worker()), head.now());
        Self {
            finder: Finder::new(Arc::clone(&shared), Rc::clone(&worker), now),
            shared,
            worker,
            asked: Target::new(path),
            directory: Target::of_directory(path),
            method,
            query: head.query().map(str::to_owned),
            fields: [FieldName::Accept, FieldName::AcceptEncoding]
                .into_iter()
                .chain(CONDITIONAL)
                .flat_map(copies)
                .collect(),
            now,
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
            let target = match awaited {
                Awaited::Loading(target) => target,
                Awaited::Listing(listings) => return self.list(listings).await,
            };
            let found = match self.finder.load(&target).await {
                Ok(found) => found,
                Err(OffloadError::Refused) => return Refusal::Busy.response(self.form()),
                Err(_) => return Refusal::Failed.response(self.form()),
            };
            self.loaded.push((target, found));
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
                path: self.asked.path.clone(),
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
                listing::warn(&self.asked.path, error);
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
        let asked = self.find(&self.asked)?;
        match &asked.finding {
            Finding::File(file) => return self.represent(&self.asked, file),
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
        for stand_in in self.shared.stand_ins.of(&self.asked.path, self.form()) {
            let found = self.find(stand_in.target)?;
            if let Finding::File(file) = &found.finding {
                return match stand_in.role {
                    Role::Fallback => self.represent(stand_in.target, file),
                    Role::NotFoundPage => Ok(not_found_page(file)?),
                };
            }
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
        match &self.directory {
            Some(directory) => Ok(matches!(self.find(directory)?.finding, Finding::Directory)),
            None => Ok(self.asked.is_directory_form()),
        }
    }

    fn represent(&self, target: &Target, file: &Variants) -> Result<Response, Halt> {
        let codings = self.values(FieldName::AcceptEncoding);
        let choice = file.choose(codings).map_err(Refusal::from)?;
        if let Some(coding) = file.due(&choice.accepted) {
            self.shared.want(&target.path, file, coding, &self.worker);
        }
        let conditions = Conditions::gather(self.fields());
        let asked = Asked { method: self.method, conditions: &conditions, now: self.now };
        Ok(represent(file, choice, asked, &self.shared.boundaries)?)
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
    fn find(&self, target: &Target) -> Result<Found, Halt> {
        let loaded = self.loaded.iter().find(|(loaded, _)| loaded.path == target.path);
        let found = match loaded {
            Some((_, found)) => found.clone(),
            None => self.finder.find(target),
        };
        found.map_err(|error| match error {
            OpenError::WouldBlock if loaded.is_none() => Halt::At(Awaited::Loading(target.clone())),
            OpenError::Resources(_) => Refusal::Busy.into(),
            _ => Refusal::Failed.into(),
        })
    }
}
