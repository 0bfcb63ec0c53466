//! What breaks cases of RFC 9110, sections 11 to 13: negotiation and preconditions.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Of which coding is sent.
    Mutant {
        name: "codings-have-case",
        file: CODING,
        find: "name.eq_ignore_ascii_case(coding.as_str().as_bytes())",
        replace: "name == coding.as_str().as_bytes()",
    },
    Mutant {
        name: "codings-by-their-beginning",
        file: CODING,
        find: "name.eq_ignore_ascii_case(coding.as_str().as_bytes())",
        replace: "name.to_ascii_lowercase().starts_with(coding.as_str().as_bytes())",
    },
    Mutant {
        name: "sends-refused-codings",
        file: CODING,
        find: ".filter(|&quality| quality > Quality::ZERO)",
        replace: ".filter(|_| true)",
    },
    Mutant {
        name: "star-before-names",
        file: CODING,
        find: "self.codings[coding as usize].or(self.others)",
        replace: "self.others.or(self.codings[coding as usize])",
    },
    Mutant {
        name: "star-before-identity",
        file: CODING,
        find: "self.identity.or(self.others)",
        replace: "self.others.or(self.identity)",
    },
    Mutant {
        name: "star-refuses",
        file: CODING,
        find: "*place = quality;",
        replace: r#"*place = if name == b"*" { Some(Quality::ZERO) } else { quality };"#,
    },
    Mutant {
        name: "codings-unasked",
        file: CODING,
        find: "self.codings[coding as usize].or(self.others)",
        replace: "self.codings[coding as usize].or(self.others).or(Some(Quality::ONE))",
    },
    Mutant {
        name: "identity-must-be-named",
        file: CODING,
        find: "stated => Some(stated.unwrap_or(Quality::ZERO)),",
        replace: "stated => stated,",
    },
    Mutant {
        name: "default-weight-is-a-half",
        file: CODING,
        find: "(None, _) => Some(Quality::ONE),",
        replace: r#"(None, _) => Quality::parse(b"0.5"),"#,
    },
    Mutant {
        name: "weights-are-not-read",
        file: CODING,
        find: "(Some(parameter), None) => weight(parameter).and_then(Quality::parse),",
        replace: "(Some(_), None) => Some(Quality::ONE),",
    },
    Mutant {
        name: "weight-has-case",
        file: "crates/semantics/src/quality.rs",
        find: "b'q' | b'Q'",
        replace: "b'q'",
    },
    Mutant {
        name: "lists-end-at-an-empty-member",
        file: "crates/semantics/src/fields/list.rs",
        find: "self.0.by_ref().find(|item| !item.is_empty())",
        replace: "self.0.next().filter(|item| !item.is_empty())",
    },
    Mutant {
        name: "head-is-not-negotiated",
        file: ANSWER,
        find: "file.choose(fields.all(FieldName::AcceptEncoding))",
        replace: r"{
        let codings = fields.all(FieldName::AcceptEncoding);
        file.choose(codings.filter(|_| method != Method::Head))
    }",
    },
    // Of which form of an error is sent, and what depends on what.
    Mutant {
        name: "types-without-weights",
        file: NEGOTIATION,
        find: "self.quality.cmp(&other.quality).then(own.cmp(&others))",
        replace: "own.cmp(&others)",
    },
    Mutant {
        name: "first-type-that-matches",
        file: NEGOTIATION,
        find: "if specificity > self.specificity {",
        replace: "if self.specificity == Specificity::Unnamed && specificity > self.specificity {",
    },
    Mutant {
        name: "no-wildcard-subtypes",
        file: NEGOTIATION,
        find: "if is_any_subtype { Specificity::AnySubtype } else { Specificity::Unnamed }",
        replace: "if is_any_subtype { Specificity::Unnamed } else { Specificity::Unnamed }",
    },
    Mutant {
        name: "sends-refused-types",
        file: NEGOTIATION,
        find: "Some(weight) => range.quality = Quality::parse(weight)?,",
        replace: r"Some(weight) => match Quality::parse(weight)? {
                    Quality::ZERO => {}
                    quality => range.quality = quality,
                },",
    },
    Mutant {
        name: "weight-must-be-last",
        file: NEGOTIATION,
        find: "for part in parts.filter(|part| !part.is_empty()) {",
        replace: "for part in parts.filter(|part| !part.is_empty()).last() {",
    },
    Mutant {
        name: "types-have-case",
        file: NEGOTIATION,
        find: "self.media_type.eq_ignore_ascii_case(media_type)",
        replace: "self.media_type == media_type",
    },
    Mutant {
        name: "one-line-of-accept",
        file: ERROR_PAGE,
        find: "preferred_form(fields.all(FieldName::Accept))",
        replace: "preferred_form(fields.all(FieldName::Accept).take(1))",
    },
    Mutant {
        name: "errors-do-not-vary",
        file: ERROR_PAGE,
        find: r#"
        .with_field("Vary", "Accept")"#,
        replace: "",
    },
    Mutant {
        name: "varies-by-something-else",
        file: DESCRIPTION,
        find: r#"put(fields, "Vary", "Accept-Encoding");"#,
        replace: r#"put(fields, "Vary", "Accept");"#,
    },
    Mutant {
        name: "vary-is-no-list-of-names",
        file: DESCRIPTION,
        find: r#"put(fields, "Vary", "Accept-Encoding");"#,
        replace: r#"put(fields, "Vary", "Accept-Encoding; any");"#,
    },
    // Of preconditions.
    Mutant {
        name: "only-weak-tags-match-strongly",
        file: ETAG,
        find: "!self.is_weak() && !other.is_weak() && self.opaque",
        replace: "self.is_weak() && !other.is_weak() && self.opaque",
    },
    Mutant {
        name: "star-in-quotes",
        file: ETAG,
        find: r#"            b"*" => Self::Any,"#,
        replace: r#"            b"\"*\"" => Self::Any,"#,
    },
    Mutant {
        name: "tags-match-others",
        file: ETAG,
        find: r"    pub fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque == other.opaque",
        replace: r"    pub fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque != other.opaque",
    },
    Mutant {
        name: "tags-match-by-their-beginning",
        file: ETAG,
        find: r"    pub fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque == other.opaque",
        replace: r"    pub fn weak_eq(self, other: TagRef<'_>) -> bool {
        self.opaque.starts_with(other.opaque)",
    },
    Mutant {
        name: "tags-without-quotes",
        file: ETAG,
        find: r#"let [b'"', rest @ ..] = quoted else { return None };"#,
        replace: r#"let [b'"', rest @ ..] = quoted else {
            return Some((Self { strength, opaque: quoted }, &[]));
        };"#,
    },
    Mutant {
        name: "second-of-grace",
        file: CONDITIONAL,
        find: "date::whole_seconds(modified) > since",
        replace: "date::whole_seconds(modified) > since + Duration::from_secs(1)",
    },
    Mutant {
        name: "no-date-is-now",
        file: CONDITIONAL,
        find: "date::parse(trim_ows(self.single()?), now)",
        replace: "date::parse(trim_ows(self.single()?), now).or(Some(now))",
    },
    Mutant {
        name: "head-is-no-read",
        file: CONDITIONAL,
        find: "let is_read = matches!(method, Method::Get | Method::Head);",
        replace: "let is_read = matches!(method, Method::Get);",
    },
    Mutant {
        name: "same-date-is-a-change",
        file: CONDITIONAL,
        find: "date::whole_seconds(modified) <= since",
        replace: "date::whole_seconds(modified) < since",
    },
    Mutant {
        name: "other-representation-is-compared",
        file: ANSWER,
        find: "        Ok(chosen) => chosen,",
        replace: "        Ok(_) => file.identity(),",
    },
    Mutant {
        name: "no-tag-for-if-range",
        file: CONDITIONAL,
        find: "Some(tag) => current.etag.is_some_and(|etag| tag.strong_eq(etag.tag())),",
        replace: "Some(_) => false,",
    },
    Mutant {
        name: "no-date-for-if-range",
        file: CONDITIONAL,
        find: "is_past && date == date::whole_seconds(modified)",
        replace: "is_past && date < date::whole_seconds(modified)",
    },
    Mutant {
        name: "if-range-without-range",
        file: CONDITIONAL,
        find: "Lines::None => self.is_unmodified_since(current, now),",
        replace: r"Lines::None if !self.has_range() && !self.if_range_allows(current, now) => false,
            Lines::None => self.is_unmodified_since(current, now),",
    },
    Mutant {
        name: "range-before-if-modified-since",
        file: CONDITIONAL,
        find: "Lines::None if is_read && !self.is_modified_since(current, now) =>",
        replace: r"Lines::None
                if is_read && !self.has_range() && !self.is_modified_since(current, now) =>",
    },
    Mutant {
        name: "if-match-instead-of-range",
        file: CONDITIONAL,
        find: "Some(value) if method == Method::Get &&",
        replace: "Some(value) if method == Method::Get && matches!(self.if_match, Lines::None) &&",
    },
    Mutant {
        name: "conditions-of-redirects",
        file: SEARCH,
        find: "return Ok(redirect(&self.asked, self.query.as_deref()));",
        replace: r"if self.fields.iter().any(|(name, _)| CONDITIONAL.contains(name)) {
                    return Err(Refusal::Path(Status::PRECONDITION_FAILED).into());
                }
                return Ok(redirect(&self.asked, self.query.as_deref()));",
    },
    Mutant {
        name: "conditions-of-nothing",
        file: HANDLER,
        find: "        answered.unwrap_or_else(|refusal| ",
        replace: r"        let (is_conditional, form) =
            (head.fields().has_any(&super::answer::CONDITIONAL), error_form(head.fields()));
        let answered = match answered {
            Ok(Reply::Ready(response)) if is_conditional && response.status().code() == 404 => {
                let status = semantics::status::Status::PRECONDITION_FAILED;
                Ok(Reply::Ready(Refusal::Path(status).response(form)))
            }
            answered => answered,
        };
        answered.unwrap_or_else(|refusal| ",
    },
];

const CODING: &str = "crates/semantics/src/coding.rs";
const NEGOTIATION: &str = "crates/semantics/src/negotiation.rs";
const CONDITIONAL: &str = "crates/semantics/src/conditional.rs";
const ETAG: &str = "crates/semantics/src/etag.rs";
const ANSWER: &str = "crates/server/src/files/answer.rs";
const DESCRIPTION: &str = "crates/server/src/files/description.rs";
const HANDLER: &str = "crates/server/src/files/handler.rs";
const SEARCH: &str = "crates/server/src/files/search.rs";
const ERROR_PAGE: &str = "crates/server/src/service/error_page.rs";
