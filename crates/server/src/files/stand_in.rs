//! What answers where a path names nothing: the page of a single-page application, the site's own
//! page for 404.
//!
//! Which of them may, and which comes first, is said here, once, for the answer from a worker's
//! map, for the search, and for how long an answer may be repeated. It looks for none of them.

use semantics::negotiation::ErrorForm;

use super::target::Target;

/// The files that may answer for what is missing.
#[derive(Debug, Clone)]
pub(super) struct StandIns {
    fallback: Option<Target>,
    not_found_page: Target,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct StandIn<'a> {
    pub(super) role: Role,
    pub(super) target: &'a Target,
}

/// How a stand-in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// As if the path named it.
    Fallback,
    /// With 404.
    NotFoundPage,
}

impl StandIns {
    /// Makes those of a site that is no application.
    pub(super) fn new() -> Self {
        Self { fallback: None, not_found_page: Target::of_file(NOT_FOUND_PAGE) }
    }

    /// Has a file answer for the pages of an application.
    pub(super) fn with_fallback(self, path: &str) -> Self {
        Self { fallback: Some(Target::of_file(path)), ..self }
    }

    /// Returns those that may answer for a path to a client that likes errors in a form, in order:
    /// the first that is a file does.
    pub(super) fn of(&self, path: &[u8], form: ErrorForm) -> impl Iterator<Item = StandIn<'_>> {
        let fallback = self.fallback.as_ref().filter(|_| may_be_a_page(path));
        let fallback = fallback.map(|target| StandIn { role: Role::Fallback, target });
        let page = StandIn { role: Role::NotFoundPage, target: &self.not_found_page };
        fallback.into_iter().chain((form == ErrorForm::Html).then_some(page))
    }

    /// Returns all targets.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.fallback.iter().chain([&self.not_found_page])
    }
}

/// Tells whether a single-page application may have a page of a path: not if it looks like an
/// asset's, nor below `.well-known`, where what is not there must not seem to be (RFC 8615).
fn may_be_a_page(path: &[u8]) -> bool {
    !has_extension(path) && !path.starts_with(b".well-known/")
}

/// Tells whether the last segment of a path has an extension, as assets do and pages of a
/// single-page application do not.
fn has_extension(path: &[u8]) -> bool {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let start = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    path[start..].contains(&b'.')
}

/// A file at the root that answers for what is missing, with 404.
const NOT_FOUND_PAGE: &str = "404.html";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_for_what() {
        use Role::{Fallback, NotFoundPage};
        let site = StandIns::new();
        let application = StandIns::new().with_fallback("/app.html");
        for (path, form, of_site, of_application) in [
            ("a", ErrorForm::Html, &[NotFoundPage][..], &[Fallback, NotFoundPage][..]),
            ("a", ErrorForm::Json, &[], &[Fallback]),
            ("a.b/c", ErrorForm::Text, &[], &[Fallback]),
            ("", ErrorForm::Html, &[NotFoundPage], &[Fallback, NotFoundPage]),
            ("a.js", ErrorForm::Html, &[NotFoundPage], &[NotFoundPage]),
            ("a.b/", ErrorForm::Text, &[], &[]),
            (".well-known/a", ErrorForm::Html, &[NotFoundPage], &[NotFoundPage]),
        ] {
            for (stand_ins, expected) in [(&site, of_site), (&application, of_application)] {
                let roles = stand_ins.of(path.as_bytes(), form).map(|stand_in| stand_in.role);
                assert_eq!(roles.collect::<Vec<_>>(), expected, "{path} {form:?}");
            }
        }
        let paths: Vec<_> = application.targets().map(|target| &*target.path).collect();
        assert_eq!(paths, [&b"app.html"[..], b"404.html"]);
    }
}
