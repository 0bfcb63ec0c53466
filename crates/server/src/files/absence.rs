//! Answers for paths that name nothing, written once: a client that asks for what is not there
//! should cost no more than one that asks for a file.

use std::sync::Arc;

use bytes::Bytes;
use http1::encode::PreparedHead;
use semantics::negotiation::ErrorForm;
use semantics::status::Status;

use crate::service::{Body, Head, Response, error_response};

/// The 404 in each form that an error has.
#[derive(Debug)]
pub(super) struct Absence {
    html: Prepared,
    json: Prepared,
    text: Prepared,
}

#[derive(Debug)]
struct Prepared {
    head: Arc<PreparedHead>,
    body: Bytes,
}

impl Absence {
    pub(super) fn new() -> Self {
        Self {
            html: Prepared::new(ErrorForm::Html),
            json: Prepared::new(ErrorForm::Json),
            text: Prepared::new(ErrorForm::Text),
        }
    }

    /// Gives the answer to who likes an error in that form.
    pub(super) fn response(&self, form: ErrorForm) -> Response {
        let Prepared { head, body } = match form {
            ErrorForm::Html => &self.html,
            ErrorForm::Json => &self.json,
            ErrorForm::Text => &self.text,
        };
        Response { head: Head::Prepared(Arc::clone(head)), body: Body::Bytes(body.clone()) }
    }
}

impl Prepared {
    fn new(form: ErrorForm) -> Self {
        let Response { head, body } = error_response(Status::NOT_FOUND, form);
        match (head, body) {
            (Head::Fields(status, fields), Body::Bytes(body)) => {
                let head = PreparedHead::new(status, &fields, Some(body.len() as u64));
                Self { head: Arc::new(head), body }
            }
            _ => unreachable!("an error is made of fields and bytes"),
        }
    }
}
