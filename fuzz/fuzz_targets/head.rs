//! Request heads: parsed whole, cut once, byte by byte, and once more, with one verdict.
//!
//! The first byte of the input says where to cut; the rest is what arrives. The limits are small,
//! so that they are reached.

#![no_main]

use http1::connection::Connection;
use http1::head::{self, HeadLimits, HeadScratch, Parsed};
use libfuzzer_sys::fuzz_target;

const LIMITS: HeadLimits =
    HeadLimits { request_line_size_max: 128, head_size_max: 512, fields_max: 8 };

/// What is known of a buffer, in words; `None` while more has to come. It is the same when the
/// buffer is known from before.
fn verdict(buf: &[u8]) -> Option<String> {
    let mut scratch = HeadScratch::new();
    let found = found(buf, &mut scratch);
    assert_eq!(found, self::found(buf, &mut scratch), "when it comes again");
    found
}

fn found(buf: &[u8], scratch: &mut HeadScratch) -> Option<String> {
    match head::parse(buf, &LIMITS, scratch) {
        Ok(Parsed::Partial) => None,
        Ok(Parsed::Complete(head)) => {
            assert!(head.len() <= buf.len());
            let exchange = Connection::new().on_head(&head).map_err(|error| {
                assert!(error.offset <= head.len());
                error.kind
            });
            Some(format!("{head:?} {:?} {exchange:?}", head.authority()))
        }
        Err(error) => {
            assert!(error.offset <= buf.len());
            Some(format!("{:?}", error.kind))
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&cut, buf)) = input.split_first() else { return };
    let whole = verdict(buf);
    let cut = usize::from(cut).min(buf.len());
    let beginning = verdict(&buf[..cut]);
    assert!(beginning.is_none() || beginning == whole, "cut at {cut}");

    let mut scanned = 0;
    for end in 1..=buf.len() {
        if head::needs_parse(&buf[..end], scanned, &LIMITS) {
            let found = verdict(&buf[..end]);
            if found.is_some() {
                assert_eq!(found, whole, "byte by byte to {end}");
                return;
            }
        }
        scanned = end;
    }
    assert_eq!(whole, None, "byte by byte never comes to a verdict");
});
