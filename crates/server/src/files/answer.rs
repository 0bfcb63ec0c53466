//! From a file, or the lack of one, to an answer (RFC 9110 §13 to §15).
//!
//! Pure functions: nothing is opened or looked up here.

use std::sync::Arc;
use std::time::SystemTime;

use http1::head::FieldsView;
use semantics::conditional::{Conditions, Outcome};
use semantics::fields::{FieldName, Fields};
use semantics::method::{Method, MethodSet};
use semantics::negotiation::ErrorForm;
use semantics::range::{self, RangeOutcome};
use semantics::status::Status;

use super::load::{Representation, put};
use super::target::{Target, address};
use crate::service::{Body, Head, Response, error_response, method_not_allowed, unavailable};

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
    /// A precondition does not hold.
    Precondition,
    /// A file of this length has none of the bytes asked for.
    Range { len: u64 },
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
            Self::Precondition => error_response(Status::PRECONDITION_FAILED, form),
            Self::Range { len } => {
                let mut response = error_response(Status::RANGE_NOT_SATISFIABLE, form);
                if let Head::Fields(_, fields) = &mut response.head {
                    put(fields, "Content-Range", range::unsatisfied(len));
                }
                response
            }
            Self::Busy => unavailable(form),
            Self::Failed => error_response(Status::INTERNAL_SERVER_ERROR, form),
        }
    }
}

/// Answers with a file to a request with these fields.
pub(super) fn serve(
    file: &Representation,
    method: Method,
    fields: FieldsView<'_>,
    now: SystemTime,
) -> Result<Response, Refusal> {
    // The common request wants all of it, unconditionally.
    if !fields.has_any(&CONDITIONAL) {
        return Ok(whole(file));
    }
    let values = |name| fields.all(name).map(move |value| (name, value));
    let conditions = Conditions::gather(CONDITIONAL.into_iter().flat_map(values));
    represent(file, method, &conditions, now)
}

/// Answers with a file, as far as the conditions allow.
pub(super) fn represent(
    file: &Representation,
    method: Method,
    conditions: &Conditions<'_>,
    now: SystemTime,
) -> Result<Response, Refusal> {
    let current = file.description.validators();
    match conditions.evaluate(method, &current, now) {
        Outcome::Proceed => {}
        Outcome::NotModified => {
            let head = Head::Prepared(Arc::clone(&file.not_modified));
            return Ok(Response { head, body: Body::Empty });
        }
        Outcome::PreconditionFailed => return Err(Refusal::Precondition),
    }
    let len = file.content.len();
    match conditions.range(method, &current, len, now) {
        RangeOutcome::Whole | RangeOutcome::Parts(_) => Ok(whole(file)),
        RangeOutcome::Part(part) => {
            let mut fields = file.description.fields();
            put(&mut fields, "Content-Range", range::content_range(&part, len));
            let head = Head::Fields(Status::PARTIAL_CONTENT, fields);
            Ok(Response { head, body: file.content.part(part) })
        }
        RangeOutcome::Unsatisfiable => Err(Refusal::Range { len }),
    }
}

fn whole(file: &Representation) -> Response {
    Response { head: Head::Prepared(Arc::clone(&file.whole)), body: file.content.whole() }
}

/// Answers 404 with the site's own page.
pub(super) fn not_found_page(page: &Representation) -> Response {
    let mut fields = Fields::new();
    put(&mut fields, "Content-Type", page.description.media_type);
    put(&mut fields, "X-Content-Type-Options", "nosniff");
    Response { head: Head::Fields(Status::NOT_FOUND, fields), body: page.content.whole() }
}

/// Sends the client to the directory's address with its slash, the query kept.
pub(super) fn redirect(target: &Target, query: Option<&str>) -> Response {
    let mut location = address(&target.key);
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
