//! From a path to what can be sent: the file opened, its siblings looked for, what is small read.
//!
//! The same function runs on a loop thread, where it gives up rather than wait, and on a pool
//! thread. What it makes crosses between them and is shared by all answers until a file changes.
//!
//! It knows neither requests nor the cache.

use std::sync::Arc;

use reactor::clock::Now;
use semantics::coding::Coding;
use semantics::path::SafePath;

use super::open::Pins;
use super::target::{address, with_path};
use super::tree::{Node, OpenError, Patience, Stamp, Tree};
use super::variants::{Siblings, Variants, unless_unusable};

/// What a path was found to name.
#[derive(Clone, Debug)]
pub(super) enum Finding {
    /// A file with its siblings, ready to be sent.
    File(Arc<Variants>),
    /// A directory.
    Directory,
    /// Nothing that may be served.
    Missing,
}

impl Finding {
    /// Tells whether it is the same, not only alike: of a file, the same state that was loaded.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => Arc::ptr_eq(one, other),
            (Self::Directory, Self::Directory) | (Self::Missing, Self::Missing) => true,
            _ => false,
        }
    }
}

/// A finding with the files that it is sent from, which are open as long as somebody has it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) pins: Pins,
}

impl From<Finding> for Found {
    /// Takes a finding that has no such files.
    fn from(finding: Finding) -> Self {
        Self { finding, pins: Pins::new() }
    }
}

impl Found {
    /// Takes a finding of a while ago; `None` if a file of it has been closed since.
    pub(super) fn again(finding: &Finding) -> Option<Self> {
        let pins = match finding {
            Finding::File(file) => file.pin().ok()?,
            Finding::Directory | Finding::Missing => Pins::new(),
        };
        Some(Self { finding: finding.clone(), pins })
    }
}

/// What loading needs to know besides the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// When the request was received.
    pub(super) now: Now,
    /// Largest file to be read into memory.
    pub(super) read_size_max: usize,
    /// Whether the disk may be waited for.
    pub(super) patience: Patience,
    /// The lengths of the files that are compressed, if any are.
    pub(super) compressed: Option<Lengths>,
}

/// Lengths from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Lengths {
    pub(super) const fn contains(self, len: u64) -> bool {
        self.min <= len && len <= self.max
    }
}

/// Opens what a path names, and its siblings, and makes them ready to be sent.
///
/// What is as `known` has it is not read again, nor opened in the place of what is open.
///
/// # Errors
///
/// Those of [`Tree::open`] and, as such, those of reading; that nothing is there is a finding.
pub(super) fn load(
    tree: &dyn Tree,
    path: &SafePath<'_>,
    known: Option<&Arc<Variants>>,
    terms: Terms,
) -> Result<Found, OpenError> {
    let found = load_once(tree, path, known, terms);
    match &found {
        // It has shrunk since it was opened: it is being written. What is there now is sent as
        // the file that it is.
        Ok(Found { finding: Finding::File(file), .. }) if file.identity().is_cut_short() => {
            load_once(tree, path, None, terms)
        }
        Err(OpenError::NotFound) => Ok(Finding::Missing.into()),
        _ => found,
    }
}

fn load_once(
    tree: &dyn Tree,
    path: &SafePath<'_>,
    known: Option<&Arc<Variants>>,
    terms: Terms,
) -> Result<Found, OpenError> {
    let file = match tree.open(path, terms.now.instant, terms.patience)? {
        Node::File(file) => file,
        Node::Directory => return Ok(Finding::Directory.into()),
    };
    let siblings = open_siblings(tree, path, &file.stamp, terms)?;
    if let Some(known) = known.filter(|known| known.are_still(&file.stamp, &siblings)) {
        let (reopened, pins) = known.pin_or_reopen(&file, &siblings);
        let file = reopened.map_or_else(|| Arc::clone(known), Arc::new);
        return Ok(Found { finding: Finding::File(file), pins });
    }
    let (file, pins) = Variants::read(path.file_name(), file, siblings, terms)?;
    Ok(Found { finding: Finding::File(Arc::new(file)), pins })
}

/// Opens the precompressed siblings of a file: regular files beside it that are not older, and not
/// empty as no coding is: somebody is about to write one.
///
/// One that is something else, leads out of the root or cannot be read is no sibling, and no
/// failure either: the file itself is there.
fn open_siblings(
    tree: &dyn Tree,
    path: &SafePath<'_>,
    file: &Stamp,
    terms: Terms,
) -> Result<Siblings, OpenError> {
    let mut siblings = Siblings::new();
    let mut address = address(path.as_bytes());
    let len = address.len();
    for coding in Coding::ALL {
        address.truncate(len);
        address.push_str(coding.extension());
        let opened = with_path(&address, |path| tree.open(path, terms.now.instant, terms.patience));
        if let Some(Node::File(sibling)) = unless_unusable(opened)?
            && sibling.stamp.modified >= file.modified
            && sibling.stamp.len > 0
        {
            siblings.push((coding, sibling));
        }
    }
    Ok(siblings)
}

#[cfg(test)]
mod tests;
