//! Pieces through a transport that takes a little at a time.

use std::ops::Range;
use std::task::{Context, Poll};

use bytes::Bytes;
use reactor::poller::Readiness;

use super::*;
use crate::files::{FileSlice, FileSource};
use crate::transport::TransportError;

/// Takes so many bytes in a call, and keeps them and what each call was.
struct Narrow {
    width: usize,
    taken: Vec<u8>,
    calls: Vec<&'static str>,
}

impl Narrow {
    const fn new(width: usize) -> Self {
        Self { width, taken: Vec::new(), calls: Vec::new() }
    }

    fn take(&mut self, bytes: &[u8], call: &'static str) -> Progress {
        let count = bytes.len().min(self.width);
        self.taken.extend_from_slice(&bytes[..count]);
        self.calls.push(call);
        Progress::Bytes(count)
    }
}

impl Transport for Narrow {
    fn try_read(&mut self, _: &mut [u8]) -> Result<Progress, TransportError> {
        Ok(Progress::NotReady)
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        more: More,
    ) -> Result<Progress, TransportError> {
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
        Ok(self.take(&bytes, if more == More::Last { "last" } else { "more" }))
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        Ok(self.take(slice.bytes(range), "file"))
    }

    fn poll_ready(&self, _: &Context<'_>, _: Readiness) -> Poll<Readiness> {
        Poll::Pending
    }

    fn close_write(&mut self) {}
}

fn file(range: Range<u64>) -> Piece {
    FileSlice::new(FileSource::Bytes(Bytes::from_static(b"0123456789")), range).into()
}

fn bytes(text: &'static str) -> Piece {
    Bytes::from_static(text.as_bytes()).into()
}

/// Sends a head and pieces; gives what arrived and the calls that it took.
fn send(pieces: Vec<Piece>, width: usize, budget: u64) -> (String, Vec<&'static str>) {
    let mut transport = Narrow::new(width);
    let mut encoded = &b"head:"[..];
    let mut pieces = Pieces::all(pieces.into_iter().collect()).unwrap();
    while !pieces.is_sent() {
        let sent = pieces.send(&mut transport, encoded, budget, Instant::ORIGIN);
        let Ok(Attempt::Made(Progress::Bytes(count))) = sent else {
            panic!("the transport takes something each time")
        };
        let of_encoded = count.min(encoded.len());
        encoded = &encoded[of_encoded..];
        pieces.on_sent(count - of_encoded);
    }
    (String::from_utf8(transport.taken).unwrap(), transport.calls)
}

#[test]
fn everything_arrives_in_order_however_little_is_taken() {
    let pieces = || {
        vec![bytes(""), bytes("a"), file(2..5), file(9..9), bytes("bc"), file(0..10), bytes("d")]
    };
    for width in [1, 2, 3, 7, 100] {
        for budget in [1, 4, 100] {
            let (taken, _) = send(pieces(), width, budget);
            assert_eq!(taken, "head:a234bc0123456789d", "{width} and {budget}");
        }
    }
}

#[test]
fn a_call_says_whether_more_follows() {
    for (pieces, expected) in [
        (vec![bytes("a")], vec!["last"]),
        (vec![file(0..3)], vec!["more", "file"]),
        (vec![bytes("a"), file(0..3), bytes("b")], vec!["more", "file", "last"]),
        (vec![file(0..3), file(3..6)], vec!["more", "file", "file"]),
    ] {
        let (_, calls) = send(pieces, 100, 100);
        assert_eq!(calls, expected);
    }
}

#[test]
fn no_more_of_a_file_is_sent_than_the_budget() {
    let (_, calls) = send(vec![file(0..10)], 100, 4);
    assert_eq!(calls, ["more", "file", "file", "file"]);
}

#[test]
fn nothing_is_no_pieces_and_an_empty_piece_is_sent() {
    assert!(Pieces::all(Parts::new()).is_none());
    assert!(Pieces::all([bytes(""), file(3..3)].into_iter().collect()).unwrap().is_sent());
    assert!(Pieces::one(bytes("")).is_sent());
}
