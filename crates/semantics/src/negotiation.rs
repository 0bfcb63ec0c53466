//! Which form of an error page a client would rather have (RFC 9110 §12.5.1).
//!
//! Not content negotiation at large: three fixed forms, and always an answer, for a refusal of all
//! three would only hide the error behind another.

use crate::fields::{list_items, parameters};

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

/// Chooses the form that the lines of an Accept field like best.
///
/// The greatest quality wins; among equals the form that is named itself rather than by a wildcard,
/// then the one named first, then plain text. Malformed members are ignored.
pub fn preferred_form<'h>(accept: impl IntoIterator<Item = &'h [u8]>) -> ErrorForm {
    let mut candidates = [
        Candidate::new(ErrorForm::Text, b"text/plain"),
        Candidate::new(ErrorForm::Html, b"text/html"),
        Candidate::new(ErrorForm::Json, b"application/json"),
    ];
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
struct Candidate {
    form: ErrorForm,
    media_type: &'static [u8],
    specificity: Specificity,
    quality: u16,
    position: usize,
}

impl Candidate {
    const fn new(form: ErrorForm, media_type: &'static [u8]) -> Self {
        Self { form, media_type, specificity: Specificity::Unnamed, quality: 0, position: 0 }
    }

    fn consider(&mut self, member: &MediaRange<'_>, position: usize) {
        let specificity = member.specificity_for(self.media_type);
        if specificity > self.specificity {
            *self = Self { specificity, quality: member.quality, position, ..*self };
        }
    }

    fn is_better_than(&self, other: &Self) -> bool {
        let earliness = other.position.cmp(&self.position);
        let order = self.quality.cmp(&other.quality);
        order.then(self.specificity.cmp(&other.specificity)).then(earliness).is_gt()
    }
}

/// How closely a member names a type, from not at all upwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    Unnamed,
    AnyType,
    AnySubtype,
    Exact,
}

/// A member of Accept. Parameters other than the weight are passed over: no form of ours has
/// variants.
struct MediaRange<'h> {
    media_type: &'h [u8],
    /// In thousandths.
    quality: u16,
}

impl<'h> MediaRange<'h> {
    fn parse(member: &'h [u8]) -> Option<Self> {
        let mut parts = parameters(member);
        let media_type = parts.next().filter(|media_type| media_type.contains(&b'/'))?;
        let mut quality = 1000;
        for part in parts {
            if let [b'q' | b'Q', b'=', weight @ ..] = part {
                quality = parse_quality(weight)?;
            }
        }
        Some(Self { media_type, quality })
    }

    fn specificity_for(&self, media_type: &[u8]) -> Specificity {
        if self.media_type == b"*/*" {
            return Specificity::AnyType;
        }
        if self.media_type.eq_ignore_ascii_case(media_type) {
            return Specificity::Exact;
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

/// Reads a weight (RFC 9110 §12.4.2), 0 to 1 with at most three decimals, as thousandths.
fn parse_quality(weight: &[u8]) -> Option<u16> {
    let (&whole, decimals) = weight.split_first()?;
    let decimals = match decimals {
        [] => &[],
        [b'.', decimals @ ..] if decimals.len() <= 3 => decimals,
        _ => return None,
    };
    let mut quality = 0;
    for place in 0..3 {
        let digit = decimals.get(place).copied().unwrap_or(b'0');
        quality = quality * 10 + u16::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    match (whole, quality) {
        (b'0', _) => Some(quality),
        (b'1', 0) => Some(1000),
        _ => None,
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
        // A closer member counts even if its quality is smaller.
        check(&["text/*, text/plain;q=0.1"], Html);
        check(&["*/*, text/plain;q=0, text/html;q=0"], Json);
        // Named twice, the first counts.
        check(&["application/json, text/html;q=0.5, application/json;q=0.1"], Json);
        // Nothing suits: something is sent nevertheless.
        check(&["image/png"], Text);
        check(&["*/*;q=0"], Text);
        // Malformed members.
        check(&["application/json;q=2, text/html;q=0.1"], Html);
        check(&["application/json;q=, text"], Text);
        check(&["*", "json", "text*"], Text);
        check(&["a/b;x=\",application/json\""], Text);
    }

    #[test]
    fn qualities() {
        fn check(weight: &str, expected: Option<u16>) {
            assert_eq!(parse_quality(weight.as_bytes()), expected, "{weight:?}");
        }
        check("0", Some(0));
        check("1", Some(1000));
        check("0.", Some(0));
        check("1.", Some(1000));
        check("0.5", Some(500));
        check("0.25", Some(250));
        check("0.001", Some(1));
        check("1.000", Some(1000));
        check("1.001", None);
        check("0.0001", None);
        check("2", None);
        check("-1", None);
        check("0,5", None);
        check("0.x", None);
        check(".5", None);
        check("", None);
        check("10", None);
    }
}
