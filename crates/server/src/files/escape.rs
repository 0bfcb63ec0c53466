//! Saying which links lead out of the folder.
//!
//! Who has put such a link there wants to know why it does not work; who asks for it learns nothing
//! but 404. Each link is named once, and there is an end to it, so that no client can fill the log.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use reactor::clock::Instant;

use super::target::with_path;
use super::tree::{OpenError, Patience, Tree};
use crate::telemetry::diagnostics;

/// The links that were named.
#[derive(Debug, Default)]
pub(super) struct Escapes {
    named: Mutex<BTreeSet<String>>,
}

impl Escapes {
    /// Names the link on the way to an address, unless that was done before.
    pub(super) fn report(&self, tree: &dyn Tree, address: &str, now: Instant, patience: Patience) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= NAMED_MAX || prefixes(address).any(|prefix| named.contains(prefix)) {
            return;
        }
        let is_link = |prefix: &&str| {
            let opened = with_path(prefix, |path| tree.open(path, now, patience));
            matches!(opened, Err(OpenError::Escapes))
        };
        let link = prefixes(address).find(is_link).unwrap_or(address);
        diagnostics::warn(format_args!("the link {link} leads out of the folder: not served"));
        named.insert(link.to_owned());
    }
}

/// Gives an address cut before each of its slashes but the first, then all of it.
fn prefixes(address: &str) -> impl Iterator<Item = &str> {
    let slashes = address.match_indices('/').map(|(index, _)| index).skip(1);
    slashes.chain([address.len()]).map(|end| &address[..end])
}

/// How many links are named; a folder with more of them has one reason for all.
const NAMED_MAX: usize = 32;
