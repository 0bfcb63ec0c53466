//! Chunked bodies: decoded whole, in reads of one size, and byte by byte, with one result.
//!
//! The first byte of the input is the size of a read; the rest is the body.

#![no_main]

use http1::error::ParseErrorKind;
use http1::framing::{BodyDecoder, BodyLength};
use libfuzzer_sys::fuzz_target;

/// The data, and where the body ended if it did.
fn decode(body: &[u8], read_size: usize) -> Result<(Vec<u8>, Option<usize>), ParseErrorKind> {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let mut data = Vec::new();
    let mut position = 0;
    for read in body.chunks(read_size) {
        let mut input = read;
        while !input.is_empty() {
            let decoded = decoder.decode(input).map_err(|error| {
                assert!(error.offset < input.len());
                error.kind
            })?;
            assert!(decoded.consumed > 0, "no progress");
            assert!(decoded.data.end <= decoded.consumed);
            data.extend_from_slice(&input[decoded.data]);
            position += decoded.consumed;
            input = &input[decoded.consumed..];
            if decoded.is_end {
                return Ok((data, Some(position)));
            }
        }
    }
    assert!(!decoder.is_end());
    Ok((data, None))
}

fuzz_target!(|input: &[u8]| {
    let Some((&read_size, body)) = input.split_first() else { return };
    let whole = decode(body, body.len().max(1));
    assert_eq!(decode(body, usize::from(read_size).max(1)), whole);
    assert_eq!(decode(body, 1), whole);
});
