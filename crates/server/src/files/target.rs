//! A path of the tree, owned: what a search keeps when the request's own bytes are gone.
//!
//! It is held in the form in which a request would write it, so that the one function that makes
//! paths safe, [`semantics::path::resolve`], has passed every path that is ever opened.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use semantics::path::{self, SafePath};

use super::entry::Key;
use super::tree::OpenError;

/// What is looked for in the tree, and under which name the store keeps it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The path as it was asked for, relative and decoded.
    pub(super) path: Box<[u8]>,
    /// What is to be opened, absolute and percent-encoded.
    pub(super) address: String,
}

impl Target {
    /// Makes the target of a path: the index inside, if it is written as that of a directory.
    ///
    /// To try the index at once and never the directory costs a request for it no more calls than
    /// one for any other file.
    pub(super) fn new(path: SafePath<'_>) -> Self {
        let mut address = address(path.as_bytes());
        if path.is_directory_form() {
            address.push_str(INDEX);
        }
        Self { path: path.as_bytes().into(), address }
    }

    /// Makes the target of the directory itself that a path is written as; `None` for the root,
    /// which is a directory at any rate.
    pub(super) fn of_directory(path: SafePath<'_>) -> Option<Self> {
        let path = path.as_bytes().strip_suffix(b"/")?;
        Some(Self { path: path.into(), address: address(path) })
    }

    /// Makes the target of a file whose name is given in the configuration.
    pub(super) fn of_file(name: &str) -> Self {
        let name = name.trim_start_matches('/');
        Self { path: name.as_bytes().into(), address: address(name.as_bytes()) }
    }

    /// Returns what it is looked up under.
    pub(super) fn key(&self) -> Key<'_> {
        Key::new(&self.path)
    }

    /// Tells whether the path was written as that of a directory.
    pub(super) fn is_directory_form(&self) -> bool {
        matches!(&*self.path, [] | [.., b'/'])
    }

    /// Lends the path to be opened.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] for a configured name that no request could have.
    pub(super) fn with_path<R>(
        &self,
        with: impl FnOnce(&SafePath<'_>) -> Result<R, OpenError>,
    ) -> Result<R, OpenError> {
        with_path(&self.address, with)
    }
}

/// Lends the safe path of an address.
pub(super) fn with_path<R>(
    address: &str,
    with: impl FnOnce(&SafePath<'_>) -> Result<R, OpenError>,
) -> Result<R, OpenError> {
    let mut scratch = Vec::new();
    let path = path::resolve(address.as_bytes(), &mut scratch);
    path.map_or(Err(OpenError::NotFound), |path| with(&path))
}

/// Gives the absolute form of a relative path, percent-encoded: it has one slash at its start and
/// never names another host.
pub(super) fn address(path: &[u8]) -> String {
    format!("/{}", percent_encode(path, ENCODED))
}

/// The file that answers for a directory.
const INDEX: &str = "index.html";

/// What cannot stand in the path of a target as it is (RFC 3986 §3.3); bytes above 127 never can.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(raw: &[u8]) -> Option<Target> {
        path::resolve(raw, &mut Vec::new()).ok().map(Target::new)
    }

    #[test]
    fn addresses_and_forms() {
        for (raw, address, is_directory_form) in [
            ("/", "/index.html", true),
            ("/a/", "/a/index.html", true),
            ("/a/.", "/a/index.html", true),
            ("/a", "/a", false),
            ("/a.b/c", "/a.b/c", false),
            ("/a.b/", "/a.b/index.html", true),
            ("/c.js", "/c.js", false),
            ("/100%2525", "/100%2525", false),
            ("/a%20%3Fb", "/a%20%3Fb", false),
        ] {
            let target = target(raw.as_bytes()).unwrap();
            assert_eq!(target.address, address, "{raw}");
            assert_eq!(target.is_directory_form(), is_directory_form, "{raw}");
        }
    }

    #[test]
    fn configured_names_that_no_request_has_are_not_found() {
        for (name, is_path) in
            [("404.html", true), ("/a/b.html", true), (".env", false), ("a//b", false)]
        {
            let found = Target::of_file(name).with_path(|_| Ok(()));
            assert_eq!(found.is_ok(), is_path, "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_address_leads_back_to_its_path(raw: Vec<u8>) {
            let raw = [b"/", raw.as_slice()].concat();
            if let Some(target) = target(&raw) {
                let is_index = target.is_directory_form();
                let index = if is_index { INDEX } else { "" };
                let expected = [&*target.path, index.as_bytes()].concat();
                prop_assert!(!target.address.starts_with("//"));
                let path = target.with_path(|path| Ok(path.as_bytes().to_vec()));
                prop_assert_eq!(path, Ok(expected));
            }
        }
    }
}
