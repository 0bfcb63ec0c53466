//! What a client knows of the answer that it must get.
//!
//! An answer of several parts is separated by a boundary that only the answer tells: the client
//! reads it there, and then knows every byte.

use std::fmt::Write;
use std::io::Read;
use std::ops::Range;

use bytes::Bytes;

use super::response::Answer;

/// The outcomes that a request may have.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    outcomes: Vec<Outcome>,
    /// The connection may end in the middle of the answer: its request was never completed, and
    /// the answer is made of it.
    pub(super) may_break: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    status: u16,
    /// Every byte of the body, where the client knows them.
    body: Option<Bytes>,
    /// In place of a body: what it is, or decodes to where it has a coding.
    decoded: Option<Bytes>,
    /// In place of a body: the parts of a content.
    parts: Option<(Bytes, Vec<Range<usize>>)>,
    fields: Vec<(&'static str, String)>,
    closes: Closes,
}

/// Whether an answer is the last of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closes {
    /// It is not.
    Never,
    /// It is, and says so.
    Announced,
    /// It may be, and may not say so: too much of the request was left unread.
    Perhaps,
}

impl Outcome {
    pub(super) const fn new(status: u16) -> Self {
        let (body, decoded, parts) = (None, None, None);
        Self { status, body, decoded, parts, fields: Vec::new(), closes: Closes::Never }
    }

    pub(super) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Expects a body that is this content, in a coding or in none.
    pub(super) fn with_decoded(mut self, content: Bytes) -> Self {
        self.decoded = Some(content);
        self
    }

    /// Expects several parts of a content of no particular type.
    pub(super) fn with_parts(mut self, content: Bytes, parts: Vec<Range<usize>>) -> Self {
        self.parts = Some((content, parts));
        self
    }

    pub(super) fn with_field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(super) const fn closing(mut self, closes: Closes) -> Self {
        self.closes = closes;
        self
    }
}

impl Expected {
    pub(super) fn one(outcome: Outcome) -> Self {
        Self { outcomes: vec![outcome], may_break: false }
    }

    /// Allows for another outcome.
    #[must_use]
    pub(super) fn or(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    #[must_use]
    pub(super) const fn or_break(mut self) -> Self {
        self.may_break = true;
        self
    }

    /// Has every outcome be the last of its connection, and say so.
    #[must_use]
    pub(super) fn closing(mut self) -> Self {
        for outcome in &mut self.outcomes {
            outcome.closes = Closes::Announced;
        }
        self
    }

    /// Tells whether another request may follow the usual outcome.
    pub(super) fn keeps_open(&self) -> bool {
        self.outcomes.first().is_some_and(|outcome| outcome.closes == Closes::Never)
    }

    /// Judges an answer; returns whether its connection goes on.
    ///
    /// # Errors
    ///
    /// What is wrong with the answer.
    pub(super) fn judge(&self, answer: &Answer) -> Result<Closes, String> {
        let outcome = self.outcomes.iter().find(|outcome| outcome.status == answer.status);
        let outcome = outcome.ok_or_else(|| {
            let statuses: Vec<_> = self.outcomes.iter().map(|outcome| outcome.status).collect();
            format!("status {} instead of {statuses:?}", answer.status)
        })?;
        if let Some(body) = &outcome.body {
            compare(body, &answer.body)?;
        }
        if let Some(content) = &outcome.decoded {
            compare(content, &decode(answer)?)?;
        }
        if let Some((content, parts)) = &outcome.parts {
            compare(&multipart(answer, content, parts)?, &answer.body)?;
        }
        for (name, value) in &outcome.fields {
            let found = answer.field(name);
            if found != Some(value) {
                return Err(format!("{name} is {found:?} instead of {value:?}"));
            }
        }
        Ok(outcome.closes)
    }

    /// Judges an answer that was broken off: what came of it must be right.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn judge_begun(&self, body: &[u8]) -> Result<(), String> {
        let Some(expected) = self.outcomes.first().and_then(|outcome| outcome.body.as_ref()) else {
            return Ok(());
        };
        compare(expected.get(..body.len()).unwrap_or_default(), body)
    }
}

/// Makes the body that has these parts between the boundary that the answer tells.
fn multipart(answer: &Answer, content: &[u8], parts: &[Range<usize>]) -> Result<Vec<u8>, String> {
    let content_type = answer.field("Content-Type").unwrap_or_default();
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .ok_or_else(|| format!("Content-Type {content_type:?} of several parts"))?;
    let mut body = Vec::new();
    for part in parts {
        let mut head = format!("\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n");
        let (first, last, len) = (part.start, part.end - 1, content.len());
        write!(head, "Content-Range: bytes {first}-{last}/{len}\r\n\r\n")
            .expect("writing to a string does not fail");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&content[part.clone()]);
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Ok(body)
}

/// Decodes a body by what the answer says of it.
fn decode(answer: &Answer) -> Result<Vec<u8>, String> {
    match answer.field("Content-Encoding") {
        None => Ok(answer.body.clone()),
        Some("br") => {
            let mut content = Vec::new();
            let decoded = brotli::Decompressor::new(&*answer.body, 4096).read_to_end(&mut content);
            decoded.map(|_len| content).map_err(|error| format!("the body is not br: {error}"))
        }
        Some(other) => Err(format!("{other:?} was not asked for")),
    }
}

/// Compares bodies, and says where they part.
fn compare(expected: &[u8], found: &[u8]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let at = expected.iter().zip(found).position(|(a, b)| a != b);
    let at = at.unwrap_or_else(|| expected.len().min(found.len()));
    Err(format!(
        "the body differs at byte {at}: {} bytes instead of {}",
        found.len(),
        expected.len()
    ))
}
