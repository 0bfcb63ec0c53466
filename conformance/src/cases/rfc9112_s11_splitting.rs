//! RFC 9112 §11.1: nothing that a request holds begins a line of an answer's head.

use crate::case::Case;
use crate::origin::Origin;
use crate::wire::request;

/// The head of the answer to a GET of this target, with these lines, has no field called Injected.
#[track_caller]
fn check(origin: &Origin, target: &str, lines: &[&str]) {
    let mut wire = origin.connect();
    wire.send(request("GET", target, lines));
    let answer = wire.answer();
    assert_eq!(answer.values("Injected").count(), 0, "{answer:?}");
    assert!(!answer.fields.iter().any(|(_, value)| value.contains(['\r', '\n'])), "{answer:?}");
}

pub(super) const CASES: &[Case] = &[Case {
    id: "9112-11.1-query-of-redirect",
    asks: "escaped line ends in the query of a redirection stay escaped",
    run: |origin| check(origin, "/folder?%0d%0aInjected:%20y", &[]),
}];
