//! A file and its coded forms: what a request chooses from (RFC 9110 §12.5.3).
//!
//! `app.js.br`, `app.js.zst` and `app.js.gz` beside `app.js` are that file in another coding. They
//! are loaded, kept and found to have changed together, so that a choice is one look at what is in
//! memory. A file that has none of them may be worth compressing: then what has been made of it
//! stands in their place, and what has not is due. A file with neither has nothing to choose from:
//! the field is not even looked for.
//!
//! What is here never changes. When a coding has been made, the file with it takes the place of the
//! file without. It compresses nothing.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use http1::encode::PreparedHead;
use semantics::coding::{AcceptEncoding, Coding, Selection};
use semantics::conditional::Conditions;
use semantics::etag::EntityTag;
use semantics::fields::Fields;
use semantics::media_type;
use semantics::method::Method;
use semantics::status::Status;

use super::content::Closed;
use super::description::{Form, put};
use super::load::Terms;
use super::making::Making;
use super::open::Pins;
use super::representation::Representation;
use super::slice::DiskFile;
use super::tree::{OpenError, OpenFile, Stamp};

/// Open siblings of a file, in the order of [`Coding::ALL`].
pub(super) type Siblings = Vec<(Coding, OpenFile)>;

/// The representations of a file.
#[derive(Debug)]
pub(super) struct Variants {
    identity: Arc<Representation>,
    /// Siblings, or what has been made; in the order of [`Coding::ALL`].
    coded: Vec<(Coding, Arc<Representation>)>,
    /// For a file without siblings that is worth compressing.
    making: Option<Arc<Making>>,
    /// The head of a 404 with this file; made for the one that is the site's page for it.
    not_found: OnceLock<Arc<PreparedHead>>,
}

impl Variants {
    /// Makes an open file and its siblings ready to be sent; those that are sent from where they
    /// are, are pinned.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or something of it must be waited for.
    pub(super) fn read(
        name: &[u8],
        file: OpenFile,
        siblings: Siblings,
        terms: Terms,
    ) -> Result<(Self, Pins), OpenError> {
        let mut pins = Pins::new();
        let mut coded = Vec::with_capacity(siblings.len());
        for (coding, sibling) in siblings {
            let read = Representation::read(name, sibling, Form::Coded(coding), terms, &mut pins);
            // One that has shrunk since it was opened is being written, and cannot be decoded.
            if let Some(sibling) = unless_unusable(read)?.filter(|read| !read.is_cut_short()) {
                coded.push((coding, Arc::new(sibling)));
            }
        }
        let is_compressed = coded.is_empty() && is_worth_compressing(name, &file.stamp, terms);
        let form = if coded.is_empty() && !is_compressed { Form::Sole } else { Form::Identity };
        let identity = Representation::read(name, file, form, terms, &mut pins)?;
        // What may be changing at this moment is compressed when it has settled.
        let is_settled = !identity.is_unsettled() && !identity.is_cut_short();
        let making = (is_compressed && is_settled).then(Arc::default);
        let not_found = OnceLock::new();
        Ok((Self { identity: Arc::new(identity), coded, making, not_found }, pins))
    }

    /// Makes the same with a coding that has been made; `None` if there is a form in that coding
    /// which is no longer.
    pub(super) fn with_made(&self, coding: Coding, coded: Bytes) -> Option<Self> {
        let mut forms = self.coded.clone();
        if let Some(kept) = self.coded(coding) {
            if kept.content.len() <= coded.len() as u64 {
                return None;
            }
            forms.retain(|(other, _)| *other != coding);
        }
        let place = forms.partition_point(|(other, _)| (*other as u8) < coding as u8);
        forms.insert(place, (coding, Arc::new(self.identity.made_into(coding, coded))));
        forms.shrink_to_fit();
        Some(Self {
            identity: Arc::clone(&self.identity),
            coded: forms,
            making: self.making.clone(),
            not_found: self.not_found.clone(),
        })
    }

    /// Returns what has been made of it, if it is worth compressing.
    pub(super) const fn making(&self) -> Option<&Arc<Making>> {
        self.making.as_ref()
    }

    /// Returns the coding that should be made for clients like this, if one should.
    pub(super) fn due(&self, accepted: &AcceptEncoding) -> Option<Coding> {
        let making = self.making.as_ref()?;
        accepted.liked_best(Coding::ALL).filter(|&coding| making.is_due(coding))
    }

    /// Chooses for a request with these lines of Accept-Encoding.
    ///
    /// # Errors
    ///
    /// What is there, if the request takes nothing of it. Of a file that is compressed by and by it
    /// gets the file, as of one that is not compressed.
    pub(super) fn choose<'h>(
        &self,
        accept_encoding: impl IntoIterator<Item = &'h [u8]>,
    ) -> Result<Choice<'_>, Available> {
        if self.coded.is_empty() && self.making.is_none() {
            return Ok(Choice { chosen: &self.identity, accepted: AcceptEncoding::default() });
        }
        let available = self.coded.iter().map(|(coding, coded)| (*coding, coded.content.len()));
        let accepted = AcceptEncoding::gather(accept_encoding);
        let chosen = match accepted.preferred(available, self.identity.content.len()) {
            Selection::Identity => Some(self.identity()),
            Selection::Coded(chosen) => self.coded(chosen),
            Selection::NotAcceptable => self.making.as_ref().map(|_| self.identity()),
        };
        let chosen = chosen.ok_or_else(|| self.available())?;
        Ok(Choice { chosen, accepted })
    }

    /// Chooses again for a request that sets conditions or asks for a part, if its file is
    /// compressed: what it names by its tag, and takes, is what it gets, for the file is current in
    /// each of its forms and the choice is the server's (RFC 9110 §12.1).
    ///
    /// A part, and what If-Match names, can only be of the file itself: the tags of what was made
    /// are weak.
    ///
    /// # Errors
    ///
    /// The tag of a form that the client has and the server has not, not yet or not any more.
    pub(super) fn reconsider<'a>(
        &'a self,
        choice: Choice<'a>,
        method: Method,
        conditions: &Conditions<'_>,
    ) -> Result<&'a Representation, EntityTag> {
        let Choice { chosen, accepted } = choice;
        if self.making.is_none() {
            return Ok(chosen);
        }
        if conditions.has_if_match() {
            return Ok(&self.identity);
        }
        let is_part = method == Method::Get && conditions.has_range();
        let unnamed = if is_part { self.identity() } else { chosen };
        if !conditions.has_if_none_match() {
            return Ok(unnamed);
        }
        let forms = [chosen, self.identity()];
        let names = |form: &&Representation| conditions.names(form.description.etag());
        if let Some(named) = forms.into_iter().find(names) {
            return Ok(named);
        }
        for coding in Coding::ALL.into_iter().filter(|&coding| accepted.takes(coding)) {
            let etag = self.identity.description.etag().made_into(coding);
            if conditions.names(&etag) {
                return self.coded(coding).ok_or(etag);
            }
        }
        Ok(unnamed)
    }

    /// Returns the form in a coding, if there is one.
    fn coded(&self, coding: Coding) -> Option<&Representation> {
        let found = self.coded.iter().find(|(there, _)| *there == coding);
        found.map(|(_, coded)| &**coded)
    }

    fn available(&self) -> Available {
        let is_there = |coding: &Coding| self.coded.iter().any(|(there, _)| there == coding);
        Available(Coding::ALL.map(|coding| Some(coding).filter(is_there)))
    }

    /// Returns the file itself.
    pub(super) fn identity(&self) -> &Representation {
        &self.identity
    }

    /// Returns the head of a 404 that has this file as its page.
    pub(super) fn not_found(&self) -> &Arc<PreparedHead> {
        self.not_found.get_or_init(|| {
            let mut fields = Fields::new();
            put(&mut fields, "Content-Type", self.identity.description.media_type());
            put(&mut fields, "X-Content-Type-Options", "nosniff");
            put(&mut fields, "Vary", "Accept");
            let len = self.identity.content.len();
            Arc::new(PreparedHead::new(Status::NOT_FOUND, &fields, Some(len)))
        })
    }

    /// Tells whether a file with that stamp and these siblings certainly has these contents.
    pub(super) fn are_still(&self, stamp: &Stamp, siblings: &Siblings) -> bool {
        if self.making.is_some() {
            return siblings.is_empty() && self.identity.is_still(stamp);
        }
        self.identity.is_still(stamp)
            && self.coded.len() == siblings.len()
            && self.coded.iter().zip(siblings).all(|((coding, coded), (found, sibling))| {
                coding == found && coded.is_still(&sibling.stamp)
            })
    }

    /// Pins the files that they are sent from.
    ///
    /// # Errors
    ///
    /// When one of those is not open.
    pub(super) fn pin(&self) -> Result<Pins, Closed> {
        let mut pins = Pins::new();
        self.all().try_for_each(|representation| representation.pin(&mut pins))?;
        Ok(pins)
    }

    /// Pins the files that they are sent from. Those that are not open are taken from the same
    /// again, opened just now: if there are any, what has these in their place is returned.
    pub(super) fn pin_or_reopen(
        &self,
        opened: &OpenFile,
        siblings: &Siblings,
    ) -> (Option<Self>, Pins) {
        let mut pins = Pins::new();
        let identity = self.identity.pin_or_reopen(opened, &mut pins).map(Arc::new);
        let mut is_reopened = identity.is_some();
        let mut coded = self.coded.clone();
        // What has been made has no siblings, and is in memory.
        for ((_, kept), (_, sibling)) in coded.iter_mut().zip(siblings) {
            if let Some(reopened) = kept.pin_or_reopen(sibling, &mut pins) {
                *kept = Arc::new(reopened);
                is_reopened = true;
            }
        }
        let identity = identity.unwrap_or_else(|| Arc::clone(&self.identity));
        let (making, not_found) = (self.making.clone(), self.not_found.clone());
        (is_reopened.then(|| Self { identity, coded, making, not_found }), pins)
    }

    /// Returns the files that they are sent from, open or not.
    pub(super) fn held(&self) -> impl Iterator<Item = &Weak<DiskFile>> {
        self.all().filter_map(Representation::held)
    }

    /// Returns the bytes of memory that are held.
    pub(super) fn size(&self) -> usize {
        let structures = self.coded.capacity() * size_of::<(Coding, Arc<Representation>)>();
        let structures = structures + self.coded.len() * size_of::<Representation>();
        structures + self.all().map(Representation::size).sum::<usize>()
    }

    fn all(&self) -> impl Iterator<Item = &Representation> {
        let coded = self.coded.iter().map(|(_, coded)| &**coded);
        std::iter::once(&*self.identity).chain(coded)
    }
}

/// What a request gets if it sets no conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    pub(super) chosen: &'a Representation,
    /// What the request says of codings, unless there is nothing to choose from.
    pub(super) accepted: AcceptEncoding,
}

/// Tells whether a file of that name and state is to be compressed.
fn is_worth_compressing(name: &[u8], stamp: &Stamp, terms: Terms) -> bool {
    terms.compressed.is_some_and(|lengths| lengths.contains(stamp.len))
        && media_type::for_file_name(name).is_compressible()
}

/// The codings of a file of which a request takes none; the identity is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Available([Option<Coding>; Coding::ALL.len()]);

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for coding in self.0.into_iter().flatten() {
            write!(f, "{}, ", coding.as_str())?;
        }
        f.write_str("identity")
    }
}

/// Takes a sibling that is no use for none; what concerns more than it stays an error.
///
/// # Errors
///
/// When it must be waited for, or the process is out of descriptors or memory.
pub(super) fn unless_unusable<T>(sibling: Result<T, OpenError>) -> Result<Option<T>, OpenError> {
    match sibling {
        Ok(usable) => Ok(Some(usable)),
        Err(error @ (OpenError::WouldBlock | OpenError::Resources(_))) => Err(error),
        Err(OpenError::NotFound | OpenError::Escapes | OpenError::Failed(_)) => Ok(None),
    }
}
