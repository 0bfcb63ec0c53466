//! A whole connection: any bytes in, well-formed answers out, and the same ones however the bytes
//! arrive.
//!
//! The first two bytes of the input say how the rest is cut and how much the client takes at a
//! time. Nothing that a client sends is a 500, no answer follows one that closes, and no more
//! answers come than requests were taken, but for one refusal.

#![no_main]

use avocet_fuzz::{Answer, parse, serve};
use libfuzzer_sys::fuzz_target;

/// Longest input of which every byte arrives alone.
const BYTE_BY_BYTE_MAX: usize = 512;

fn answers<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, room: usize) -> Vec<Answer> {
    let served = serve(pieces, room);
    let answers = parse(&served.sent);
    let text = served.sent.escape_ascii();
    assert!(answers.len() as u64 <= served.requests + 1, "more answers than requests: {text}");
    for (at, answer) in answers.iter().enumerate() {
        assert!(STATUSES.contains(&answer.status), "{}: {text}", answer.status);
        let is_last = at + 1 == answers.len();
        assert!(is_last || !answer.closes && answer.is_whole, "behind a last answer: {text}");
    }
    answers
}

/// Holds the answers to the same bytes, arrived whole and arrived in pieces, against each other.
///
/// They are the same up to where one says that it is the last. What may differ there is a fault of
/// a body that nobody reads: it is answered if it is there when the request is, else the answer is
/// given, and the connection closed; and whether a body that nobody reads is waited for.
fn assert_same(whole: &[Answer], pieces: &[Answer]) {
    let differing = whole.iter().zip(pieces).position(|(one, other)| one != other);
    let Some(at) = differing else {
        assert_eq!(whole.len(), pieces.len(), "{whole:#?}\n{pieces:#?}");
        return;
    };
    let (one, other) = (&whole[at], &pieces[at]);
    let is_late_fault = one.status == 400 && one.closes && at + 1 == pieces.len();
    let is_closed_earlier = one.without_close() == other.without_close();
    let is_cut_short = !one.is_whole && !other.is_whole;
    assert!(is_late_fault || is_closed_earlier || is_cut_short, "{whole:#?}\n{pieces:#?}");
}

/// What can be answered; no 500 among them.
const STATUSES: [u16; 21] = [
    200, 204, 206, 304, 308, 400, 404, 405, 406, 408, 412, 413, 414, 416, 417, 421, 426, 431, 501,
    503, 505,
];

fuzz_target!(|input: &[u8]| {
    let Some(([cut, room], bytes)) = input.split_first_chunk() else { return };
    let whole = answers([bytes], usize::MAX);
    let (first, second) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    assert_same(&whole, &answers([first, second], usize::from(*room) + 1));
    if bytes.len() <= BYTE_BY_BYTE_MAX && cut % 4 == 0 {
        assert_same(&whole, &answers(bytes.chunks(1), usize::MAX));
    }
});
