//! What the operator should know: one line each, to standard error, never from a peer's whim.
//!
//! Lines are written by whoever noticed; the few there are come from start, end and lack of
//! resources, so a worker is not held up by them.

use std::fmt;
use std::io::Write;

/// Says one line. A closed standard error is nobody's problem.
pub(crate) fn warn(line: fmt::Arguments<'_>) {
    let text = format!("avocet: {line}\n");
    drop(std::io::stderr().write_all(text.as_bytes()));
}
