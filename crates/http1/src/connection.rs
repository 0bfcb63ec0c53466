//! The life of one connection, request by request (RFC 9112 §9).
//!
//! ```text
//!            on_head              on_answer_end
//!   ┌──────┐ ───────▶ ┌──────────┐ ── body read, stays open ───────────────▶ Idle
//!   │ Idle │          │ Exchange │ ── body not read, stays open ─▶ ┌──────┐
//!   └──────┘          └──────────┘                                 │ Rest │
//!       ▲                  │                                       └──────┘
//!       │                  └── last answer, or closing ─▶ Closed      │
//!       └───────────────────────── on_body_end ───────────────────────┘
//! ```
//!
//! Requests of a connection are answered one after the other. Within an exchange the body of the
//! request and the answer proceed on their own: [`Connection::on_body_end`] may come before or
//! after the answer. An error of [`Connection::on_head`] leads to `Closed` from anywhere.
//!
//! It does no I/O, parses no body and keeps no time; whoever drives it decides how to drain the
//! rest of a body, or closes instead.

use semantics::fields::{FieldName, list_items};
use semantics::method::Method;

use crate::error::ParseError;
use crate::framing::{self, BodyLength, ResponseFraming};
use crate::head::{FieldsView, Head, MethodToken, Version};

/// Whether the connection stays open behind an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Another request may follow.
    KeepAlive,
    /// The exchange is the last.
    Close,
}

/// What the client expects before it sends the body (RFC 9110 §10.1.1).
///
/// HTTP/1.0 has no expectations: there the field is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Nothing.
    None,
    /// `100 Continue` when the body is wanted. Only if there is a body.
    Continue,
    /// Something we do not know: the answer is 417.
    Unknown,
}

/// The Connection field that the head of an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionField {
    /// None: the connection stays open, as is usual in HTTP/1.1.
    Absent,
    /// `Connection: close`.
    Close,
    /// `Connection: keep-alive`, which HTTP/1.0 needs to be told.
    KeepAlive,
}

/// What a head says about its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The length of the request's body.
    pub body: BodyLength,
    /// What the client wishes.
    pub persistence: Persistence,
    /// What the client waits for.
    pub expectation: Expectation,
    /// The version of the request.
    pub version: Version,
}

/// What comes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next head: the connection is idle.
    Head,
    /// The rest of the request's body, to be thrown away until [`Connection::on_body_end`]; or the
    /// driver closes instead.
    RestOfBody,
    /// The end of the connection, in stages: the client may be sending still (RFC 9112 §9.6).
    Close,
    /// The end of the connection, which an HTTP/1.1 client has announced with a request without a
    /// body: it must not send anything more, so that to close at once resets nothing (RFC 9112
    /// §2.2, §9.6).
    CloseAtOnce,
}

/// The state of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Exchange { version: Version, fate: Fate, body: BodyPhase },
    Rest,
    Closed,
}

/// What becomes of the connection behind an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    StaysOpen,
    /// The client may send nothing behind the head of this request.
    EndsForBoth,
    Ends,
}

impl Fate {
    /// Says what the client makes of it. One of HTTP/1.0 may send a line end behind a request, and
    /// so may one that sends a body (RFC 9112 §2.2).
    const fn of(persistence: Persistence, version: Version, body: BodyLength) -> Self {
        match (persistence, version) {
            (Persistence::KeepAlive, _) => Self::StaysOpen,
            (Persistence::Close, Version::Http11) if body.is_empty() => Self::EndsForBoth,
            (Persistence::Close, _) => Self::Ends,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyPhase {
    Open,
    Ended,
}

impl Connection {
    /// Makes the state of a connection on which nothing has come.
    #[must_use]
    pub const fn new() -> Self {
        Self { phase: Phase::Idle }
    }

    /// Whether the connection waits for a head.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Takes a head and begins its exchange.
    ///
    /// # Errors
    ///
    /// As [`framing::request_body`]. There is no exchange then: the answer that tells the client
    /// carries [`ConnectionField::Close`], and nothing comes behind it.
    pub fn on_head(&mut self, head: &Head<'_>) -> Result<Exchange, ParseError> {
        debug_assert!(self.is_idle(), "a head in the middle of an exchange");
        let body = match framing::request_body(head) {
            Ok(body) => body,
            Err(error) => {
                self.phase = Phase::Closed;
                return Err(error);
            }
        };
        let version = head.version();
        let (persistence, fate) = match head.method() {
            // What follows may be meant for a tunnel that there is none of: it is no request.
            MethodToken::Known(Method::Connect) => (Persistence::Close, Fate::Ends),
            _ => {
                let persistence = requested_persistence(version, head.fields());
                (persistence, Fate::of(persistence, version, body))
            }
        };
        let expectation = expectation(version, body, head.fields());
        let phase = if body.is_empty() { BodyPhase::Ended } else { BodyPhase::Open };
        self.phase = Phase::Exchange { version, fate, body: phase };
        Ok(Exchange { body, persistence, expectation, version })
    }

    /// Decides what becomes of the connection and gives the field that says so in the answer.
    ///
    /// `wish` is the server's; the client's has been heard already. A body that only the end of
    /// the connection ends closes it too.
    pub fn on_answer(&mut self, wish: Persistence, framing: ResponseFraming) -> ConnectionField {
        let Phase::Exchange { version, fate, .. } = &mut self.phase else {
            debug_assert!(false, "an answer to no request");
            return ConnectionField::Close;
        };
        let is_last = wish == Persistence::Close || framing == ResponseFraming::UntilClose;
        if is_last && *fate == Fate::StaysOpen {
            *fate = Fate::Ends;
        }
        match (*fate, *version) {
            (Fate::Ends | Fate::EndsForBoth, _) => ConnectionField::Close,
            (Fate::StaysOpen, Version::Http10) => ConnectionField::KeepAlive,
            (Fate::StaysOpen, Version::Http11) => ConnectionField::Absent,
        }
    }

    /// Notes that the request's body has been read to its end.
    ///
    /// For a request without a body it is known from the head, and need not be said.
    pub fn on_body_end(&mut self) {
        match &mut self.phase {
            Phase::Exchange { body, .. } => *body = BodyPhase::Ended,
            Phase::Rest => self.phase = Phase::Idle,
            Phase::Idle | Phase::Closed => debug_assert!(false, "a body of no request"),
        }
    }

    /// Notes that the answer has been made to its end, and says what comes next.
    pub fn on_answer_end(&mut self) -> Next {
        let (phase, next) = match self.phase {
            Phase::Exchange { fate: Fate::StaysOpen, body, .. } => match body {
                BodyPhase::Ended => (Phase::Idle, Next::Head),
                BodyPhase::Open => (Phase::Rest, Next::RestOfBody),
            },
            Phase::Exchange { fate: Fate::EndsForBoth, .. } => (Phase::Closed, Next::CloseAtOnce),
            Phase::Exchange { fate: Fate::Ends, .. } => (Phase::Closed, Next::Close),
            Phase::Idle | Phase::Rest | Phase::Closed => {
                debug_assert!(false, "the end of no answer");
                (Phase::Closed, Next::Close)
            }
        };
        self.phase = phase;
        next
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

/// What the client wishes (RFC 9112 §9.3): `close` wins, then HTTP/1.1 keeps alive, then
/// `keep-alive` does.
fn requested_persistence(version: Version, fields: FieldsView<'_>) -> Persistence {
    let mut persistence = match version {
        Version::Http10 => Persistence::Close,
        Version::Http11 => Persistence::KeepAlive,
    };
    for option in fields.all(FieldName::Connection).flat_map(list_items) {
        if option.eq_ignore_ascii_case(b"close") {
            return Persistence::Close;
        }
        if option.eq_ignore_ascii_case(b"keep-alive") {
            persistence = Persistence::KeepAlive;
        }
    }
    persistence
}

fn expectation(version: Version, body: BodyLength, fields: FieldsView<'_>) -> Expectation {
    let mut expectation = Expectation::None;
    if version == Version::Http10 {
        return expectation;
    }
    for member in fields.all(FieldName::Expect).flat_map(list_items) {
        if !member.eq_ignore_ascii_case(b"100-continue") {
            return Expectation::Unknown;
        }
        if !body.is_empty() {
            expectation = Expectation::Continue;
        }
    }
    expectation
}

#[cfg(test)]
mod tests;
