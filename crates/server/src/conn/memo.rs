//! Answers of a moment ago, given again to the same head.
//!
//! A head that comes again, byte for byte, is known without a parse ([`Known`]). If its answer
//! depends on nothing but the head, the bytes that were sent are sent again, as long as the second
//! in their Date field lasts and no longer than the handler vouches for them
//! ([`Handler::repeats_until`](crate::service::Handler::repeats_until)). What a busy worker does
//! for its most common requests is then a comparison and a copy.
//!
//! Only answers that ended in the burst they were asked in, on a connection that stays open, are
//! kept; neither failures, nor bodies that are not copied behind their heads. A worker keeps at
//! most one for each place of a known head, so that this is bounded by the size of the largest.

use http1::head::{Head, Known};
use reactor::clock::Instant;
use semantics::status::Status;

use super::Conn;
use super::answer::{Terms, log};
use super::roll::Asked;
use super::scratch::Outbox;
use crate::service::Reply;
use crate::transport::Transport;

/// The answers that a worker may give again, by the places of the heads that they answered.
#[derive(Debug)]
pub(super) struct Memo {
    answers: Box<[Option<KnownAnswer>]>,
}

/// An answer as it was sent.
#[derive(Debug)]
struct KnownAnswer {
    /// The number of the head that it answered.
    number: u64,
    /// The second that its Date field names.
    second: u64,
    until: Instant,
    status: Status,
    body_size: u64,
    bytes: Vec<u8>,
}

/// An answer that is about to be encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    known: Known,
    status: Status,
    body_size: u64,
    /// Where in the outbox it begins.
    start: usize,
}

impl Made {
    /// Takes note of a reply to a request without a body, if it may be given again as far as can
    /// be seen from it. What failed may not fail the next time.
    pub(super) fn of(known: Known, reply: &Reply, terms: Terms, encoded: &[u8]) -> Option<Self> {
        let Reply::Ready(response) = reply else { return None };
        let status = response.status();
        let body_size = terms.body_size(response)?;
        (200..500).contains(&status.code()).then_some(Self {
            known,
            status,
            body_size,
            start: encoded.len(),
        })
    }
}

impl Memo {
    pub(super) fn new() -> Self {
        Self { answers: std::iter::repeat_with(|| None).take(Known::PLACES).collect() }
    }

    /// Gives the answer to a head again, if there is one that may be; tells whether there was.
    #[inline]
    pub(super) fn repeat<'h, T: Transport>(
        &self,
        known: &Known,
        outbox: &mut Outbox,
        conn: &Conn<T>,
        head: impl FnOnce() -> Head<'h>,
    ) -> bool {
        let Some(answer) = self.answer(known, outbox, conn) else { return false };
        debug_assert!(conn.http.is_idle(), "a head is taken between two exchanges");
        conn.worker.counters.requests.add_one();
        let record = match &outbox.log {
            Some(_) => outbox.begin_record(conn.facts.peer, &head()),
            None => None,
        };
        outbox.bytes.extend_from_slice(&answer.bytes);
        log(outbox, record, answer.status, answer.body_size);
        true
    }

    /// The answer to a head that may be given again on a connection that is to stay.
    fn answer<T: Transport>(
        &self,
        known: &Known,
        outbox: &Outbox,
        conn: &Conn<T>,
    ) -> Option<&KnownAnswer> {
        let answer = self.answers.get(known.place())?.as_ref()?;
        let is_same = answer.number == known.number()
            && answer.second == outbox.dates.second()
            && conn.worker.now().instant < answer.until;
        let is_to_stay = !conn.worker.is_draining() && conn.asked() == Asked::Nothing;
        Some(answer).filter(|_| is_same && is_to_stay)
    }

    /// Keeps the answer that was made, which may be given again before `until`.
    pub(super) fn keep(&mut self, made: Made, until: Instant, outbox: &Outbox) {
        let Some(place) = self.answers.get_mut(made.known.place()) else { return };
        let mut bytes = place.take().map(|before| before.bytes).unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(outbox.bytes.get(made.start..).unwrap_or_default());
        *place = Some(KnownAnswer {
            number: made.known.number(),
            second: outbox.dates.second(),
            until,
            status: made.status,
            body_size: made.body_size,
            bytes,
        });
    }
}
