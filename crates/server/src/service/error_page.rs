//! Answers that the server makes itself: errors in the form the client can read, and what a
//! resource can be asked.
//!
//! Browsers get a page, `curl` gets a line of text, a program that asks for JSON gets JSON. What
//! they say is the server's own text: nothing of the request is repeated in it.

use http1::head::FieldsView;
use semantics::fields::{FieldName, Fields};
use semantics::method::MethodSet;
use semantics::negotiation::{ErrorForm, preferred_form};
use semantics::status::Status;

use super::{Body, Head, Response};

/// The page, with `{{code}}`, `{{reason}}` and `{{hint}}` to be filled in.
const PAGE: &str = include_str!("error_page.html");

/// Returns the form in which a client with these fields takes an error.
#[must_use]
pub fn error_form(fields: FieldsView<'_>) -> ErrorForm {
    preferred_form(fields.all(FieldName::Accept))
}

/// Makes the answer for an error status, with a hint at what to do.
///
/// It says that its form depends on Accept (RFC 9110 §12.5.5): some errors may be kept by caches.
#[must_use]
pub fn error_response(status: Status, form: ErrorForm) -> Response {
    explained_error(status, form, hint(status))
}

/// Makes the answer for an error status with a hint of its own, which has nothing that HTML or JSON
/// would have to escape.
pub(crate) fn explained_error(status: Status, form: ErrorForm, hint: &str) -> Response {
    let (media_type, body) = match form {
        ErrorForm::Html => ("text/html; charset=utf-8", page(status, hint)),
        ErrorForm::Text => ("text/plain; charset=utf-8", plain_error(status, hint)),
        ErrorForm::Json => ("application/json", json(status, hint)),
    };
    Response::bytes(status, media_type, body)
        .with_field("X-Content-Type-Options", "nosniff")
        .with_field("Vary", "Accept")
}

/// Makes the 503 of a server that has no room now.
#[must_use]
pub fn unavailable(form: ErrorForm) -> Response {
    error_response(Status::SERVICE_UNAVAILABLE, form).with_field("Retry-After", "1")
}

/// Makes the 405 of a resource that takes other methods (RFC 9110 §15.5.6).
#[must_use]
pub fn method_not_allowed(methods: MethodSet, form: ErrorForm) -> Response {
    let mut response = error_response(Status::METHOD_NOT_ALLOWED, form);
    if let Head::Fields(_, fields) = &mut response.head {
        push_allow(fields, methods);
    }
    response
}

/// Makes the answer to OPTIONS of a resource of which nothing more is to be told (RFC 9110
/// §9.3.7).
#[must_use]
pub(crate) fn options(methods: MethodSet) -> Response {
    let mut fields = Fields::new();
    push_allow(&mut fields, methods);
    Response { head: Head::Fields(Status::NO_CONTENT, fields), body: Body::Empty }
}

fn push_allow(fields: &mut Fields, methods: MethodSet) {
    fields.push("Allow", methods.allow_value()).expect("method names are tokens");
}

/// Makes one line of text for an error status.
pub(crate) fn plain_error(status: Status, hint: &str) -> String {
    if hint.is_empty() { format!("{status}\n") } else { format!("{status}: {hint}\n") }
}

fn page(status: Status, hint: &str) -> String {
    PAGE.replace("{{code}}", &status.code().to_string())
        .replace("{{reason}}", status.reason())
        .replace("{{hint}}", hint)
}

fn json(status: Status, hint: &str) -> String {
    let (code, reason) = (status.code(), status.reason());
    format!("{{\"status\":{code},\"reason\":\"{reason}\",\"hint\":\"{hint}\"}}\n")
}

/// What a person can do about it. The texts hold nothing that HTML or JSON would have to escape.
const fn hint(status: Status) -> &'static str {
    match status.code() {
        400 => "the request is not well-formed",
        404 => "nothing is at this address; check its spelling",
        405 => "this address does not take that method",
        406 => "the resource has no form that the request takes",
        408 => "the request did not arrive in time",
        412 => "the resource has changed since the client last saw it",
        413 => "the request has a larger body than is taken here",
        416 => "the resource has no such part",
        417 => "the request expects something that is not offered here",
        421 => "the resource is not to be had over this kind of connection",
        500 => "the server met an error of its own; it has been noted",
        501 => "the server does not know that method",
        503 => "the server is busy; try again in a moment",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_status_and_hint() {
        for (form, media_type, expected) in [
            (
                ErrorForm::Text,
                "text/plain; charset=utf-8",
                "404 Not Found: nothing is at this address; check its spelling\n",
            ),
            (
                ErrorForm::Json,
                "application/json",
                "{\"status\":404,\"reason\":\"Not Found\",\
                 \"hint\":\"nothing is at this address; check its spelling\"}\n",
            ),
        ] {
            let response = error_response(Status::NOT_FOUND, form);
            let (Head::Fields(status, fields), Body::Bytes(body)) = (response.head, response.body)
            else {
                panic!("an error is made of fields and bytes")
            };
            assert_eq!(status, Status::NOT_FOUND);
            assert_eq!(fields.first("Content-Type"), Some(media_type.as_bytes()));
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn the_page_is_filled_in_and_no_hint_needs_escaping() {
        for code in 100..=599 {
            let Some(status) = Status::new(code) else { continue };
            let page = page(status, hint(status));
            assert!(!page.contains("{{"), "{code}");
            assert!(page.contains(&code.to_string()), "{code}");
            assert!(!hint(status).contains(['<', '&', '"', '\\']), "{code}");
        }
    }
}
