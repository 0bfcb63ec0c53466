//! Requests for jobs of the pool that panic, say nothing, or may be refused or late.

use super::{body, busy, coding};
use crate::sim::expect::{Expected, Outcome};
use crate::sim::rng::Rng;
use crate::sim::script::request::{Draft, Manner, Request};
use crate::sim::site::digest;

pub(super) fn no_answer(rng: &mut Rng, manner: Manner) -> Request {
    let draft = Draft::new("GET", "/no-answer", manner);
    draft.finish(rng, Expected::one(Outcome::new(500)).or(busy(0)))
}

pub(super) fn late(rng: &mut Rng, manner: Manner) -> Request {
    let expected = Expected::one(Outcome::new(200).with_body("in time\n")).or(busy(0));
    Draft::new("GET", "/late", manner).finish(rng, expected).with_deadline()
}

pub(super) fn panicking(rng: &mut Rng, manner: Manner) -> Request {
    let expected = Expected::one(Outcome::new(500)).or(busy(0));
    Draft::new("GET", "/panic", manner).finish(rng, expected)
}

pub(super) fn shared(rng: &mut Rng, manner: Manner) -> Request {
    let expected = Expected::one(Outcome::new(200).with_body("shared\n")).or(busy(0));
    Draft::new("GET", "/share", manner).finish(rng, expected)
}

/// A request whose handler has a deadline, and reads the body as it arrives.
pub(super) fn bounded(rng: &mut Rng, path: &str, manner: Manner) -> Request {
    let body = body(rng);
    let usual = Outcome::new(200).with_body(digest(&body));
    let expected = Expected::one(usual).or(busy(body.len()));
    let coding = coding(rng);
    let draft = Draft::new("POST", path, manner).body(body, coding);
    draft.finish(rng, expected).with_deadline()
}
