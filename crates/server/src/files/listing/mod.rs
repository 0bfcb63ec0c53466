//! Directory listings: what is in a directory, as a page or as JSON.
//!
//! ```text
//!   pool   survey: gather ──────► sort, first instalment ──► all of it: an answer with its length
//!          (once a second, for         │
//!           all who ask)               └─► there is more: a stream
//!   loop                                           │ wants the next
//!   pool                        next instalment ◄──┘ one job for each
//! ```
//!
//! A listing is made in instalments, each by a job of its own, the next one when the client has
//! taken the last: a slow client keeps no thread waiting, and one that leaves leaves nothing behind
//! but the one in hand. What is held meanwhile is bounded: by `listing_sorted_max` entries for each
//! directory, by `listings_max` listings in all. Over that, the listing that has waited for its
//! reader longest gives way: it breaks off, and its client sees that.
//!
//! A listing carries no validator and no lifetime. The time of a directory does not change when a
//! file in it does, so that it would confirm listings that are wrong; without it, caches ask again.
//!
//! Which directories have a listing is the search's to say, and what is in them the tree's.

mod catalogue;
mod draft;
mod json;
mod order;
mod page;
mod stream;
mod survey;
mod text;
mod unfinished;

use std::sync::Arc;

use reactor::pool::{Job, Lane, LaneConfig, Offload};
use reactor::sync::oneshot::oneshot;
use rustix::io::Errno;
use semantics::fields::Fields;
use semantics::method::Method;
use semantics::negotiation::{ListingForm, preferred_listing_form};
use semantics::status::Status;

use self::catalogue::Contents;
pub(super) use self::catalogue::Directory;
use self::draft::{Draft, Source};
use self::order::Order;
use self::stream::{Instalments, Rest, Unmade};
use self::survey::{Surveys, survey};
use self::unfinished::Unfinished;
use super::description::put;
use super::target::address;
use super::tree::OpenError;
use crate::service::{Body, Head, Response};
use crate::telemetry::diagnostics;

/// What the listings of a handler share.
#[derive(Debug)]
pub(super) struct Listings {
    /// Where a listing waits for its first instalment, and a directory for its first look.
    lane: Lane,
    /// Where what has begun waits to go on. What bounds it is the number of listings, and of
    /// gatherings.
    rest_lane: Lane,
    surveys: Surveys,
    unfinished: Arc<Unfinished>,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            lane: Lane::new(LaneConfig::new("listings", WAITING_MAX)),
            rest_lane: Lane::new(LaneConfig::unrefusable("rests of listings")),
            surveys: Surveys::default(),
            unfinished: Arc::default(),
        }
    }
}

/// The listing that a request asks for.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub(super) directory: Directory,
    pub(super) method: Method,
    pub(super) wish: Wish,
    pub(super) listings: Arc<Listings>,
    /// How many of more than one instalment there may be.
    pub(super) listings_max: usize,
    pub(super) pool: Arc<dyn Offload>,
}

/// How a client would have a directory listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    form: ListingForm,
    order: Order,
}

impl Wish {
    /// Reads the wish of a client from its Accept and its query.
    pub(super) fn of<'h>(accept: impl IntoIterator<Item = &'h [u8]>, query: Option<&str>) -> Self {
        Self { form: preferred_listing_form(accept), order: Order::from_query(query) }
    }
}

impl Inquiry {
    /// Makes the answer, or its beginning; for HEAD no more than the head needs.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::list`](super::tree::Tree::list); [`OpenError::Resources`] also when the
    /// pool is full, or too many listings are unfinished and none of them waits for its reader.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, what is being made is made for nothing.
    pub(super) async fn answer(self) -> Result<Response, OpenError> {
        let contents = survey(&self.directory, &self.listings, &self.pool).await?;
        if self.method == Method::Head && matches!(contents, Contents::TooMany) {
            return Ok(response(fields(self.wish.form, &contents), unmade()));
        }
        let (sender, receiver) = oneshot();
        let (lane, pool) = (self.listings.lane.clone(), Arc::clone(&self.pool));
        // The client may be gone.
        let job = Job::new(move || drop(sender.send(self.begin(&contents)))).in_lane(&lane);
        pool.submit(job).map_err(|_refused| BUSY)?;
        receiver.await.unwrap_or(Err(OpenError::Failed(Errno::CANCELED)))
    }

    /// Makes the first instalment.
    fn begin(self, contents: &Contents) -> Result<Response, OpenError> {
        let Self { directory, method, wish, listings, listings_max, pool } = self;
        let fields = fields(wish.form, contents);
        let source = match contents {
            Contents::All(catalogue) => {
                Source::Sorted { catalogue: Arc::clone(catalogue), taken: 0 }
            }
            Contents::TooMany => Source::Unsorted(directory.entries()?),
        };
        let mut draft = Draft::new(&directory.path, wish, source);
        let first = draft.next_instalment()?;
        let body = if draft.is_complete() {
            Body::Bytes(first)
        } else if method == Method::Head {
            unmade()
        } else {
            let place = listings.unfinished.begin(listings_max).ok_or(BUSY)?;
            let rest = Rest { draft, path: directory.path, _place: place };
            Body::Stream(Box::pin(Instalments::new(first, rest, listings, pool)))
        };
        Ok(response(fields, body))
    }
}

/// Says that a directory cannot be read, or not to its end.
pub(super) fn warn(path: &[u8], error: OpenError) {
    let address = address(path);
    match error {
        OpenError::Failed(errno) | OpenError::Resources(errno) => {
            diagnostics::warn(format_args!("cannot list {address}: {errno}"));
        }
        _ => diagnostics::warn(format_args!("cannot list {address}: it is gone")),
    }
}

fn response(fields: Fields, body: Body) -> Response {
    Response { head: Head::Fields(Status::OK, fields), body }
}

fn unmade() -> Body {
    Body::Stream(Box::pin(Unmade))
}

fn fields(form: ListingForm, contents: &Contents) -> Fields {
    let mut fields = Fields::new();
    put(
        &mut fields,
        "Content-Type",
        match form {
            ListingForm::Html => "text/html; charset=utf-8",
            ListingForm::Json => "application/json",
        },
    );
    put(&mut fields, "X-Content-Type-Options", "nosniff");
    if form == ListingForm::Html {
        put(&mut fields, "Content-Security-Policy", page::POLICY);
    }
    put(&mut fields, "Vary", "Accept");
    if matches!(contents, Contents::TooMany) {
        // The page says so too; an array has no place for it.
        put(&mut fields, "Listing-Order", "unsorted");
    }
    fields
}

/// There is no room now.
const BUSY: OpenError = OpenError::Resources(Errno::AGAIN);

/// Listings and directories that wait for a thread to begin with.
const WAITING_MAX: usize = 256;

#[cfg(test)]
mod tests;
