//! Directory listings: what is in a directory, as a page or as JSON.
//!
//! ```text
//!   pool   open ─► gather and sort ─► first instalment ──► all of it: an answer with its length
//!                  (if they are            │
//!                   not too many)          └─► there is more: a stream
//!   loop                                           │ wants the next
//!   pool                        next instalment ◄──┘ one job for each
//! ```
//!
//! A listing is made in instalments, each by a job of its own, the next one when the client has
//! taken the last: a slow client keeps no thread waiting, and one that leaves leaves nothing behind
//! but the one in hand. What is held meanwhile is bounded: by `listing_sorted_max` entries for each
//! listing, by [`UNFINISHED_MAX`] listings in all.
//!
//! A listing carries no validator and no lifetime. The time of a directory does not change when a
//! file in it does, so that it would confirm listings that are wrong; without it, caches ask again.
//!
//! Which directories have a listing is the search's to say, and what is in them the tree's.

mod draft;
mod json;
mod order;
mod page;
mod stream;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reactor::clock::Instant;
use reactor::pool::{Lane, LaneConfig, Offload};
use rustix::io::Errno;
use semantics::fields::Fields;
use semantics::negotiation::{ListingForm, preferred_listing_form};
use semantics::status::Status;

use self::draft::Draft;
use self::order::Order;
use self::stream::Instalments;
use super::representation::put;
use super::target::{address, with_path};
use super::tree::{OpenError, Tree};
use crate::service::{Body, Head, Response};

/// What the listings of a handler share.
#[derive(Debug)]
pub(super) struct Listings {
    /// Where a listing waits for its first instalment.
    pub(super) lane: Lane,
    /// Where one that has begun waits for the next. What bounds them is the number of listings.
    rest_lane: Lane,
    unfinished: Arc<AtomicUsize>,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            lane: Lane::new(LaneConfig::new("listings", WAITING_MAX)),
            rest_lane: Lane::new(LaneConfig::unrefusable("rests of listings")),
            unfinished: Arc::default(),
        }
    }
}

/// The listing that a request asks for.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub(super) tree: Arc<dyn Tree>,
    pub(super) listings: Arc<Listings>,
    pub(super) pool: Arc<dyn Offload>,
    /// The directory's path, relative and decoded; empty, or with a slash at its end.
    pub(super) path: Box<[u8]>,
    pub(super) wish: Wish,
    pub(super) sorted_max: usize,
    pub(super) now: Instant,
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
    /// Makes the answer, or its beginning.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::list`]; [`OpenError::Resources`] also when too many listings are
    /// unfinished.
    ///
    /// # Blocking
    ///
    /// It waits for the disk: for pool threads.
    pub(super) fn answer(self) -> Result<Response, OpenError> {
        let Self { tree, listings, pool, path, wish, sorted_max, now } = self;
        let entries = with_path(&address(&path), |path| tree.list(path, now))?;
        let mut draft = Draft::begin(&path, wish, entries, sorted_max)?;
        let fields = fields(wish.form, draft.is_sorted());
        let first = draft.next_instalment()?;
        let body = if draft.is_complete() {
            Body::Bytes(first)
        } else {
            let place = Unfinished::begin(&listings.unfinished)?;
            let rest = stream::Rest { draft, _place: place };
            Body::Stream(Box::pin(Instalments::new(first, rest, pool, listings.rest_lane.clone())))
        };
        Ok(Response { head: Head::Fields(Status::OK, fields), body })
    }
}

fn fields(form: ListingForm, is_sorted: bool) -> Fields {
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
    if !is_sorted {
        // The page says so too; an array has no place for it.
        put(&mut fields, "Listing-Order", "unsorted");
    }
    fields
}

/// The right to one more listing that is not finished. Dropped, it is given back.
#[derive(Debug)]
struct Unfinished(Arc<AtomicUsize>);

impl Unfinished {
    fn begin(count: &Arc<AtomicUsize>) -> Result<Self, OpenError> {
        if count.fetch_add(1, Ordering::Relaxed) < UNFINISHED_MAX {
            return Ok(Self(Arc::clone(count)));
        }
        count.fetch_sub(1, Ordering::Relaxed);
        Err(OpenError::Resources(Errno::AGAIN))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Listings of more than one instalment that clients may be reading at a time. Each holds its
/// entries, and a descriptor if it is not sorted: half of what `descriptor_reserve` keeps back.
const UNFINISHED_MAX: usize = 32;

/// Listings that wait for a thread to begin with.
const WAITING_MAX: usize = 256;

#[cfg(test)]
mod tests;
