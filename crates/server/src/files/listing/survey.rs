//! Finding out what is in a directory, once for all who ask within a second.
//!
//! ```text
//!   who asks ─┬─ not known ──► a gathering is begun: job, job, job ─┐
//!             ├─ being gathered ──► waits for the same ─────────────┴──► told, all of them
//!             └─ known, and no older than a second ──► has it
//! ```
//!
//! So a directory costs the pool one look at it a second, however many ask and leave. A gathering
//! looks at so many entries in a job and goes on in another, so that a large directory keeps small
//! ones waiting for a job, not for its end. It is finished though all who asked have left.
//!
//! Of a directory with more entries than are sorted only that is remembered: each of its listings
//! reads it for itself, as far as its client does.

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reactor::clock::Instant;
use reactor::pool::{Job, Offload};
use reactor::sync::oneshot::{Receiver, Sender, oneshot};

use super::catalogue::{Catalogue, Contents, Directory, LOOKED_AT_MAX};
use super::unfinished::Place;
use super::{BUSY, Listings};
use crate::files::entry::FRESH_FOR;
use crate::files::tree::{Entries, Entry, OpenError};

/// What came of looking.
type Surveyed = Result<Contents, OpenError>;

/// Finds out what is in a directory.
///
/// # Errors
///
/// Those of [`Directory::entries`]; [`OpenError::Resources`] also when the pool is full, or too
/// many large directories are being gathered.
///
/// # Cancel safety
///
/// Dropped half-way, the gathering goes on for the next who asks.
pub(super) async fn survey(
    directory: &Directory,
    listings: &Arc<Listings>,
    pool: &Arc<dyn Offload>,
) -> Surveyed {
    let receiver = match listings.surveys.look_up(directory) {
        Sought::Known(contents) => return Ok(contents),
        Sought::Awaited(receiver) => receiver,
        Sought::Unknown(receiver) => {
            let flight = Flight {
                listings: Arc::clone(listings),
                pool: Arc::clone(pool),
                begun: directory.now,
                path: Some(directory.path.clone()),
            };
            let directory = directory.clone();
            let job = Job::new(move || Gathering::begin(flight, &directory));
            // A job that is refused is dropped, and with it what all wait for.
            drop(pool.submit(job.in_lane(&listings.lane)));
            receiver
        }
    };
    receiver.await.unwrap_or(Err(BUSY))
}

/// The directories of which something is known, or soon will be.
#[derive(Debug, Default)]
pub(super) struct Surveys {
    table: Mutex<BTreeMap<Box<[u8]>, Survey>>,
    /// How many gatherings need more than one job.
    large: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Survey {
    /// These wait for it.
    UnderWay(Vec<Sender<Surveyed>>),
    Known {
        contents: Contents,
        begun: Instant,
    },
}

/// What a look into the table finds.
enum Sought {
    Known(Contents),
    /// It is being gathered.
    Awaited(Receiver<Surveyed>),
    /// Who asks is to have it gathered.
    Unknown(Receiver<Surveyed>),
}

impl Surveys {
    fn look_up(&self, directory: &Directory) -> Sought {
        let mut table = self.lock();
        let found = table.get_mut(&directory.path);
        if let Some(Survey::Known { contents, begun }) = &found
            && directory.now.since(*begun) < FRESH_FOR
        {
            return Sought::Known(contents.clone());
        }
        let (sender, receiver) = oneshot();
        if let Some(Survey::UnderWay(waiting)) = found {
            if waiting.len() == waiting.capacity() {
                // Those who have left make room before there is more.
                waiting.retain(|sender| !sender.is_closed());
            }
            waiting.push(sender);
            return Sought::Awaited(receiver);
        }
        let stale = table.insert(directory.path.clone(), Survey::UnderWay(vec![sender]));
        drop(table);
        drop(stale);
        Sought::Unknown(receiver)
    }

    /// Ends a gathering: remembers what it found, and gives who waited for it.
    fn close(&self, path: Box<[u8]>, found: &Surveyed, begun: Instant) -> Vec<Sender<Surveyed>> {
        let mut table = self.lock();
        let survey = table.remove(&path);
        let mut displaced = None;
        if let Ok(contents) = found {
            table.insert(path, Survey::Known { contents: contents.clone(), begun });
            displaced = displace(&mut table);
        }
        drop(table);
        drop(displaced);
        match survey {
            Some(Survey::UnderWay(waiting)) => waiting,
            Some(Survey::Known { .. }) | None => Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        let table = self.lock();
        table.values().filter(|survey| matches!(survey, Survey::Known { .. })).count()
    }

    /// Locked for a look or a change, never while a thread may wait. No code panics meanwhile, so
    /// that a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<[u8]>, Survey>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes out what has been known for longest, if more is known than may be.
fn displace(table: &mut BTreeMap<Box<[u8]>, Survey>) -> Option<Survey> {
    let known = || {
        table.iter().filter_map(|(path, survey)| match survey {
            Survey::Known { begun, .. } => Some((*begun, path)),
            Survey::UnderWay(_) => None,
        })
    };
    if known().count() <= KNOWN_MAX {
        return None;
    }
    let oldest = known().min()?.1.clone();
    table.remove(&oldest)
}

/// A gathering that others may be waiting for. Dropped before it has landed, it tells them.
struct Flight {
    listings: Arc<Listings>,
    pool: Arc<dyn Offload>,
    begun: Instant,
    /// The directory's; `None` once it has landed.
    path: Option<Box<[u8]>>,
}

impl Flight {
    fn land(&mut self, found: &Surveyed) {
        let Some(path) = self.path.take() else { return };
        for sender in self.listings.surveys.close(path, found, self.begun) {
            // Who asked may be gone.
            drop(sender.send(found.clone()));
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.land(&Err(BUSY));
    }
}

/// The entries of a directory, as far as they are gathered.
struct Gathering {
    flight: Flight,
    entries: Entries,
    gathered: Vec<Entry>,
    sorted_max: usize,
    place: Option<Place>,
}

impl Gathering {
    fn begin(mut flight: Flight, directory: &Directory) {
        match directory.entries() {
            Err(error) => flight.land(&Err(error)),
            Ok(entries) => {
                let (gathered, sorted_max) = (Vec::new(), directory.sorted_max);
                Self { flight, entries, gathered, sorted_max, place: None }.run();
            }
        }
    }

    /// Does one job's work, and sees to the next.
    fn run(mut self) {
        match self.advance() {
            Ok(None) => self.go_on(),
            Ok(Some(contents)) => self.flight.land(&Ok(contents)),
            Err(error) => self.flight.land(&Err(error)),
        }
    }

    /// Looks at so many entries; gives what the directory has in it, if that is known now.
    fn advance(&mut self) -> Result<Option<Contents>, OpenError> {
        for _ in 0..LOOKED_AT_MAX {
            match self.entries.next().transpose()? {
                Some(None) => {}
                Some(Some(_)) if self.gathered.len() == self.sorted_max => {
                    return Ok(Some(Contents::TooMany));
                }
                Some(Some(entry)) => self.gathered.push(entry),
                None => {
                    let catalogue = Catalogue::new(mem::take(&mut self.gathered));
                    return Ok(Some(Contents::All(Arc::new(catalogue))));
                }
            }
        }
        Ok(None)
    }

    fn go_on(mut self) {
        let Flight { listings, pool, .. } = &self.flight;
        let (lane, pool) = (listings.rest_lane.clone(), Arc::clone(pool));
        self.place = self.place.or_else(|| Place::take(&listings.surveys.large, LARGE_MAX));
        if self.place.is_some() {
            // A pool that has ended drops it.
            drop(pool.submit(Job::new(move || self.run()).in_lane(&lane)));
        }
    }
}

/// Directories of which it is remembered what they have in them.
const KNOWN_MAX: usize = 8;

/// Gatherings of more than one job at a time: each holds up to `listing_sorted_max` entries, and a
/// descriptor.
const LARGE_MAX: usize = 16;
