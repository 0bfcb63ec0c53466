//! What becomes of a request that stands behind a message.
//!
//! Where a message ends is best seen by what follows it: every function here sends a message and,
//! in the same write, a request for `/again.txt`. Either both are answered, or the message was the
//! last and the request is not looked at. Any third outcome is how requests are smuggled
//! (RFC 9112 §11.2).
//!
//! A message should ask for something else than `/again.txt`, and what it hides for
//! `/letters.txt`.

#![expect(clippy::missing_panics_doc, reason = "to panic is how every function here fails")]

use crate::origin::Origin;
use crate::wire::{Answer, Wire, request};

/// What `/again.txt` holds.
const AGAIN: &str = "again\n";

/// The request that is sent behind each message.
#[must_use]
pub fn behind() -> String {
    request("GET", "/again.txt", &[])
}

/// The message is answered with one of these statuses and is the last; returns its answer.
#[track_caller]
pub fn refused(origin: &Origin, statuses: &[u16], message: impl AsRef<[u8]>) -> Answer {
    let answer = last(origin, message);
    assert!(statuses.contains(&answer.status), "{statuses:?} was due, not {answer:?}");
    answer
}

/// The message is answered, whatever the status, and is the last; returns its answer.
#[track_caller]
pub fn last(origin: &Origin, message: impl AsRef<[u8]>) -> Answer {
    let (mut wire, answer) = send(origin, message.as_ref());
    assert!(!answer.text().ends_with(AGAIN), "the request behind it is not answered: {answer:?}");
    wire.assert_closed();
    answer
}

/// The message and the request behind it are both answered; returns the answer to the message.
#[track_caller]
pub fn apart(origin: &Origin, message: impl AsRef<[u8]>) -> Answer {
    let (mut wire, answer) = send(origin, message.as_ref());
    assert_again(&mut wire, &answer);
    answer
}

/// The message and the request behind it are both answered, or the message is the last, with any
/// status; returns the answer to the message.
#[track_caller]
pub fn apart_or_last(origin: &Origin, message: impl AsRef<[u8]>) -> Answer {
    let (mut wire, answer) = send(origin, message.as_ref());
    if !wire.is_closed_next() {
        assert_again(&mut wire, &answer);
    }
    answer
}

/// The message is refused with one of these statuses and is the last, or it is carried out, and
/// what follows it is the end or the answer to the request behind it; returns its answer.
#[track_caller]
pub fn refused_or_done(origin: &Origin, statuses: &[u16], message: impl AsRef<[u8]>) -> Answer {
    let (mut wire, answer) = send(origin, message.as_ref());
    if statuses.contains(&answer.status) {
        wire.assert_closed();
    } else {
        assert!(answer.status < 400, "{statuses:?} were allowed, not {answer:?}");
        if !wire.is_closed_next() {
            assert_again(&mut wire, &answer);
        }
    }
    answer
}

/// A head that only seems to say that a chunked body follows: it is refused, or the chunk behind it
/// is, as what it is then: no request.
#[track_caller]
pub fn not_chunked(origin: &Origin, head: impl AsRef<[u8]>) {
    let (mut wire, answer) = send(origin, &[head.as_ref(), b"0\r\n\r\n"].concat());
    if answer.status == 400 || wire.is_closed_next() {
        wire.assert_closed();
    } else {
        wire.assert_refused(400);
    }
}

/// The request behind the message is taken for a part of it: it is answered in no case. The
/// message may be answered, refused, or waited on.
#[track_caller]
pub fn swallowed(origin: &Origin, message: impl AsRef<[u8]>) {
    let mut wire = origin.connect();
    wire.send([message.as_ref(), behind().as_bytes()].concat());
    wire.close_write();
    let came = String::from_utf8_lossy(&wire.all_in_time()).into_owned();
    let finals = came.matches("HTTP/1.").count() - came.matches("HTTP/1.1 100").count();
    assert!(finals <= 1, "at most one answer, not {came:?}");
    assert!(!came.ends_with(AGAIN), "the request behind it is not answered: {came:?}");
}

#[track_caller]
fn send(origin: &Origin, message: &[u8]) -> (Wire, Answer) {
    let mut wire = origin.connect();
    wire.send([message, behind().as_bytes()].concat());
    let answer = if message.starts_with(b"HEAD ") { wire.answer_to_head() } else { wire.answer() };
    (wire, answer)
}

#[track_caller]
fn assert_again(wire: &mut Wire, first: &Answer) {
    let second = wire.answer();
    let is_again = (second.status, second.text().as_str()) == (200, AGAIN);
    assert!(is_again, "the request behind is answered, not {second:?}; after {first:?}");
}
