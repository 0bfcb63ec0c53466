//! Which form of an answer that the server writes itself a client would rather have (RFC 9110
//! §12.5.1): of an error page, of a directory's listing.
//!
//! Not content negotiation at large: a few fixed forms, and always an answer. To refuse all forms
//! of an error would only hide it behind another, and a listing that was not quite asked for is
//! more use than none.

use crate::fields::{list_items, parameters};
use crate::quality::{Quality, weight};

/// The forms that error pages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorForm {
    /// `text/html`, for people.
    Html,
    /// `text/plain`, for terminals and for who does not say.
    Text,
    /// `application/json`, for programs.
    Json,
}

/// The forms that directory listings have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingForm {
    /// `text/html`, for people and for who does not say.
    Html,
    /// `application/json`, for programs.
    Json,
}

/// Chooses the form of an error page that the lines of an Accept field like best.
///
/// The greatest quality wins; among equals the form that is named itself rather than by a wildcard,
/// then the one named first, then plain text. Malformed members are ignored.
pub fn preferred_form<'h>(accept: impl IntoIterator<Item = &'h [u8]>) -> ErrorForm {
    let forms = [
        Candidate::new(ErrorForm::Text, b"text/plain"),
        Candidate::new(ErrorForm::Html, b"text/html"),
        Candidate::new(ErrorForm::Json, b"application/json"),
    ];
    preferred(forms, accept)
}

/// Chooses the form of a directory's listing that the lines of an Accept field like best: as
/// [`preferred_form`], but HTML where nothing decides.
pub fn preferred_listing_form<'h>(accept: impl IntoIterator<Item = &'h [u8]>) -> ListingForm {
    let forms = [
        Candidate::new(ListingForm::Html, b"text/html"),
        Candidate::new(ListingForm::Json, b"application/json"),
    ];
    preferred(forms, accept)
}

/// Chooses among candidates, of which the first is taken where nothing decides.
fn preferred<'h, F: Copy, const N: usize>(
    mut candidates: [Candidate<F>; N],
    accept: impl IntoIterator<Item = &'h [u8]>,
) -> F {
    let members = accept.into_iter().flat_map(list_items).filter_map(MediaRange::parse);
    for (position, member) in members.enumerate() {
        for candidate in &mut candidates {
            candidate.consider(&member, position);
        }
    }
    let mut best = candidates[0];
    for candidate in &candidates[1..] {
        if candidate.is_better_than(&best) {
            best = *candidate;
        }
    }
    best.form
}

/// A form and the most specific member that it matched.
#[derive(Clone, Copy)]
struct Candidate<F> {
    form: F,
    media_type: &'static [u8],
    specificity: Specificity,
    quality: Quality,
    position: usize,
}

impl<F: Copy> Candidate<F> {
    const fn new(form: F, media_type: &'static [u8]) -> Self {
        let (specificity, quality) = (Specificity::Unnamed, Quality::ZERO);
        Self { form, media_type, specificity, quality, position: 0 }
    }

    fn consider(&mut self, member: &MediaRange<'_>, position: usize) {
        let specificity = member.specificity_for(self.media_type);
        if specificity > self.specificity {
            *self = Self { specificity, quality: member.quality, position, ..*self };
        }
    }

    fn is_better_than(&self, other: &Self) -> bool {
        if self.quality == Quality::ZERO {
            // Neither is wanted: what was not refused is less unwelcome than what was.
            return other.is_refused() && !self.is_refused();
        }
        let earliness = other.position.cmp(&self.position);
        // With parameters or without, it is named.
        let [own, others] = [self, other].map(|it| it.specificity.min(Specificity::Variant));
        self.quality.cmp(&other.quality).then(own.cmp(&others)).then(earliness).is_gt()
    }

    fn is_refused(&self) -> bool {
        self.quality == Quality::ZERO && self.specificity != Specificity::Unnamed
    }
}

/// How closely a member names a type, from not at all upwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    Unnamed,
    AnyType,
    AnySubtype,
    /// The type is named with parameters. No form of ours has variants: who asks for one is better
    /// served with the type than with another.
    Variant,
    Exact,
}

/// A member of Accept.
struct MediaRange<'h> {
    media_type: &'h [u8],
    /// Whether there are parameters besides the weight.
    has_parameters: bool,
    quality: Quality,
}

impl<'h> MediaRange<'h> {
    fn parse(member: &'h [u8]) -> Option<Self> {
        let mut parts = parameters(member);
        let media_type = parts.next().filter(|media_type| media_type.contains(&b'/'))?;
        let mut range = Self { media_type, has_parameters: false, quality: Quality::ONE };
        for part in parts.filter(|part| !part.is_empty()) {
            match weight(part) {
                Some(weight) => range.quality = Quality::parse(weight)?,
                None => range.has_parameters = true,
            }
        }
        Some(range)
    }

    fn specificity_for(&self, media_type: &[u8]) -> Specificity {
        if self.media_type == b"*/*" {
            return Specificity::AnyType;
        }
        if self.media_type.eq_ignore_ascii_case(media_type) {
            let is_variant = self.has_parameters;
            return if is_variant { Specificity::Variant } else { Specificity::Exact };
        }
        let is_any_subtype = self.media_type.strip_suffix(b"*").is_some_and(|prefix| {
            prefix.ends_with(b"/")
                && media_type
                    .get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        });
        if is_any_subtype { Specificity::AnySubtype } else { Specificity::Unnamed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorForm::{Html, Json, Text};

    #[test]
    fn the_form_liked_best() {
        fn check(accept: &[&str], expected: ErrorForm) {
            let form = preferred_form(accept.iter().map(|line| line.as_bytes()));
            assert_eq!(form, expected, "{accept:?}");
        }
        check(&[], Text);
        check(&[""], Text);
        check(&["*/*"], Text);
        // What browsers send.
        check(&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Html);
        check(&["image/avif,image/webp,*/*;q=0.8"], Text);
        // What common clients of interfaces send.
        check(&["application/json"], Json);
        check(&["application/json, text/plain, */*"], Json);
        check(&["application/json, */*;q=0.5"], Json);
        check(&["Application/JSON; charset=utf-8"], Json);
        // Quality, then closeness, then order.
        check(&["text/html;q=0.5, application/json;q=0.501"], Json);
        check(&["text/html;q=0.5", "application/json;q=0.6"], Json);
        check(&["*/*, text/html"], Html);
        check(&["text/*"], Text);
        check(&["application/*, text/*;q=0.9"], Json);
        check(&["text/html, application/json"], Html);
        check(&["application/json, text/html"], Json);
        check(&["application/json; charset=utf-8, text/html, */*"], Json);
        // A closer member counts even if its quality is smaller.
        check(&["text/*, text/plain;q=0.1"], Html);
        check(&["*/*, text/plain;q=0, text/html;q=0"], Json);
        check(&["text/html;level=1, text/html;q=0.4, application/json;q=0.5"], Json);
        check(&["text/html;level=1;q=0.4, text/*;q=0.5, application/json;q=0.3"], Text);
        check(&["application/json;;q=0.5;, text/html;q=0.4"], Json);
        // Named twice, the first counts.
        check(&["application/json, text/html;q=0.5, application/json;q=0.1"], Json);
        // Nothing suits: something is sent nevertheless.
        check(&["image/png"], Text);
        check(&["*/*;q=0"], Text);
        check(&["text/html;q=0"], Text);
        check(&["text/plain;q=0"], Html);
        check(&["text/*;q=0"], Json);
        // Malformed members.
        check(&["application/json;q=2, text/html;q=0.1"], Html);
        check(&["application/json;q=, text"], Text);
        check(&["*", "json", "text*"], Text);
        check(&["a/b;x=\",application/json\""], Text);
    }

    #[test]
    fn the_listing_liked_best() {
        fn check(accept: &[&str], expected: ListingForm) {
            let form = preferred_listing_form(accept.iter().map(|line| line.as_bytes()));
            assert_eq!(form, expected, "{accept:?}");
        }
        check(&[], ListingForm::Html);
        check(&[""], ListingForm::Html);
        check(&["*/*"], ListingForm::Html);
        check(&["text/plain"], ListingForm::Html);
        check(&["text/plain, */*;q=0.1"], ListingForm::Html);
        check(&["text/html,application/xhtml+xml,*/*;q=0.8"], ListingForm::Html);
        check(&["application/json"], ListingForm::Json);
        check(&["application/json, text/plain, */*"], ListingForm::Json);
        check(&["application/*"], ListingForm::Json);
        check(&["text/html;q=0.9, application/json"], ListingForm::Json);
        check(&["text/html;q=0, */*"], ListingForm::Json);
        check(&["text/html, application/json"], ListingForm::Html);
        check(&["text/html;q=0, application/json;q=0"], ListingForm::Html);
    }
}
