//! What a path names: from the store, else from the tree, on the loop or on the pool.
//!
//! On the loop it gives up rather than wait. What must be waited for is loaded on the pool, once
//! for all who want it at the same time, on whichever worker they are.
//!
//! It knows no request: what is looked for, and what comes of it, is `search`'s to say.

use std::rc::Rc;
use std::sync::Arc;

use reactor::clock::Now;
use rustix::io::Errno;

use super::flight::{Boarding, Flight, Loaded};
use super::handler::Shared;
use super::load::{Finding, Found, Terms, load};
use super::slice::DiskFile;
use super::store::{Lookup, Store};
use super::target::Target;
use super::tree::{OpenError, Patience};
use super::variants::Variants;
use crate::lifecycle::{OffloadError, Offloaded, Places, WorkerContext};
use crate::telemetry::diagnostics;

/// Finds files for one request.
pub(super) struct Finder {
    shared: Arc<Shared>,
    worker: Rc<WorkerContext>,
    /// When the request was received.
    now: Now,
}

impl Finder {
    pub(super) const fn new(shared: Arc<Shared>, worker: Rc<WorkerContext>, now: Now) -> Self {
        Self { shared, worker, now }
    }

    /// Finds what a target names without waiting.
    ///
    /// # Errors
    ///
    /// Those of [`load`], if there must be one; [`OpenError::WouldBlock`] if it must wait.
    pub(super) fn find(&self, target: &Target) -> Loaded {
        let known = match self.store().look_up(target.key(), self.now.instant) {
            Lookup::Fresh(entry) => match (Found::again(entry.finding()), entry.finding()) {
                (Some(found), _) => return Ok(found),
                (None, Finding::File(file)) => Some(Arc::clone(file)),
                (None, Finding::Directory | Finding::Missing) => None,
            },
            Lookup::Stale(file) => Some(file),
            Lookup::Unknown => None,
        };
        let found = self.errand(target, known, Patience::CachedOnly).run();
        self.settle_up(&found);
        found
    }

    /// Has the pool load what a target names, or waits until that has been done for another.
    ///
    /// # Errors
    ///
    /// As with [`WorkerContext::offload`]. That another's loading was lost or refused is no error:
    /// the file is loaded for this request then.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, the loading goes on for who else waits, and for the store.
    pub(super) async fn load(&self, target: &Target) -> Result<Loaded, OffloadError> {
        let loaded = match self.shared.flights.board(&target.path, self.now.instant) {
            Boarding::Joined(others) => match others.await {
                Ok(loaded) => loaded,
                Err(_lost) => self.offload(target, None)?.result().await?,
            },
            Boarding::Begun(flight) => self.offload(target, Some(flight))?.result().await?,
        };
        self.settle_up(&loaded);
        Ok(loaded)
    }

    fn offload(
        &self,
        target: &Target,
        flight: Option<Flight>,
    ) -> Result<Offloaded<Loaded>, OffloadError> {
        let known = self.store().file(target.key());
        let errand = self.errand(target, known, Patience::MayBlock);
        self.worker.offload(move || {
            let loaded = errand.run();
            if let Some(flight) = flight {
                flight.land(&loaded);
            }
            loaded
        })
    }

    /// Counts what found no descriptor. If one too many was taken, connections that can be spared
    /// make up for it.
    fn settle_up(&self, found: &Loaded) {
        self.worker.repay_places();
        if let Err(OpenError::Resources(_)) = found {
            self.worker.counters().files_refused_for_places.add_one();
        }
    }

    fn errand(&self, target: &Target, known: Option<Arc<Variants>>, patience: Patience) -> Errand {
        let terms = Terms {
            now: self.now,
            read_size_max: self.worker.limits().cached_file_size_max,
            patience,
            compressed: self.shared.compressed_lengths(self.worker.limits()),
        };
        Errand {
            shared: Arc::clone(&self.shared),
            store: Arc::clone(self.store()),
            target: target.clone(),
            known,
            terms,
            places: self.worker.places().clone(),
        }
    }

    fn store(&self) -> &Arc<Store> {
        self.shared.store(&self.worker)
    }
}

/// One loading, to be run here or on the pool.
struct Errand {
    shared: Arc<Shared>,
    store: Arc<Store>,
    target: Target,
    known: Option<Arc<Variants>>,
    terms: Terms,
    places: Places,
}

impl Errand {
    /// Loads, and puts what was found into the store.
    ///
    /// For want of descriptors files that the store holds open are closed: first for this one to be
    /// opened, then to make up for the place that it was lent.
    fn run(&self) -> Loaded {
        let mut found = self.load();
        if matches!(found, Err(OpenError::Resources(_))) && self.store.let_go_of_files() {
            found = self.load();
        }
        if self.places.are_overdrawn() {
            self.store.let_go_of_files();
        }
        if let Ok(found) = &found {
            self.store.keep(self.target.key(), found, self.terms.now.instant);
        }
        found
    }

    /// Takes a place for a file that is held open; tells whether it has one.
    fn has_place(&self, file: &DiskFile) -> bool {
        file.settle(|| self.places.take_for_file()).is_ok()
    }

    /// Loads, and says what the operator should know.
    fn load(&self) -> Loaded {
        let Self { shared, target, known, terms, .. } = self;
        let tree = &*shared.tree;
        let found = target.with_path(|path| load(tree, path, known.as_ref(), *terms));
        match found {
            Err(OpenError::Escapes) => {
                let now = terms.now.instant;
                shared.escapes.report(tree, &target.address, now, terms.patience);
                Ok(Finding::Missing.into())
            }
            Err(OpenError::Failed(errno)) => {
                diagnostics::warn(format_args!("cannot read {}: {errno}", target.address));
                found
            }
            // What is held open counts as what else holds a descriptor does.
            Ok(Found { pins, .. }) if pins.iter().any(|file| !self.has_place(file)) => {
                Err(OpenError::Resources(Errno::MFILE))
            }
            // A configured name that no request could have.
            Err(OpenError::NotFound) => Ok(Finding::Missing.into()),
            _ => found,
        }
    }
}
