//! Request heads: our verdict against another parser's, each difference of a kind that is
//! explained where they are compared.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/http1/tests/suite/oracle/compare.rs"]
mod compare;

fuzz_target!(|input: &[u8]| {
    compare::compare(input);
});
