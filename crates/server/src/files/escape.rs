//! Saying which links lead out of the folder.
//!
//! Who has put such a link there wants to know why it does not work; who asks for it learns nothing
//! but 404. Each link is named once, and there is an end to it, so that no client can fill the log.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
        if prefixes(address).any(|prefix| self.named().contains(prefix)) {
            return;
        }
        let is_link = |prefix: &&str| {
            let opened = with_path(prefix, |path| tree.open(path, now, patience));
            matches!(opened, Err(OpenError::Escapes))
        };
        let link = prefixes(address).find(is_link).unwrap_or(address);
        let is_new = {
            let mut named = self.named();
            named.len() < NAMED_MAX && named.insert(link.to_owned())
        };
        if is_new {
            diagnostics::warn(format_args!("the link {link} leads out of the folder: not served"));
        }
    }

    /// Locked for a look or an insertion, never while a thread may wait. No code panics meanwhile,
    /// so that a poisoned lock is as good as any.
    fn named(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives an address cut before each of its slashes but the first, then all of it.
fn prefixes(address: &str) -> impl Iterator<Item = &str> {
    let slashes = address.match_indices('/').map(|(index, _)| index).skip(1);
    slashes.chain([address.len()]).map(|end| &address[..end])
}

/// How many links are named; a folder with more of them has one reason for all.
const NAMED_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use semantics::path::SafePath;

    use super::super::tree::Node;
    use super::*;

    /// Has a link that leads out wherever a segment is called so.
    #[derive(Debug)]
    struct Links;

    impl Tree for Links {
        fn open(&self, path: &SafePath<'_>, _: Instant, _: Patience) -> Result<Node, OpenError> {
            let mut segments = path.as_bytes().split(|&byte| byte == b'/');
            let leads_out = segments.any(|segment| segment.starts_with(b"out"));
            if leads_out { Err(OpenError::Escapes) } else { Ok(Node::Directory) }
        }
    }

    fn report(escapes: &Escapes, address: &str) {
        escapes.report(&Links, address, Instant::ORIGIN, Patience::MayBlock);
    }

    #[test]
    fn each_link_is_named_once() {
        let escapes = Escapes::default();
        for address in ["/a/out/b/c", "/a/out/d", "/a/out", "/out", "/a/b%20c/out", "/a/output"] {
            report(&escapes, address);
        }
        let named: Vec<_> = escapes.named().iter().cloned().collect();
        assert_eq!(named, ["/a/b%20c/out", "/a/out", "/a/output", "/out"]);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let escapes = Escapes::default();
        for number in 0..2 * NAMED_MAX {
            report(&escapes, &format!("/out-{number}"));
        }
        assert_eq!(escapes.named().len(), NAMED_MAX);
    }
}
