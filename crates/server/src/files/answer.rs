//! From a file, or the lack of one, to an answer (RFC 9110 §13 to §15).
//!
//! Pure functions: nothing is opened or looked up here.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http1::head::FieldsView;
use reactor::clock::{Instant, Now};
use semantics::coding::Coding;
use semantics::conditional::{Conditions, Outcome, Validators};
use semantics::etag::EntityTag;
use semantics::fields::FieldName;
use semantics::method::{Method, MethodSet};
use semantics::multipart::Multipart;
use semantics::negotiation::ErrorForm;
use semantics::range::{self, RangeOutcome};
use semantics::status::Status;

use super::boundary::Boundaries;
use super::content::{Closed, Content};
use super::description::{Form, not_modified_fields, put};
use super::representation::Representation;
use super::target::{Target, address};
use super::variants::{Available, Choice, Variants};
use crate::service::{
    Body, Head, Parts, RequestHead, Response, error_response, explained_error, method_not_allowed,
    unavailable,
};

/// The methods that files take.
pub(super) const METHODS: MethodSet = MethodSet::EMPTY.with(Method::Get).with(Method::Head);

/// The fields that say how much of a file is wanted, and under which conditions.
pub(super) const CONDITIONAL: [FieldName; 6] = [
    FieldName::IfMatch,
    FieldName::IfModifiedSince,
    FieldName::IfNoneMatch,
    FieldName::IfRange,
    FieldName::IfUnmodifiedSince,
    FieldName::Range,
];

/// An answer that is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The path is malformed or names nothing that is shown.
    Path(Status),
    /// Files do not take this method.
    Method,
    /// The file is there in these codings, and the client takes none of them.
    Coding(Available),
    /// A precondition does not hold for what was chosen.
    Precondition { form: Form },
    /// What was chosen has this length and none of the bytes asked for.
    Range { len: u64, form: Form },
    /// There is no descriptor, memory or pool thread for it.
    Busy,
    /// The disk failed.
    Failed,
}

impl Refusal {
    /// Makes the answer, for a client that likes this form.
    pub(super) fn response(self, form: ErrorForm) -> Response {
        match self {
            Self::Path(status) => error_response(status, form),
            Self::Method => method_not_allowed(METHODS, form),
            Self::Coding(available) => {
                let hint = format!("the file is there as {available}; the request takes none");
                of_several(explained_error(Status::NOT_ACCEPTABLE, form, &hint))
            }
            Self::Precondition { form: chosen } => {
                about(chosen, error_response(Status::PRECONDITION_FAILED, form))
            }
            Self::Range { len, form: chosen } => {
                let mut response = error_response(Status::RANGE_NOT_SATISFIABLE, form);
                if let Head::Fields(_, fields) = &mut response.head {
                    put(fields, "Content-Range", range::unsatisfied(len));
                }
                about(chosen, response)
            }
            Self::Busy => unavailable(form),
            Self::Failed => error_response(Status::INTERNAL_SERVER_ERROR, form),
        }
    }
}

impl From<Available> for Refusal {
    fn from(available: Available) -> Self {
        Self::Coding(available)
    }
}

/// Why a request is not answered with what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unserved {
    Refused(Refusal),
    /// Something is to be looked for, or opened again, first.
    Unready,
}

impl From<Refusal> for Unserved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Closed> for Unserved {
    fn from(Closed: Closed) -> Self {
        Self::Unready
    }
}

/// Has a refusal say what it was about: another representation might not have been refused.
fn about(chosen: Form, response: Response) -> Response {
    if chosen.is_chosen() { of_several(response) } else { response }
}

/// Has a refusal say that another choice of coding might not be refused, besides what an error
/// says of its own form.
fn of_several(mut response: Response) -> Response {
    if let Head::Fields(_, fields) = &mut response.head {
        fields.set("Vary", "Accept, Accept-Encoding").expect("a constant field is valid");
    }
    response
}

/// Answers a request with a file; has `want` know the coding that is due for such requests.
pub(super) fn serve(
    file: &Variants,
    method: Method,
    head: &RequestHead<'_>,
    boundaries: &Boundaries,
    want: impl FnOnce(Coding),
) -> Result<Response, Unserved> {
    let fields = head.fields();
    let choice = file.choose(fields.all(FieldName::AcceptEncoding)).map_err(Refusal::from)?;
    if let Some(coding) = file.due(&choice.accepted) {
        want(coding);
    }
    // The common request wants all of it, unconditionally.
    if !fields.has_any(&CONDITIONAL) {
        return Ok(whole(choice.chosen)?);
    }
    if is_revalidated(choice.chosen, &fields) {
        return Ok(not_modified(choice.chosen));
    }
    let values = |name| fields.all(name).map(move |value| (name, value));
    let conditions = Conditions::gather(CONDITIONAL.into_iter().flat_map(values));
    let asked = Asked { method, conditions: &conditions, now: head.now() };
    represent(file, choice, asked, boundaries)
}

/// What is asked of a file, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: Method,
    pub(super) conditions: &'a Conditions<'a>,
    pub(super) now: Now,
}

/// Answers with what was chosen of a file, or what the conditions choose in its place, as far as
/// they allow.
pub(super) fn represent(
    file: &Variants,
    choice: Choice<'_>,
    asked: Asked<'_>,
    boundaries: &Boundaries,
) -> Result<Response, Unserved> {
    let Asked { method, conditions, now } = asked;
    let chosen = match file.reconsider(choice, method, conditions) {
        Ok(chosen) => chosen,
        Err(etag) => return Ok(absent(choice.chosen, &etag, asked)?),
    };
    let current = chosen.description.validators();
    let form = chosen.description.form();
    match conditions.evaluate(method, &current, now.wall) {
        Outcome::Proceed => {}
        Outcome::NotModified => return Ok(not_modified(chosen)),
        Outcome::PreconditionFailed => return Err(Refusal::Precondition { form }.into()),
    }
    let len = chosen.content.len();
    let known = if conditions.has_if_range() { Known::Description } else { Known::Nothing };
    match conditions.range(method, &current, len, now.wall) {
        RangeOutcome::Whole => Ok(whole(chosen)?),
        RangeOutcome::Part(part) => Ok(one_part(chosen, part, known, now.instant)?),
        // Clients that decode what they get do not take it apart first.
        RangeOutcome::Parts(_) if form.coding().is_some() => Ok(whole(chosen)?),
        RangeOutcome::Parts(parts) => {
            let media_type = chosen.description.media_type();
            let multipart = Multipart { boundary: boundaries.next(), media_type, len };
            Ok(several_parts(chosen, &parts, &multipart, known)?)
        }
        RangeOutcome::Unsatisfiable => Err(Refusal::Range { len, form }.into()),
    }
}

/// Tells whether a client asks for what it has, and names it by its tag alone, as browsers do. All
/// other conditions take the long way.
fn is_revalidated(chosen: &Representation, fields: &FieldsView<'_>) -> bool {
    let named = fields.first(FieldName::IfNoneMatch);
    named == Some(chosen.description.etag().as_bytes())
        && !fields.has_any(&[FieldName::IfMatch, FieldName::IfUnmodifiedSince])
}

fn not_modified(chosen: &Representation) -> Response {
    Response { head: Head::Prepared(Arc::clone(&chosen.not_modified)), body: Body::Empty }
}

/// Answers a client that has a form which is not here: it is as current as the one that is, and has
/// the same time, so that there is nothing to be sent.
fn absent(
    present: &Representation,
    etag: &EntityTag,
    asked: Asked<'_>,
) -> Result<Response, Refusal> {
    let form = present.description.form();
    let current = Validators { etag: Some(etag), ..present.description.validators() };
    match asked.conditions.evaluate(asked.method, &current, asked.now.wall) {
        Outcome::PreconditionFailed => Err(Refusal::Precondition { form }),
        Outcome::NotModified | Outcome::Proceed => {
            let head = Head::Fields(Status::NOT_MODIFIED, not_modified_fields(etag, form));
            Ok(Response { head, body: Body::Empty })
        }
    }
}

fn whole(chosen: &Representation) -> Result<Response, Closed> {
    let body = chosen.content.whole()?;
    Ok(Response { head: Head::Prepared(Arc::clone(&chosen.whole)), body })
}

/// What the client knows of a representation of which it asks for parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing that we know of.
    Nothing,
    /// All that was said of it with another part.
    Description,
}

fn one_part(
    chosen: &Representation,
    part: Range<u64>,
    known: Known,
    now: Instant,
) -> Result<Response, Closed> {
    let head = match known {
        Known::Nothing => Head::Prepared(Arc::new(chosen.whole.of_part(&part))),
        Known::Description => further_head(chosen, &part),
    };
    Ok(Response { head, body: chosen.content.part(part, now)? })
}

/// Makes the head of one part for a client that has another.
fn further_head(chosen: &Representation, part: &Range<u64>) -> Head {
    let mut fields = chosen.description.further_fields();
    put(&mut fields, "Content-Range", range::content_range(part, chosen.content.len()));
    Head::Fields(Status::PARTIAL_CONTENT, fields)
}

/// Answers with several parts (RFC 9110 §15.3.7.2). What is in memory goes into one buffer, as it
/// is not large; the parts of a file are sent from the file.
fn several_parts(
    chosen: &Representation,
    parts: &[Range<u64>],
    multipart: &Multipart<'_>,
    known: Known,
) -> Result<Response, Closed> {
    let fields = match known {
        Known::Nothing => chosen.description.fields_as(multipart.content_type()),
        Known::Description => {
            let mut fields = chosen.description.further_fields();
            put(&mut fields, "Content-Type", multipart.content_type());
            fields
        }
    };
    let head = Head::Fields(Status::PARTIAL_CONTENT, fields);
    let body = match &chosen.content {
        Content::Bytes(_) => {
            let mut body = Vec::new();
            for part in parts {
                body.extend_from_slice(multipart.part_head(part).as_bytes());
                let slice = chosen.content.slice(part.clone())?;
                body.extend_from_slice(slice.bytes(0..slice.len()));
            }
            body.extend_from_slice(multipart.closing().as_bytes());
            Body::Bytes(body.into())
        }
        Content::Held { .. } | Content::Large { .. } => {
            let mut body = Parts::new();
            for part in parts {
                body.push(Bytes::from(multipart.part_head(part)));
                body.push(chosen.content.slice(part.clone())?);
            }
            body.push(Bytes::from(multipart.closing()));
            Body::Parts(body)
        }
    };
    Ok(Response { head, body })
}

/// Answers 404 with the site's own page.
pub(super) fn not_found_page(page: &Variants) -> Result<Response, Closed> {
    let head = Head::Prepared(Arc::clone(page.not_found()));
    Ok(Response { head, body: page.identity().content.whole()? })
}

/// Sends the client to the directory's address with its slash, the query kept.
pub(super) fn redirect(target: &Target, query: Option<&str>) -> Response {
    let mut location = address(&target.path);
    location.push('/');
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    let mut response = Response::new(Status::PERMANENT_REDIRECT);
    if let Head::Fields(_, fields) = &mut response.head {
        put(fields, "Location", location);
    }
    response
}
